"""The same run without one of its parts: what is left out is gone, all else is as it was, and the table tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamdial.errors import ConfigurationError
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.options import read_settings
from streamdial.pipeline import AblationSettings, LoadedRun, Pipeline, RunSettings, run_ablation
from streamdial.pipeline.ablating import LEFT_OUT, AblationResult, ConditionResult
from streamdial.pipeline.fingerprint import compute_fingerprint
from streamdial.records import Dialogue, SeedDialogue, Turn
from streamdial.testing import MockEndpoint
from tests.conftest import ROOT

pytest.importorskip("sklearn", reason="the extra `evaluate` is not installed")
EXAMPLE = str(ROOT / "examples" / "restaurant_live")
GIVEN = {"domain": "restaurant", "sources": (EXAMPLE,), "mode": "planned", "signals": "rules", "dialogues": 6}


def write_real(path: Path) -> Path:
    """Write real dialogues that fill a slot ours fill, and one they never do."""
    seeds = [
        SeedDialogue(
            id=f"r{number}",
            domain="restaurant",
            language="en",
            turns=(
                Turn(
                    turn_id=0,
                    role="user",
                    utterance=f"A table for {number + 2} in the north.",
                    act="inform",
                    inform={"party_size": str(number + 2), "address": "north"},
                ),
            ),
        )
        for number in range(12)
    ]
    path.write_text("\n".join(seed.model_dump_json() for seed in seeds), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ablation")


@pytest.fixture(scope="module")
def found(root: Path) -> AblationResult:
    settings = read_settings(
        AblationSettings,
        {
            **GIVEN,
            "out": str(root / "a"),
            "conditions": ("no_filter", "templates_alone", "one_prompt", "full"),
            "real": (str(write_real(root / "real.jsonl")),),
            "tracked_shares": (1.0,),
            "tracked_seeds": 2,
        },
    )
    result, files = asyncio.run(run_ablation(settings))
    assert [file.name for file in files] == ["ablation.md", "ablation.json"]
    return result


def read(folder: Path) -> list[Dialogue]:
    return list(LoadedRun(folder).dialogues)


def test_each_condition_is_measured_and_the_full_run_stands_first(found: AblationResult, root: Path) -> None:
    assert [result.name for result in found.results] == ["full", "no_filter", "templates_alone"]
    full, plain, templates = found.results
    assert plain.made == plain.kept == full.kept
    assert full.figures["claims_supported"].value is not None
    own = "stream_share_agent"
    assert full.figures[own].value
    assert not templates.figures[own].value, "no real line is used where retrieval is left out"
    assert set(found.real) == {1.0}
    assert all(result.tracked[1.0][0] is not None for result in found.results)
    assert "one_prompt needs a model that words the turns (--model, --mode): it was left out" in found.notes
    assert "slots the set never fills, left out: address" in found.notes
    table = (root / "a" / "ablation.md").read_text(encoding="utf-8")
    assert "| measure | full | no filter | templates alone |" in table
    assert "tracker's JGA, with 100% real" in table
    written = json.loads((root / "a" / "ablation.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in written["results"]] == ["full", "no_filter", "templates_alone"]


def test_templates_alone_have_no_phrase_and_no_real_line(found: AblationResult, root: Path) -> None:
    assert found.results
    plain = read(root / "a" / "templates_alone")
    assert {turn.realisation for one in plain for turn in one.turns} == {"template"}
    assert {"phrase", "real_line"} <= {turn.realisation for one in read(root / "a" / "full") for turn in one.turns}


def make(root: Path, *parts: str) -> list[Dialogue]:
    folder = root / "-".join(parts)
    with Pipeline(**GIVEN, out=str(folder), leave_out=parts) as run:
        return list(run.generate().dialogues)


def test_what_is_left_out_is_gone(root: Path) -> None:
    told = {part: make(root, part) for part in ("persona", "blueprint", "retrieval")}
    own = {"basic_information", "primary_inquiries"}
    with Pipeline(**GIVEN, out=str(root / "persona"), leave_out=("persona",)) as run:
        assert any(getattr(user, name) for user in run.personas().users for name in own), "the store has all of them"
    assert not [t for one in told["retrieval"] for t in one.turns if t.role == "agent" and t.realisation == "real_line"]
    with Pipeline(**GIVEN, out=str(root / "blueprint"), leave_out=("blueprint",)) as run:
        (plan,) = run.blueprints().blueprints
        assert not plan.nodes
        assert not plan.transitions
    assert all(told.values())


def test_leaving_something_out_is_another_run_and_leaving_nothing_out_is_the_same(tmp_path: Path) -> None:
    plain = RunSettings.model_validate({**GIVEN, "out": str(tmp_path)})
    assert compute_fingerprint(plain) == compute_fingerprint(plain.replace(leave_out=()))
    assert compute_fingerprint(plain) != compute_fingerprint(plain.replace(leave_out=("persona",)))
    assert set(LEFT_OUT) | {"full", "no_filter"} == set(AblationSettings.model_fields["ablation"].default.conditions)
    with pytest.raises(ConfigurationError, match="--leave-out 'soul'"):
        read_settings(RunSettings, {**GIVEN, "out": str(tmp_path), "leave_out": ("soul",)})


def test_the_table_tells_what_is_not_there() -> None:
    some = {"mtld_en": Statistic("mtld", 61.234, 55.0, 66.0, language="en")}
    result = AblationResult(
        (ConditionResult("full", 20, 18, some, {0.05: (0.305, 0.01)}), ConditionResult("no_persona", 20, 20)),
        {0.05: (0.27, None)},
        ("slots x",),
    )
    assert result.render().splitlines() == [
        "| measure | full | no persona |",
        "| --- | ---: | ---: |",
        "| dialogues made | 20 | 20 |",
        "| kept by the filter | 18 | 20 |",
        "| mtld (en) | 61.23 [55.00, 66.00] | n/a |",
        "| tracker's JGA, with 5% real (27.0 alone) | 30.5 ± 1.0 | n/a |",
        "",
        "- slots x",
    ]


WRITTEN = """Customer: Hi, is the Lantern Hotpot on today?
Adviser: Yes, the Lantern Hotpot is on every day.
Customer: How much is it?
Adviser: It is $96 for four people.
Customer: Good, we would be 4 people. Do you have parking?
Adviser: Yes, parking is free while you eat.
Customer: Great, I'll think about it and come back, thanks.
Adviser: You're welcome, goodbye!
"""


def test_one_prompt_is_one_call_a_dialogue_and_what_gives_nothing_is_told(root: Path) -> None:
    def answer(body: Mapping[str, Any]) -> str:
        whole = str(body["messages"][-1]["content"])
        return WRITTEN if 'begins with "Customer:"' in whole else "I cannot do that."

    with MockEndpoint(answer) as endpoint:
        given = {**GIVEN, "mode": "direct", "model": "hosted_vllm/mock", "api_base": endpoint.url, "dialogues": 3}
        settings = {**given, "out": str(root / "asked"), "conditions": ("one_prompt",), "min_turns": 4}
        result, _ = asyncio.run(run_ablation(read_settings(AblationSettings, settings)))
        asked = [body for body in endpoint.bodies if 'begins with "Customer:"' in body["messages"][-1]["content"]]
    (one,) = result.results
    assert len(asked) == 3
    assert one.made == 3, result.notes
    texts = {turn.utterance for made in read(root / "asked" / "one_prompt") for turn in made.turns}
    assert "It is $96 for four people." in texts


def test_a_condition_without_a_usable_dialogue_is_told(root: Path) -> None:
    with MockEndpoint(lambda body: "I cannot do that.") as endpoint:
        given = {**GIVEN, "mode": "direct", "model": "hosted_vllm/mock", "api_base": endpoint.url, "dialogues": 2}
        settings = {**given, "out": str(root / "refused"), "conditions": ("one_prompt",)}
        result, _ = asyncio.run(run_ablation(read_settings(AblationSettings, settings)))
    assert [(one.made, one.kept) for one in result.results] == [(0, 0)]
    assert result.notes[0].startswith("one_prompt gave no usable dialogue")
    assert "| dialogues made | 0 |" in result.render()

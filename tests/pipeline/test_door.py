"""The package from Python: phases one by one, sync and async, and what a finished run gives."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import streamdial as sd
from streamdial import plugins
from streamdial.errors import ConfigurationError, FingerprintError, StoreError
from streamdial.testing import HashingEmbedder, MockEndpoint
from tests.conftest import ROOT

EXAMPLE = str(ROOT / "examples" / "hotel_live_zh")


def build(folder: Path, url: str, **more: object) -> sd.Pipeline:
    return sd.Pipeline(
        domain="hotel",
        sources=[EXAMPLE],
        out=folder,
        dialogues=6,
        model="hosted_vllm/mock",
        api_base=url,
        mode="reworded",
        **more,
    )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[MockEndpoint]:
    with MockEndpoint() as served:
        yield served


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, endpoint: MockEndpoint) -> Path:
    """The folder of a run made phase by phase."""
    folder = tmp_path_factory.mktemp("door") / "run"
    with build(folder, endpoint.url) as run:
        signals = run.signals()
        assert signals.questions[0].text
        assert {counts.phase for counts in signals.counts} >= {"screening", "questions"}
        personas = run.personas()
        assert personas.users[0].objective.text
        assert [agent.account for agent in personas.agents] == [signals.accounts[0].account]
        assert len(run.blueprints().blueprints) == 1
        made = run.generate()
        assert len(made.dialogues) == 6
        assert (made.failed, made.left) == ([], 0)
        kept = run.filter()
        assert {dialogue.id for dialogue in kept.kept} <= {dialogue.id for dialogue in made.dialogues}
    return folder


def test_the_same_again_asks_nobody(finished: Path, endpoint: MockEndpoint) -> None:
    before = endpoint.count
    with build(finished, endpoint.url) as run:
        assert len(run.generate().dialogues) == 6
    assert endpoint.count == before


def test_other_thresholds_need_no_new_embedding(finished: Path, endpoint: MockEndpoint, tmp_path: Path) -> None:
    with build(finished, endpoint.url) as run:
        kept = run.filter()
        strict, loose = kept.rethreshold(user_threshold=0.99), kept.rethreshold(0.2, 0.2, keep_ratio=0.1)
        assert len(loose.kept) < len(kept.kept) <= len(strict.kept)
        assert loose.dropped[0].reason in ("repeats", "repeats_indirectly")
        assert loose.counts[0].kept == len(loose.kept)
        # Asked for with the phase, they come out as asked for later.
        assert run.filter(user_threshold=0.2, agent_threshold=0.2, keep_ratio=0.1).kept == loose.kept
        # What the report's slider shows was decided by the same rules.
        tried = json.loads((finished / "filter.json").read_text("utf-8"))["tried"]
        assert len(tried) > 5
        for user, agent, count, dropped in tried:
            other = kept.rethreshold(user_threshold=user, agent_threshold=agent)
            assert (len(other.kept), sorted(drop.id for drop in other.dropped)) == (count, dropped)
        files = loose.export(tmp_path / "out", formats=["sharegpt"])
    assert [file.name for file in files] == ["train.jsonl"]
    assert len(files[0].read_text(encoding="utf-8").splitlines()) == len(loose.kept)
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["train.jsonl"]


async def test_phases_work_inside_a_loop_that_runs(finished: Path, endpoint: MockEndpoint) -> None:
    run = build(finished, endpoint.url)
    assert (await run.signals_async()).questions == run.signals().questions
    assert len((await run.generate_async()).dialogues) == 6
    loaded = await run.run_async()
    assert len(loaded.dialogues) == len((await run.filter_async()).kept)
    run.close()


def test_a_finished_run_is_read_from_its_folder(finished: Path) -> None:
    run = sd.open_run(finished)
    assert run.pack.id == "hotel"
    assert len(run.all_dialogues) == 6
    assert {dialogue.id for dialogue in run.dialogues} == set(run.to_polars("dialogues")["id"])
    assert run.dataset.languages == ("zh",)
    assert run.signals.questions
    assert run.personas.users
    assert run.personas.agents
    assert run.blueprints.blueprints
    assert {row.entity for row in run.knowledge}
    assert {counts.phase for counts in run.counts} >= {"screening", "dialogues", "filter"}
    assert len(run.filter(user_threshold=0.95).kept) >= len(run.dialogues)
    with pytest.raises(ConfigurationError, match="no table 'cars'"):
        run.to_polars("cars")
    with pytest.raises(ConfigurationError, match="not the folder of a run"):
        sd.open_run(finished / "dataset")


def test_the_command_line_goes_on_with_what_python_began(finished: Path, endpoint: MockEndpoint) -> None:
    assert (finished / "summary.json").is_file()
    with pytest.raises(FingerprintError, match="seed was 7, is 8"):
        build(finished, endpoint.url, seed=8).signals()


def test_one_folder_is_used_by_one_at_a_time(finished: Path, endpoint: MockEndpoint) -> None:
    script = f"import streamdial as sd; sd.Pipeline(domain='hotel', sources=[{EXAMPLE!r}], out={str(finished)!r}, "
    script += f"dialogues=6, model='hosted_vllm/mock', api_base={endpoint.url!r}, mode='reworded').signals()"
    with build(finished, endpoint.url) as run:
        run.signals()
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert other.returncode != 0
    assert StoreError.__name__ in other.stderr
    assert "another process is running in this folder" in other.stderr


def test_any_list_of_dialogues_is_filtered(finished: Path) -> None:
    made = sd.open_run(finished).all_dialogues
    kept = sd.filter_dialogues([*made, *made], keep_ratio=1.0, embedder=HashingEmbedder())
    assert len(kept.kept) == 6
    assert kept.counts[0].dropped == {"same_id": 6}
    grown = sd.filter_dialogues(made[:3], embedder=HashingEmbedder()).extend(made[3:], HashingEmbedder())
    assert {d.id for d in grown.kept} == {d.id for d in sd.filter_dialogues(made, embedder=HashingEmbedder()).kept}
    with pytest.raises(ConfigurationError, match="without a run"):
        kept.export(finished.parent / "nowhere")


def test_a_set_is_evaluated_with_criteria_of_ones_own(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "_registered", {})
    criteria = tmp_path / "mine.yaml"
    criteria.write_text(
        "door_warmth:\n  sides: [agent]\n  names: {en: Warmth, zh: 热情}\n"
        '  questions: {en: "How warm?", zh: "多热情？"}\n'
        "  anchors: {en: [a, b, c, d, e], zh: [一, 二, 三, 四, 五]}\n",
        encoding="utf-8",
    )
    with MockEndpoint(answer='{"reason": "kind", "score": 4}') as judge:
        found = sd.evaluate(
            finished, judges=["hosted_vllm/judge"], criteria=criteria, api_base=judge.url, judged=2, embedder="none"
        )
    judged = [row.own.key for row in found.rows if row.own.section == "Judges" and row.own.value is not None]
    assert judged == ["door_warmth_agent"]


def test_what_is_wrong_is_told_in_one_line() -> None:
    with pytest.raises(ConfigurationError, match="did you mean dialogues"):
        sd.Pipeline(domain="hotel", sources=["x"], out="y", dialogue=3)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, streamdial; heavy = {'numpy', 'pydantic', 'polars', 'prefect', 'aiohttp', 'torch', 'litellm'};"
    code += "print(sorted(heavy & set(sys.modules))); streamdial.Pipeline; print('prefect' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["[]", "False"]


CHAT = [
    {"time": 5, "user": "ann", "text": "湖景房多少钱一晚？"},
    {"time": 30, "user": "bo", "text": "有停车场吗？停车收费吗？"},
]
HOST = [
    {"start": 8.0, "end": 14.0, "text": "湖景房一晚六百八十元。"},
    {"start": 33.0, "end": 38.0, "text": "有停车场，停车免费。"},
]


def test_a_preview_leaves_nothing_behind_and_says_what_the_run_would_take(
    endpoint: MockEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown = sd.preview(
        EXAMPLE,
        domain="hotel",
        dialogues=2,
        model="hosted_vllm/mock",
        api_base=endpoint.url,
        mode="reworded",
        prices=(1, 2),
    )
    assert list(tmp_path.iterdir()) == []
    assert len(shown.dialogues) == 2
    assert shown.signals.questions
    assert shown.knowledge
    assert shown.personas.users
    assert shown.blueprints.blueprints
    small, large = shown.estimate(2), shown.estimate(200)
    assert [cost.phase for cost in small.phases] == ["SSI", "APS", "CB", "IDG", "DF", "export"]
    made = next(cost for cost in small.phases if cost.phase == "IDG")
    assert made.calls > 0
    assert made.dollars > 0
    grown = next(cost for cost in large.phases if cost.phase == "IDG")
    assert grown.calls == made.calls * 100
    assert grown.dollars == pytest.approx(made.dollars * 100)
    # Dialogues that wait for a model are made side by side.
    assert grown.growing < made.growing * 100
    assert next(cost for cost in large.phases if cost.phase == "SSI") == small.phases[0]
    # Filter and export take little for two dialogues, and more for many.
    for few, many in zip(small.phases[-2:], large.phases[-2:], strict=True):
        assert few.seconds + 1 < many.seconds < few.seconds + 10
    assert "Estimate for 200 dialogues, learnt from 2" in str(large)
    assert "<table>" in large._repr_html_()


def test_a_preview_in_a_folder_is_the_beginning_of_its_run(endpoint: MockEndpoint, tmp_path: Path) -> None:
    more = {"domain": "hotel", "model": "hosted_vllm/mock", "api_base": endpoint.url, "mode": "reworded"}
    shown = sd.preview(EXAMPLE, dialogues=2, out=tmp_path / "run", seed=11, **more)
    asked = endpoint.count
    again = sd.preview(EXAMPLE, dialogues=2, out=tmp_path / "run", seed=11, **more)
    assert endpoint.count == asked
    assert again.dialogues == shown.dialogues
    # What was there already took no time now; the estimate keeps what it took when it was made.
    assert again.estimate(50).total.calls == shown.estimate(50).total.calls
    made = sd.run(EXAMPLE, dialogues=4, out=tmp_path / "run", seed=11, **more)
    assert {dialogue.id for dialogue in shown.dialogues} <= {dialogue.id for dialogue in made.all_dialogues}


def test_signals_are_mined_of_what_one_has_in_memory() -> None:
    mined = sd.extract_signals({"chat": CHAT, "transcript": HOST}, "hotel", screen="keep")
    assert {question.raw_text for question in mined.questions} == {row["text"] for row in CHAT}
    assert len(mined.pairs) == 2
    assert all(pair.provenance.start is not None for pair in mined.pairs)


def test_own_material_may_be_a_data_frame(tmp_path: Path) -> None:
    import polars

    from streamdial.pipeline.own_material import write_material

    rows = [{"start": 3.5, "author": "ann", "message": "a, b"}, {"start": 4, "author": "bo", "message": "c"}]
    frame = polars.DataFrame(rows, strict=False)
    write_material({"chat": frame, "pages": ["<p>one</p>", "two"], "profile": {"name": "Inn"}}, tmp_path)
    assert (tmp_path / "chat.csv").read_text(encoding="utf-8").splitlines()[1] == '3.5,ann,"a, b"'
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["000.html", "001.txt"]
    with pytest.raises(ConfigurationError, match="no kind of material 'chats'"):
        write_material({"chats": rows}, tmp_path)
    with pytest.raises(ConfigurationError, match="a row of chat has no time"):
        write_material({"chat": [{"text": "when?"}]}, tmp_path)
    with pytest.raises(ConfigurationError, match="a table is wanted, and this is str"):
        write_material({"chat": "ann: hello"}, tmp_path)


def test_tools_are_used_on_any_table(tmp_path: Path) -> None:
    names = ("room", "price", "guests", "bed", "breakfast", "view")
    things = [
        ("Lake View Room", "$180", "2 guests", "king bed", "breakfast included", "lake view"),
        ("Garden Room", "$120", "2 guests", "twin beds", "no breakfast", "garden view"),
        ("Family Room", "$240", "4 guests", "king bed", "breakfast included", "garden view"),
        ("Attic Room", "$95", "1 guest", "twin beds", "no breakfast", "city view"),
    ]
    rooms = [dict(zip(names, thing, strict=True)) for thing in things]
    made = sd.make_tool_dialogues(domain="hotel", table=rooms, out=tmp_path / "rooms", dialogues=3)
    assert made.dialogues
    spoken = " ".join(turn.utterance for dialogue in made.dialogues for turn in dialogue.turns)
    assert any(name in spoken for name, *_ in things)
    assert (tmp_path / "rooms" / "dataset" / "tools").is_dir()
    with pytest.raises(ConfigurationError, match="no rows"):
        sd.make_tool_dialogues(domain="hotel", table=[], out=tmp_path / "none")

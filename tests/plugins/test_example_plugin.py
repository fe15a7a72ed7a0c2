"""A package of somebody else's is installed, and each of its plugins is used by its name where ours are."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamdial import plugins
from streamdial.counts import Counts
from streamdial.dialogues import DialogueMaker, GenerationOptions
from streamdial.domains import list_domains, load_pack
from streamdial.evaluation import load_criteria
from streamdial.evaluation.judges.criteria import get_criterion
from streamdial.evaluation.judges.judging import Judging
from streamdial.evaluation.sets import measure_set
from streamdial.exports import DataSet, write_all
from streamdial.plugins import describe_foreign
from streamdial.records import Dialogue
from streamdial.sources import open_recordings, read_recording
from streamdial.strategies import Strategy, open_strategy
from tests.dialogues import material
from tests.evaluation.evaluation_material import make_set, make_talk
from tests.exports.conftest import make_agent, make_blueprint, make_dialogue, make_turns, make_user

SALT = bytes(range(32))


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    target = tmp_path_factory.mktemp("site")
    package = Path(__file__).parent / "example_plugin"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(package)], check=True)
    sys.path.insert(0, str(target))
    yield
    sys.path.remove(str(target))


def test_a_reader_reads_a_file_of_a_recording(tmp_path: Path) -> None:
    (tmp_path / "a.logchat").write_text("#logchat\n[3] ann> how much is it?\nnoise\n[9.5] bo> call 13800138000\n")
    (tmp_path / "b.jsonl").write_text('{"text": "nice"}\n{"text": "good"}\n')
    counts = Counts("reading")
    (files,) = open_recordings([tmp_path], salt=SALT, counts=counts)
    recording = read_recording(files, transcriber=None, language=None, salt=SALT, counts=counts)
    said = [(message.time, message.text) for message in recording.iterate_messages()]
    assert said == [(3.0, "how much is it?"), (9.5, "call [PHONE]"), (None, "nice"), (None, "good")]
    assert dict(counts.dropped) == {"no_chat_line": 1}


def test_an_exporter_writes_its_file_and_the_card_tells_what_it_lost(tmp_path: Path) -> None:
    data = DataSet(
        pack=load_pack("automotive"),
        languages=("en",),
        dialogues=(make_dialogue("d1", *make_turns()),),
        users={"u1": make_user("u1")},
        agents={"a1": make_agent("a1")},
        blueprints={"b1": make_blueprint("b1")},
    )
    written = [path.relative_to(tmp_path).as_posix() for path in write_all(data, tmp_path)]
    last = ["dataset/turns.csv", "dataset/README.md", "dataset/croissant.json", "report/index.html"]
    assert written[-4:] == last
    assert (tmp_path / "dataset" / "turns.csv").read_text().splitlines()[1] == "d1,agent,540 km on a full charge."
    assert "csv export" in (tmp_path / "dataset" / "README.md").read_text()
    assert len(write_all(data, tmp_path / "one", formats=["csv"])) == 1


def test_a_metric_stands_in_a_section_of_its_own_after_ours() -> None:
    figures = measure_set(make_set(make_talk("hello", "hi"), make_talk("any left?", "yes")), embedder=None)
    assert (figures[-1].section, figures[-1].name, figures[-1].value) == ("Openings", "opened_by_user", 1.0)


def test_a_criterion_is_asked_of_judges() -> None:
    assert [*load_criteria()][-1] == "warmth"
    assert Judging(criteria=["warmth"]).list_criteria() == [get_criterion("warmth")]


def test_a_pack_is_a_domain_like_ours() -> None:
    assert list_domains() == ("automotive", "hotel", "restaurant", "cafe")
    pack = load_pack("cafe")
    assert pack.price_slot == "price" and pack.templates["en"].user, "what all packs share is in it"


def make(**options: str) -> Dialogue:
    maker = DialogueMaker(
        material.PACK,
        "en",
        expert := material.build_expert("en"),
        material.build_bank(),
        None,
        options=GenerationOptions(**options),
    )
    path = next(path.name for path in expert.blueprint.paths if path.outcome == "success")
    made = maker.make(material.build_user(), path=path, seed=3, record_id="d", match=material.MATCH)
    return asyncio.run(made)[0]


def test_policies_of_either_side_make_a_dialogue() -> None:
    brief, ours = make(user_policy="brief", agent_policy="brief"), make()
    assert brief.stop_reason == ours.stop_reason == "blueprint_end"
    words = [sum(len(turn.utterance) for turn in dialogue.turns) for dialogue in (brief, ours)]
    assert words[0] < words[1]


def test_a_strategy_of_ones_own_is_used_by_its_name() -> None:
    strategy = open_strategy("asks_first")
    maker = DialogueMaker(material.PACK, "en", material.build_expert(), material.build_bank(), None)
    path = next(path.name for path in material.build_expert().blueprint.paths if path.outcome == "success")

    def make(seed: int, *strategies: Strategy) -> Dialogue:
        user = material.build_user()
        made = maker.make(user, path=path, seed=seed, record_id="d", match=material.MATCH, strategies=strategies)
        return asyncio.run(made)[0]

    assert any(make(seed).turns[0].act == "greet" for seed in range(8))
    for made in (make(seed, strategy) for seed in range(8)):
        assert made.turns[0].act != "greet" and made.turns[0].by == ("asks_first",)
        assert made.lineage[0].turns == (0,)


def test_all_of_them_are_told_with_their_version() -> None:
    assert describe_foreign() == {
        f"{kind}.{name}": "1.2.3"
        for kind, name in {
            "reader": "logchat",
            "exporter": "csv",
            "metric": "openings",
            "criterion": "warmth",
            "user_policy": "brief",
            "agent_policy": "brief",
            "domain": "cafe",
            "strategy": "asks_first",
        }.items()
    }
    assert {plugin.origin for kind in plugins.KINDS for plugin in plugins.list_plugins(kind)} == {
        "streamdial",
        "streamdial-example",
    }

"""Threads in which the account replies are seed dialogues; the files are invented, in the forms tools write."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.blueprints import induce_blueprint
from streamdial.corpora import THREADS, read_seeds, read_thread_dialogues
from streamdial.counts import Counts
from streamdial.dialogues.lines import collect_lines
from streamdial.domains import load_pack
from streamdial.exports.dataset import collect_evidence
from streamdial.files import write_lines
from streamdial.models import CachedEmbedder
from streamdial.personas import build_agent_persona
from streamdial.records import SeedDialogue
from streamdial.signals import SignalSet, collect_signals, prepare_recording
from streamdial.slots import SlotReader
from streamdial.sources import Recording, open_recordings, read_recording
from streamdial.strategies import MinedRecording
from streamdial.testing import HashingEmbedder
from tests.conftest import ROOT

DATA = ROOT / "tests" / "data" / "threads"
SALT = bytes(range(32))


def read(name: str, domain: str) -> tuple[Recording, SignalSet, list[SeedDialogue], Counts]:
    pack, embedder = load_pack(domain), CachedEmbedder(HashingEmbedder(256))
    (files,) = open_recordings([DATA / name], salt=SALT, counts=Counts("sources"))
    recording = read_recording(files, transcriber=None, language=None, salt=SALT, counts=Counts("reading"))
    prepared = prepare_recording(recording, pack, embedder=embedder, screen="keep")
    signals = collect_signals(recording, prepared, embedder)
    counts = Counts("dialogues of comment threads")
    mined = MinedRecording(
        recording.id, recording.language, pack, signals, prepared.sentences, embedder, recording.iterate_messages
    )
    return recording, signals, list(read_thread_dialogues(mined, counts, url=recording.url)), counts


def list_texts(seeds: list[SeedDialogue]) -> list[list[str]]:
    return [[turn.utterance for turn in seed.turns] for seed in seeds]


CARS = [
    [
        "Does the Aster really have 7 seats? We are five with a dog.",
        "yes, the Aster has 7 seats, and the last row folds flat for the dog.",
        "good to know. What does it cost?",
        "the Aster starts at $43,900.",
        "thanks, that helps!",
    ],
    ["and how long is the warranty?", "the warranty is five years. Call our shop or mail me at [EMAIL]"],
    [
        "How far does the Lumen go on one charge in winter?",
        "About 380 km in the cold, 480 km in summer for the Lumen.",
        "Is there a version with more range? my number is [PHONE]",
        "The long range version of the Lumen goes 560 km.",
    ],
    ["does it tow?", "Up to 1,500 kg for the Lumen."],
    [
        "Can I book a test drive of the Aster for Saturday?",
        "Saturday at 10 or 2, which suits you?",
        "2 please",
        "done, see you Saturday at 2.",
    ],
]
INN = [
    [
        "望溪大床房周末多少钱?想带狗住两晚",
        "周末一晚468元,小型犬可以带。",
        "含早餐吗?几点能入住",
        "含双早,下午两点以后入住,到了加微信[WECHAT]。",
        "好的谢谢老板",
    ],
    ["亲子房能住几个人,有没有加床", "亲子房住四个人,加床80元一晚。"],
    ["国庆还有亲子房吗?", "国庆亲子房还有两间。"],
]


@pytest.mark.parametrize(
    ("name", "domain", "texts", "dropped"),
    [
        ("cars.info.json", "automotive", CARS, {"answers_nobody_known": 1}),
        ("inn.comments.json", "hotel", INN, {"answers_noise": 1}),
    ],
)
def test_each_viewer_the_account_answers_has_a_dialogue_and_viewers_answers_are_in_none(
    name: str, domain: str, texts: list[list[str]], dropped: dict[str, int]
) -> None:
    _, _, seeds, counts = read(name, domain)
    assert list_texts(seeds) == texts
    assert dict(counts.dropped) == dropped
    assert counts.kept == len(seeds)
    for seed in seeds:
        roles = [turn.role for turn in seed.turns]
        assert roles == ["user", "agent"] * (len(roles) // 2) + ["user"] * (len(roles) % 2)


def test_a_dialogue_names_its_comments_and_its_page() -> None:
    recording, _, seeds, _ = read("cars.info.json", "automotive")
    by_id = {message.id: message for message in recording.iterate_messages()}
    for seed in seeds:
        assert seed.origin == THREADS and seed.provenance is not None
        assert seed.provenance.url == "https://video.example.com/watch?v=meridian-1"
        own = [by_id[name] for name in seed.provenance.derived_from]
        assert len(own) == len(seed.turns)
        assert [message.by_host for message in own] == [turn.role == "agent" for turn in seed.turns]
        assert len({message.author for message in own if not message.by_host}) == 1


def test_its_turns_hold_what_ssi_read_and_what_it_leaves_out() -> None:
    _, signals, seeds, _ = read("cars.info.json", "automotive")
    asked, told, cost, price, thanks = seeds[0].turns
    known = {signal.id for signal in signals}
    assert all(turn.evidence[0] in known for turn in (asked, told, cost, price)) and thanks.evidence[0] not in known
    assert (asked.entity, cost.entity, cost.request) == ("Aster", "Aster", {"price": "?"})
    assert (price.tell, thanks.act, thanks.stage) == ({"price": "43900"}, "thank", "closing")
    # 2 please: no need of its own, and no thanks.
    assert seeds[4].turns[2].act == "acknowledge"


def test_they_are_read_as_given_seeds_are(tmp_path: Path) -> None:
    _, _, seeds, _ = read("inn.comments.json", "hotel")
    path = tmp_path / "threads.jsonl"
    write_lines(path, (seed.model_dump(mode="json", exclude_defaults=True) for seed in seeds), published=True)
    counts = Counts("seeds")
    assert list(read_seeds(path, load_pack("hotel"), "zh", counts)) == seeds
    assert (counts.kept, dict(counts.dropped)) == (3, {})


def test_they_are_evidence_of_the_stream() -> None:
    recording, _, seeds, _ = read("cars.info.json", "automotive")
    item = collect_evidence([], seeds)[f"{seeds[0].id}#4"]
    assert (item.kind, item.source, item.url) == ("thread", recording.id, recording.url)


def test_thanks_become_a_line_of_the_stream_and_other_words_of_theirs_none() -> None:
    _, signals, seeds, _ = read("cars.info.json", "automotive")
    reader = SlotReader(load_pack("automotive"), "en", signals.names)
    lines = collect_lines(reader, seeds=seeds)
    assert [(line.template, line.realisation, line.evidence) for line in lines] == [
        ("thanks, that helps!", "real_line", f"{seeds[0].id}#4")
    ]
    assert lines[0].previous == "the Aster starts at $43,900."


def test_a_blueprint_goes_the_ways_of_threads_once_and_takes_no_end_from_them() -> None:
    _, signals, seeds, _ = read("cars.info.json", "automotive")
    pack = load_pack("automotive")
    assert signals.account is not None
    persona = build_agent_persona(signals.account, signals.responses, signals.strategies, [], pack)
    kinds = {
        "questions": {one.id: one for one in signals.questions},
        "responses": {one.id: one for one in signals.responses},
    }
    made = induce_blueprint(
        persona,
        pack,
        strategies=signals.strategies,
        pairs=signals.pairs,
        seeds=seeds,
        **kinds,  # type: ignore[arg-type]
    )
    steps = [(step.source, step.target, step.count) for step in made.transitions]
    # Saturday at 10 or 2, then: done. The step is in a flat thread, where depth tells no order.
    assert ("clarification", "appointment", 1) in steps
    assert all(not path.evidence for path in made.paths)

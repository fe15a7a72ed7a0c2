from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.models import CachedEmbedder
from streamdial.pipeline.mining import build_viewer
from streamdial.records import AgentResponse, Message, Provenance, UserQuestion
from streamdial.signals import Decision, SignalSet
from streamdial.signals.threads import ThreadPlace, follow_threads, pair_threads
from streamdial.strategies import Mined, MinedRecording, RecordingStrategy, open_strategy
from streamdial.testing import HashingEmbedder

PACK = load_pack("restaurant")
Row = tuple[str, str, str, str | None, str | None]


def read(rows: Sequence[Row]) -> MinedRecording:
    """A recording with comments alone: (id, author, text, parent, mention); what the host wrote is a reply."""
    messages = [
        Message(
            id=name, source_id="s", text=text, author=author, kind="comment", parent=parent, mention=mention,
            by_host=author == "host",
        )
        for name, author, text, parent, mention in rows
    ]  # fmt: skip
    shared = {"domain": PACK.id, "language": "en"}
    questions = [
        UserQuestion(
            id=f"q-{m.id}", provenance=Provenance(source_id="s", derived_from=(m.id,)), text=m.text, raw_text=m.text,
            asker=m.author, act="ask", entities=("Ember Grill",) if "Ember" in m.text else (), **shared,
        )
        for m in messages
        if m.text.endswith("?")
    ]  # fmt: skip
    responses = [
        AgentResponse(
            id=f"r-{m.id}", provenance=Provenance(source_id="s", derived_from=(m.id,)), text=m.text, raw_text=m.text,
            channel="reply", **shared,
        )
        for m in messages
        if m.by_host
    ]  # fmt: skip
    places: dict[str, ThreadPlace] = {}
    list(follow_threads(messages, places))
    pairs = list(pair_threads(questions, responses, [], places, CachedEmbedder(HashingEmbedder()), Counts("pairs")))
    signals = SignalSet(Decision(True, ""), questions=questions, responses=responses, pairs=pairs)
    signals.names = ("Ember Grill", "Jade Garden")
    return MinedRecording("s", "en", PACK, signals, (), HashingEmbedder(), lambda: iter(messages))


def mine(recording: MinedRecording, **options: int) -> Mined:
    strategy = open_strategy("threads", options)
    assert isinstance(strategy, RecordingStrategy)
    return strategy.mine(recording)


def list_texts(mined: Mined) -> list[list[str]]:
    return [[turn.utterance for turn in seed.turns] for seed in mined.seeds]


NESTED: list[Row] = [
    ("1", "anna", "is it loud?", None, None),
    ("2", "host", "the corner is quiet", "1", None),
    ("3", "ben", "is there a view?", "2", None),
    ("4", "host", "yes, of the river", "3", None),
    ("5", "anna", "does it cost more?", "4", None),
    ("6", "host", "no, the same", "5", None),
]


def test_replies_below_replies_are_one_dialogue_in_their_order() -> None:
    assert list_texts(mine(read(NESTED))) == [[text for _, _, text, _, _ in NESTED]]
    assert list_texts(mine(read(NESTED), exchanges=2)) == [[text for _, _, text, _, _ in NESTED[:4]]]


def test_branches_of_a_flat_thread_are_told_apart_by_mentions_and_viewers() -> None:
    rows: list[Row] = [
        ("0", "root", "what an evening", None, None),
        ("1", "anna", "is it loud?", "0", None),
        ("2", "ben", "do you take cards?", "0", None),
        ("3", "host", "the corner is quiet", "0", "anna"),
        ("4", "host", "cards and cash", "0", "ben"),
        ("5", "cleo", "is the corner free on friday?", "0", "anna"),
        ("6", "host", "it is", "0", "cleo"),
        ("7", "ben", "foreign ones too?", "0", None),
        ("8", "host", "all of them", "0", "ben"),
    ]
    assert list_texts(mine(read(rows))) == [
        ["is it loud?", "the corner is quiet", "is the corner free on friday?", "it is"],
        ["do you take cards?", "cards and cash", "foreign ones too?", "all of them"],
    ]


@pytest.mark.parametrize(("root", "entity"), [("The Ember Grill was great", "Ember Grill"), ("Great evening", "")])
def test_a_question_that_names_nothing_asks_of_what_the_thread_is_about(root: str, entity: str) -> None:
    rows: list[Row] = [
        ("0", "root", root, None, None),
        ("1", "anna", "how much is it?", "0", None),
        ("2", "host", "58 for two", "0", "anna"),
    ]
    (seed,) = mine(read(rows)).seeds
    assert seed.turns[0].entity == entity


def test_the_viewer_of_a_branch_asks_what_several_asked_and_was_answered() -> None:
    recording = read(NESTED)
    (seed,) = mine(recording).seeds
    questions, pairs = build_viewer(seed, recording.signals)
    assert [question.text for question in questions] == ["is it loud?", "is there a view?", "does it cost more?"]
    assert {question.asker for question in questions} == {f"threads-{seed.id}"}
    assert [pair.answer for pair in pairs] == ["the corner is quiet", "yes, of the river", "no, the same"]


def test_a_viewer_who_asked_it_all_alone_needs_no_other() -> None:
    alone: list[Row] = [(name, "host" if author == "host" else "anna", *rest) for name, author, *rest in NESTED]  # type: ignore[misc]
    recording = read(alone)
    (seed,) = mine(recording).seeds
    assert build_viewer(seed, recording.signals) == ([], [])
    # But where the thread says what they asked of, there is news.
    filled = seed.model_copy(update={"turns": (seed.turns[0].model_copy(update={"entity": "x"}), *seed.turns[1:])})
    questions, _ = build_viewer(filled, replace(recording.signals))
    assert questions[0].entities == ("x",) and len(questions) == 3

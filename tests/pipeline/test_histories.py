"""Which dialogues of a base run can be gone on from with tools, and where they are cut."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from streamdial.counts import Counts
from streamdial.pipeline import Storage
from streamdial.pipeline.histories import list_histories, read_history
from streamdial.records import Dialogue, Language, MatchScore, Provenance, Turn

MATCH = MatchScore(expertise=1, answerable=1, covered=1, alpha=1, beta=0, gamma=0, total=1)
ACTS = "ask_offer request inform recommend ask answer book confirm thank close"


def make(name: str, acts: str = ACTS, language: Language = "zh", user: str = "u", agent: str = "a") -> Dialogue:
    users = ("ask_offer", "inform", "ask", "book", "ask_hold", "thank")
    turns = [
        Turn(turn_id=number, role="user" if act in users else "agent", utterance=act, act=act, realisation="template")
        for number, act in enumerate(acts.split())
    ]
    return Dialogue(
        id=name,
        domain="hotel",
        language=language,
        provenance=Provenance(source_id="s"),
        user_persona_id=user,
        agent_persona_id=agent,
        blueprint_id="b",
        turns=tuple(turns),
        path="Success",
        outcome="success",
        stop_reason="blueprint_end",
        match=MATCH,
        seed=1,
    )


def find(tmp_path: Path, *dialogues: Dialogue) -> tuple[Any, list[dict[str, Any]], Counts]:
    run: Any = SimpleNamespace(files=Storage(tmp_path, None), shared={})
    run.files.write_lines("histories/x.jsonl", (dialogue.model_dump_json() for dialogue in dialogues))
    counts = Counts("histories")
    return run, list_histories(run, ["histories/x.jsonl"], {("a", "b"): "zh"}, {"u": None}, counts), counts


def test_a_talk_is_cut_before_what_was_booked_and_never_after_a_question(tmp_path: Path) -> None:
    run, (found,), counts = find(tmp_path, make("d"))
    # After the recommendation and after the answer: not after the request, nor once the booking is confirmed.
    assert found["cuts"] == [4, 6]
    assert [turn.act for turn in read_history(run, {**found, "cut": 4})][-1] == "recommend"
    assert (counts.asked, counts.kept) == (1, 1)


def test_what_cannot_be_gone_on_from_is_counted_with_its_reason(tmp_path: Path) -> None:
    _, found, counts = find(
        tmp_path,
        make("in English words", language="en"),
        make("held at once", "ask_hold hold thank close"),
        make("asked, then booked", "ask_offer propose book confirm close"),
        make("of an agent without a database", agent="other"),
        make("of a user who speaks otherwise", user="other"),
        make("good", "ask_offer recommend ask answer"),
    )
    assert [entry["history"][2] for entry in found] == ["good"]
    assert counts.dropped == {"other_language": 1, "no_cut": 2, "other_people": 2}
    assert (counts.asked, counts.kept) == (6, 1)

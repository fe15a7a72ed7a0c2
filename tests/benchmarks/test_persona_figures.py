"""The figures of the persona benchmark mean what they say, and hold on the example streams."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.records import Dialogue, MatchScore, Provenance, Turn
from streamdial.testing import ScriptedChatModel
from tests.conftest import ROOT
from tests.exports.conftest import make_agent, make_user

sys.path.insert(0, str(ROOT / "benchmarks"))
import personas as benchmark
from judging import Told, judge_by_model, judge_by_rules, list_lines, read_truth, score_judgements
from streams import read_streams

PACK = load_pack("automotive")


def tell(*wishes: tuple[str, str], asked: tuple[str, ...] = ()) -> Told:
    return Told(frozenset(wishes), frozenset(asked))


def make_dialogue(*turns: dict[str, Any]) -> Dialogue:
    return Dialogue(
        id="d",
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="s"),
        user_persona_id="u",
        agent_persona_id="a",
        blueprint_id="b",
        turns=tuple(Turn.model_validate({"turn_id": n, **turn}) for n, turn in enumerate(turns)),
        outcome="success",
        stop_reason="blueprint_end",
        match=MatchScore(expertise=1, answerable=1, covered=1, alpha=1, beta=1, gamma=1, total=1),
        seed=1,
    )


DIALOGUE = make_dialogue(
    {"role": "user", "utterance": "need 7 seats, budget $40,000", "act": "inform",
     "inform": {"seats": "7", "price": "40000", "energy": "dontcare"}},
    {"role": "agent", "utterance": "It seats 9 people", "act": "answer", "tell": {"seats": "9"}},
    {"role": "user", "utterance": "How far does it go?", "act": "ask", "request": {"range": "?"}},
)  # fmt: skip


def test_a_field_without_evidence_lowers_the_share() -> None:
    user = make_user("u1")
    shown, whole = benchmark.count_evidence([user], {"q1"})
    # The style of this persona names no message; its two leaves are the only ones without evidence.
    assert whole - shown == 2
    assert benchmark.count_evidence([user], set())[0] == 0
    rows_alone = benchmark.count_evidence([make_agent("a1")], {"acc", "r1", "s1"})
    assert rows_alone[0] < rows_alone[1]


def test_a_judge_sees_the_users_lines_alone() -> None:
    assert list_lines(DIALOGUE) == ["need 7 seats, budget $40,000", "How far does it go?"]
    assert read_truth(DIALOGUE) == tell(("seats", "7"), ("price", "40000"), asked=("range",))


async def test_a_model_judges_line_by_line_in_the_packs_terms() -> None:
    answers = [
        '{"wishes": [{"slot": "seats", "value": "7 seats"}, {"slot": "price", "value": "40k"}], "asked": []}',
        '{"wishes": [], "asked": ["range"]}',
    ]
    model = ScriptedChatModel(answers)
    counts = Counts("judged lines")
    assert await judge_by_model(DIALOGUE, PACK, model, counts) == read_truth(DIALOGUE)
    assert counts.asked == counts.kept > 0
    assert [request.messages[-1].content for request in model.requests] == list_lines(DIALOGUE)
    asked = "\n".join(message.content for request in model.requests for message in request.messages)
    assert "9 people" not in asked
    unusable = ScriptedChatModel(["no"] * 4)
    counts = Counts("judged lines")
    assert await judge_by_model(DIALOGUE, PACK, unusable, counts) == tell()
    assert counts.dropped["unusable"] == counts.asked > 0


def test_rules_reach_what_stands_in_the_lines() -> None:
    assert judge_by_rules(DIALOGUE, PACK, ()) == read_truth(DIALOGUE)


def test_recovery_and_precision_are_means_over_dialogues() -> None:
    truths = [tell(("seats", "7"), ("price", "40000"), asked=("range",)), tell(asked=("price",)), tell()]
    judged = [tell(("seats", "7"), ("price", "45000")), tell(asked=("price",)), tell()]
    scores = score_judgements(truths, judged)
    assert scores["recovery"] == pytest.approx((1 / 3 + 1) / 2)
    assert scores["precision"] == pytest.approx((1 / 2 + 1) / 2)
    assert scores["wishes"] == pytest.approx(1 / 2)
    assert scores["questions"] == pytest.approx((0 + 1) / 2)


@pytest.mark.models
def test_every_field_of_the_examples_has_evidence(tmp_path: Path) -> None:
    from streamdial.models import build_embedder

    embedder = build_embedder("use-multilingual", tmp_path / "vectors.sqlite")
    streams = read_streams(embedder)
    figures = benchmark.measure_evidence(streams, embedder)
    assert figures["persona_evidence_share"] == 1.0
    assert figures["personas_en"] >= 18
    assert figures["personas_zh"] >= 18
    embedder.close()

from __future__ import annotations

import math

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import CachedEmbedder
from streamdial.records import AgentResponse, Provenance, UserQuestion
from streamdial.signals.pairing import PairingOptions, measure_overlap, pair_questions
from streamdial.testing import HashingEmbedder


def ask(text: str, time: float | None, *, asks: tuple[str, ...] = (), entities: tuple[str, ...] = ()) -> UserQuestion:
    return UserQuestion(
        id=make_id("q", text, time),
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="rec", start=time, derived_from=(f"m-{text}",)),
        text=text,
        raw_text=text,
        time=time,
        act="ask",
        asks=asks,
        entities=entities,
    )


def answer(
    text: str, start: float | None, *, tells: dict[str, str] | None = None, entities: tuple[str, ...] = (), to: str = ""
) -> AgentResponse:
    return AgentResponse(
        id=make_id("r", text, start),
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="rec", derived_from=("seg", f"m-{to}") if to else ("seg",)),
        text=text,
        raw_text=text,
        start=start,
        end=start,
        channel="reply" if to else "speech",
        tells=tells or {},
        entities=entities,
    )


EMBEDDER = CachedEmbedder(HashingEmbedder(256))


def test_the_score_is_the_weighted_sum_of_its_three_parts() -> None:
    question = ask("price of the Meridian", 0.0, asks=("price",), entities=("Meridian",))
    response = answer("price of the Meridian", 15.0, tells={"price": "46900"}, entities=("Meridian",))
    (pair,) = pair_questions([question], [response], EMBEDDER, Counts("p"))
    # Fewer than three clear answers: the lag is taken as 10 s, so the distance is 5 s.
    time = math.exp(-5 / 20)
    assert pair.score.time == round(time, 4)
    assert pair.score.meaning == 1.0
    assert pair.score.entities == 1.0
    assert pair.score.total == round(0.3 * time + 0.4 + 0.3, 4)
    assert pair.lag == 15.0


def test_contradicting_entities_never_pair() -> None:
    question = ask("range of the Meridian", 0.0, entities=("Meridian",))
    response = answer("range of the Horizon", 5.0, entities=("Horizon",))
    assert measure_overlap(question, response) is None
    counts = Counts("p")
    assert not list(pair_questions([question], [response], EMBEDDER, counts))
    assert counts.dropped == {"other_entity": 1}


def test_overlap_counts_entities_and_asked_slots_alike() -> None:
    question = ask("x", 0.0, asks=("price", "range"), entities=("Meridian",))
    response = answer("x", 5.0, tells={"price": "1"}, entities=("Meridian",))
    assert measure_overlap(question, response) == 0.75


def test_an_answer_outside_the_window_is_none() -> None:
    counts = Counts("p")
    pairs = pair_questions([ask("price?", 0.0)], [answer("price", 80.0)], EMBEDDER, counts, PairingOptions(window=75))
    assert not list(pairs)
    assert counts.dropped == {"no_response_in_window": 1}


def test_another_meaning_is_dropped() -> None:
    counts = Counts("p")
    assert not list(pair_questions([ask("price", 0.0)], [answer("welcome everyone", 5.0)], EMBEDDER, counts))
    assert counts.dropped == {"other_meaning": 1}


def test_one_response_may_answer_several_questions() -> None:
    questions = [ask("price of it", 0.0), ask("what price is it", 2.0)]
    pairs = list(pair_questions(questions, [answer("the price of it is fair", 9.0)], EMBEDDER, Counts("p")))
    assert len({pair.response_id for pair in pairs}) == 1
    assert len(pairs) == 2


def test_a_reply_below_a_comment_answers_it_whatever_the_time() -> None:
    counts = Counts("p")
    (pair,) = pair_questions(
        [ask("does it fit", None)], [answer("yes it fits", None, to="does it fit")], EMBEDDER, counts
    )
    assert pair.lag is None
    assert not counts.dropped


def test_the_streams_own_lag_is_the_median_of_clear_answers() -> None:
    questions, responses = [], []
    for number, lag in enumerate((20.0, 22.0, 30.0)):
        name = f"Name{number}"
        time = number * 200.0
        questions.append(ask(f"price of {name}", time, asks=("price",), entities=(name,)))
        responses.append(answer(f"price of {name}", time + lag, tells={"price": "1"}, entities=(name,)))
    counts = Counts("p")
    assert len(list(pair_questions(questions, responses, EMBEDDER, counts))) == 3
    assert counts.notes == ["answer lag estimated at 22.0 s"]

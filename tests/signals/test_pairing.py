from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import CachedEmbedder, Vectors
from streamdial.records import AgentResponse, Provenance, UserQuestion
from streamdial.signals import pairing
from streamdial.signals.lags import AnswerLag
from streamdial.signals.overlaps import measure_overlaps
from streamdial.signals.pairing import PairingOptions, pair_questions
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


def overlap(question: UserQuestion, response: AgentResponse) -> tuple[float, bool]:
    found = measure_overlaps([question], [response], np.zeros(1, np.int64), np.zeros(1, np.int64))
    return float(found.shares[0]), bool(found.contradicting[0])


# More names than one word of a bit set holds.
NAMES = st.sampled_from([f"name{number}" for number in range(100)])
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
    assert overlap(question, response) == (0.0, True)
    counts = Counts("p")
    assert not list(pair_questions([question], [response], EMBEDDER, counts))
    assert counts.dropped == {"other_entity": 1}


def test_a_response_that_tells_other_slots_only_is_no_answer() -> None:
    question = ask("price of it", 0.0, asks=("price",))
    assert overlap(question, answer("x", 5.0, tells={"seats": "5"})) == (0.0, True)
    assert overlap(question, answer("x", 5.0, tells={"seats": "5", "price": "1"})) == (1.0, False)


def test_overlap_counts_entities_and_asked_slots_alike() -> None:
    question = ask("x", 0.0, asks=("price", "range"), entities=("Meridian",))
    response = answer("x", 5.0, tells={"price": "1"}, entities=("Meridian",))
    assert overlap(question, response) == (0.75, False)


@given(
    st.lists(st.tuples(st.sets(NAMES), st.sets(NAMES)), min_size=1, max_size=6),
    st.lists(st.tuples(st.sets(NAMES), st.sets(NAMES)), min_size=1, max_size=6),
)
def test_many_pairs_at_once_overlap_as_their_definition_says(
    asked: list[tuple[set[str], set[str]]], told: list[tuple[set[str], set[str]]]
) -> None:
    questions = [ask("q", 0.0, asks=tuple(slots), entities=tuple(names)) for names, slots in asked]
    responses = [answer("r", 0.0, tells=dict.fromkeys(slots, "1"), entities=tuple(names)) for names, slots in told]
    pairs = [(row, column) for row in range(len(asked)) for column in range(len(told))]
    rows, columns = (np.array(places) for places in zip(*pairs, strict=True))
    found = measure_overlaps(questions, responses, rows, columns)
    for (row, column), share, contradicting in zip(pairs, found.shares, found.contradicting, strict=True):
        (names, slots), (other_names, other_slots) = asked[row], told[column]
        parts = [float(bool(names & other_names))] if names else []
        parts += [len(slots & other_slots) / len(slots)] if slots else []
        assert share == pytest.approx(sum(parts) / len(parts) if parts else 0.0)
        other_subject = bool(slots and other_slots and not slots & other_slots)
        assert contradicting == (bool(names and other_names and not names & other_names) or other_subject)


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


def test_what_is_said_by_chance_does_not_move_the_lag() -> None:
    rng = np.random.default_rng(0)
    lag = AnswerLag(spread=20)
    # Half of the clear answers come 30 to 32 s after their question, the others anywhere in the window.
    lags = np.r_[rng.uniform(30, 32, 100), rng.uniform(-2, 75, 100)]
    assert lag.learn(np.arange(200), lags, np.ones(200)) == pytest.approx(31.0, abs=1.5)


def test_fewer_than_three_clear_answers_leave_the_lag_assumed() -> None:
    lag = AnswerLag(spread=20)
    assert lag.learn(np.array([0, 1]), np.array([30.0, 31.0]), np.ones(2)) == 10.0


def test_without_an_embedder_time_and_entities_share_its_weight() -> None:
    question = ask("how much", 0.0, asks=("price",), entities=("Meridian",))
    response = answer("forty six", 15.0, tells={"price": "46900"}, entities=("Meridian",))
    options = PairingOptions(time_weight=0.3, meaning_weight=0.4, entity_weight=0.3, spread=20)
    (pair,) = pair_questions([question], [response], None, Counts("p"), options)
    assert pair.score.meaning == 0.0
    assert pair.score.total == round(0.5 * math.exp(-5 / 20) + 0.5, 4)


def test_without_an_embedder_a_pair_must_name_something_in_common() -> None:
    counts = Counts("p")
    assert not list(pair_questions([ask("how much", 0.0, asks=("price",))], [answer("hello", 5.0)], None, counts))
    assert counts.dropped == {"nothing_in_common": 1}


def test_a_score_below_the_least_is_dropped() -> None:
    counts = Counts("p")
    options = PairingOptions(min_total=0.99)
    assert not list(pair_questions([ask("price", 0.0)], [answer("price", 40.0)], EMBEDDER, counts, options))
    assert counts.dropped == {"low_score": 1}


def test_every_question_is_kept_or_dropped_with_a_reason() -> None:
    questions = [ask(f"price {number}", float(number), asks=("price",)) for number in range(50)]
    questions += [ask("price", None), ask("hello", 9000.0), ask("range of B", 1.0, entities=("B",))]
    responses = [answer("the price", 20.0, tells={"price": "1"}, entities=("A",)), answer("price", None, to="price 3")]
    counts = Counts("p")
    list(pair_questions(questions, responses, EMBEDDER, counts))
    dropped = counts.dropped.copy()
    dropped.pop("not_best", None)
    assert counts.kept + dropped.total() == counts.asked == 53


def test_pairs_are_the_same_however_the_stream_is_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [
        ask(f"q{number}", number * 3.0, asks=("price",) if number % 2 else ("range",)) for number in range(300)
    ]
    responses = [
        answer(f"r{number}", number * 5.0, tells={"price" if number % 3 else "range": "1"}) for number in range(180)
    ]
    monkeypatch.setattr(AnswerLag, "learn", lambda *_: 12.0)
    whole = [pair.id for pair in pair_questions(questions, responses, None, Counts("p"))]
    monkeypatch.setattr(pairing, "BLOCK", 64)
    monkeypatch.setattr(pairing, "_MAX_CANDIDATES", 100)
    assert [pair.id for pair in pair_questions(iter(questions), responses, None, Counts("p"))] == whole
    assert len(whole) > 200


def test_questions_are_read_no_further_than_pairs_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def stream() -> Iterator[UserQuestion]:
        nonlocal read
        for number in range(100):
            read += 1
            yield ask(f"price {number}", float(number), asks=("price",))

    monkeypatch.setattr(pairing, "BLOCK", 10)
    responses = [answer("price", number * 5.0, tells={"price": "1"}) for number in range(40)]
    next(pair_questions(stream(), responses, None, Counts("p")))
    assert read == 10


def test_only_texts_that_stand_in_a_window_are_embedded() -> None:
    seen: list[str] = []

    class Noting(HashingEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            seen.extend(texts)
            return super().embed(texts)

    questions = [ask("price", 0.0), ask("price", 1.0), ask("far away", 5000.0)]
    responses = [answer("the price", 10.0), answer("far too late", 900.0)]
    list(pair_questions(questions, responses, Noting(256), Counts("p")))
    assert sorted(seen) == ["price", "the price"]

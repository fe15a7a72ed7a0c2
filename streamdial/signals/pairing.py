"""Pairs questions with the responses that answer them: by time, by meaning, by entity; all three must pass."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import Embedder, Vectors
from streamdial.records import AgentResponse, PairScore, Provenance, QAPair, UserQuestion


@dataclass(frozen=True)
class PairingOptions:
    """Thresholds and weights of pairing; all of them are part of the fingerprint.

    Attributes:
        window: Longest time from question to answer, in seconds.
        lead: An answer may start this many seconds before its question appears (chat is delayed).
        spread: Scale of the time term in seconds: exp(-|s - t - lag| / spread).
        min_cosine: Least cosine of question and answer (tau).
        time_weight: Weight of the time term.
        meaning_weight: Weight of the cosine.
        entity_weight: Weight of what both name: entities and slots.
        most_per_question: A question keeps at most this many answers, the best first.
    """

    window: float = 75.0
    lead: float = 2.0
    spread: float = 20.0
    min_cosine: float = 0.2
    time_weight: float = 0.3
    meaning_weight: float = 0.4
    entity_weight: float = 0.3
    most_per_question: int = 1


def measure_overlap(question: UserQuestion, response: AgentResponse) -> float | None:
    """Return how much a question and a response name in common, 0 to 1; None if they contradict each other.

    They contradict each other when both name entities and none is the same. A slot that is asked for and told
    counts like a shared entity.
    """
    asked, told = set(question.entities), set(response.entities)
    if asked and told and not asked & told:
        return None
    parts = []
    if asked:
        parts.append(1.0 if asked & told else 0.0)
    if question.asks:
        parts.append(len(set(question.asks) & set(response.tells)) / len(question.asks))
    return sum(parts) / len(parts) if parts else 0.0


def estimate_lag(
    questions: Sequence[UserQuestion],
    responses: Sequence[AgentResponse],
    cosines: Vectors,
    options: PairingOptions,
) -> float:
    """Return the stream's own answer lag in seconds: the median over questions of the lag to the clearest answer.

    The clearest answer of a question is the one of highest cosine plus overlap in its window. With fewer than three
    clear answers 10 seconds is assumed.
    """
    starts = [response.start or 0.0 for response in responses]
    lags: list[float] = []
    for row, question in enumerate(questions):
        if question.time is None:
            continue
        best_score, best_lag = options.min_cosine + 0.35, None
        for column in _find_window(starts, question.time, options):
            overlap = measure_overlap(question, responses[column])
            if overlap and (score := float(cosines[row, column]) + overlap) > best_score:
                best_score, best_lag = score, starts[column] - question.time
        if best_lag is not None:
            lags.append(best_lag)
    return float(median(lags)) if len(lags) >= 3 else 10.0


def _find_window(starts: Sequence[float], time: float, options: PairingOptions) -> range:
    return range(bisect_left(starts, time - options.lead), bisect_left(starts, time + options.window))


def pair_questions(
    questions: Sequence[UserQuestion],
    responses: Sequence[AgentResponse],
    embedder: Embedder,
    counts: Counts,
    options: PairingOptions | None = None,
) -> Iterator[QAPair]:
    """Yield the pairs of one recording.

    Cost grows with the responses inside each question's window. One response may answer several questions; a reply
    below a comment answers that comment, whatever the time.

    Args:
        questions: Questions of one recording.
        responses: Responses of the same recording.
        embedder: Gives the meaning test.
        counts: Gets `asked` (questions), `made` and `kept` (pairs), and drops by the first test that no response
            passed: `no_time`, `no_response_in_window`, `other_entity`, `other_meaning`; and pairs that
            a better one of the same question stands before: `not_best`.
        options: Thresholds and weights.
    """
    options = options or PairingOptions()
    spoken = sorted(
        (r for r in responses if r.channel == "speech" and r.start is not None), key=lambda r: r.start or 0.0
    )
    replies = {parent: r for r in responses if r.channel == "reply" for parent in r.provenance.derived_from[1:]}
    asked = embedder.embed([question.text for question in questions])
    told = embedder.embed([response.text for response in spoken])
    cosines = asked @ told.T
    lag = estimate_lag(questions, spoken, cosines, options)
    counts.note(f"answer lag estimated at {lag:.1f} s")
    starts = [response.start or 0.0 for response in spoken]
    for row, question in enumerate(questions):
        counts.asked += 1
        reply = replies.get(question.provenance.derived_from[0])
        if reply is not None:
            counts.made += 1
            counts.kept += 1
            cosine = float(asked[row] @ embedder.embed([reply.text])[0])
            yield _build_pair(question, reply, PairScore(time=1.0, meaning=cosine, entities=1.0, total=1.0), None)
            continue
        if question.time is None:
            counts.drop("no_time")
            continue
        window = _find_window(starts, question.time, options)
        scored = []
        reason = "no_response_in_window"
        for column in window:
            response = spoken[column]
            overlap = measure_overlap(question, response)
            cosine = float(cosines[row, column])
            if overlap is None:
                reason = reason if reason == "other_meaning" else "other_entity"
            elif cosine < options.min_cosine:
                reason = "other_meaning"
            else:
                scored.append((_score(question.time, response, cosine, overlap, lag, options), column))
        if not scored:
            counts.drop(reason)
            continue
        scored.sort(key=lambda item: (-item[0].total, item[1]))
        counts.made += len(scored)
        if len(scored) > options.most_per_question:
            counts.drop("not_best", len(scored) - options.most_per_question)
        for score, column in scored[: options.most_per_question]:
            counts.kept += 1
            response = spoken[column]
            yield _build_pair(question, response, score, round((response.start or 0.0) - question.time, 2))


def _score(
    time: float, response: AgentResponse, cosine: float, overlap: float, lag: float, options: PairingOptions
) -> PairScore:
    distance = abs((response.start or 0.0) - time - lag)
    term = math.exp(-distance / options.spread)
    total = options.time_weight * term + options.meaning_weight * cosine + options.entity_weight * overlap
    return PairScore(time=round(term, 4), meaning=round(cosine, 4), entities=round(overlap, 4), total=round(total, 4))


def _build_pair(question: UserQuestion, response: AgentResponse, score: PairScore, lag: float | None) -> QAPair:
    return QAPair(
        id=make_id("pair", question.id, response.id),
        domain=question.domain,
        language=question.language,
        provenance=Provenance(
            source_id=question.provenance.source_id,
            start=question.time,
            end=response.end,
            derived_from=(question.id, response.id),
        ),
        question_id=question.id,
        response_id=response.id,
        question=question.text,
        answer=response.text,
        lag=lag,
        score=score,
    )

"""Pairs questions with the responses that answer them: by time, by meaning, by entity; all three must pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import Embedder, Vectors
from streamdial.records import AgentResponse, PairScore, Provenance, QAPair, UserQuestion
from streamdial.signals.lags import AnswerLag
from streamdial.signals.overlaps import measure_overlaps

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

BLOCK = 8192
"""Questions looked at together; memory grows with it and not with the length of the stream."""

_MAX_CANDIDATES = 1 << 20
_PART = 8192
_CLEAR = 0.35


@dataclass(frozen=True)
class PairingOptions:
    """Thresholds and weights of pairing; all of them are part of the fingerprint.

    Tuned on generated streams (`benchmarks/timelines.py`, split `dev`) with the offline encoder.

    Attributes:
        window: Longest time from question to answer, in seconds.
        lead: An answer may start this many seconds before its question appears (chat is delayed).
        spread: Scale of the time term in seconds: exp(-|s - t - lag| / spread).
        min_cosine: Minimum cosine of question and answer (tau).
        min_total: Minimum score of a pair.
        time_weight: Weight of the time term.
        meaning_weight: Weight of the cosine; without an embedder it is spread over the other two.
        entity_weight: Weight of what both name: entities and slots.
        max_per_question: A question keeps at most this many answers, the best first.
    """

    window: float = 75.0
    lead: float = 2.0
    spread: float = 20.0
    min_cosine: float = 0.05
    min_total: float = 0.4
    time_weight: float = 0.3
    meaning_weight: float = 0.4
    entity_weight: float = 0.3
    max_per_question: int = 1


class _Candidates(NamedTuple):
    """Pairs that may be, of one block: places of question and response, and what the tests say of them."""

    rows: Places
    columns: Places
    time: Numbers
    meaning: Numbers
    entities: Numbers
    total: Numbers


class _Speech:
    """The spoken responses of a recording by start, each embedded once, and not before it is a candidate."""

    def __init__(self, responses: Sequence[AgentResponse], embedder: Embedder | None) -> None:
        self.responses = responses
        self.starts: Numbers = np.array([response.start for response in responses], dtype=np.float64)
        self.embedder = embedder
        size = embedder.dimensions if embedder else 0
        self._vectors: Vectors = np.zeros((len(responses), size), dtype=np.float32)
        self._known = np.zeros(len(responses), dtype=np.bool_)

    def measure_meaning(self, questions: Sequence[UserQuestion], rows: Places, columns: Places) -> Numbers:
        """Return the cosines of pairs; only texts that stand in one are embedded."""
        cosines = np.zeros(len(rows), dtype=np.float64)
        if self.embedder is None or not len(rows):
            return cosines
        new = np.unique(columns[~self._known[columns]])
        if len(new):
            self._vectors[new] = self.embedder.embed([self.responses[column].text for column in new])
            self._known[new] = True
        wanted, places = np.unique(rows, return_inverse=True)
        texts = {questions[row].text: None for row in wanted}
        lines = dict(zip(texts, range(len(texts)), strict=True))
        vectors = self.embedder.embed(list(texts))
        asked = np.array([lines[questions[row].text] for row in wanted], dtype=np.int64)[places]
        for start in range(0, len(rows), _PART):
            part = slice(start, start + _PART)
            cosines[part] = np.einsum("ij,ij->i", vectors[asked[part]], self._vectors[columns[part]])
        return cosines


def pair_questions(
    questions: Iterable[UserQuestion],
    responses: Iterable[AgentResponse],
    embedder: Embedder | None,
    counts: Counts,
    options: PairingOptions | None = None,
) -> Iterator[QAPair]:
    """Yield the pairs of one recording, in the order of its questions.

    Questions are taken in blocks, so a stream of any length needs the memory of its responses and one block; cost
    grows with the responses inside each question's window. The answer lag is learnt block by block. One response may
    answer several questions; a reply below a comment answers that comment, whatever the time, the
    first of several.

    Args:
        questions: Questions of one recording, about in order of time.
        responses: Responses of the same recording, in any order.
        embedder: Gives the meaning test. Without one, time and entities decide: a pair must name something in common.
        counts: Gets `asked` (questions), `made` and `kept` (pairs), and drops by the first test that no response
            passed: `no_time`, `no_response_in_window`, `other_entity`, `other_meaning` (without an embedder:
            `nothing_in_common`), `low_score`; and pairs that a better one of the same question stands before:
            `not_best`.
        options: Thresholds and weights.
    """
    options = options or PairingOptions()
    responses = list(responses)
    # What the host writes into the chat without answering a message is said to everybody, like speech.
    spoken = sorted(
        (r for r in responses if r.start is not None and (r.channel == "speech" or not r.provenance.derived_from[1:])),
        key=_get_start,
    )
    replies: dict[str, AgentResponse] = {}
    for response in responses:
        for parent in response.provenance.derived_from[1:] if response.channel == "reply" else ():
            if replies.setdefault(parent, response) is not response:
                counts.made += 1
                counts.drop("not_best")
    speech, lag = _Speech(spoken, embedder), AnswerLag(options.spread)
    stream = iter(questions)
    while block := list(islice(stream, BLOCK)):
        yield from _pair_block(block, speech, replies, lag, counts, options)
    low, high = min(lag.history, default=lag.seconds), max(lag.history, default=lag.seconds)
    range_told = f" ({low:.1f} to {high:.1f} s over the stream)" if high - low >= 0.1 else ""
    counts.note(f"answer lag estimated at {lag.seconds:.1f} s{range_told}")


def _get_start(response: AgentResponse) -> float:
    return response.start or 0.0


def _pair_block(
    block: list[UserQuestion],
    speech: _Speech,
    replies: Mapping[str, AgentResponse],
    lag: AnswerLag,
    counts: Counts,
    options: PairingOptions,
) -> Iterator[QAPair]:
    replied = {row: replies[q.provenance.derived_from[0]] for row, q in enumerate(block) if _has_reply(q, replies)}
    timed = np.array([row for row, q in enumerate(block) if q.time is not None and row not in replied], dtype=np.int64)
    times: Numbers = np.array([block[row].time for row in timed], dtype=np.float64)
    lows = np.searchsorted(speech.starts, times - options.lead, side="left")
    sizes = np.searchsorted(speech.starts, times + options.window, side="left") - lows
    if len(block) > 1 and sizes.sum() > _MAX_CANDIDATES:
        half = len(block) // 2
        yield from _pair_block(block[:half], speech, replies, lag, counts, options)
        yield from _pair_block(block[half:], speech, replies, lag, counts, options)
        return
    counts.asked += len(block)
    if timeless := len(block) - len(timed) - len(replied):
        counts.drop("no_time", timeless)
    rows, columns = _expand(lows, sizes)
    found = _score_candidates([block[row] for row in timed], times, speech, rows, columns, lag, counts, options)
    yield from _build_pairs(block, timed, times, found, speech, replied, counts, options)


def _has_reply(question: UserQuestion, replies: Mapping[str, AgentResponse]) -> bool:
    return bool(replies) and question.provenance.derived_from[0] in replies


def _expand(lows: Places, sizes: Places) -> tuple[Places, Places]:
    """Return the places of both sides of all pairs, windows one after the other."""
    rows = np.repeat(np.arange(len(lows)), sizes)
    columns = np.arange(len(rows)) + np.repeat(lows - np.cumsum(sizes) + sizes, sizes)
    return rows, columns


def _score_candidates(
    questions: list[UserQuestion],
    times: Numbers,
    speech: _Speech,
    rows: Places,
    columns: Places,
    lag: AnswerLag,
    counts: Counts,
    options: PairingOptions,
) -> _Candidates:
    """Return the pairs that pass all tests, and count the questions that none is left of."""
    # Responses are numbered anew within the block, so bit sets are as long as what is named there.
    used, local = np.unique(columns, return_inverse=True)
    overlaps = measure_overlaps(questions, [speech.responses[column] for column in used], rows, local)
    reached = np.zeros(len(questions), dtype=np.int64)
    reached[rows] = 1
    passing = ~overlaps.contradicting
    rows, columns, shares = rows[passing], columns[passing], overlaps.shares[passing]
    reached[rows] = 2
    meaning = speech.measure_meaning(questions, rows, columns)
    distance = speech.starts[columns] - times[rows]
    clear = (shares > 0) & (shares + meaning > _CLEAR + (options.min_cosine if speech.embedder else 0.0))
    seconds = lag.learn(rows[clear], distance[clear], (shares + meaning)[clear])
    passing = meaning >= options.min_cosine if speech.embedder else shares > 0
    rows, columns = rows[passing], columns[passing]
    shares, meaning, distance = shares[passing], meaning[passing], distance[passing]
    reached[rows] = 3
    time = np.exp(-np.abs(distance - seconds) / options.spread)
    weights = np.array([options.time_weight, options.meaning_weight, options.entity_weight])
    if speech.embedder is None:
        weights *= np.array([1.0, 0.0, 1.0]) * weights.sum() / max(weights[0] + weights[2], 1e-9)
    total = np.round(weights[0] * time + weights[1] * meaning + weights[2] * shares, 4)
    passing = total >= options.min_total
    reached[rows[passing]] = 4
    meaning_reason = "other_meaning" if speech.embedder else "nothing_in_common"
    for stage, reason in enumerate(("no_response_in_window", "other_entity", meaning_reason, "low_score")):
        if missed := int((reached == stage).sum()):
            counts.drop(reason, missed)
    scores = (time[passing], meaning[passing], shares[passing], total[passing])
    return _Candidates(rows[passing], columns[passing], *scores)


def _build_pairs(
    block: list[UserQuestion],
    timed: Places,
    times: Numbers,
    found: _Candidates,
    speech: _Speech,
    replied: Mapping[int, AgentResponse],
    counts: Counts,
    options: PairingOptions,
) -> Iterator[QAPair]:
    order = np.lexsort((found.columns, -found.total, found.rows))
    rows = found.rows[order]
    firsts = np.searchsorted(rows, rows, side="left")
    order = order[np.arange(len(rows)) - firsts < options.max_per_question]
    counts.made += len(rows) + len(replied)
    counts.kept += len(order) + len(replied)
    if len(rows) > len(order):
        counts.drop("not_best", len(rows) - len(order))
    rows, columns = found.rows[order], found.columns[order]
    lags = np.round(speech.starts[columns] - times[rows], 2).tolist()
    scores = np.round(np.stack([found.time, found.meaning, found.entities, found.total], axis=1)[order], 4).tolist()
    spoken = (
        (row, speech.responses[column], PairScore(time=time, meaning=meaning, entities=entities, total=total), seconds)
        for row, column, (time, meaning, entities, total), seconds in zip(
            timed[rows].tolist(), columns.tolist(), scores, lags, strict=True
        )
    )
    for row, response, score, seconds in merge(spoken, _score_replies(block, replied, speech), key=itemgetter(0)):
        yield _build_pair(block[row], response, score, seconds)


def _score_replies(
    block: list[UserQuestion], replied: Mapping[int, AgentResponse], speech: _Speech
) -> Iterator[tuple[int, AgentResponse, PairScore, None]]:
    if not replied:
        return
    cosines = np.zeros(len(replied), dtype=np.float32)
    if speech.embedder is not None:
        asked = speech.embedder.embed([block[row].text for row in replied])
        told = speech.embedder.embed([reply.text for reply in replied.values()])
        cosines = np.einsum("ij,ij->i", asked, told)
    for (row, reply), cosine in zip(replied.items(), cosines.tolist(), strict=True):
        yield row, reply, PairScore(time=1.0, meaning=cosine, entities=1.0, total=1.0), None


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

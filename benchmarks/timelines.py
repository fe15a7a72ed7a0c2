"""Streams of questions and answers with known truth, at three levels of noise, for the benchmark of pairing.

A host talks in sentences of some seconds: answers that wait in a queue, remarks nobody asked for, small talk. Viewers
ask about an entity and a slot; part of the questions is never answered, one answer may serve several. The recogniser
loses or confuses entities, slots and words as the level says. `dev` and `test` share no wording.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from timeline_wordings import ASIDES, ENTITIES, SMALL_TALK, WORDINGS, Split

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.records import AgentResponse, Language, Provenance, UserQuestion
from streamdial.signals.pairing import PairingOptions, pair_questions

Level = Literal["low", "middle", "high"]


@dataclass(frozen=True)
class Noise:
    """What goes wrong in a stream, as shares of questions or sentences.

    Attributes:
        lag_spread: Sigma of the log-normal answer lag.
        talk: Share of free time that is filled with small talk and remarks.
        remarks: Share of that which tells a slot of an entity nobody asked about.
        unanswered: Questions nobody answers.
        unnamed: Questions that name no entity, and answers that leave it out.
        unread: Questions and answers whose slots the reader misses.
        lost: Entities the recogniser loses.
        confused: Entities the recogniser takes for another; twice as many answers tell a slot too many or a wrong one.
        damaged: Words of answers that come out as others.
        asides: Questions about nothing the packs know.
    """

    lag_spread: float
    talk: float
    remarks: float
    unanswered: float
    unnamed: float
    unread: float
    lost: float
    confused: float
    damaged: float
    asides: float


LEVELS: dict[Level, Noise] = {
    "low": Noise(0.25, 0.5, 0.15, 0.2, 0.1, 0.05, 0.05, 0.0, 0.0, 0.05),
    "middle": Noise(0.45, 0.75, 0.25, 0.35, 0.3, 0.2, 0.15, 0.03, 0.08, 0.12),
    "high": Noise(0.65, 0.95, 0.35, 0.5, 0.5, 0.35, 0.3, 0.08, 0.2, 0.2),
}


@dataclass
class Timeline:
    """A stream with its truth.

    Attributes:
        questions: In order of time.
        responses: In order of time.
        answers: Ids of the responses that answer, by question id; questions nobody answers have none.
        lag: The stream's own median lag in seconds.
    """

    questions: list[UserQuestion]
    responses: list[AgentResponse]
    answers: dict[str, set[str]]
    lag: float


@dataclass
class _Wait:
    """An answer that waits for its time."""

    due: float
    entity: str
    slot: str
    askers: list[str] = field(default_factory=list)


def make_timeline(
    seed: int, level: Level, *, language: Language, split: Split, minutes: int = 30, per_minute: float = 6.0
) -> Timeline:
    """Make one stream.

    Args:
        seed: Streams of different seeds differ in lag, entities and wording.
        level: How noisy it is.
        language: Of all wording.
        split: `dev` or `test`; they share no wording.
        minutes: Length.
        per_minute: Questions a minute.
    """
    rng, noise = random.Random(f"{seed}-{level}-{language}-{split}"), LEVELS[level]
    lag = rng.uniform(6.0, 30.0)
    entities = rng.sample(ENTITIES[language], 4)
    slots = rng.sample(sorted(WORDINGS[language]), 6)
    questions, waits = [], []
    time, end = 0.0, minutes * 60.0
    while (time := time + rng.expovariate(per_minute / 60.0)) < end:
        entity, slot = rng.choice(entities), rng.choice(slots)
        if rng.random() < noise.asides:
            questions.append(_ask(rng.choice(ASIDES[language][split]), time, (), (), language, len(questions)))
            continue
        named = rng.random() >= noise.unnamed
        text = rng.choice(WORDINGS[language][slot][split][0]).replace("{}", entity if named else "")
        asks = (slot,) if rng.random() >= noise.unread else ()
        question = _ask(_tidy(text), time, asks, (entity,) if named else (), language, len(questions))
        questions.append(question)
        if rng.random() < noise.unanswered:
            continue
        due = time + lag * rng.lognormvariate(0.0, noise.lag_spread)
        same = [wait for wait in waits if (wait.entity, wait.slot) == (entity, slot) and wait.due > time + 2]
        if same:
            same[0].askers.append(question.id)
        else:
            waits.append(_Wait(due, entity, slot, [question.id]))
    responses, answers = _speak(rng, noise, entities, slots, waits, language, split, end)
    return Timeline(questions, responses, answers, lag)


def _speak(
    rng: random.Random,
    noise: Noise,
    entities: Sequence[str],
    slots: Sequence[str],
    waits: list[_Wait],
    language: Language,
    split: Split,
    end: float,
) -> tuple[list[AgentResponse], dict[str, set[str]]]:
    queue = deque(sorted(waits, key=lambda wait: wait.due))
    responses: list[AgentResponse] = []
    answers: dict[str, set[str]] = {}
    clock = 0.0
    while clock < end + 60:
        length = rng.uniform(3.0, 6.0)
        if queue and queue[0].due <= clock:
            wait = queue.popleft()
            response = _tell(rng, noise, wait.entity, wait.slot, entities, clock, length, language, split)
            responses.append(response)
            for asker in wait.askers:
                answers.setdefault(asker, set()).add(response.id)
        elif rng.random() < noise.talk:
            if rng.random() < noise.remarks:
                # Nobody waits for this one, or it would be an answer.
                open_now = {(wait.entity, wait.slot) for wait in queue}
                told = (rng.choice(entities), rng.choice(slots))
                if told not in open_now:
                    responses.append(_tell(rng, noise, *told, entities, clock, length, language, split))
            else:
                text = rng.choice(SMALL_TALK[language][split])
                responses.append(_say(text, clock, length, {}, (), language))
        clock += length + rng.uniform(0.0, 1.0)
    return responses, answers


def _tell(
    rng: random.Random,
    noise: Noise,
    entity: str,
    slot: str,
    entities: Sequence[str],
    start: float,
    length: float,
    language: Language,
    split: Split,
) -> AgentResponse:
    named = rng.random() >= noise.unnamed
    text = _tidy(rng.choice(WORDINGS[language][slot][split][1]).replace("{}", entity if named else ""))
    heard: tuple[str, ...] = (entity,) if named and rng.random() >= noise.lost else ()
    if heard and rng.random() < noise.confused:
        heard = (rng.choice([other for other in entities if other != entity]),)
    tells = {slot: "1"} if rng.random() >= noise.unread else {}
    if rng.random() < 2 * noise.confused:
        other = rng.choice([name for name in sorted(WORDINGS[language]) if name != slot])
        tells = {other: "1"} if rng.random() < 0.5 else {**tells, other: "1"}
    return _say(_damage(rng, text, noise.damaged, language), start, length, tells, heard, language)


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip()


def _damage(rng: random.Random, text: str, share: float, language: Language) -> str:
    pieces = list(text) if language == "zh" else text.split(" ")
    kept = [rng.choice(pieces) if rng.random() < share else piece for piece in pieces]
    return ("" if language == "zh" else " ").join(kept)


def _ask(
    text: str, time: float, asks: tuple[str, ...], entities: tuple[str, ...], language: Language, number: int
) -> UserQuestion:
    return UserQuestion(
        id=make_id("question", number, text, time),
        domain="automotive",
        language=language,
        provenance=Provenance(source_id="timeline", start=time, derived_from=(f"message-{number}",)),
        text=text,
        raw_text=text,
        time=time,
        act="ask",
        asks=asks,
        entities=entities,
    )


def _say(
    text: str, start: float, length: float, tells: dict[str, str], entities: tuple[str, ...], language: Language
) -> AgentResponse:
    return AgentResponse(
        id=make_id("response", text, start),
        domain="automotive",
        language=language,
        provenance=Provenance(source_id="timeline", start=start, end=start + length, derived_from=(f"s-{start}",)),
        text=text,
        raw_text=text,
        start=start,
        end=start + length,
        tells=tells,
        entities=entities,
    )


def make_timelines(level: Level, *, split: Split, streams: int = 6, first_seed: int = 0) -> Iterator[Timeline]:
    """Yield streams of one level, in zh and en by turns, each with a lag of its own."""
    for number in range(streams):
        language: Language = "zh" if number % 2 else "en"
        yield make_timeline(first_seed + number, level, language=language, split=split)


def make_load(messages: int, hours: float, *, seed: int = 0) -> tuple[Iterator[UserQuestion], list[AgentResponse]]:
    """Return a stream of questions and the responses of its speech, one every five seconds, to measure speed with.

    Args:
        messages: Questions, made while they are read and spread evenly over the stream.
        hours: Length of the stream.
        seed: Of what is asked and told.
    """
    rng = random.Random(seed)
    names = [f"Model {number}" for number in range(40)]
    slots = sorted(WORDINGS["en"])
    responses = [
        _say(
            f"answer {number}",
            5.0 * number,
            4.0,
            {rng.choice(slots): "1"} if rng.random() < 0.6 else {},
            (rng.choice(names),) if rng.random() < 0.6 else (),
            "en",
        )
        for number in range(int(hours * 720))
    ]

    def ask() -> Iterator[UserQuestion]:
        for number in range(messages):
            entities = (rng.choice(names),) if rng.random() < 0.5 else ()
            yield _ask("how much is it", number * hours * 3600 / messages, (rng.choice(slots),), entities, "en", number)

    return ask(), responses


def score_pairing(
    level: Level,
    embedder: Embedder,
    *,
    split: Split,
    streams: int = 6,
    first_seed: int = 0,
    options: PairingOptions | None = None,
) -> dict[str, Any]:
    """Score pairing against truth and two baselines.

    Time only: the response nearest to the question's time plus the estimated lag, inside the window. Meaning only: the
    response of the highest cosine anywhere in the recording, where it reaches the threshold.

    Returns:
        `f1`, `precision` and `recall` of the three tests; `f1_without_embedder`; `f1_time_only`; `f1_meaning_only`;
        `lag_error`, the mean error of the lag estimated, in seconds.
    """
    options = options or PairingOptions()
    tallies: dict[str, list[int]] = {name: [0, 0, 0] for name in ("three", "no_embedder", "time", "meaning")}
    errors = []
    for timeline in make_timelines(level, split=split, streams=streams, first_seed=first_seed):
        found: dict[str, Mapping[str, str]] = {}
        for name, model in (("three", embedder), ("no_embedder", None)):
            counts = Counts("pairing")
            pairs = pair_questions(timeline.questions, timeline.responses, model, counts, options)
            found[name] = {pair.question_id: pair.response_id for pair in pairs}
            if name == "three":
                lag = float(counts.notes[0].split(" s")[0].rsplit(" ", 1)[1])
                errors.append(abs(lag - timeline.lag))
        found["time"] = _pair_by_time(timeline, lag, options)
        found["meaning"] = _pair_by_meaning(timeline, embedder, options)
        for name, pairs_found in found.items():
            right = sum(response in timeline.answers.get(question, ()) for question, response in pairs_found.items())
            tally = tallies[name]
            tallies[name] = [tally[0] + right, tally[1] + len(pairs_found), tally[2] + len(timeline.answers)]
    three = tallies["three"]
    return {
        "f1": _compute_f1(three),
        "precision": three[0] / max(1, three[1]),
        "recall": three[0] / max(1, three[2]),
        "f1_without_embedder": _compute_f1(tallies["no_embedder"]),
        "f1_time_only": _compute_f1(tallies["time"]),
        "f1_meaning_only": _compute_f1(tallies["meaning"]),
        "lag_error": sum(errors) / len(errors),
    }


def _compute_f1(tally: Sequence[int]) -> float:
    right, found, wanted = tally
    return 2 * right / max(1, found + wanted)


def _pair_by_time(timeline: Timeline, lag: float, options: PairingOptions) -> dict[str, str]:
    starts = np.array([response.start for response in timeline.responses], dtype=np.float64)
    found = {}
    for question in timeline.questions:
        distance = starts - (question.time or 0.0)
        away = np.where((distance >= -options.lead) & (distance < options.window), np.abs(distance - lag), np.inf)
        if np.isfinite(away).any():
            found[question.id] = timeline.responses[int(away.argmin())].id
    return found


def _pair_by_meaning(timeline: Timeline, embedder: Embedder, options: PairingOptions) -> dict[str, str]:
    asked = embedder.embed([question.text for question in timeline.questions])
    told = embedder.embed([response.text for response in timeline.responses])
    cosines = asked @ told.T
    best = cosines.argmax(axis=1)
    return {
        question.id: timeline.responses[best[row]].id
        for row, question in enumerate(timeline.questions)
        if cosines[row, best[row]] >= options.min_cosine
    }

"""Recall over sessions: probe questions about what was said before, each answered by code from the turn it cites."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from streamdial.dialogues.recollection import stands_in
from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Language, Recall, Turn
from streamdial.slots import DONT_CARE, SlotReader

ENDINGS = {"put_off": "defer", "left": "leave", "booked": "confirm"}
"""What a reference to an ending cites."""
_QUESTIONS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "wish": "What did the user want for {slot}?",
        "told": "What was the user told about {slot} of {thing}?",
        "offered": "What did the agent put forward?",
    },
    "zh": {
        "wish": "用户对“{slot}”的要求是什么？",
        "told": "用户被告知“{thing}”的“{slot}”是什么？",
        "offered": "客服推荐过什么？",
    },
}
_ENDED: Mapping[Language, str] = {"en": "How did the dialogue end?", "zh": "那次对话是怎么结束的？"}


class Probe(NamedTuple):
    """A question about an earlier session with its answer (LoCoMo, Maharana et al. 2024, asks such of a model).

    Attributes:
        question: The question, in the language of the dialogue.
        answer: Normalised value, name of a thing, or kind of ending.
        dialogue: Id of the session it is about.
        turn: Number of the turn that answers it.
    """

    question: str
    answer: str
    dialogue: str
    turn: int


def build_probe(recall: Recall, language: Language, pack: DomainPack | None = None) -> Probe:
    """Return the question that a reference to an earlier session answers."""
    slot = pack.slots[recall.slot].names[language] if pack and recall.slot in pack.slots else recall.slot
    form = _QUESTIONS[language].get(recall.kind, _ENDED[language])
    answer = (
        recall.value if recall.kind in ("wish", "told") else recall.entity if recall.kind == "offered" else recall.kind
    )
    return Probe(form.format(slot=slot, thing=recall.entity), answer, recall.dialogue, recall.turn)


def answers_probe(recall: Recall, sessions: Mapping[str, Sequence[Turn]]) -> bool:
    """Tell whether the turn a reference cites says what is remembered of it, by its labels alone.

    Args:
        recall: The reference.
        sessions: Turns of the earlier sessions, by id.
    """
    turns = sessions.get(recall.dialogue, ())
    if recall.turn >= len(turns):
        return False
    cited = turns[recall.turn]
    if recall.kind == "wish":
        return cited.inform.get(recall.slot) == recall.value
    if recall.kind == "told":
        told = cited.tell.get(recall.slot) if cited.entity == recall.entity else None
        other = cited.tell_other.get(recall.slot) if cited.other == recall.entity else None
        return recall.value in (told, other)
    if recall.kind == "offered":
        return cited.role == "agent" and cited.entity == recall.entity
    return cited.act == ENDINGS.get(recall.kind)


def list_recalls(turns: Iterable[Turn]) -> Iterator[tuple[Turn, Recall]]:
    """Yield what turns refer back to, with the turn; what was asked in words no slot holds has no answer to probe."""
    for turn in turns:
        for recall in turn.recalls:
            if recall.kind != "asked":
                yield turn, recall


def count_asked_twice(sessions: Sequence[Sequence[Turn]]) -> list[int]:
    """Return, for each later session, its questions that were answered in an earlier one and hold unchanged.

    The agent's after a wish the user had stated, the user's after a fact of the same thing or in the same words.
    """
    counts = []
    wishes: dict[str, str] = {}
    told: dict[tuple[str, str], str] = {}
    asked: set[str] = set()
    for number, turns in enumerate(sessions):
        if number:
            counts.append(_count_known(turns, wishes, told, asked))
        for turn in turns:
            if turn.role == "user":
                wishes |= {slot: value for slot, value in turn.inform.items() if value not in ("", DONT_CARE)}
                if not turn.request and turn.act in ("ask", "compare", "object"):
                    asked |= set(turn.evidence[:1])
            else:
                told |= {(turn.entity, slot): value for slot, value in turn.tell.items()}
    return counts


def _count_known(
    turns: Sequence[Turn], wishes: Mapping[str, str], told: Mapping[tuple[str, str], str], asked: set[str]
) -> int:
    known = 0
    for turn, answer in itertools.pairwise(turns):
        if turn.role == "agent" and turn.act == "request":
            # Who answers otherwise than before has another need.
            known += any(
                wishes.get(slot) is not None and answer.inform.get(slot) == wishes[slot] for slot in turn.request
            )
        elif turn.role == "user" and turn.act == "ask" and turn.request:
            known += any(told.get((turn.entity, slot)) == answer.tell.get(slot, "") for slot in turn.request)
        elif turn.role == "user" and turn.act in ("ask", "compare", "object"):
            known += bool(set(turn.evidence[:1]) & asked)
    return known


def group_episodes(talks: Iterable[EvaluatedDialogue]) -> list[list[EvaluatedDialogue]]:
    """Return the sessions of each episode that has two or more in a set, in their order."""
    found: dict[str, list[EvaluatedDialogue]] = {}
    for talk in talks:
        if talk.session is not None:
            found.setdefault(talk.session.episode, []).append(talk)
    ordered = [
        sorted(sessions, key=lambda one: one.session.number if one.session else 0) for sessions in found.values()
    ]
    return [sessions for sessions in ordered if len(sessions) > 1]


def measure_recall(known: DialogueSet, pack: DomainPack | None, *, seed: int = 7) -> list[Statistic]:
    """Return how many references code can answer from the turn they cite, how many are said, and what is asked twice.

    Args:
        known: The set; references to sessions the filter dropped are not counted.
        pack: Its domain pack, for values in words; None where it has none.
        seed: Seed of the resamples.
    """
    figures = (
        Statistic("recall_answered", None, unit="share of references"),
        Statistic("recall_spoken", None, unit="share of references"),
        Statistic("asked_twice", None, unit="questions a later session"),
    )
    by_id = {talk.id: talk.turns for talk in known.talks}
    episodes = group_episodes(known.talks)
    counted = [_count_references(sessions[1:], by_id, pack) for sessions in episodes]
    twice = [sum(count_asked_twice([talk.turns for talk in sessions])) for sessions in episodes]
    if not episodes:
        return [Statistic(one.name, None, unit=one.unit, reason="no episode of several sessions") for one in figures]
    references = [whole for *_, whole in counted]
    return measure_ratios(
        [
            Ratio(figures[0], [right for right, _, _ in counted], references, "no turn refers back"),
            Ratio(
                figures[1],
                [spoken for _, spoken, _ in counted],
                references if pack else [0] * len(counted),
                "no turn refers back, or no domain pack reads its words",
            ),
            Ratio(figures[2], twice, [len(sessions) - 1 for sessions in episodes]),
        ],
        seed=seed,
    )


def _count_references(
    later: Sequence[EvaluatedDialogue], by_id: Mapping[str, Sequence[Turn]], pack: DomainPack | None
) -> tuple[int, int, int]:
    """Return (references answered from the turn they cite, said in words, in all) of later sessions."""
    right = spoken = whole = 0
    for talk in later:
        for turn, recall in list_recalls(talk.turns):
            if recall.dialogue in by_id:
                whole += 1
                right += answers_probe(recall, by_id)
                spoken += pack is not None and stands_in(
                    recall, turn.utterance, SlotReader(pack, talk.language, [recall.entity])
                )
    return right, spoken, whole

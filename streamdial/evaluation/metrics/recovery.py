"""Recovery: whether a user's wishes and questions can be found again in what the user says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue, draw_dialogues
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Language, Turn
from streamdial.slots import DONT_CARE, SlotReader

SAMPLED = 2000
"""Dialogues whose wording is read."""


class Told(NamedTuple):
    """What a user states and asks.

    Attributes:
        wishes: Slots with their values.
        asked: Slots asked about.
    """

    wishes: frozenset[tuple[str, str]]
    asked: frozenset[str]


def read_annotation(turns: Iterable[Turn]) -> Told:
    """Return what the user really stated and asked, by the annotation; "no preference" is no wish."""
    users = [turn for turn in turns if turn.role == "user"]
    wishes = {(slot, value) for turn in users for slot, value in turn.inform.items() if value and value != DONT_CARE}
    return Told(frozenset(wishes), frozenset(slot for turn in users for slot in turn.request))


def read_wording(lines: Iterable[str], pack: DomainPack, language: Language, entities: Sequence[str]) -> Told:
    """Read wishes and asked slots off a user's lines alone, without annotation, persona or the agent's side.

    What a reader that knows the slots can tell: an upper reference for a blind judge, and a check of the annotation.

    Args:
        lines: The user's lines.
        pack: The domain pack.
        language: Their language.
        entities: Names of what the account sells.
    """
    reader = SlotReader(pack, language, entities)
    wishes: set[tuple[str, str]] = set()
    asked: set[str] = set()
    for line in lines:
        asks = set(reader.find_asks(line))
        mentions = [mention for mention in reader.find_values(line) if mention.slot != pack.entity_slot]
        slots = pack.slots
        stated = {(m.slot, m.value) for m in mentions if slots[m.slot].constraint or slots[m.slot].booking}
        question = "?" in line or "？" in line or not stated
        wishes |= {(slot, value) for slot, value in stated if not (question and slot in asks)}
        asked |= asks if question else set()
    return Told(frozenset(wishes), frozenset(asked))


def count_recovered(truth: Told, told: Told) -> tuple[int, int, int]:
    """Return how many facts are found again, how many there are, and how many were named."""
    stated, named = _fold(truth.wishes), _fold(told.wishes)
    hits = len(stated & named) + len(truth.asked & told.asked)
    return hits, len(stated) + len(truth.asked), len(named) + len(told.asked)


def _fold(wishes: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(slot, value.lower().strip(" .")) for slot, value in wishes}


def measure_recovery(known: DialogueSet, pack: DomainPack | None, *, seed: int = 7) -> list[Statistic]:
    """Return how much of the annotation the wording bears out, and how much of each persona is said.

    `attributes_recovered` is the share of wishes and questions by the annotation that the slot reader finds in the
    user's lines, `attributes_right` the share of what it finds that is annotated; `wishes_said` the share of the user
    persona's wishes that the user states in the dialogue. Of a large set, 2,000 dialogues are read.

    Args:
        known: The set.
        pack: Its domain pack; None where it has none.
        seed: Seed of sample and resamples.
    """
    names = ("attributes_recovered", "attributes_right", "wishes_said")
    units = ("share of facts", "share of facts found", "share of wishes")
    talks = [talk for talk in known.talks if pack is not None and talk.domain == pack.id and talk.user]
    if pack is None or not talks:
        return [
            Statistic(name, None, unit=unit, reason="no user personas and slots of a domain pack")
            for name, unit in zip(names, units, strict=True)
        ]
    basis = f"{min(len(talks), SAMPLED):,} of {len(talks):,} dialogues"
    talks = draw_dialogues(talks, SAMPLED, seed) if len(talks) > SAMPLED else talks
    counted = [_count_dialogue(talk, known, pack) for talk in talks]
    hits, facts, named = zip(*counted, strict=True)
    said, wished = zip(*(_count_said(talk, known) for talk in talks), strict=True)
    figures = [Statistic(name, None, unit=unit, basis=basis) for name, unit in zip(names, units, strict=True)]
    return measure_ratios(
        [
            Ratio(figures[0], hits, facts, "no dialogue states or asks anything"),
            Ratio(figures[1], hits, named, "nothing was found in the wording"),
            Ratio(figures[2], said, wished, "no user persona with a wish can be read"),
        ],
        seed=seed,
    )


def _count_dialogue(talk: EvaluatedDialogue, known: DialogueSet, pack: DomainPack) -> tuple[int, int, int]:
    entities = sorted({fact.entity for fact in known.knowledge.get(talk.agent, ()) if fact.entity})
    lines = [turn.utterance for turn in talk.turns if turn.role == "user"]
    return count_recovered(read_annotation(talk.turns), read_wording(lines, pack, talk.language, entities))


def _count_said(talk: EvaluatedDialogue, known: DialogueSet) -> tuple[int, int]:
    persona = known.users.get(talk.user)
    wishes = {(wish.slot, wish.value) for wish in persona.constraints} if persona else set()
    return len(wishes & read_annotation(talk.turns).wishes), len(wishes)

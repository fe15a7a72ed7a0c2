"""Contradictions: a side that says two things of one, by the labels of its turns and by what the agent knows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from streamdial.dialogues.causes import list_goal_starts
from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue, Fact
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Turn

OF_BOOKINGS = ("book", "ask_hold", "confirm", "hold", "refuse", "propose")
"""Acts whose values are of a booking: another day is another booking and no contradiction."""
STATING = ("inform", "ask_offer")
"""Acts by which a user states a wish; `revise` changes one in so many words."""
DENYING = ("recover", "refuse", "no_answer", "explain_conflict")
"""Acts of the agent after which another wish is an answer."""
_ANNOUNCED = re.compile(
    r"\b(?:actually|instead|rather|change|changed|on second thought|after all|what about|how about|then|or)\b"
    r"|改|换|还是|那就|那么|或者|要不|算了|不然|其实|也行|也可以",
    re.IGNORECASE,
)
"""What announces another wish where a set has no act for it."""


def list_told(turn: Turn) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield what an agent's turn tells, as ((thing, slot), value); what is of a booking is left out."""
    if turn.role == "agent" and turn.act not in OF_BOOKINGS:
        for thing, told in ((turn.entity, turn.tell), (turn.other, turn.tell_other)):
            for slot, value in told.items():
                if thing and value:
                    yield (thing, slot), value


def list_agent_contradictions(turns: Sequence[Turn], changing: Sequence[str] = ()) -> list[int]:
    """Return the numbers of the agent's turns that tell another value of a (thing, slot) than one before them.

    Args:
        turns: A dialogue.
        changing: Slots whose value may be another one a turn later: what is in stock, a price after bargaining.
    """
    known: dict[tuple[str, str], str] = {}
    found = []
    for number, turn in enumerate(turns):
        told = [(key, value) for key, value in list_told(turn) if key[1] not in changing and turn.act != "negotiate"]
        if any(known.get(key, value) != value for key, value in told):
            found.append(number)
        known.update(told)
    return found


def list_user_contradictions(turns: Sequence[Turn], booking: Sequence[str] = ()) -> list[int]:
    """Return the numbers of the user's turns in which a wish is another one than before and nothing says so.

    What says so is an act (`revise`), an empty value that takes it back, words (instead, 还是换), or an agent that had
    just said there is no such thing.

    Args:
        turns: A dialogue with one goal.
        booking: Slots of a booking, which are no wishes.
    """
    wishes: dict[str, str] = {}
    found = []
    for number, turn in enumerate(turns):
        if turn.role != "user" or turn.act in OF_BOOKINGS:
            continue
        said = {slot: value for slot, value in turn.inform.items() if slot not in booking}
        changed = any(value and wishes.get(slot, value) != value for slot, value in said.items())
        denied = number > 0 and turns[number - 1].act in DENYING
        if changed and turn.act in STATING and not denied and not _ANNOUNCED.search(turn.utterance):
            found.append(number)
        wishes = {slot: value for slot, value in {**wishes, **said}.items() if value}
    return found


def count_against_knowledge(turns: Sequence[Turn], facts: Sequence[Fact]) -> tuple[int, int]:
    """Return how many told facts are others than the knowledge base has, and how many it has something on.

    A value that held once counts as known: the facts of an agent have their earlier versions with them.
    """
    values: dict[tuple[str, str], set[str]] = {}
    for fact in facts:
        values.setdefault((fact.entity, fact.slot), set()).add(fact.value)
    told = [(key, value) for turn in turns for key, value in list_told(turn) if key in values]
    return sum(value not in values[key] for key, value in told), len(told)


def measure_contradictions(known: DialogueSet, pack: DomainPack | None, *, seed: int = 7) -> list[Statistic]:
    """Return the share of dialogues in which a side contradicts itself, and of told facts that K contradicts.

    DECODE (Nie et al. 2021) has people find such turns; here they are told by labels, so a contradiction no label shows
    is not found.

    Args:
        known: The set.
        pack: Its domain pack, which knows slots of bookings; None where it has none.
        seed: Seed of the resamples.
    """
    slots: Mapping[str, object] = pack.slots if pack else {}
    booking = [name for name in slots if pack is not None and pack.slots[name].booking]
    stock = [pack.stock_slot] if pack is not None and pack.stock_slot else []
    labelled = [any(turn.tell or turn.tell_other for turn in talk.turns) for talk in known.talks]
    wished = [any(turn.inform for turn in talk.turns if turn.role == "user") for talk in known.talks]
    agent = [bool(list_agent_contradictions(talk.turns, stock)) for talk in known.talks]
    user = [_count_user(talk, booking) > 0 for talk in known.talks]
    against = [count_against_knowledge(talk.turns, known.knowledge.get(talk.agent, ())) for talk in known.talks]
    figures = (
        Statistic("agent_contradictions", None, unit="share of dialogues"),
        Statistic("user_contradictions", None, unit="share of dialogues"),
        Statistic("against_knowledge", None, unit="share of told facts"),
    )
    return measure_ratios(
        [
            Ratio(figures[0], agent, labelled, "no turn says what the agent tells"),
            Ratio(figures[1], user, wished, "no turn says what the user wants"),
            Ratio(
                figures[2],
                [wrong for wrong, _ in against],
                [whole for _, whole in against],
                "no knowledge base has what is told",
            ),
        ],
        seed=seed,
    )


def _count_user(talk: EvaluatedDialogue, booking: Sequence[str]) -> int:
    starts = [*list_goal_starts(talk.turns, talk.goals), len(talk.turns)]
    parts = (talk.turns[start:end] for start, end in itertools.pairwise(starts))
    return sum(len(list_user_contradictions(part, booking)) for part in parts)

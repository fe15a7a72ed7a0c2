"""Satisfaction: how a user takes what it is told, turn by turn, and whether that bears on how the dialogue ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Constraint, Outcome, UserPersona
from streamdial.strategies.turn_events import LIMIT, track_levels

DECIDING = ("accept", "book", "ask_person", "leave")
"""Acts of the user that settle how a dialogue ends."""
SIGNS: dict[Outcome, int] = {"success": 1, "hand_over": 1, "drop_out": -1}
"""What a mood should be before each ending; who puts a decision off may be in any."""


def list_levels(talk: EvaluatedDialogue, wishes: Sequence[Constraint], pack: DomainPack) -> list[int]:
    """Return the mood before each turn of the user, -5 to 5: as the strategy `mood` has it, else by what happened."""
    tracked = [0, *(level for level, _ in track_levels(talk.turns, wishes, pack))]
    return [
        int(turn.inner["mood_level"]) if "mood_level" in turn.inner else tracked[number]
        for number, turn in enumerate(talk.turns)
        if turn.role == "user"
    ]


def agrees_with_ending(talk: EvaluatedDialogue, levels: Sequence[int]) -> bool | None:
    """Tell whether the mood before the last decision has the sign of the ending; None where any would do.

    A mood that is neither good nor bad agrees with nothing.
    """
    acts = [turn.act for turn in talk.turns if turn.role == "user"]
    sign = SIGNS.get(talk.outcome) if talk.outcome is not None else None
    decided = [number for number, act in enumerate(acts) if act in DECIDING]
    return levels[decided[-1]] * sign > 0 if sign is not None and decided else None


def measure_satisfaction(known: DialogueSet, pack: DomainPack | None, *, seed: int = 7) -> list[Statistic]:
    """Return the mean satisfaction of the user's turns, 1 to 5, and how often the mood agrees with the ending.

    It is scored by rules over the labels: 3 at the start, up and down with wishes met or missed, answers given or
    denied, repetition, bookings (`streamdial.strategies.turn_events`); no reader of the wording.

    Args:
        known: The set; without user personas, wishes count once they are stated.
        pack: The domain pack.
        seed: Seed of the resamples.
    """
    figures = (
        Statistic("satisfaction", None, unit="score 1-5"),
        Statistic("mood_agrees", None, unit="share of dialogues"),
    )
    talks = [talk for talk in known.talks if pack is not None and talk.domain == pack.id and _has_acts(talk)]
    if pack is None or not talks:
        reason = "no dialogues with acts in the domain of a pack"
        return [Statistic(figure.name, None, unit=figure.unit, reason=reason) for figure in figures]
    levels = [list_levels(talk, _find_wishes(talk, known.users), pack) for talk in talks]
    scores = [[3 + 2 * level / LIMIT for level in found] for found in levels]
    agree = [agrees_with_ending(talk, found) for talk, found in zip(talks, levels, strict=True)]
    return measure_ratios(
        [
            Ratio(figures[0], [sum(found) for found in scores], [len(found) for found in scores], "no user speaks"),
            Ratio(
                figures[1],
                [bool(one) for one in agree],
                [one is not None for one in agree],
                "nobody decides anything",
            ),
        ],
        seed=seed,
    )


def _find_wishes(talk: EvaluatedDialogue, users: Mapping[str, UserPersona]) -> tuple[Constraint, ...]:
    return users[talk.user].constraints if talk.user in users else ()


def _has_acts(talk: EvaluatedDialogue) -> bool:
    return any(turn.role == "agent" and turn.act and turn.tell for turn in talk.turns)

"""Elicitation: what is found out of a user before something is put forward, and how soon it ends well."""

from __future__ import annotations

from collections.abc import Sequence

from streamdial.dialogues.causes import list_goal_starts
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Turn
from streamdial.slots import DONT_CARE

OFFERS = ("recommend", "compare", "upsell", "recover")
"""Acts by which an agent puts something forward."""
SETTLES = ("confirm", "hold")
"""Acts by which an agent settles what the user decided on."""


def list_first_goal(talk: EvaluatedDialogue) -> tuple[Turn, ...]:
    """Return the turns of a dialogue up to where it goes on with another goal."""
    starts = list_goal_starts(talk.turns, talk.goals)
    return talk.turns[: starts[1]] if len(starts) > 1 else talk.turns


def find_first_offer(turns: Sequence[Turn]) -> int | None:
    """Return the number of the turn in which the agent first puts something forward; None where it never does."""
    return next((n for n, turn in enumerate(turns) if turn.role == "agent" and turn.act in OFFERS), None)


def list_wishes(turns: Sequence[Turn]) -> set[tuple[str, str]]:
    """Return what the user of some turns said it wants; "no preference" is no wish, a booking neither."""
    said = (turn for turn in turns if turn.role == "user" and turn.act not in ("book", "ask_hold"))
    return {(slot, value) for turn in said for slot, value in turn.inform.items() if value not in ("", DONT_CARE)}


def find_success(turns: Sequence[Turn]) -> int | None:
    """Return the number of the turn that settles what the user decided on, else that of the decision; None for neither.

    Made dialogues and those of public sets whose acts say so are the ones it can be told of.
    """
    settled = next((n for n, turn in enumerate(turns) if turn.role == "agent" and turn.act in SETTLES), None)
    if settled is not None:
        return settled
    return next((n for n, turn in enumerate(turns) if turn.role == "user" and turn.act == "accept"), None)


def measure_elicitation(known: DialogueSet, *, seed: int = 7) -> list[Statistic]:
    """Return wishes known at the first offer, their share of what the persona wants, and turns to success.

    InfoQuest (arXiv 2502.12257) counts how long an agent needs until it knows a hidden context, EAR (Lei et al. 2020)
    turns until an offer is taken. Of a dialogue with several goals the first counts.

    Args:
        known: The set; the share needs user personas.
        seed: Seed of the resamples.
    """
    goals = [list_first_goal(talk) for talk in known.talks]
    offers = [find_first_offer(turns) for turns in goals]
    before = [
        list_wishes(turns[:offer]) if offer is not None else set() for turns, offer in zip(goals, offers, strict=True)
    ]
    offered = [float(offer is not None) for offer in offers]
    firsts = [talk.goals[0].user_persona_id if talk.goals else talk.user for talk in known.talks]
    users = [known.users.get(key) for key in firsts]
    wanted = [
        {wish.slot for wish in user.constraints} if user is not None and offer is not None else set()
        for user, offer in zip(users, offers, strict=True)
    ]
    found = [len({slot for slot, _ in said} & slots) for said, slots in zip(before, wanted, strict=True)]
    ended = [
        find_success(turns) if (talk.goals[0].outcome if talk.goals else talk.outcome) == "success" else None
        for talk, turns in zip(known.talks, goals, strict=True)
    ]
    figures = (
        Statistic("wishes_before_offer", None, unit="wishes"),
        Statistic("wishes_found_before_offer", None, unit="share of the persona's wishes"),
        Statistic("turns_to_success", None, unit="turns"),
    )
    return measure_ratios(
        [
            Ratio(figures[0], [len(said) for said in before], offered, "nothing is put forward, by its acts"),
            Ratio(figures[1], found, [len(slots) for slots in wanted], "no user persona with a wish and an offer"),
            Ratio(
                figures[2],
                [0 if end is None else end + 1 for end in ended],
                [float(end is not None) for end in ended],
                "no dialogue ends in success, by its outcome",
            ),
        ],
        seed=seed,
    )

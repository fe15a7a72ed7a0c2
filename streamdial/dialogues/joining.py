"""Two dialogues as one: the turns of both with a line between that leads from one need to the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from streamdial.blueprints import find_behaviours
from streamdial.dialogues.line_match import GREETING
from streamdial.ids import make_id
from streamdial.phrases import Inventory, join_clauses
from streamdial.phrases.inventory import deal
from streamdial.records import Dialogue, ReachedGoal, RefusedWords, Revision
from streamdial.strategies.join import Seam

BRIDGE = "next_need"
OfTurn = TypeVar("OfTurn", Revision, RefusedWords)


def join_dialogues(seam: Seam, inventory: Inventory, *, name: str, number: int = 0) -> Dialogue | None:
    """Return a dialogue that reaches the need of one as a goal and goes on with that of another; None without a bridge.

    Id, goals and labels are those of a dialogue with several goals: persona, path and outcome are the second's.

    Args:
        seam: The two dialogues.
        inventory: Phrases of their language.
        name: Name of the strategy that joined them.
        number: Number of the first in its run, by which bridges are dealt out.
    """
    first, second = seam.first, seam.second
    bridges = deal(inventory.list_moves("user", BRIDGE), f"user.{BRIDGE}", number, 0)
    opening = second.turns[seam.start]
    if not bridges or GREETING.match(opening.utterance):
        return None
    opening = opening.model_copy(
        update={
            "utterance": join_clauses([bridges[0].text, opening.utterance], second.language),
            "moves": (f"react:{BRIDGE}", *opening.moves),
            "by": (*opening.by, name),
        }
    )
    joined = (*first.turns[: seam.cut], opening, *second.turns[seam.start + 1 :])
    turns = tuple(turn.model_copy(update={"turn_id": place}) for place, turn in enumerate(joined))
    evidence = tuple(dict.fromkeys(source for turn in turns for source in turn.evidence))
    goal = ReachedGoal(first_turn=0, user_persona_id=first.user_persona_id, path=first.path, outcome=first.outcome)
    return second.model_copy(
        update={
            "id": make_id("joined", first.id, second.id),
            "provenance": second.provenance.model_copy(update={"derived_from": evidence}),
            "turns": turns,
            "goals": (goal,),
            "behaviours": find_behaviours(turns),
            "planned_behaviours": tuple(sorted({*first.planned_behaviours, *second.planned_behaviours})),
            "revisions": _join_by_turn(first.revisions, second.revisions, seam),
            "refused": _join_by_turn(first.refused, second.refused, seam),
            "variants": (),
            "checks": {},
            "lineage": (),
            "session": None,
            "seed": first.seed,
        }
    )


def _join_by_turn(first: Iterable[OfTurn], second: Iterable[OfTurn], seam: Seam) -> tuple[OfTurn, ...]:
    """Return what is told of turns of both dialogues, by the numbers they have in the joined one."""
    joined: list[OfTurn] = [one for one in first if one.turn_id < seam.cut]
    for one in second:
        if one.turn_id >= seam.start:
            joined.append(one.model_copy(update={"turn_id": one.turn_id - seam.start + seam.cut}))
    return tuple(joined)

"""Where a talk with tools stands in a blueprint: the stage and the strategy each act belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from streamdial.dialogues.agenda import USER_STAGES
from streamdial.domains import DomainPack
from streamdial.records import Role
from streamdial.tooluse.records import Act

LIKE: dict[Role, dict[str, str]] = {
    "user": {"ask_free": "ask", "change": "book", "cancel": "book", "ask_waitlist": "ask_hold"},
    "agent": {
        "say_free": "check_stock",
        "say_full": "check_stock",
        "offer_waitlist": "recover",
        "waitlisted": "hold",
        "confirm_change": "confirm",
        "confirm_cancel": "confirm",
        "no_booking": "no_answer",
        "trouble": "no_answer",
        "anything_else": "propose",
    },
}
"""Acts only a talk with tools has, and the act of any talk that does the same."""


def find_main(acts: Sequence[Act]) -> Act | None:
    """Return the act a turn is about: the first that is no mere offer of more, else the first; None of no acts."""
    return next((act for act in acts if act.act != "anything_else"), acts[0] if acts else None)


def find_strategy(role: Role, act: str, pack: DomainPack) -> str:
    """Return the strategy an agent's act belongs to, empty where it belongs to none."""
    return pack.find_strategy(LIKE[role].get(act, act)) if role == "agent" else ""


def find_stage(role: Role, acts: Sequence[Act], pack: DomainPack, before: str = "") -> str:
    """Return the stage of a turn.

    Args:
        role: Who speaks.
        acts: What the turn does.
        pack: The domain pack.
        before: Stage of the turn before it, where an act belongs to no stage of its own.
    """
    main = find_main(acts)
    if main is None:
        return before
    name = LIKE[role].get(main.act, main.act)
    if role == "user":
        return USER_STAGES.get(name, before)
    if name == "close":
        return next((stage for stage, known in pack.stages.items() if known.terminal), before)
    strategy = pack.find_strategy(name)
    return pack.strategies[strategy].stage if strategy else before

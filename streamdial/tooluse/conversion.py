"""Converts dialogues with tools to plain dialogues, with the stages of a blueprint, for all exports."""

from __future__ import annotations

from collections.abc import Sequence

from streamdial.dialogues.generation import name_taken_path
from streamdial.domains import DomainPack
from streamdial.planning import USER_STAGES
from streamdial.records import REQUESTED, Blueprint, Dialogue, MatchScore, Outcome, Role, StopReason, Turn
from streamdial.tooluse.records import Act, ToolDialogue, ToolStopReason, ToolTurn

_STOPS: dict[ToolStopReason, StopReason] = {
    "done": "blueprint_end",
    "left": "left",
    "turn_cap": "turn_cap",
    "silent": "error",
}
LIKE: dict[Role, dict[str, str]] = {
    "user": {"ask_free": "ask", "change": "book", "cancel": "book", "affirm": "accept", "ask_waitlist": "ask_hold"},
    "agent": {
        "say_free": "check_stock",
        "say_full": "check_stock",
        "say_closed": "check_stock",
        "offer_day": "recover",
        "already_booked": "check_stock",
        "ask_cancel": "propose",
        "offer_waitlist": "recover",
        "waitlisted": "hold",
        "confirm_change": "confirm",
        "confirm_cancel": "confirm",
        "no_booking": "no_answer",
        "trouble": "no_answer",
        "anything_else": "propose",
    },
}
"""Acts only a dialogue with tools has, and the act of any dialogue that does the same."""
_WRITING = ("book", "change", "cancel")


def convert_dialogue(
    made: ToolDialogue, blueprint: Blueprint, pack: DomainPack, *, match: MatchScore, history: Sequence[Turn] = ()
) -> Dialogue:
    """Return a dialogue with tools as a plain one of the same id, without calls and reasoning, with an act per turn.

    What a turn informs, asks and tells of several acts is joined under its main one; facts about a third thing in one
    turn have no place in a plain turn and stand in the words alone.

    Args:
        made: The dialogue.
        blueprint: Whose path it is said to have taken: the first of its outcome.
        pack: The domain pack.
        match: The selector's score.
        history: The plain turns it began with, which stay as they were.
    """
    turns = [*history, *(convert_turn(turn, pack) for turn in made.turns[len(history) :])]
    dialogue = Dialogue(
        id=made.id,
        domain=made.domain,
        language=made.language,
        provenance=made.provenance,
        user_persona_id=made.user_persona_id,
        agent_persona_id=made.agent_persona_id,
        blueprint_id=blueprint.id,
        turns=tuple(turns),
        outcome=find_outcome(made),
        stop_reason=_STOPS[made.stop_reason],
        match=match,
        seed=made.seed,
        checks=made.checks,
        lineage=made.lineage,
    )
    return name_taken_path(dialogue, blueprint)


def find_outcome(made: ToolDialogue) -> Outcome:
    """Return how a dialogue ended.

    `success` with something booked, changed or cancelled, `deferral` without, `drop_out` where the user gave up.
    """
    if made.stop_reason != "done":
        return "drop_out"
    done = {verdict.kind for verdict in made.verdicts if verdict.passed and verdict.recovery is None}
    return "success" if done & set(_WRITING) else "deferral"


def convert_turn(turn: ToolTurn, pack: DomainPack) -> Turn:
    """Return a turn with tools as a plain one, under its main act."""
    main = find_main(turn.acts)
    entity, other = (main.entity, main.other) if main else ("", "")
    told: dict[str, dict[str, str]] = {}
    for act in turn.acts:
        for name, values in ((act.entity, act.tell), (act.other, act.tell_other)):
            if values:
                told.setdefault(name, {}).update(values)
    other = other or next((name for name in told if name not in ("", entity)), "")
    return Turn(
        turn_id=turn.turn_id,
        role=turn.role,
        utterance=turn.utterance,
        act=main.act if main else "",
        stage=turn.stage,
        strategy=find_strategy(turn.role, main.act, pack) if main else "",
        inform={slot: value for act in turn.acts for slot, value in act.inform.items()},
        request={slot: REQUESTED for act in turn.acts for slot in act.request},
        tell=told.get(entity, {}),
        entity=entity,
        other=other,
        tell_other=told.get(other, {}) if other else {},
        evidence=turn.evidence,
        realisation=turn.realisation,
        by=turn.by,
        inner=turn.inner,
    )


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

"""The loop of IDG: a user and an agent policy take turns until the blueprint has reached an end."""

from __future__ import annotations

from collections.abc import Callable

from streamdial.blueprints import find_behaviours
from streamdial.dialogues.validation import has_open_question
from streamdial.errors import ModelError
from streamdial.planning import DialogueState, find_directive, judge_outcome, mark_turn
from streamdial.policies import Policy
from streamdial.records import Dialogue, Provenance, Role, StopReason, Turn

FAREWELLS = ("thank", "close", "defer", "leave")


Side = Policy[[DialogueState], Turn | None]
"""A policy that is shown the state and says a turn; None where it has left."""
UserPolicy = Side
AgentPolicy = Side


def find_stop(state: DialogueState, *, max_turns: int) -> StopReason | None:
    """Return why a dialogue stops after its last turn, or None.

    A farewell loop is three farewells in a row; a repetition is a role saying the same words twice.
    """
    turns = state.turns
    if not turns:
        return None
    if state.runner.ended and turns[-1].role == "agent" and not has_open_question(turns):
        return "blueprint_end"
    if len(turns) >= 3 and all(turn.act in FAREWELLS for turn in turns[-3:]):
        return "farewell_loop"
    said = zip(turns[:-1], state.words, strict=False)
    if any(words == state.words[-1] and turn.role == turns[-1].role for turn, words in said):
        return "repetition"
    if len(turns) >= max_turns:
        return "turn_cap"
    return None


async def run_dialogue(
    state: DialogueState,
    user: UserPolicy,
    agent: AgentPolicy,
    *,
    max_turns: int = 24,
    listen: Callable[[Turn], None] | None = None,
) -> tuple[list[Turn], StopReason]:
    """Let two policies talk, from any state, until there is a reason to stop.

    Args:
        state: An empty dialogue, or one with turns in it, which is continued.
        user: The user's policy.
        agent: The agent's policy.
        max_turns: Turns in all after which the dialogue is cut.
        listen: Told each turn as soon as it is said.

    Raises:
        ModelError: If a policy's model failed for good; a used-up budget stops the dialogue with its reason instead.
    """
    while (reason := find_stop(state, max_turns=max_turns)) is None:
        role: Role = "user" if state.last is None or state.last.role == "agent" else "agent"
        try:
            turn = await (user if role == "user" else agent).speak(state)
        except ModelError as error:
            if error.kind == "budget":
                return state.turns, "budget"
            raise
        if turn is None:
            # A policy that leaves ends the dialogue where it is.
            return state.turns, "blueprint_end" if state.runner.ended else "left"
        turn = mark_turn(turn, find_directive(state, role), state)
        state.add(turn)
        if listen:
            listen(turn)
    return state.turns, reason


def build_dialogue(
    state: DialogueState, reason: StopReason, *, record_id: str, match: object, model_id: str
) -> Dialogue:
    """Return the finished dialogue as a record, traceable to everything its turns rest on.

    Args:
        state: The finished dialogue.
        reason: Why it stopped.
        record_id: Content-addressed id from its assignment.
        match: The selector's score.
        model_id: The model that worded it.
    """
    evidence = tuple(dict.fromkeys(source for turn in state.turns for source in turn.evidence))
    return Dialogue.model_validate(
        {
            "id": record_id,
            "domain": state.pack.id,
            "language": state.language,
            "provenance": Provenance(
                source_id=state.agent.provenance.source_id, derived_from=evidence, model_id=model_id
            ),
            "user_persona_id": state.user.id,
            "agent_persona_id": state.agent.id,
            "blueprint_id": state.blueprint.id,
            "turns": tuple(state.turns),
            "path": state.runner.path.name,
            "strategy": state.strategy,
            "goals": tuple(state.reached),
            "revisions": tuple(state.revisions),
            "refused": tuple(state.refused),
            "variants": tuple(state.variants),
            "outcome": judge_outcome(state.goal_turns),
            "stop_reason": reason,
            "match": match,
            "seed": state.seed,
            "planned_behaviours": tuple(sorted(state.runner.behaviours.planned)),
            "behaviours": find_behaviours(state.turns),
            "checks": dict(sorted(state.failed_checks.items())),
        }
    )

"""What a plan leads to: it is said without words, and both planners go on from there for some turns."""

from __future__ import annotations

from collections.abc import Sequence

from streamdial.planning.agent_planner import AgentPlanner
from streamdial.planning.endings import judge_outcome
from streamdial.planning.moves import TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline
from streamdial.planning.talk_view import StateView
from streamdial.planning.turns import build_turn
from streamdial.planning.user_planner import UserPlanner
from streamdial.strategies import SearchingStrategy


def choose_plan(
    plans: Sequence[TurnPlan], state: DialogueState, storyline: Storyline, searcher: SearchingStrategy
) -> TurnPlan:
    """Return the plan that leads to what is worth most: looked at a few turns ahead, and the close ones further.

    Args:
        plans: What could be done, the planner's own first; it stays where others are no better.
        state: The dialogue before the turn.
        storyline: What is followed.
        searcher: Says how far to look, what an end is worth and what is close.
    """
    near = [_value(plan, state, storyline, searcher, searcher.shallow) for plan in plans]
    left = [place for place, value in enumerate(near) if max(near) - value <= searcher.margin]
    if len(left) == 1:
        return plans[left[0]]
    far = {place: _value(plans[place], state, storyline, searcher, searcher.depth) for place in left}
    return plans[max(left, key=lambda place: far[place])]


def roll_out(plan: TurnPlan, state: DialogueState, storyline: Storyline, turns: int) -> DialogueState:
    """Return the dialogue after a plan and some turns of both planners behind it; the given one stays as it is."""
    after = state.rewind(len(state.turns))
    after.advisers, after.storyline = (), storyline
    after.failed_checks = {}
    user, agent = UserPlanner(after.user, storyline), AgentPlanner(max_requests=storyline.mines, seed=storyline.seed)
    after.add(build_turn(plan, len(after.turns)))
    for _ in range(turns):
        last = after.last
        if last is None or (after.runner.ended and last.role == "agent"):
            break
        found = user.plan(after) if last.role == "agent" else agent.plan(after)
        if found is None:
            break
        after.add(build_turn(found, len(after.turns)))
    return after


def _value(
    plan: TurnPlan, state: DialogueState, storyline: Storyline, searcher: SearchingStrategy, turns: int
) -> float:
    after = roll_out(plan, state, storyline, turns)
    outcome = judge_outcome(after.goal_turns) if after.runner.ended else None
    wanted = state.runner.path.outcome
    return searcher.value(StateView(after, "agent"), outcome, wanted) - searcher.cost * len(after.turns)

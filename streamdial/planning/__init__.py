"""Planning: what is said next and why, for both roles, and the storyline a dialogue follows."""

from streamdial.personas.verdicts import Verdict, judge_fact
from streamdial.planning.agent_planner import AgentPlanner
from streamdial.planning.answers import MinedAnswer, MinedAnswers, collect_answers
from streamdial.planning.comparisons import conclude_comparison
from streamdial.planning.endings import judge_outcome
from streamdial.planning.given_plan import GivenPlan, Planner
from streamdial.planning.letdowns import is_lacking
from streamdial.planning.moves import OWN_WORDS, USER_STAGES, Move, TurnPlan, Value
from streamdial.planning.obeying import build_planners
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Beat, Storyline
from streamdial.planning.storylines import draw_storyline, find_storyline, follow_storyline, simulate
from streamdial.planning.talk_view import find_directive, list_turn_slots, mark_turn
from streamdial.planning.upgrades import find_upgrade, list_advantages
from streamdial.planning.user_planner import UserPlanner

__all__ = [
    "OWN_WORDS",
    "USER_STAGES",
    "AgentPlanner",
    "Beat",
    "DialogueState",
    "GivenPlan",
    "MinedAnswer",
    "MinedAnswers",
    "Move",
    "Planner",
    "Storyline",
    "TurnPlan",
    "UserPlanner",
    "Value",
    "Verdict",
    "build_planners",
    "collect_answers",
    "conclude_comparison",
    "draw_storyline",
    "find_directive",
    "find_storyline",
    "find_upgrade",
    "follow_storyline",
    "is_lacking",
    "judge_fact",
    "judge_outcome",
    "list_advantages",
    "list_turn_slots",
    "mark_turn",
    "simulate",
]

"""IDG: dialogues, made turn by turn along a blueprint."""

from streamdial.dialogues.generation import DialogueMaker, GenerationOptions
from streamdial.dialogues.lines import Line, LineBank, collect_lines
from streamdial.dialogues.loop import AgentSide, UserSide, run_dialogue
from streamdial.dialogues.selection import Assignment, Expert, MatchWeights, assign_dialogues
from streamdial.dialogues.sides import PlannedAgent, PlannedUser, ScriptedSide
from streamdial.dialogues.state import DialogueState, TurnPlan
from streamdial.dialogues.steering import BehaviourQuotas, Borrowed, borrow, find_conflict, list_feasible, list_meetable

__all__ = [
    "AgentSide",
    "Assignment",
    "BehaviourQuotas",
    "Borrowed",
    "DialogueMaker",
    "DialogueState",
    "Expert",
    "GenerationOptions",
    "Line",
    "LineBank",
    "MatchWeights",
    "PlannedAgent",
    "PlannedUser",
    "ScriptedSide",
    "TurnPlan",
    "UserSide",
    "assign_dialogues",
    "borrow",
    "collect_lines",
    "find_conflict",
    "list_feasible",
    "list_meetable",
    "run_dialogue",
]

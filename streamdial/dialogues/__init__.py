"""IDG: dialogues, generated turn by turn along a blueprint."""

from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.coverage import CoverageQuotas, describe_coverage, list_cells, list_choices
from streamdial.dialogues.examples import ExamplePolicy
from streamdial.dialogues.generation import DialogueMaker, GenerationOptions
from streamdial.dialogues.goals import GoalSequence
from streamdial.dialogues.human_rules import HumanUser
from streamdial.dialogues.joining import join_dialogues
from streamdial.dialogues.lines import Line, collect_lines, map_acts
from streamdial.dialogues.loop import AgentPolicy, UserPolicy, run_dialogue
from streamdial.dialogues.person import Person, read_turn
from streamdial.dialogues.planned_policies import PlannedPolicy, PolicyParts, ScriptedPolicy
from streamdial.dialogues.production import Tally, produce
from streamdial.dialogues.selection import AgentProfile, Assignment, MatchWeights, assign_dialogues, strip_persona
from streamdial.dialogues.steering import BehaviourQuotas, Borrowed, borrow, find_conflict, list_feasible
from streamdial.dialogues.transfer import transfer_agent
from streamdial.dialogues.validation import validate_dialogue
from streamdial.planning import DialogueState, TurnPlan
from streamdial.strategies.second_goals import Goal

__all__ = [
    "AgentPolicy",
    "AgentProfile",
    "Assignment",
    "BehaviourQuotas",
    "Borrowed",
    "CoverageQuotas",
    "DialogueMaker",
    "DialogueState",
    "ExamplePolicy",
    "GenerationOptions",
    "Goal",
    "GoalSequence",
    "HumanUser",
    "Line",
    "LineBank",
    "MatchWeights",
    "Person",
    "PlannedPolicy",
    "PolicyParts",
    "ScriptedPolicy",
    "Tally",
    "TurnPlan",
    "UserPolicy",
    "assign_dialogues",
    "borrow",
    "collect_lines",
    "describe_coverage",
    "find_conflict",
    "join_dialogues",
    "list_cells",
    "list_choices",
    "list_feasible",
    "map_acts",
    "produce",
    "read_turn",
    "run_dialogue",
    "strip_persona",
    "transfer_agent",
    "validate_dialogue",
]

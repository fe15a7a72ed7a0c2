"""User-oriented dialogues with executable tools, over a database a dialogue."""

from streamdial.tooluse.agent import AgentSide, Speech
from streamdial.tooluse.conversion import convert_dialogue
from streamdial.tooluse.density import Density, measure_density, measure_leak
from streamdial.tooluse.direct import DirectToolAgent
from streamdial.tooluse.drawn import draw_user_personas
from streamdial.tooluse.loop import ToolWorld, adopt_turns, run_tool_dialogue
from streamdial.tooluse.making import Made, ToolDialogueMaker, ToolOptions
from streamdial.tooluse.messages import build_messages
from streamdial.tooluse.planned_agent import PlannedAgent
from streamdial.tooluse.planned_wording import PlannedWording
from streamdial.tooluse.plans import TaskOptions, TaskPlan
from streamdial.tooluse.records import Act, Mode, Rubric, Step, TaskVerdict, TaskWish, ToolDialogue, ToolTask, ToolTurn
from streamdial.tooluse.simulator import UserRates, UserRules, UserSide, UserSimulator, load_user_rules
from streamdial.tooluse.tasks import TaskMaker
from streamdial.tooluse.templates import build_tools, list_template_names
from streamdial.tooluse.verification import measure_pass_hat, verify_tasks
from streamdial.tooluse.wording import TemplateWording, Wording

__all__ = [
    "Act",
    "AgentSide",
    "Density",
    "DirectToolAgent",
    "Made",
    "Mode",
    "PlannedAgent",
    "PlannedWording",
    "Rubric",
    "Speech",
    "Step",
    "TaskMaker",
    "TaskOptions",
    "TaskPlan",
    "TaskVerdict",
    "TaskWish",
    "TemplateWording",
    "ToolDialogue",
    "ToolDialogueMaker",
    "ToolOptions",
    "ToolTask",
    "ToolTurn",
    "ToolWorld",
    "UserRates",
    "UserRules",
    "UserSide",
    "UserSimulator",
    "Wording",
    "adopt_turns",
    "build_messages",
    "build_tools",
    "convert_dialogue",
    "draw_user_personas",
    "list_template_names",
    "load_user_rules",
    "measure_density",
    "measure_leak",
    "measure_pass_hat",
    "run_tool_dialogue",
    "verify_tasks",
]

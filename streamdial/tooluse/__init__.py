"""User-oriented dialogues with executable tools: one database per dialogue."""

from streamdial.environment.calls import RowChange, ToolCall, ToolResult
from streamdial.environment.database import DomainDatabase, StatementRefused, diff_states, write_tables
from streamdial.environment.environment import EnvironmentRecord, build_environment
from streamdial.environment.faults import FaultRates, FaultyTools
from streamdial.environment.given_tables import build_knowledge, read_knowledge_file
from streamdial.environment.proposed_tools import ProposedTool, check_tool, propose_tools
from streamdial.environment.schema import Contents, DomainSchema, build_schema, fill_schema
from streamdial.environment.simulated_tools import SimulatedTool, SimulatedTools, load_simulated_tools
from streamdial.environment.tools import Tool, Toolbox
from streamdial.tooluse.agent import AgentPolicy, Speech
from streamdial.tooluse.conversion import convert_dialogue
from streamdial.tooluse.density import Density, measure_density, measure_leak
from streamdial.tooluse.direct import DirectToolAgent
from streamdial.tooluse.generator import Made, ToolDialogueMaker, ToolOptions
from streamdial.tooluse.loop import ToolEnvironment, adopt_turns, run_tool_dialogue
from streamdial.tooluse.messages import build_messages
from streamdial.tooluse.planned_agent import PlannedAgent
from streamdial.tooluse.planned_wording import PlannedWording
from streamdial.tooluse.plans import TaskOptions, TaskPlan
from streamdial.tooluse.policies import ToolAgentParts, ToolUserParts
from streamdial.tooluse.records import Act, Mode, Rubric, Step, TaskVerdict, TaskWish, ToolDialogue, ToolTask, ToolTurn
from streamdial.tooluse.sampled_personas import sample_user_personas
from streamdial.tooluse.simulator import UserPolicy, UserSimulator
from streamdial.tooluse.tasks import TaskMaker
from streamdial.tooluse.templates import build_tools, list_template_names
from streamdial.tooluse.verification import measure_pass_hat, verify_tasks
from streamdial.tooluse.wording import PhraseWording, Wording

__all__ = [
    "Act",
    "AgentPolicy",
    "Contents",
    "Density",
    "DirectToolAgent",
    "DomainDatabase",
    "DomainSchema",
    "EnvironmentRecord",
    "FaultRates",
    "FaultyTools",
    "Made",
    "Mode",
    "PhraseWording",
    "PlannedAgent",
    "PlannedWording",
    "ProposedTool",
    "RowChange",
    "Rubric",
    "SimulatedTool",
    "SimulatedTools",
    "Speech",
    "StatementRefused",
    "Step",
    "TaskMaker",
    "TaskOptions",
    "TaskPlan",
    "TaskVerdict",
    "TaskWish",
    "Tool",
    "ToolAgentParts",
    "ToolCall",
    "ToolDialogue",
    "ToolDialogueMaker",
    "ToolEnvironment",
    "ToolOptions",
    "ToolResult",
    "ToolTask",
    "ToolTurn",
    "ToolUserParts",
    "Toolbox",
    "UserPolicy",
    "UserSimulator",
    "Wording",
    "adopt_turns",
    "build_environment",
    "build_knowledge",
    "build_messages",
    "build_schema",
    "build_tools",
    "check_tool",
    "convert_dialogue",
    "diff_states",
    "fill_schema",
    "list_template_names",
    "load_simulated_tools",
    "measure_density",
    "measure_leak",
    "measure_pass_hat",
    "propose_tools",
    "read_knowledge_file",
    "run_tool_dialogue",
    "sample_user_personas",
    "verify_tasks",
    "write_tables",
]

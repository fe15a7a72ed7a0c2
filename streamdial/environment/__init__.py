"""The executable environment: a database of what can be had, when and on which terms, and the tools over it."""

from streamdial.environment.calls import AnsweredCall, Fault, Origin, RowChange, ToolCall, ToolFailure, ToolResult
from streamdial.environment.database import DomainDatabase, StatementRefused, diff_states, write_tables
from streamdial.environment.environment import EnvironmentRecord, build_environment
from streamdial.environment.external_tools import ExternalTool, ExternalTools, load_external_tools
from streamdial.environment.faults import FaultRates, FaultyTools
from streamdial.environment.given_tables import build_knowledge, read_knowledge_file
from streamdial.environment.proposed_tools import ProposedTool, check_tool, propose_tools
from streamdial.environment.schema import Contents, DomainSchema, build_schema, fill_schema
from streamdial.environment.simulated_tools import SimulatedTool, SimulatedTools, load_simulated_tools
from streamdial.environment.templates import build_template_tools
from streamdial.environment.tools import Tool, Toolbox

__all__ = [
    "AnsweredCall",
    "Contents",
    "DomainDatabase",
    "DomainSchema",
    "EnvironmentRecord",
    "ExternalTool",
    "ExternalTools",
    "Fault",
    "FaultRates",
    "FaultyTools",
    "Origin",
    "ProposedTool",
    "RowChange",
    "SimulatedTool",
    "SimulatedTools",
    "StatementRefused",
    "Tool",
    "ToolCall",
    "ToolFailure",
    "ToolResult",
    "Toolbox",
    "build_environment",
    "build_knowledge",
    "build_schema",
    "build_template_tools",
    "check_tool",
    "diff_states",
    "fill_schema",
    "load_external_tools",
    "load_simulated_tools",
    "propose_tools",
    "read_knowledge_file",
    "write_tables",
]

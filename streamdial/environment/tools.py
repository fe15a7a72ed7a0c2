"""Tools: functions over the database, one parameterised statement each, with guards that say why a call is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal, Protocol

import jsonschema  # type: ignore[import-untyped]
from pydantic import Field, JsonValue

from streamdial.environment.calls import Origin, ToolCall, ToolFailure, ToolResult, fail_call
from streamdial.environment.database import DomainDatabase, StatementRefused
from streamdial.environment.schema import ColumnType, Row, Scalar
from streamdial.errors import ConfigurationError
from streamdial.ids import dump_canonical_json
from streamdial.records import FrozenModel

REPLY = "reply"
"""Name of the function by which an agent speaks; no tool may have it."""
Purpose = Literal[
    "search", "details", "compare", "availability", "list", "hold", "book", "change", "cancel", "waitlist", "other"
]
_JSON_TYPES: dict[ColumnType, str] = {"text": "string", "integer": "integer", "real": "number"}
_PYTHON_TYPES: dict[ColumnType, tuple[type, ...]] = {"text": (str,), "integer": (int,), "real": (float, int)}


class Parameter(FrozenModel):
    """One argument of a tool."""

    name: str
    type: ColumnType
    description: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    """What it may be, where that is a closed list."""


class ResultField(FrozenModel):
    """One column of a tool's result."""

    name: str
    type: ColumnType


class Guard(FrozenModel):
    """A condition a call must meet before the tool's own statement is executed."""

    reason: str
    """Kind of the failure: `unknown_entity`, `sold_out`, ..."""
    message: str
    sql: str
    """A reading statement; the guard lets pass if its first value is true."""


class Tool(FrozenModel):
    """A function the agent may call."""

    name: str
    description: str
    purpose: Purpose = "other"
    parameters: tuple[Parameter, ...] = ()
    returns: tuple[ResultField, ...] = Field(min_length=1)
    writes: bool = False
    guards: tuple[Guard, ...] = ()
    sql: str
    origin: Origin = "template"

    def to_openai(self) -> dict[str, JsonValue]:
        """Return the function as the OpenAI chat format describes it to a model."""
        return describe_function(self.name, self.description, self.parameters)

    @cached_property
    def _validator(self) -> Any:  # noqa: ANN401
        return build_validator(self.parameters)

    def find_wrong_argument(self, arguments: Mapping[str, JsonValue]) -> str:
        """Return what is wrong with the arguments of a call, or an empty text."""
        return _find_error(self._validator, arguments)

    def execute(self, values: Mapping[str, Scalar], database: DomainDatabase) -> list[Row] | ToolFailure:
        """Return the rows of a call with valid arguments, or why there are none.

        Values are bound and never become part of a statement; parameters that were left out are NULL.

        Raises:
            StatementRefused: If the statement is not executed; `check_tool` finds this before a tool is used.
        """
        bound: dict[str, Scalar] = {parameter.name: values.get(parameter.name) for parameter in self.parameters}
        for guard in self.guards:
            rows = database.execute(guard.sql, bound)
            if not rows or not next(iter(rows[0].values())):
                return ToolFailure(kind=guard.reason, message=guard.message)
        rows = database.execute(self.sql, bound, writes=self.writes)
        if wrong := find_untyped(rows, self.returns):
            raise StatementRefused("untyped", wrong)
        return rows


class ToolSide(Protocol):
    """Whatever answers calls: a toolbox, one with faults, one with simulated tools beside."""

    def describe(self) -> tuple[dict[str, JsonValue], ...]:
        """Return all functions in the OpenAI format."""
        ...

    async def call(self, call: ToolCall, database: DomainDatabase) -> ToolResult:
        """Answer a call."""
        ...


class Toolbox:
    """The tools of one dialogue.

    Args:
        tools: Their names must differ.

    Raises:
        ConfigurationError: If two have one name.
    """

    def __init__(self, tools: Iterable[Tool]) -> None:
        self.tools = tuple(tools)
        self._by_name = {tool.name: tool for tool in self.tools}
        if len(self._by_name) < len(self.tools):
            raise ConfigurationError("two tools have one name.", fix="rename or leave out one of them")

    def get(self, name: str) -> Tool | None:
        """Return the tool of a name, or None."""
        return self._by_name.get(name)

    def find(self, purpose: Purpose) -> Tool:
        """Return the first tool that serves a purpose.

        Raises:
            ConfigurationError: If there is none.
        """
        for tool in self.tools:
            if tool.purpose == purpose:
                return tool
        raise ConfigurationError(f"no tool serves the purpose {purpose!r}.", fix="add the tools of `build_tools`")

    def describe(self) -> tuple[dict[str, JsonValue], ...]:
        """Return all functions in the OpenAI format."""
        return tuple(tool.to_openai() for tool in self.tools)

    def execute(self, call: ToolCall, database: DomainDatabase) -> ToolResult:
        """Return the result of a call; whatever is wrong with it is a failure in the result, as an agent sees it."""
        tool = self.get(call.name)
        if tool is None:
            message = f"there is no function {call.name!r}"
            return fail_call(call, ToolFailure(kind="unknown_tool", message=message))
        if wrong := tool.find_wrong_argument(call.arguments):
            return fail_call(call, ToolFailure(kind="invalid_arguments", message=wrong), tool.origin)
        values = {name: value for name, value in call.arguments.items() if isinstance(value, str | int | float)}
        try:
            outcome = tool.execute(values, database)
        except StatementRefused as error:
            outcome = ToolFailure(kind=error.reason, message=str(error))
        if isinstance(outcome, ToolFailure):
            return fail_call(call, outcome, tool.origin)
        rows = tuple(dict[str, JsonValue](row) for row in outcome)
        return ToolResult(call_id=call.id, name=call.name, rows=rows, origin=tool.origin)

    async def call(self, call: ToolCall, database: DomainDatabase) -> ToolResult:
        """Answer a call as `execute` does."""
        return self.execute(call, database)


def describe_function(name: str, description: str, parameters: Iterable[Parameter]) -> dict[str, JsonValue]:
    """Return a function as the OpenAI chat format describes it."""
    listed = tuple(parameters)
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": build_argument_schema(listed)},
    }


def build_argument_schema(parameters: tuple[Parameter, ...]) -> dict[str, JsonValue]:
    """Return the JSON schema of a call's arguments."""
    properties: dict[str, JsonValue] = {}
    for parameter in parameters:
        described: dict[str, JsonValue] = {"type": _JSON_TYPES[parameter.type]}
        if parameter.description:
            described["description"] = parameter.description
        if parameter.values:
            described["enum"] = list(parameter.values)
        properties[parameter.name] = described
    return {
        "type": "object",
        "properties": properties,
        "required": [parameter.name for parameter in parameters if parameter.required],
        "additionalProperties": False,
    }


def find_wrong_argument(parameters: tuple[Parameter, ...], arguments: Mapping[str, JsonValue]) -> str:
    """Return what is wrong with the arguments of a call, by the parameters' schema, or an empty text."""
    return _find_error(build_validator(parameters), arguments)


def build_validator(parameters: tuple[Parameter, ...]) -> Any:  # noqa: ANN401
    """Return the jsonschema validator of a call's arguments."""
    return jsonschema.Draft202012Validator(build_argument_schema(parameters))


def _find_error(validator: Any, arguments: Mapping[str, JsonValue]) -> str:  # noqa: ANN401
    error = next(validator.iter_errors(dict(arguments)), None)
    return str(error.message) if error is not None else ""


def find_untyped(rows: Iterable[Row], returns: tuple[ResultField, ...]) -> str:
    """Return what in rows is not as declared, or an empty text. NULL fits every type."""
    for row in rows:
        if list(row) != [field.name for field in returns]:
            return f"the columns are {', '.join(row)}; declared are {', '.join(field.name for field in returns)}"
        for field in returns:
            value = row[field.name]
            if value is not None and not isinstance(value, _PYTHON_TYPES[field.type]):
                return f"{field.name} is {value!r}, which is no {field.type}"
    return ""


def dump_result(result: ToolResult) -> str:
    """Return a result as the text of a tool message."""
    return dump_canonical_json(result.to_content())

"""Tools of one's own beside those of the database: Python functions, or the operations of an OpenAPI file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from pydantic import JsonValue

from streamdial.environment.calls import ToolCall, ToolFailure, ToolResult, fail_call
from streamdial.environment.database import DomainDatabase
from streamdial.environment.tools import REPLY, ToolSide
from streamdial.errors import ConfigurationError
from streamdial.privacy import mask_personal_data

SECONDS = 30.0
"""How long a tool may take."""
MAX_ROWS = 50
"""Rows of an answer that are kept."""
MAX_TEXT = 2_000
"""Characters of a cell that are kept."""
_ENDINGS = {".py": "a Python file of functions", ".json": "an OpenAPI file", ".yaml": "an OpenAPI file"}


@dataclass(frozen=True)
class ExternalTool:
    """A function of one's own.

    Attributes:
        name: What it is called by: letters, digits, `_` and `-`.
        description: What it is for, as a model reads it.
        schema: JSON schema of its arguments, an object.
        run: Answers a call: a list, an object or a single value; what it raises is a failure.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    run: Callable[[dict[str, Any]], Awaitable[Any]] = field(compare=False)

    def to_openai(self) -> dict[str, JsonValue]:
        """Return the function as the OpenAI chat format describes it to a model."""
        described: dict[str, JsonValue] = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.schema),
        }
        return {"type": "function", "function": described}

    @cached_property
    def _validator(self) -> Any:  # noqa: ANN401
        return jsonschema.Draft202012Validator(self.schema)

    def find_wrong_argument(self, arguments: Mapping[str, JsonValue]) -> str:
        """Return what is wrong with the arguments of a call, or an empty text."""
        error = next(self._validator.iter_errors(dict(arguments)), None)
        return str(error.message) if error is not None else ""


class ToolCallFailed(Exception):
    """A tool of one's own cannot answer.

    Args:
        kind: Of the failure, as the agent is told.
        message: What went wrong.
        transient: Whether the same call may succeed when it is made again.
    """

    def __init__(self, kind: str, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.transient = transient


class ExternalTools:
    """Tools with some of one's own beside them, whose results have the origin `external`.

    They are really called, for every dialogue anew; what they do outside is not undone, and no rubric rests on them.

    Args:
        inner: The tools that answer all other calls.
        tools: Those of one's own.
    """

    def __init__(self, inner: ToolSide, tools: Iterable[ExternalTool]) -> None:
        self._inner = inner
        self._tools = {tool.name: tool for tool in tools}

    def describe(self) -> tuple[dict[str, JsonValue], ...]:
        """Return all functions in the OpenAI format, those of one's own last."""
        return (*self._inner.describe(), *(tool.to_openai() for tool in self._tools.values()))

    async def call(self, call: ToolCall, database: DomainDatabase) -> ToolResult:
        """Answer a call; whatever goes wrong is a failure in the result. Personal data in answers are masked."""
        tool = self._tools.get(call.name)
        if tool is None:
            return await self._inner.call(call, database)
        try:
            if wrong := tool.find_wrong_argument(call.arguments):
                return _fail(call, "invalid_arguments", wrong)
            answer = await asyncio.wait_for(tool.run(dict(call.arguments)), SECONDS)
        except TimeoutError:
            return _fail(call, "timeout", f"no answer within {SECONDS:g} seconds", transient=True)
        except ToolCallFailed as error:
            return _fail(call, error.kind, str(error), transient=error.transient)
        except Exception as error:  # whatever the code of others raises, the agent is told
            return _fail(call, "error", f"{type(error).__name__}: {error}")
        return ToolResult(call_id=call.id, name=call.name, rows=_list_rows(answer), origin="external")


def load_external_tools(path: Path, taken: Collection[str] = (), url: str = "") -> tuple[ExternalTool, ...]:
    """Return the tools of a file: the public functions of a Python file, or the operations of an OpenAPI file.

    Args:
        path: The file; its ending says which it is.
        taken: Names of the tools there are beside; the one the agent speaks by is taken anyway.
        url: Address the operations are called at; that of the file if empty.

    Raises:
        ConfigurationError: If the file cannot be used, or a name is taken.
    """
    from streamdial.environment.openapi_tools import read_openapi
    from streamdial.environment.python_tools import read_functions

    if path.suffix.lower() not in (*_ENDINGS, ".yml"):
        told = ", ".join(f"{ending} ({what})" for ending, what in _ENDINGS.items())
        raise refuse_tools(path, f"it ends in {path.suffix or 'nothing'}; known are {told}")
    tools = read_functions(path) if path.suffix.lower() == ".py" else read_openapi(path, url)
    if not tools:
        raise refuse_tools(path, "it has no tools: no public function, or no operation")
    names = [tool.name for tool in tools]
    for name in names:
        if name in taken or name == REPLY or names.count(name) > 1:
            raise refuse_tools(path, f"{name!r} is the name of another tool")
    return tools


def refuse_tools(path: Path, reason: str) -> ConfigurationError:
    """Return the error of a file of tools that cannot be used."""
    return ConfigurationError(f"--external-tools: {path.name} cannot be used: {reason}.", fix="see docs/tooluse.md")


def _list_rows(answer: Any) -> tuple[dict[str, JsonValue], ...]:  # noqa: ANN401
    """Return an answer as rows: a list has one for each item, anything else is one."""
    items = answer if isinstance(answer, list | tuple) else [answer]
    return tuple(_clean(item if isinstance(item, dict) else {"value": item}) for item in items[:MAX_ROWS])


def _clean(value: Any) -> Any:  # noqa: ANN401
    """Return a value as JSON has it, with personal data masked."""
    if isinstance(value, Mapping):
        return {str(_clean(str(key))): _clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(part) for part in value]
    text = str(value)[:MAX_TEXT]
    masked = mask_personal_data(text, keep_public_addresses=True)
    if value is None or (isinstance(value, bool | int | float) and masked == text):
        return value
    return masked


def _fail(call: ToolCall, kind: str, message: str, *, transient: bool = False) -> ToolResult:
    told = mask_personal_data(message[:300], keep_public_addresses=True)
    return fail_call(call, ToolFailure(kind=kind, message=told, transient=transient), "external")

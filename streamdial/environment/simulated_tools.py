"""Simulated tools: a model invents the answer under a contract; there is no database behind them, and they say so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)

from streamdial.environment.calls import AnsweredCall, ToolCall, ToolFailure, ToolResult, fail_call
from streamdial.environment.database import DomainDatabase
from streamdial.environment.tools import REPLY, Parameter, ResultField, Toolbox, describe_function, find_wrong_argument
from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.models import ChatMessage, ChatModel, ChatRequest
from streamdial.models.structured import try_structured
from streamdial.prompts import render_prompt
from streamdial.records import FrozenModel, Language

_TYPES: dict[str, Any] = {"text": str, "integer": int, "real": float}
MAX_TOKENS = 500


class SimulatedTool(FrozenModel):
    """A function of which a model gives the answers."""

    name: str = Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_-]{0,63}$")
    description: str
    parameters: tuple[Parameter, ...] = ()
    returns: tuple[ResultField, ...] = Field(min_length=1)
    most_rows: int = Field(default=3, ge=1)
    rules: tuple[str, ...] = ()
    """What every answer must keep to, in words: "temperatures in Celsius"."""

    @model_validator(mode="after")
    def require_plain_names(self) -> SimulatedTool:
        """Refuse names no contract can be made of, and names that come twice."""
        for listed in (self.parameters, self.returns):
            names = [field.name for field in listed]
            for name in names:
                if not name.isidentifier() or name.startswith(("_", "model_")):
                    raise ValueError(f"{name!r} is no plain name")
                if names.count(name) > 1:
                    raise ValueError(f"{name!r} comes twice")
        return self

    def to_openai(self) -> dict[str, JsonValue]:
        """Return the function as the OpenAI chat format describes it to a model."""
        return describe_function(self.name, self.description, self.parameters)


class SimulatedTools:
    """A toolbox with simulated tools beside it.

    Results of simulated tools have the origin `simulated`, in every record; they never read or change the database.
    The same call gets the same answer all through a dialogue, see `begin`.

    Args:
        toolbox: The tools with a database behind them; they answer all other calls.
        tools: The simulated ones.
        model: The model that invents the answers.
        language: Language of the answers.
        seed: Seed of the dialogue.

    Raises:
        ConfigurationError: If a simulated tool has the name of another one.
    """

    def __init__(
        self, toolbox: Toolbox, tools: tuple[SimulatedTool, ...], model: ChatModel, language: Language, seed: int = 0
    ) -> None:
        self.toolbox = toolbox
        self._tools = {tool.name: tool for tool in tools}
        if len(self._tools) < len(tools) or any(toolbox.get(name) for name in self._tools):
            raise ConfigurationError("a simulated tool has the name of another one.", fix="rename it")
        self._model = model
        self._language: Language = language
        self._seed = seed
        self._answers: dict[str, tuple[dict[str, JsonValue], ...]] = {}

    def begin(self, steps: Iterable[AnsweredCall], seed: int) -> SimulatedTools:
        """Return the same tools for a dialogue of its own, which knows the answers of its history and no others.

        Args:
            steps: What was called before, where a dialogue is continued.
            seed: Seed of the dialogue: others, and other trials of its plan, get answers of their own.
        """
        fresh = SimulatedTools(self.toolbox, tuple(self._tools.values()), self._model, self._language, seed)
        for step in steps:
            if step.result.origin == "simulated" and step.result.failure is None:
                fresh._answers[_name_call(step.call)] = step.result.rows
        return fresh

    def describe(self) -> tuple[dict[str, JsonValue], ...]:
        """Return all functions in the OpenAI format, the simulated ones last."""
        return (*self.toolbox.describe(), *(tool.to_openai() for tool in self._tools.values()))

    async def call(self, call: ToolCall, database: DomainDatabase) -> ToolResult:
        """Answer a call; an answer that breaks the contract twice is a failure of kind `contract_broken`.

        Raises:
            ModelError: If the call to the model itself fails.
        """
        tool = self._tools.get(call.name)
        if tool is None:
            return await self.toolbox.call(call, database)
        if wrong := find_wrong_argument(tool.parameters, call.arguments):
            return self._fail(call, "invalid_arguments", wrong)
        asked = _name_call(call)
        if asked not in self._answers:
            answer = await try_structured(self._model, self._build_request(tool, asked), _build_contract(tool))
            if answer is None:
                return self._fail(call, "contract_broken", "the service gave no usable answer")
            self._answers[asked] = tuple(answer.model_dump()["rows"])
        return ToolResult(call_id=call.id, name=call.name, rows=self._answers[asked], origin="simulated")

    def _build_request(self, tool: SimulatedTool, asked: str) -> ChatRequest:
        prompt = render_prompt(
            "tooluse_simulate",
            self._language,
            name=tool.name,
            description=tool.description,
            fields=[(field.name, field.type) for field in tool.returns],
            rules=tool.rules,
            most=tool.most_rows,
            arguments=asked,
            earlier=[f"{key} -> {dump_canonical_json(list(rows))}" for key, rows in self._answers.items()],
        )
        seed = (self._seed * 7919 + int(hash_text(asked)[:6], 16)) % 2**31
        return ChatRequest(
            messages=(ChatMessage(role="user", content=prompt),),
            max_tokens=MAX_TOKENS,
            seed=seed,
            purpose="simulated_tool",
        )

    def _fail(self, call: ToolCall, kind: str, message: str) -> ToolResult:
        return fail_call(call, ToolFailure(kind=kind, message=message), "simulated")


def load_simulated_tools(path: Path, taken: Collection[str] = ()) -> tuple[SimulatedTool, ...]:
    """Return the simulated tools of a YAML file: a list of name, description, parameters, returns and rules.

    Args:
        path: The file.
        taken: Names of the tools there are beside; the one the agent speaks by is taken anyway.

    Raises:
        ConfigurationError: If the file cannot be used, or a name is taken.
    """
    try:
        listed = load_yaml(path.read_text(encoding="utf-8"))
        tools = TypeAdapter(tuple[SimulatedTool, ...]).validate_python(listed)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise _refuse(path, f"{place}: {reason}" if place else reason) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _refuse(path, " ".join(str(error).split())) from error
    names = [tool.name for tool in tools]
    for name in names:
        if name in taken or name == REPLY or names.count(name) > 1:
            raise _refuse(path, f"{name!r} is the name of another tool")
    return tools


def _refuse(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"--simulated-tools: {path.name} cannot be used: {reason}.", fix="see docs/tooluse.md for the form"
    )


def _name_call(call: ToolCall) -> str:
    return dump_canonical_json([call.name, call.arguments])


@lru_cache(maxsize=64)
def _build_contract(tool: SimulatedTool) -> type[BaseModel]:
    strict = ConfigDict(extra="forbid")
    fields: dict[str, Any] = {field.name: (_TYPES[field.type], ...) for field in tool.returns}
    row: Any = create_model("SimulatedRow", __config__=strict, **fields)
    return create_model("SimulatedAnswer", __config__=strict, rows=(list[row], Field(max_length=tool.most_rows)))

"""Fault injection: tool errors, empty results and timeouts, at set rates and by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterable

from pydantic import ConfigDict, Field, JsonValue

from streamdial.environment.calls import AnsweredCall, Fault, ToolCall, ToolFailure, ToolResult
from streamdial.environment.database import DomainDatabase
from streamdial.environment.tools import ToolSide
from streamdial.ids import dump_canonical_json
from streamdial.records import FrozenModel, Language

_MESSAGES: dict[Language, dict[str, str]] = {
    "en": {"error": "the service is not available at the moment", "timeout": "the service did not answer in time"},
    "zh": {"error": "服务暂时不可用", "timeout": "服务未在规定时间内响应"},
}
_KINDS = {"error": "unavailable", "timeout": "timeout"}


class FaultRates(FrozenModel):
    """How often a call goes wrong, 0 to 1 each; together at most 1."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    error: float = Field(default=0.0, ge=0, le=1)
    timeout: float = Field(default=0.0, ge=0, le=1)
    empty: float = Field(default=0.0, ge=0, le=1)
    """Of searches alone: a result without rows, though there are some."""
    most_in_a_row: int = Field(default=2, ge=0)
    """Maximum number of faults in a row of one and the same call, so that trying again helps in the end."""
    timeout_seconds: float = Field(default=10.0, gt=0)
    """Seconds a call that timed out is said to have taken; nobody waits for them."""


class FaultyTools:
    """Tools that fail now and then.

    A call that fails is not executed: nothing is written, so that the state stays what the agent was told. A fault is
    drawn by the seed and the call's id, so a dialogue that is continued meets the same ones.

    Args:
        inner: The tools themselves.
        rates: How often what goes wrong.
        seed: Seed of the dialogue.
        searches: Names of the tools that may come back empty.
        steps: What was called before, where a dialogue is continued.
        language: Language of the messages.
    """

    def __init__(
        self,
        inner: ToolSide,
        rates: FaultRates,
        seed: int,
        *,
        searches: Iterable[str],
        steps: Iterable[AnsweredCall] = (),
        language: Language = "en",
    ) -> None:
        self._messages = _MESSAGES[language]
        self._inner = inner
        self._rates = rates
        self._seed = seed
        self._searches = frozenset(searches)
        self._in_a_row: dict[str, int] = {}
        for step in steps:
            self._note(step.call, step.result.fault)

    def describe(self) -> tuple[dict[str, JsonValue], ...]:
        """Return all functions in the OpenAI format."""
        return self._inner.describe()

    async def call(self, call: ToolCall, database: DomainDatabase) -> ToolResult:
        """Answer a call, or let it fail."""
        fault = self._draw(call)
        self._note(call, fault)
        if fault is None:
            return await self._inner.call(call, database)
        if fault == "empty":
            return ToolResult(call_id=call.id, name=call.name, fault=fault)
        failure = ToolFailure(kind=_KINDS[fault], message=self._messages[fault], transient=True)
        seconds = self._rates.timeout_seconds if fault == "timeout" else 0.0
        return ToolResult(call_id=call.id, name=call.name, failure=failure, fault=fault, seconds=seconds)

    def _draw(self, call: ToolCall) -> Fault | None:
        rates = self._rates
        if self._in_a_row.get(_name_call(call), 0) >= rates.most_in_a_row:
            return None
        drawn = random.Random(f"{self._seed}:{call.id}").random()
        if drawn < rates.error:
            return "error"
        if drawn < rates.error + rates.timeout:
            return "timeout"
        if drawn < rates.error + rates.timeout + rates.empty and call.name in self._searches:
            return "empty"
        return None

    def _note(self, call: ToolCall, fault: Fault | None) -> None:
        name = _name_call(call)
        self._in_a_row[name] = self._in_a_row.get(name, 0) + 1 if fault is not None else 0


def _name_call(call: ToolCall) -> str:
    return dump_canonical_json([call.name, call.arguments])

"""A tool call, its result, and the rows of the database it changes."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from pydantic import Field, JsonValue

from streamdial.environment.schema import Scalar
from streamdial.records import FrozenModel

Fault = Literal["error", "empty", "timeout"]
Origin = Literal["template", "model", "simulated", "external"]


class RowChange(FrozenModel):
    """A row that differs between two states of a database."""

    table: str
    key: str
    """Value of the table's first column."""
    before: dict[str, Scalar] | None
    """None for a new row."""
    after: dict[str, Scalar] | None
    """None for a row that is gone."""


class ToolCall(FrozenModel):
    """A call of a tool, as the agent made it."""

    id: str
    name: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class ToolFailure(FrozenModel):
    """Why a call returned no result."""

    kind: str
    """`timeout`, `unavailable`, `invalid_arguments`, `unknown_tool`, or the reason of one of the tool's guards."""
    message: str
    transient: bool = False
    """Whether the same call may succeed when it is made again."""


class ToolResult(FrozenModel):
    """What a call returned: rows, or why there are none."""

    call_id: str
    name: str
    rows: tuple[dict[str, JsonValue], ...] = ()
    failure: ToolFailure | None = None
    origin: Origin = "template"
    """`simulated`: a model made the answer up under a contract, and no database stands behind it. `external`: it came
    from a function or service of the user's."""
    fault: Fault | None = None
    """What was made to go wrong on purpose."""
    seconds: float = 0.0
    """How long a call that timed out is said to have taken."""

    @property
    def repeatable(self) -> bool:
        """Whether the database gives it again: neither made up nor from elsewhere."""
        return self.origin in ("template", "model")

    def to_content(self) -> dict[str, Any]:
        """Return what the agent is shown of it."""
        if self.failure is not None:
            return {"error": self.failure.kind, "message": self.failure.message}
        return {"results": list(self.rows)}


class AnsweredCall(Protocol):
    """A call with its result; whoever makes calls keeps more beside it."""

    @property
    def call(self) -> ToolCall:
        """What was called."""
        ...

    @property
    def result(self) -> ToolResult:
        """What came back."""
        ...


def fail_call(call: ToolCall, failure: ToolFailure, origin: Origin = "template") -> ToolResult:
    """Return the result of a call that returned nothing, with the reason."""
    return ToolResult(call_id=call.id, name=call.name, failure=failure, origin=origin)

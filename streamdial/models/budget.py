"""Budgets of tokens and money, for the run and by phase, reserved before each call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from streamdial.errors import ModelError

Phase = Literal["signals", "personas", "blueprints", "dialogues", "evaluation"]
PHASES: dict[str, Phase] = {
    "correction": "signals",
    "strategy": "signals",
    "knowledge": "signals",
    "message_kinds": "signals",
    "persona": "personas",
    "blueprint": "blueprints",
    "user_turn": "dialogues",
    "agent_turn": "dialogues",
    "dialogue": "dialogues",
    "stage": "dialogues",
    "review": "dialogues",
    "tools": "dialogues",
    "simulated_tool": "dialogues",
}
"""The phase a call belongs to, by its purpose; judges and whatever else come under `evaluation`."""


def find_phase(purpose: str) -> Phase:
    """Return the phase a call's purpose belongs to."""
    return PHASES.get(purpose, "evaluation")


class Price(NamedTuple):
    """US dollars for a million tokens."""

    prompt: float
    completion: float

    def compute(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return US dollars for a call."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


class Allowance(NamedTuple):
    """What may be used; None for no limit."""

    tokens: int | None = None
    dollars: float | None = None


class Cost(NamedTuple):
    """What a call costs, or is feared to."""

    tokens: int = 0
    dollars: float = 0.0


@dataclass
class _Account:
    allowance: Allowance
    tokens: int = 0
    dollars: float = 0.0
    reserved_tokens: int = 0
    reserved_dollars: float = 0.0

    def lacks(self, cost: Cost) -> str:
        tokens, dollars = self.allowance
        if tokens is not None and self.tokens + self.reserved_tokens + cost.tokens > tokens:
            return f"token budget of {tokens:,} is used up ({self.tokens:,} used)"
        # Where no price is known nothing can be reserved: then it stops after it was spent, not before.
        if dollars is not None and (
            self.dollars >= dollars or self.dollars + self.reserved_dollars + cost.dollars > dollars + 1e-9
        ):
            return f"budget of ${dollars:g} is used up (${self.dollars:.4g} used)"
        return ""


@dataclass
class Budget:
    """Tokens and US dollars a run may use; reserved before a call, corrected after it.

    Attributes:
        allowance: For the run as a whole.
        by_phase: For single phases, beside that.
    """

    allowance: Allowance = field(default_factory=Allowance)
    by_phase: Mapping[Phase, Allowance] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._whole = _Account(self.allowance)
        self._phases = {phase: _Account(allowance) for phase, allowance in self.by_phase.items()}

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        accounts = (self._whole, *self._phases.values())
        return any(limit is not None for account in accounts for limit in account.allowance)

    @property
    def used(self) -> Cost:
        """What was used so far."""
        return Cost(self._whole.tokens, self._whole.dollars)

    @property
    def reserved(self) -> Cost:
        """What is set aside for calls in flight."""
        return Cost(self._whole.reserved_tokens, self._whole.reserved_dollars)

    def _list(self, purpose: str) -> list[tuple[str, _Account]]:
        phase = find_phase(purpose)
        found = self._phases.get(phase)
        return [("the", self._whole), *([(f"the {phase} phase's", found)] if found else [])]

    def reserve(self, purpose: str, cost: Cost) -> None:
        """Set aside what a call may cost at most.

        Raises:
            ModelError: Of kind `budget`, if it is not left.
        """
        accounts = self._list(purpose)
        for name, account in accounts:
            if lacking := account.lacks(cost):
                raise ModelError(
                    f"{name} {lacking}",
                    transient=False,
                    kind="budget",
                    fix="raise --max-tokens or --max-cost and run the same command again; what is done stays",
                )
        for _, account in accounts:
            account.reserved_tokens += cost.tokens
            account.reserved_dollars += cost.dollars

    def settle(self, purpose: str, reserved: Cost, used: Cost) -> None:
        """Give a reservation back and book what the call really used (nothing, if it failed)."""
        for _, account in self._list(purpose):
            account.reserved_tokens -= reserved.tokens
            account.reserved_dollars = max(0.0, account.reserved_dollars - reserved.dollars)
        self.book(purpose, used)

    def book(self, purpose: str, used: Cost) -> None:
        """Book what was used, by this process or by an earlier one."""
        for _, account in self._list(purpose):
            account.tokens += used.tokens
            account.dollars += used.dollars

"""The gate before a model: budget, rates and calls in flight, which a call must be let through by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from streamdial.models.budget import Budget, Cost
from streamdial.models.limits import AdaptiveLimiter, TokenBucket


@dataclass
class Passage:
    """One try of a call that was let through.

    Attributes:
        used: Tokens it took; what was reserved beyond them is given back.
    """

    used: int = 0


class Gate(Protocol):
    """Lets calls through as money, tokens, rates and the calls in flight allow."""

    @property
    def maximum(self) -> int:
        """Maximum number of calls in flight at once, of all that pass this gate."""
        ...

    async def reserve(self, purpose: str, cost: Cost) -> None:
        """Set aside what a call may cost at most.

        Raises:
            ModelError: Of kind `budget`, if it is not left.
        """
        ...

    def settle(self, purpose: str, reserved: Cost, used: Cost) -> None:
        """Give a reservation back and book what the call really used."""
        ...

    def hold(self, rank: float, tokens: int) -> AbstractAsyncContextManager[Passage]:
        """Wait until one try may be made, and hold its place for the block.

        Args:
            rank: The lowest waiting one gets the next place.
            tokens: What it may take.
        """
        ...


class Limits(NamedTuple):
    """What a gate lets through.

    Attributes:
        concurrency: Maximum number of calls in flight at once.
        requests_per_minute: Calls a minute, tries included; None for no limit.
        tokens_per_minute: Tokens a minute, of prompts and answers; None for no limit.
    """

    concurrency: int
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class LocalGate:
    """The gate of one process.

    Args:
        budget: Tokens and money; shared with other gates.
        limits: Calls in flight and rates.
    """

    def __init__(self, budget: Budget, limits: Limits) -> None:
        self.limiter = AdaptiveLimiter(limits.concurrency)
        self._limits = limits
        self._budget = budget
        requests, tokens = limits.requests_per_minute, limits.tokens_per_minute
        self._requests = TokenBucket(requests) if requests else None
        self._tokens = TokenBucket(tokens) if tokens else None

    def resize(self, share: float) -> None:
        """Let only a share through of what the limits say: 0 to 1; with 0 everybody waits."""
        self.limiter.resize(round(share * self._limits.concurrency))
        if self._requests:
            self._requests.resize(share * (self._limits.requests_per_minute or 0))
        if self._tokens:
            self._tokens.resize(share * (self._limits.tokens_per_minute or 0))

    @property
    def maximum(self) -> int:
        """Maximum number of calls in flight at once."""
        return self.limiter.maximum

    async def reserve(self, purpose: str, cost: Cost) -> None:
        """Set aside what a call may cost at most; see `Gate.reserve`."""
        self._budget.reserve(purpose, cost)

    def settle(self, purpose: str, reserved: Cost, used: Cost) -> None:
        """Give a reservation back and book what was used."""
        self._budget.settle(purpose, reserved, used)

    @asynccontextmanager
    async def hold(self, rank: float, tokens: int) -> AsyncIterator[Passage]:
        """Wait until one try may be made; what the block raises decides how the limit of calls in flight moves."""
        if self._requests:
            await self._requests.take(1)
        if self._tokens:
            await self._tokens.take(tokens)
        passage = Passage()
        try:
            async with self.limiter.hold(rank):
                yield passage
        finally:
            if self._tokens:
                self._tokens.give_back(tokens - passage.used)

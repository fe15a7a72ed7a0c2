"""The gate before a model: budget, rates and calls in flight, which a call must be let through by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

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


class LocalGate:
    """The gate of one process.

    Args:
        budget: Tokens and money; shared with other gates.
        concurrency: Maximum number of calls in flight at once.
        requests_per_minute: Calls a minute, tries included; None for no limit.
        tokens_per_minute: Tokens a minute, of prompts and answers; None for no limit.
    """

    def __init__(
        self,
        budget: Budget,
        concurrency: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
    ) -> None:
        self.limiter = AdaptiveLimiter(concurrency)
        self._budget = budget
        self._requests = TokenBucket(requests_per_minute) if requests_per_minute else None
        self._tokens = TokenBucket(tokens_per_minute) if tokens_per_minute else None

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

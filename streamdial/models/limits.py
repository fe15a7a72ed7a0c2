"""How much may be asked of a model: calls at once, and money and tokens in all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streamdial.errors import ModelError


class AdaptiveLimiter:
    """Calls in flight, grown by success and halved by a rate limit (AIMD, as TCP's congestion control).

    Args:
        maximum: Most calls in flight at once.
    """

    def __init__(self, maximum: int) -> None:
        if maximum < 1:
            raise ValueError(f"maximum must be at least 1, got {maximum}")
        self.maximum = maximum
        self.limit = float(maximum)
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._halvings = 0

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Wait for a place, keep it for the block; what the block raises decides how the limit moves."""
        await self._acquire()
        halvings = self._halvings
        try:
            yield
        except ModelError as error:
            # A burst of refusals answers one and the same limit: only calls begun under it halve it.
            if error.kind == "rate_limit" and halvings == self._halvings:
                self.limit = max(1.0, self.limit / 2)
                self._halvings += 1
            raise
        else:
            self.limit = min(float(self.maximum), self.limit + 1 / self.limit)
        finally:
            self.in_flight -= 1
            self._wake()

    async def _acquire(self) -> None:
        if self.in_flight < int(self.limit) and not self._waiting:
            self.in_flight += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.in_flight -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self.in_flight < int(self.limit):
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(None)


@dataclass
class Budget:
    """Tokens and US dollars a run may use; reserved before a call, corrected after it.

    Attributes:
        tokens: Tokens in all, prompt and answer; None for no limit.
        dollars: US dollars in all; None for no limit.
    """

    tokens: int | None = None
    dollars: float | None = None
    used_tokens: int = 0
    used_dollars: float = 0.0
    reserved_tokens: int = 0

    def reserve(self, tokens: int) -> None:
        """Set tokens aside for a call.

        Raises:
            ModelError: Of kind `budget`, if they are not left.
        """
        if self.tokens is not None and self.used_tokens + self.reserved_tokens + tokens > self.tokens:
            raise ModelError(
                f"the token budget of {self.tokens} is used up ({self.used_tokens} used)",
                transient=False,
                kind="budget",
                fix="raise --max-tokens and run again; what is done stays",
            )
        if self.dollars is not None and self.used_dollars >= self.dollars:
            raise ModelError(
                f"the budget of ${self.dollars:g} is used up (${self.used_dollars:.2f} used)",
                transient=False,
                kind="budget",
                fix="raise --max-cost and run again; what is done stays",
            )
        self.reserved_tokens += tokens

    def settle(self, reserved: int, tokens: int, dollars: float) -> None:
        """Give a reservation back and book what the call really used (zeros if it failed)."""
        self.reserved_tokens -= reserved
        self.used_tokens += tokens
        self.used_dollars += dollars

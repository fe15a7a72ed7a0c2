"""Rate limits of a model: concurrent calls, and requests and tokens per minute."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamdial.errors import ModelError

TOLERATED_REFUSALS = 0.1
"""Share of refused calls a limit is kept at. A stray 429 slows nobody down but the call it answered."""
NO_RATE = 0.05
"""Seconds after which somebody without a share of a rate looks again."""
MIN_LOOK = 10
"""Minimum number of calls looked at before the limit is lowered."""


class AdaptiveLimiter:
    """Calls in flight, grown by success and lowered where the endpoint refuses more than now and then.

    As in TCP's congestion control the limit grows by one each round of successes and falls by a factor. But a refused
    call costs only itself here and is repeated, so single refusals are no reason to slow down: over each round of
    calls the share of refusals is looked at, and the limit falls by that share where it is over
    `TOLERATED_REFUSALS`, at most to half.

    Args:
        maximum: Maximum number of calls in flight at once.
    """

    def __init__(self, maximum: int) -> None:
        if maximum < 1:
            raise ValueError(f"maximum must be at least 1, got {maximum}")
        self.maximum = maximum
        self.limit = float(maximum)
        self.in_flight = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._asked = 0
        self._answered = 0
        self._refused = 0

    def resize(self, maximum: int) -> None:
        """Allow another number of calls at once; with 0 all wait. What is in flight stays so."""
        self.limit = float(maximum) if self.limit >= self.maximum else min(self.limit, float(maximum))
        self.maximum = maximum
        self._wake()

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return len(self._waiting)

    @asynccontextmanager
    async def hold(self, rank: float = 0.0) -> AsyncIterator[None]:
        """Wait for a place, keep it for the block; what the block raises decides how the limit moves.

        Args:
            rank: The lowest waiting one gets the next place, of equal ones who came first.
        """
        await self._acquire(rank)
        try:
            yield
        except ModelError as error:
            self._look(refused=error.kind == "rate_limit")
            raise
        else:
            self.limit = min(float(self.maximum), self.limit + 1 / max(1.0, self.limit))
            self._look(refused=False)
        finally:
            self.in_flight -= 1
            self._wake()

    def _look(self, *, refused: bool) -> None:
        self._answered += 1
        self._refused += refused
        if self._answered < max(MIN_LOOK, int(self.limit)):
            return
        share = self._refused / self._answered
        if share > TOLERATED_REFUSALS:
            self.limit = min(float(self.maximum), max(1.0, self.limit * max(0.5, 1 - share)))
        self._answered = self._refused = 0

    async def _acquire(self, rank: float) -> None:
        if self.in_flight < int(self.limit) and not self._waiting:
            self.in_flight += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked += 1
        heapq.heappush(self._waiting, (rank, self._asked, place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.in_flight -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self.in_flight < int(self.limit):
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                self.in_flight += 1
                place.set_result(None)


class TokenBucket:
    """So much a minute: whoever takes more than is there waits until it has flowed in (a token bucket).

    Args:
        per_minute: What flows in a minute; at first there is a tenth of it.
    """

    def __init__(self, per_minute: float) -> None:
        if per_minute <= 0:
            raise ValueError(f"per_minute must be above 0, got {per_minute:g}")
        self.rate = per_minute / 60
        self.capacity = max(1.0, per_minute / 10)
        self._level = self.capacity
        self._time: float | None = None

    async def take(self, amount: float) -> None:
        """Wait until an amount may be taken, in the order of asking; more than fits at once goes into debt."""
        now = asyncio.get_running_loop().time()
        if self._time is not None:
            self._level = min(self.capacity, self._level + (now - self._time) * self.rate)
        self._time = now
        # Taken at once and waited for afterwards: whoever comes later waits behind.
        self._level -= amount
        while self._level < 0 and not self.rate:
            await asyncio.sleep(NO_RATE)
        if self._level < 0:
            await asyncio.sleep(-self._level / self.rate)

    def resize(self, per_minute: float) -> None:
        """Let another amount flow in; what was taken stays taken, and of what is there no more than fits."""
        if self._time is not None:
            now = asyncio.get_running_loop().time()
            self._level, self._time = self._level + (now - self._time) * self.rate, now
        self.rate = per_minute / 60
        self.capacity = per_minute / 10
        self._level = min(self._level, self.capacity)

    def give_back(self, amount: float) -> None:
        """Return what was taken and not needed."""
        self._level = min(self.capacity, self._level + amount)

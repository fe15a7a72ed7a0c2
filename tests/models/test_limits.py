from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.errors import ModelError
from streamdial.models import AdaptiveLimiter, Budget


def rate_limit() -> ModelError:
    return ModelError("slow down", transient=True, kind="rate_limit")


class Watch:
    """Counts who is inside, by its own hand."""

    def __init__(self, limiter: AdaptiveLimiter) -> None:
        self.limiter = limiter
        self.inside = 0
        self.most = 0
        self.done = 0

    async def work(self, ticks: int, fault: Exception | None = None) -> None:
        async with self.limiter.hold():
            self.inside += 1
            self.most = max(self.most, self.inside)
            try:
                for _ in range(ticks):
                    await asyncio.sleep(0)
                if fault is not None:
                    raise fault
                self.done += 1
            finally:
                self.inside -= 1


JOB = st.tuples(st.integers(0, 4), st.sampled_from(["fine", "fine", "rate_limit", "server", "cancel"]))


@settings(max_examples=80, deadline=None)
@given(maximum=st.integers(1, 5), jobs=st.lists(JOB, min_size=1, max_size=25))
def test_never_more_are_in_flight_than_the_limit_and_no_place_leaks(maximum: int, jobs: list[tuple[int, str]]) -> None:
    async def run() -> None:
        limiter = AdaptiveLimiter(maximum)
        watch = Watch(limiter)
        faults = {"rate_limit": rate_limit(), "server": ModelError("x", transient=True, kind="server")}
        tasks = [asyncio.create_task(watch.work(ticks, faults.get(kind))) for ticks, kind in jobs]
        for (ticks, kind), task in zip(jobs, tasks, strict=True):
            if kind == "cancel":
                for _ in range(ticks):
                    await asyncio.sleep(0)
                task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert watch.most <= maximum
        assert limiter.in_flight == 0
        assert 1 <= limiter.limit <= maximum
        # Everybody who comes later still gets a place.
        later = [watch.work(1) for _ in range(maximum + 2)]
        before = watch.done
        await asyncio.wait_for(asyncio.gather(*later), 5)
        assert watch.done == before + maximum + 2

    asyncio.run(run())


async def test_a_rate_limit_halves_the_limit_and_successes_win_it_back() -> None:
    limiter = AdaptiveLimiter(8)
    with pytest.raises(ModelError):
        await Watch(limiter).work(0, rate_limit())
    assert limiter.limit == 4.0
    await Watch(limiter).work(0)
    assert limiter.limit == 4.25
    for _ in range(100):
        await Watch(limiter).work(0)
    assert limiter.limit == 8.0


async def test_other_failures_leave_the_limit_alone_and_it_never_falls_below_one() -> None:
    limiter = AdaptiveLimiter(2)
    with pytest.raises(ModelError):
        await Watch(limiter).work(0, ModelError("x", transient=True, kind="server"))
    assert limiter.limit == 2.0
    for _ in range(5):
        with pytest.raises(ModelError):
            await Watch(limiter).work(0, rate_limit())
    assert limiter.limit == 1.0


async def test_a_halved_limit_holds_for_those_who_wait() -> None:
    limiter = AdaptiveLimiter(4)
    watch = Watch(limiter)
    failing = [asyncio.create_task(watch.work(1, rate_limit())) for _ in range(4)]
    waiting = [asyncio.create_task(watch.work(3)) for _ in range(6)]
    await asyncio.gather(*failing, return_exceptions=True)
    watch.most = 0
    await asyncio.gather(*waiting)
    assert watch.most < 4


async def test_a_waiter_cancelled_just_as_it_gets_its_place_gives_it_on() -> None:
    limiter = AdaptiveLimiter(1)
    watch = Watch(limiter)
    async with limiter.hold():
        second = asyncio.create_task(watch.work(1))
        third = asyncio.create_task(watch.work(1))
        await asyncio.sleep(0)
    second.cancel()  # its place was set by leaving the block, but it has not run since
    await asyncio.gather(second, third, return_exceptions=True)
    assert (second.cancelled(), watch.done, limiter.in_flight) == (True, 1, 0)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        AdaptiveLimiter(0)


def test_a_budget_without_limits_lets_everything_pass() -> None:
    budget = Budget()
    budget.reserve(10**9)
    budget.settle(10**9, 5, 0.5)
    assert (budget.reserved_tokens, budget.used_tokens, budget.used_dollars) == (0, 5, 0.5)


def test_a_budget_used_to_the_last_token_is_not_overdrawn() -> None:
    budget = Budget(tokens=10)
    budget.reserve(10)
    with pytest.raises(ModelError, match="token budget of 10"):
        budget.reserve(1)

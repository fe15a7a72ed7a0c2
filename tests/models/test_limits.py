from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.errors import ModelError
from streamdial.models import AdaptiveLimiter, Allowance, Budget, Cost, TokenBucket


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


async def test_a_stray_rate_limit_slows_nobody_down() -> None:
    limiter = AdaptiveLimiter(20)
    for number in range(200):
        fault = rate_limit() if number % 20 == 0 else None
        await asyncio.gather(Watch(limiter).work(0, fault), return_exceptions=True)
    assert limiter.limit == 20.0


async def test_an_endpoint_that_refuses_half_of_its_calls_is_asked_half_as_much_and_then_more_again() -> None:
    limiter = AdaptiveLimiter(16)
    for number in range(16):
        fault = rate_limit() if number % 2 else None
        await asyncio.gather(Watch(limiter).work(0, fault), return_exceptions=True)
    assert limiter.limit == 8.0
    for _ in range(8):
        await Watch(limiter).work(0)
    assert 8.9 < limiter.limit < 9.0  # one more each round
    for _ in range(200):
        await Watch(limiter).work(0)
    assert limiter.limit == 16.0


async def test_other_failures_leave_the_limit_alone_and_it_never_falls_below_one() -> None:
    limiter = AdaptiveLimiter(2)
    for _ in range(30):
        with pytest.raises(ModelError):
            await Watch(limiter).work(0, ModelError("x", transient=True, kind="server"))
    assert limiter.limit == 2.0
    for _ in range(60):
        with pytest.raises(ModelError):
            await Watch(limiter).work(0, rate_limit())
    assert limiter.limit == 1.0


async def test_a_lowered_limit_holds_for_those_who_wait() -> None:
    limiter = AdaptiveLimiter(10)
    watch = Watch(limiter)
    failing = [asyncio.create_task(watch.work(1, rate_limit())) for _ in range(10)]
    waiting = [asyncio.create_task(watch.work(3)) for _ in range(12)]
    await asyncio.gather(*failing, return_exceptions=True)
    watch.most = 0
    await asyncio.gather(*waiting)
    assert watch.most <= 6


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
    budget.reserve("user_turn", Cost(10**9, 10.0))
    budget.settle("user_turn", Cost(10**9, 10.0), Cost(5, 0.5))
    assert (budget.reserved, budget.used, budget.limited) == (Cost(0, 0.0), Cost(5, 0.5), False)


def test_a_budget_used_to_the_last_token_is_not_overdrawn() -> None:
    budget = Budget(Allowance(tokens=10))
    budget.reserve("user_turn", Cost(10))
    with pytest.raises(ModelError, match="token budget of 10"):
        budget.reserve("user_turn", Cost(1))


def test_money_is_reserved_too_and_what_was_spent_before_counts() -> None:
    budget = Budget(Allowance(dollars=1.0))
    budget.book("persona", Cost(100, 0.4))
    budget.reserve("user_turn", Cost(10, 0.6))
    with pytest.raises(ModelError, match=r"budget of \$1 is used up \(\$0.4 used\)"):
        budget.reserve("user_turn", Cost(10, 0.01))
    budget.settle("user_turn", Cost(10, 0.6), Cost(5, 0.1))
    budget.reserve("user_turn", Cost(10, 0.5))


def test_a_phase_has_a_budget_of_its_own_beside_the_runs() -> None:
    budget = Budget(Allowance(tokens=100), {"dialogues": Allowance(tokens=20)})
    budget.reserve("persona", Cost(50))
    budget.reserve("user_turn", Cost(20))
    with pytest.raises(ModelError, match="the dialogues phase's token budget of 20") as failure:
        budget.reserve("agent_turn", Cost(1))
    assert failure.value.kind == "budget"
    with pytest.raises(ModelError, match="the token budget of 100"):
        budget.reserve("blueprint", Cost(31))
    assert budget.reserved == Cost(70)


@settings(max_examples=60, deadline=None)
@given(amounts=st.lists(st.floats(0.1, 400), min_size=1, max_size=40), per_minute=st.floats(60, 6000))
def test_a_bucket_lets_no_more_through_than_flows_in(amounts: list[float], per_minute: float) -> None:
    async def run() -> list[tuple[float, float]]:
        loop, passed = asyncio.get_running_loop(), []
        clock = {"now": 0.0}
        loop.time = lambda: clock["now"]  # type: ignore[method-assign]
        bucket = TokenBucket(per_minute)
        real = asyncio.sleep

        async def sleep(seconds: float) -> None:
            clock["now"] += seconds

        asyncio.sleep = sleep  # type: ignore[assignment]
        for amount in amounts:
            await bucket.take(amount)
            passed.append((clock["now"], amount))
        asyncio.sleep = real
        del loop.time
        return passed

    passed = asyncio.run(run())
    whole = 0.0
    for time, amount in passed:
        whole += amount
        assert whole <= max(1.0, per_minute / 10) + per_minute / 60 * time + 1e-6


def test_a_bucket_that_lets_nothing_through_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0, got 0"):
        TokenBucket(0)

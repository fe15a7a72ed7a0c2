from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest

from streamdial.errors import ModelError
from streamdial.models import (
    Allowance,
    Budget,
    CallCache,
    ChatMessage,
    ChatReply,
    ChatRequest,
    Cost,
    FunctionCall,
    ModelRuntime,
)
from streamdial.testing import ScriptedChatModel


def ask(text: str = "hello", **options: object) -> ChatRequest:
    return ChatRequest.model_validate({"messages": [ChatMessage(role="user", content=text)], **options})


def fail(kind: str, *, transient: bool, retry_after: float | None = None) -> ModelError:
    return ModelError(kind, transient=transient, kind=kind, retry_after=retry_after)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds the runtime slept, none of them really."""
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float, result: object = None) -> object:
        slept.append(seconds)
        return await real(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return slept


async def test_a_transient_failure_is_tried_again(pauses: list[float]) -> None:
    model = ScriptedChatModel([fail("server", transient=True), fail("timeout", transient=True), "at last"])
    runtime = ModelRuntime(model)
    assert (await runtime.complete(ask(purpose="user_turn"))).text == "at last"
    assert runtime.usage.retries == {"server": 1, "timeout": 1}
    assert runtime.usage.calls == {"user_turn": 1}
    assert len(pauses) == 2


async def test_a_lasting_failure_is_not_tried_again(pauses: list[float]) -> None:
    runtime = ModelRuntime(ScriptedChatModel([fail("request", transient=False)]))
    with pytest.raises(ModelError, match="request"):
        await runtime.complete(ask())
    assert (runtime.usage.failed, pauses) == (1, [])


async def test_tries_come_to_an_end(pauses: list[float]) -> None:
    model = ScriptedChatModel([fail("server", transient=True)] * 3)
    with pytest.raises(ModelError, match="server"):
        await ModelRuntime(model, attempts=3).complete(ask())
    assert (len(model.requests), len(pauses)) == (3, 2)


async def test_what_retry_after_asks_is_waited_even_beyond_the_longest_wait(pauses: list[float]) -> None:
    model = ScriptedChatModel([fail("rate_limit", transient=True, retry_after=71.0), "yes"])
    await ModelRuntime(model, longest_wait=2.0).complete(ask())
    assert pauses == [71.0]


async def test_without_retry_after_the_pause_is_random_and_bounded(pauses: list[float]) -> None:
    model = ScriptedChatModel([fail("server", transient=True)] * 9 + ["yes"])
    await ModelRuntime(model, attempts=10, longest_wait=2.0).complete(ask())
    assert max(pauses) <= 2.0
    assert len(set(pauses)) > 1


async def test_the_same_call_asked_twice_at_once_is_made_once() -> None:
    model = SlowModel()
    runtime = ModelRuntime(model)
    first, second = await asyncio.gather(runtime.complete(ask()), runtime.complete(ask()))
    assert (first, model.calls) == (second, 1)


class SlowModel:
    model_id = "slow"

    def __init__(self, fault: ModelError | None = None) -> None:
        self.calls = 0
        self._fault = fault

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.calls += 1
        await asyncio.sleep(0.02)
        if self._fault is not None:
            raise self._fault
        return ChatReply(text=f"answer {self.calls}", model="slow")

    async def aclose(self) -> None:
        return None


async def test_a_cancelled_call_does_not_take_along_who_waits_for_the_same() -> None:
    model = SlowModel()
    runtime = ModelRuntime(model)
    first = asyncio.create_task(runtime.complete(ask()))
    second = asyncio.create_task(runtime.complete(ask()))
    await asyncio.sleep(0.005)
    first.cancel()
    assert (await second).text == "answer 2"
    assert first.cancelled()


async def test_who_waits_may_be_cancelled_without_harm_to_the_call() -> None:
    model = SlowModel()
    runtime = ModelRuntime(model)
    first = asyncio.create_task(runtime.complete(ask()))
    second = asyncio.create_task(runtime.complete(ask()))
    await asyncio.sleep(0.005)
    second.cancel()
    assert (await first).text == "answer 1"
    assert model.calls == 1


async def test_a_failure_shared_by_two_reaches_both() -> None:
    model = SlowModel(fail("request", transient=False))
    runtime = ModelRuntime(model)
    results = await asyncio.gather(runtime.complete(ask()), runtime.complete(ask()), return_exceptions=True)
    assert [type(result) for result in results] == [ModelError, ModelError]
    assert model.calls == 1


async def test_an_answer_is_kept_and_a_failure_never(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    model = ScriptedChatModel([fail("request", transient=False), "good"])
    runtime = ModelRuntime(model, cache=cache)
    with pytest.raises(ModelError):
        await runtime.complete(ask())
    assert len(cache) == 0
    made = await runtime.complete(ask())
    kept = await runtime.complete(ask())
    assert (made.from_cache, kept.from_cache, kept.text) == (False, True, "good")
    assert (len(model.requests), runtime.usage.cached) == (2, 1)
    cache.close()


async def test_a_budget_is_reserved_before_the_call() -> None:
    # 40 characters are 10 tokens by the rule of four; 10 + 30 = 40 are reserved.
    budget = Budget(Allowance(tokens=39))
    model = ScriptedChatModel(["never"])
    with pytest.raises(ModelError) as failure:
        await ModelRuntime(model, budget=budget).complete(ask("x" * 40, max_tokens=30))
    assert (failure.value.kind, failure.value.transient, model.requests) == ("budget", False, [])
    assert (budget.reserved, budget.used) == (Cost(), Cost())


@pytest.mark.parametrize(("allowed", "calls"), [(54, 0), (55, 1)])
async def test_functions_and_the_arguments_of_calls_are_reserved_too(allowed: int, calls: int) -> None:
    # 40 characters of text, 20 of arguments and 42 of functions, [{"n":"xx..."}], are 10 + 5 + 10 tokens; 30 for the
    # answer make 55.
    said = ChatMessage(role="user", content="x" * 40)
    called = ChatMessage(role="assistant", content="", tool_calls=(FunctionCall(id="1", name="f", arguments="y" * 20),))
    request = ChatRequest(messages=(said, called), tools=({"n": "x" * 32},), max_tokens=30)
    model = ScriptedChatModel(["done"])
    with suppress(ModelError):
        await ModelRuntime(model, budget=Budget(Allowance(tokens=allowed))).complete(request)
    assert len(model.requests) == calls


async def test_an_answer_of_calls_alone_is_kept_in_the_cache(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    call = FunctionCall(id="call_1", name="search_rooms", arguments="{}")
    model = ScriptedChatModel([ChatReply(text="", model="m", tool_calls=(call,)), "without functions"])
    runtime = ModelRuntime(model, cache=cache)
    asked = ask(tools=({"type": "function"},), tool_choice="required")
    made, kept = await runtime.complete(asked), await runtime.complete(asked)
    assert made.tool_calls == kept.tool_calls == (call,) and kept.from_cache
    assert (await runtime.complete(ask())).text == "without functions"
    cache.close()


async def test_two_calls_at_once_cannot_overdraw_a_budget_for_one() -> None:
    budget = Budget(Allowance(tokens=50))
    runtime = ModelRuntime(SlowModel(), budget=budget)
    asked = [ask("x" * 40, max_tokens=30, seed=seed) for seed in (1, 2)]
    results = await asyncio.gather(*map(runtime.complete, asked), return_exceptions=True)
    assert [type(result) for result in results] == [ChatReply, ModelError]


async def test_what_a_call_used_is_booked_and_the_rest_given_back() -> None:
    budget = Budget(Allowance(10_000, 1.0))
    reply = ChatReply(text="hi", model="m", prompt_tokens=7, completion_tokens=2, cached_tokens=4, cost=1.0)
    runtime = ModelRuntime(ScriptedChatModel([reply]), budget=budget)
    await runtime.complete(ask("x" * 40, max_tokens=30))
    assert (budget.used, budget.reserved) == (Cost(9, 1.0), Cost())
    with pytest.raises(ModelError, match=r"\$1 is used up"):
        await runtime.complete(ask("another"))
    usage = runtime.usage.to_dict()
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["cached_tokens"]) == (7, 2, 4)


async def test_a_failed_call_gives_its_reservation_back() -> None:
    budget = Budget(Allowance(tokens=1000))
    runtime = ModelRuntime(ScriptedChatModel([fail("request", transient=False)]), budget=budget)
    with pytest.raises(ModelError):
        await runtime.complete(ask())
    assert (budget.reserved, budget.used) == (Cost(), Cost())


async def test_a_runtime_closes_the_model_inside() -> None:
    model = ScriptedChatModel([])
    await ModelRuntime(model).aclose()
    assert model.closed


class AwayModel:
    """A model whose endpoint cannot be reached for a while."""

    model_id = "away"

    def __init__(self, seconds: float, kind: str = "connection") -> None:
        self.back = time.monotonic() + seconds
        self.kind = kind
        self.calls = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.calls += 1
        if time.monotonic() < self.back:
            raise fail(self.kind, transient=True)
        return ChatReply(text="back again", model=self.model_id)

    async def aclose(self) -> None: ...


async def test_an_endpoint_that_cannot_be_reached_is_waited_for() -> None:
    model = AwayModel(0.4)
    runtime = ModelRuntime(model, attempts=2, longest_wait=0.05, patience=30)
    assert (await runtime.complete(ask())).text == "back again"
    assert model.calls > 2


async def test_the_patience_ends() -> None:
    model = AwayModel(60)
    begun = time.monotonic()
    with pytest.raises(ModelError):
        await ModelRuntime(model, attempts=2, longest_wait=0.05, patience=0.3).complete(ask())
    assert time.monotonic() - begun >= 0.3


async def test_an_endpoint_that_answers_with_errors_is_not_waited_for() -> None:
    model = AwayModel(60, kind="server")
    with pytest.raises(ModelError):
        await ModelRuntime(model, attempts=3, longest_wait=0.01, patience=60).complete(ask())
    assert model.calls == 3

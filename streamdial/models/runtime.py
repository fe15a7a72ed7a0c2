"""The layers around a model: cache, budget, limiter, retry, count."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from streamdial.errors import ModelError
from streamdial.models._protocols import ChatModel, ChatReply, ChatRequest
from streamdial.models.answers import finish_reply, is_kept
from streamdial.models.budget import Budget, Cost, Price
from streamdial.models.call_cache import CallCache, compute_call_key
from streamdial.models.chat_format import estimate_prompt
from streamdial.models.failures import LONGEST_WAIT, TOP_UP
from streamdial.models.gates import Gate, Limits, LocalGate
from streamdial.telemetry import CALLS, SECONDS, TOKENS, TRACER

logger = logging.getLogger(__name__)


@dataclass
class Usage:
    """What was asked of a model so far.

    Attributes:
        calls: Calls answered by the model, by purpose.
        cached: Calls answered from the cache.
        retries: Attempts repeated, by kind of failure.
        retrying: Calls that wait to be tried again now.
        failed: Calls given up.
    """

    calls: Counter[str] = field(default_factory=Counter)
    cached: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    retrying: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    dollars: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens

    def to_dict(self) -> dict[str, object]:
        """Return the figures as JSON values."""
        return {
            "calls": dict(sorted(self.calls.items())),
            "cached": self.cached,
            "retries": dict(sorted(self.retries.items())),
            "failed": self.failed,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cached_tokens": self.cached_tokens,
            "dollars": round(self.dollars, 6),
        }

    @staticmethod
    def add(figures: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the sum of what `to_dict` returned in several processes."""
        whole: dict[str, Any] = Usage().to_dict()
        for one in figures:
            for name, value in one.items():
                whole[name] = (
                    dict(Counter(whole[name]) + Counter(value)) if isinstance(value, dict) else (whole[name] + value)
                )
        return whole


MALFORMED_ATTEMPTS = 3
"""Tries at a call whose answers cannot be read."""


def _sum_costs(replies: Iterable[ChatReply]) -> Cost:
    replies = list(replies)
    tokens = sum(reply.prompt_tokens + reply.completion_tokens for reply in replies)
    return Cost(tokens, sum(reply.cost for reply in replies))


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, ModelError) and error.transient


class ModelRuntime:
    """A chat model with cache, budget, limiter and retries around it; itself a chat model.

    Args:
        model: The model that answers.
        cache: Finished calls; None for no cache.
        budget: Tokens and money; None for no limit.
        price: What a token costs, where the endpoint does not tell; a budget of money reserves by it.
        concurrency: Maximum number of calls in flight at once.
        requests_per_minute: Calls a minute, tries included; None for no limit.
        tokens_per_minute: Tokens a minute, of prompts and answers; None for no limit.
        attempts: Tries per call, the first included; only transient failures are tried again.
        longest_wait: Longest pause between two tries in seconds, unless the endpoint asks for more.
        patience: Seconds an endpoint that cannot be reached at all is tried again, however many tries that takes.
        gate: Lets calls through in place of one made of budget, concurrency and rates.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        cache: CallCache | None = None,
        budget: Budget | None = None,
        price: Price | None = None,
        concurrency: int = 16,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        attempts: int = 8,
        longest_wait: float = 30.0,
        patience: float = 0.0,
        gate: Gate | None = None,
    ) -> None:
        self.model = model
        self.usage = Usage()
        self._cache = cache
        self._price = price
        self.gate: Gate = gate or LocalGate(
            budget or Budget(), Limits(concurrency, requests_per_minute, tokens_per_minute)
        )
        self._attempts = attempts
        self._patience = patience
        self._wait = wait_random_exponential(multiplier=0.2, max=longest_wait)
        self._retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            stop=self._is_given_up,
            wait=self._compute_wait,
            sleep=self._pause,
            before_sleep=self._count_retry,
            reraise=True,
        )
        self._in_progress: dict[str, asyncio.Future[ChatReply]] = {}

    @property
    def model_id(self) -> str:
        """Name of the model inside."""
        return self.model.model_id

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer from the cache, else by the model; the same call asked twice at once is made once.

        Raises:
            ModelError: If it failed for good, or the budget is used up.
            StoreError: If answers cannot be kept: nothing more is asked then.
        """
        key = compute_call_key(self.model_id, request)
        if kept := self._find_kept(key, request):
            self.usage.cached += 1
            return kept
        while (running := self._in_progress.get(key)) is not None:
            await asyncio.wait([running])
            if not running.cancelled():
                return running.result()
            # Whoever made the call was cancelled; that is no reason for this one to fail.
        future: asyncio.Future[ChatReply] = asyncio.get_running_loop().create_future()
        self._in_progress[key] = future
        try:
            reply = await self._call(request)
            if self._cache is not None and is_kept(reply, request):
                self._cache.put(key, reply, request.purpose)
            future.set_result(reply)
            return reply
        except Exception as error:
            future.set_exception(error)
            future.exception()  # nobody else may be waiting
            raise
        except BaseException:
            future.cancel()
            raise
        finally:
            del self._in_progress[key]

    def _find_kept(self, key: str, request: ChatRequest) -> ChatReply | None:
        """Return the answer in the cache; one that would be refused today, from an older version, is none."""
        kept = self._cache.get(key) if self._cache is not None else None
        try:
            return finish_reply(kept, request) if kept is not None and is_kept(kept, request) else None
        except ModelError:
            return None

    async def _call(self, request: ChatRequest) -> ChatReply:
        prompt = estimate_prompt(request)
        tokens = prompt + request.max_tokens
        reserved = Cost(tokens, self._price.compute(prompt, request.max_tokens) if self._price else 0.0)
        await self.gate.reserve(request.purpose, reserved)
        paid: list[ChatReply] = []
        reply: ChatReply | None = None
        about = {"model": self.model_id, "purpose": request.purpose or "other"}
        begun = time.perf_counter()
        try:
            with TRACER.start_as_current_span("model call", attributes=about):
                reply = await self._try(request, tokens, paid)
            CALLS.add(1, about)
            return reply
        except ModelError as error:
            self.usage.failed += 1
            raise self._end(error) from error
        finally:
            SECONDS.record(time.perf_counter() - begun, about)
            self._book(request, reserved, paid, reply)

    async def _try(self, request: ChatRequest, tokens: int, paid: list[ChatReply]) -> ChatReply:
        """Ask, and again where that may help; the first try does without what counts and waits: most need no more."""
        first: list[ModelError] = []
        try:
            return await self._ask(request, tokens, paid)
        except ModelError as error:
            if not error.transient:
                raise
            first.append(error)

        async def ask() -> ChatReply:
            if first:
                raise first.pop()
            return await self._ask(request, tokens, paid)

        return cast(ChatReply, await self._retrying(ask))

    def _book(self, request: ChatRequest, reserved: Cost, paid: Sequence[ChatReply], reply: ChatReply | None) -> None:
        """Book all that was answered, also what was refused: it was paid for."""
        about = {"model": self.model_id, "purpose": request.purpose or "other"}
        for answer in paid:
            self._count(request, answer)
            TOKENS.add(answer.prompt_tokens, {**about, "kind": "prompt"})
            TOKENS.add(answer.completion_tokens, {**about, "kind": "answer"})
        self.gate.settle(request.purpose, reserved, _sum_costs(paid))
        wasted = paid if reply is None or not is_kept(reply, request) else paid[:-1]
        if self._cache is not None and wasted:
            self._cache.book(request.purpose, _sum_costs(wasted))

    def _end(self, error: ModelError) -> ModelError:
        """Return the error of a call given up; one that asks to wait for hours ends what is made of calls."""
        if error.kind == "rate_limit" and (error.retry_after or 0.0) > LONGEST_WAIT:
            told = f"{error.what} (it asks to wait {error.retry_after:,.0f} s)"
            return ModelError(told, transient=False, kind="quota", fix=TOP_UP, said=error.said)
        return error

    async def _ask(self, request: ChatRequest, tokens: int, paid: list[ChatReply]) -> ChatReply:
        """Ask once, when the limits allow it.

        Args:
            request: What is asked.
            tokens: What it may take.
            paid: What was answered is added here, whether it can be used or not.
        """
        # The shorter the dialogue so far, the more is left of it: who is behind goes first.
        async with self.gate.hold(len(request.messages), tokens) as passage:
            reply = await self.model.complete(request)
            passage.used = reply.prompt_tokens + reply.completion_tokens
        if self._price and not reply.cost:
            cost = self._price.compute(reply.prompt_tokens, reply.completion_tokens)
            reply = reply.model_copy(update={"cost": cost})
        paid.append(reply)
        return finish_reply(reply, request)

    def _is_given_up(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ModelError) and error.kind == "connection":
            return state.attempt_number >= self._attempts and (state.seconds_since_start or 0.0) >= self._patience
        if isinstance(error, ModelError) and error.kind == "malformed":
            # Code can do without the answer, and an endpoint that sends nonsense three times sends it always.
            return state.attempt_number >= min(self._attempts, MALFORMED_ATTEMPTS)
        return state.attempt_number >= self._attempts

    def _compute_wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, ModelError) and error.retry_after else 0.0
        return max(asked if asked <= LONGEST_WAIT else 0.0, float(self._wait(state)))

    async def _pause(self, seconds: float) -> None:
        self.usage.retrying += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.usage.retrying -= 1

    def _count_retry(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        kind = error.kind if isinstance(error, ModelError) else "other"
        self.usage.retries[kind] += 1
        logger.debug("trying again after %s: %s", kind, error)

    def _count(self, request: ChatRequest, reply: ChatReply) -> None:
        self.usage.calls[request.purpose or "other"] += 1
        self.usage.prompt_tokens += reply.prompt_tokens
        self.usage.completion_tokens += reply.completion_tokens
        self.usage.cached_tokens += reply.cached_tokens
        self.usage.dollars += reply.cost

    async def aclose(self) -> None:
        """Close the model inside."""
        await self.model.aclose()

"""The models of an evaluation: opened by name, with a cache of finished calls and one budget, and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from streamdial.models import Allowance, Budget, CallCache, ModelRuntime, build_chat_model


class ModelPool(NamedTuple):
    """Models that share a budget.

    Attributes:
        cached: The models; a finished call is not made again.
        fresh: The same without a cache, for what has to be asked anew in every run.
    """

    cached: list[ModelRuntime]
    fresh: list[ModelRuntime]


@asynccontextmanager
async def open_models(
    names: Sequence[str],
    *,
    api_base: str | None = None,
    cache_file: Path | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
) -> AsyncIterator[ModelPool]:
    """Open models; each once, however often it is named.

    Args:
        names: Names as of `build_chat_model`.
        api_base: Address of their endpoint.
        cache_file: Where finished calls are kept; None keeps none.
        max_tokens: Token budget of all together.
        max_cost: Money budget of all together in US dollars.

    Raises:
        ConfigurationError: If a name says no provider, or local weights are not there.
    """
    choices = [build_chat_model(name, api_base=api_base) for name in dict.fromkeys(names)]
    budget = Budget(Allowance(max_tokens, max_cost))
    cache = None
    if choices and cache_file:
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        cache = CallCache(cache_file)
    try:
        yield ModelPool(
            *(
                [
                    ModelRuntime(choice.model, cache=kept, budget=budget, concurrency=choice.concurrency)
                    for choice in choices
                ]
                for kept in (cache, None)
            )
        )
    finally:
        for choice in choices:
            await choice.model.aclose()
        if cache:
            cache.close()

"""The models of an evaluation: opened by name, with a cache of finished calls and one budget, and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from streamdial.errors import ConfigurationError
from streamdial.models import (
    Allowance,
    Budget,
    CallCache,
    ModelChoice,
    ModelRuntime,
    build_chat_model,
    choose_price,
)


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
    batch: bool = False,
) -> AsyncIterator[ModelPool]:
    """Open models; each once, however often it is named.

    Args:
        names: Names as of `build_chat_model`.
        api_base: Address of their endpoint.
        cache_file: Where finished calls are kept; None keeps none.
        max_tokens: Token budget of all together.
        max_cost: Money budget of all together in US dollars.
        batch: Whether calls go in batches, which are written down beside the cache: who is killed takes them up again.

    Raises:
        ConfigurationError: If a name says no provider, local weights are not there, a provider takes no batches, or
            there is no file to write them down beside.
    """
    names = list(dict.fromkeys(names))
    if batch and names and not cache_file:
        raise ConfigurationError(
            "--batch needs a file that says which batch is whose, and there is no folder of a run for it.",
            fix="give --json FILE; what is asked is kept beside it",
        )
    if names and cache_file:
        cache_file.parent.mkdir(parents=True, exist_ok=True)
    journal = cache_file.with_suffix(".batches") if batch and cache_file else None
    cached = [build_chat_model(name, api_base=api_base, batches=journal) for name in names]
    fresh, forgotten = cached, None
    if journal:
        # What is asked anew must not find the batch of the same call that is not.
        forgotten = journal.with_suffix(".fresh_batches")
        fresh = [build_chat_model(name, api_base=api_base, batches=forgotten) for name in names]
    budget = Budget(Allowance(max_tokens, max_cost))
    cache = CallCache(cache_file) if names and cache_file else None
    try:
        yield ModelPool(
            *(
                [_surround(name, one, kept, budget, batch=batch) for name, one in zip(names, choices, strict=True)]
                for choices, kept in ((cached, cache), (fresh, None))
            )
        )
        if forgotten:
            forgotten.unlink(missing_ok=True)
    finally:
        for model in {id(choice.model): choice.model for choice in (*cached, *fresh)}.values():
            await model.aclose()
        if cache:
            cache.close()


def _surround(name: str, choice: ModelChoice, cache: CallCache | None, budget: Budget, *, batch: bool) -> ModelRuntime:
    price = choose_price(None, name, batch=batch)
    return ModelRuntime(choice.model, cache=cache, budget=budget, price=price, concurrency=choice.concurrency)

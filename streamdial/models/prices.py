"""What models cost, from the list that comes with litellm; litellm itself is not imported for it."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from streamdial.models.budget import Price

BATCH_DISCOUNT = 0.5
"""What a call in a batch costs of what it costs by itself, at all providers that have batches."""
_LIST = "model_prices_and_context_window_backup.json"


@lru_cache(maxsize=1)
def _load_list() -> dict[str, Any]:
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    path = Path(spec.origin).with_name(_LIST)
    found: dict[str, Any] = orjson.loads(path.read_bytes()) if path.is_file() else {}
    return found


def choose_price(prices: tuple[float, float] | None, model: str, *, batch: bool = False) -> Price | None:
    """Return what a model costs: the given prices of a million prompt and answer tokens, else those of the list.

    Args:
        prices: Given prices.
        model: Its name, as of `find_price`.
        batch: Whether it is asked in batches.
    """
    price = Price(*prices) if prices else find_price(model)
    return Price(price.prompt * BATCH_DISCOUNT, price.completion * BATCH_DISCOUNT) if price and batch else price


def find_price(model: str) -> Price | None:
    """Return what a model costs by litellm's list, or None where it is not in it.

    Args:
        model: litellm's name, with or without its provider: `openai/gpt-4o-mini`.
    """
    for name in (model, model.partition("/")[2]):
        entry = _load_list().get(name)
        if entry and "input_cost_per_token" in entry:
            prompt, completion = entry["input_cost_per_token"], entry.get("output_cost_per_token", 0.0)
            return Price(prompt * 1e6, (completion or 0.0) * 1e6)
    return None

"""What follows from a comparison of two things, for the customer who asked."""

from __future__ import annotations

from collections.abc import Collection

AGAINST = ("bridge:compare.wish_other", "bridge:compare.cheaper_other")
"""Conclusions, as turns name their moves, that speak for the other thing than the one at hand."""


def conclude_comparison(
    missed: Collection[str], missed_other: Collection[str], price: float | None, price_other: float | None
) -> str:
    """Return the key of what an agent concludes from a comparison; empty where nothing follows from what was told.

    What was wished for decides (`compare.wish`, `compare.wish_other`); where it does not, the price is named for those
    to whom it matters (`compare.cheaper`, `compare.cheaper_other`).

    Args:
        missed: Told attributes of the thing at hand that miss a stated wish.
        missed_other: Those of the other.
        price: Its price, where it was told.
        price_other: That of the other.
    """
    left, right = set(missed), set(missed_other)
    if left < right:
        return "compare.wish"
    if right < left:
        return "compare.wish_other"
    if left != right or price is None or price_other is None or price == price_other:
        return ""
    return "compare.cheaper" if price < price_other else "compare.cheaper_other"

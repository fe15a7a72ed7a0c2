"""Amounts and counts that are no price."""

from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.records import Language
from streamdial.slots import SlotReader


@pytest.mark.parametrize(
    ("language", "text", "prices"),
    [
        ("zh", "200万像素", []),
        ("zh", "主播有30万粉丝", []),
        ("zh", "首付3万", []),
        ("zh", "首付大概3万，落地28.98万", ["289800"]),
        ("zh", "预算20万", ["200000"]),
        ("en", "50k followers", []),
        ("en", "a down payment of $5,000 on $38,000", ["38000"]),
        ("en", "under 50k", ["50000"]),
    ],
)
def test_parts_of_a_price_and_counts_are_none(language: Language, text: str, prices: list[str]) -> None:
    reader = SlotReader(load_pack("automotive"), language)
    assert [mention.value for mention in reader.find_values(text) if mention.slot == "price"] == prices

"""Rows of digits that count nothing."""

from __future__ import annotations

import time

import pytest

from streamdial.domains import load_pack
from streamdial.slots import SlotReader, find_numbers
from streamdial.slots.purposes import find_use
from streamdial.slots.refusals import find_refusals


@pytest.mark.parametrize("text", ["一" * 320, "九" * 4400, "预算" + "6" * 320])
def test_a_row_of_digits_is_no_number_and_stops_nothing(text: str) -> None:
    assert find_numbers(text) == []
    assert SlotReader(load_pack("automotive"), "zh").find_values(text) == []


@pytest.mark.parametrize(
    "text", ["千" * 2000, "1 " * 1500, "1," * 1500, " thousand" * 400, "需要" * 500 + "5公里", "8 years or " * 200]
)
def test_long_rows_of_what_a_number_is_made_of_cost_little(text: str) -> None:
    start = time.process_time()
    list(find_refusals(text))
    find_use(text, len(text) - 3, len(text), "km")
    # Milliseconds; a pattern that tries every split takes minutes.
    assert time.process_time() - start < 2

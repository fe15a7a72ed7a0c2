"""Rows of digits that count nothing."""

from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.slots import SlotReader, find_numbers


@pytest.mark.parametrize("text", ["一" * 320, "九" * 4400, "预算" + "6" * 320])
def test_a_row_of_digits_is_no_number_and_stops_nothing(text: str) -> None:
    assert find_numbers(text) == []
    assert SlotReader(load_pack("automotive"), "zh").find_values(text) == []

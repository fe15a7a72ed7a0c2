"""Names as viewers shorten them."""

from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.slots import SlotReader
from streamdial.slots.short_names import list_short_names

NAMES = ["Kestrel S5", "Kestrel S5 Max", "Aster", "Corner Suite"]


def test_a_model_code_stands_for_the_whole_name() -> None:
    assert list_short_names(NAMES) == {"S5": "Kestrel S5", "S5 Max": "Kestrel S5 Max"}
    assert list_short_names(["星宇L7", "星宇L9", "豪华大床房"]) == {"L7": "星宇L7", "L9": "星宇L9"}


@pytest.mark.parametrize(
    "names", [["Kestrel S5", "Heron S5"], ["Kestrel S5", "S5"], ["Room 12 m2"], ["Meridian 540 km"]]
)
def test_what_two_things_share_or_what_is_no_code_stands_for_none(names: list[str]) -> None:
    assert list_short_names(names) == {}


def test_texts_are_read_by_short_names() -> None:
    reader = SlotReader(load_pack("automotive"), "en", NAMES)
    assert reader.find_entities("is the S5 Max faster than the s5?") == ("Kestrel S5 Max", "Kestrel S5")
    assert reader.find_entities("S50 is another one") == ()

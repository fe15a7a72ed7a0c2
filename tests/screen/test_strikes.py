from __future__ import annotations

import numpy as np
import pytest

from streamdial.models import Picture
from streamdial.screen.strikes import cut_struck, find_strike


def draw_letters(*, strike: tuple[int, int] | None = None, bar: int = 2) -> Picture:
    """Return dark strokes on a light ground, 30 high and 240 wide, with a stroke through some of them."""
    picture = np.full((30, 240, 3), 245, np.uint8)
    for left in range(10, 230, 20):
        picture[5:25, left : left + 3] = 40
        picture[5:8, left : left + 12] = 40
        picture[14:17, left : left + 12] = 40
    if strike:
        picture[15 : 15 + bar, strike[0] : strike[1]] = 90
    return picture


def test_letters_alone_are_not_struck_out() -> None:
    assert find_strike(draw_letters()) is None


def test_a_thin_stroke_through_all_letters_is_found() -> None:
    found = find_strike(draw_letters(strike=(8, 232)))
    assert found is not None and found[0] < 0.05 and found[1] > 0.95


def test_a_stroke_through_a_part_tells_which_part() -> None:
    found = find_strike(draw_letters(strike=(120, 232)))
    assert found is not None and 0.4 < found[0] < 0.55


def test_a_bar_across_the_line_is_no_stroke() -> None:
    picture = draw_letters()
    picture[4:27, 5:235] = 60
    assert find_strike(picture) is None


@pytest.mark.parametrize(
    ("text", "strike", "rest"),
    [("¥688 ¥988", (0.5, 1.0), "¥688"), ("原价￥643", (0.0, 1.0), ""), ("特价588 788", (0.68, 1.0), "特价588")],
)
def test_what_is_struck_out_is_cut(text: str, strike: tuple[float, float], rest: str) -> None:
    assert cut_struck(text, strike) == rest

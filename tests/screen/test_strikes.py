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


@pytest.mark.models
def test_letters_with_an_outline_are_not_struck_out_though_one_of_them_is_a_stroke() -> None:
    from PIL import Image, ImageDraw

    from benchmarks.screen_videos import find_font

    for text in ("提前说一声就行", "难得来一次 建议看湖", "两张一米三五的床"):
        picture = Image.new("RGB", (260, 32), (130, 125, 110))
        pen = ImageDraw.Draw(picture)
        pen.text((6, 0), text, font=find_font(19), fill="white", stroke_width=2, stroke_fill=(20, 20, 20))
        assert find_strike(np.asarray(picture)[:, :, ::-1].copy()) is None, text
    pen = ImageDraw.Draw(picture := Image.new("RGB", (160, 32), (252, 246, 232)))
    pen.text((6, 2), "门市价 ¥1180", font=find_font(18), fill=(120, 120, 120))
    pen.line((4, 17, 120, 17), fill=(120, 120, 120), width=2)
    assert find_strike(np.asarray(picture)[:, :, ::-1].copy()) is not None

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streamdial.counts import Counts
from streamdial.models import Picture
from streamdial.screen.allowance import Allowance
from streamdial.screen.lines import Line, choose_reading, is_part, is_same_text, join_lines
from streamdial.screen.tracking import Tracker
from tests.screen.drawn_text import PatternReader, draw_frame, make_looks

CARD = [("望湖大床房", 60, 60), ("直播价568", 60, 100)]


def test_a_line_that_stands_is_read_until_two_readings_agree() -> None:
    reader, counts = PatternReader(text for text, *_ in CARD), Counts("screen")
    frames = [draw_frame([]), *[draw_frame(CARD)] * 8, *[draw_frame([])] * 2]
    lines = Tracker(reader, counts).follow(make_looks(frames))
    assert [(line.text, line.start, line.end, line.looks) for line in lines] == [
        ("望湖大床房", 0.5, 8.5, 8),
        ("直播价568", 0.5, 8.5, 8),
    ]
    assert reader.read == 4
    assert counts.kept == 2 and not counts.dropped


def test_nothing_is_looked_for_while_nothing_changes() -> None:
    reader = PatternReader(text for text, *_ in CARD)
    Tracker(reader, Counts("screen")).follow(make_looks([draw_frame(CARD)] * 30))
    assert reader.searched == 1


def test_what_is_elsewhere_in_the_next_frame_is_not_read() -> None:
    reader, counts = PatternReader(["弹幕一条", "望湖大床房"]), Counts("screen")
    frames = [draw_frame([("弹幕一条", 500 - 90 * second, 20), CARD[0]]) for second in range(6)]
    after = [draw_frame([("弹幕一条", 480 - 90 * second, 20), CARD[0]]) for second in range(6)]
    lines = Tracker(reader, counts).follow(make_looks(frames, after))
    assert [line.text for line in lines] == ["望湖大床房"]
    assert set(counts.dropped) == {"moving"}


def test_a_line_over_which_something_passes_is_one_line() -> None:
    reader = PatternReader(["望湖大床房一晚", "弹"])
    seconds = range(10)
    bullets = [[("弹", 60 + 40 * second, 60)] if 3 <= second <= 4 else [] for second in seconds]
    moved = [[("弹", 40 + 40 * second, 60)] if 3 <= second <= 4 else [] for second in seconds]
    frames = [draw_frame([("望湖大床房一晚", 60, 60), *bullet]) for bullet in bullets]
    after = [draw_frame([("望湖大床房一晚", 60, 60), *bullet]) for bullet in moved]
    (line,) = join_lines(Tracker(reader, Counts("screen")).follow(make_looks(frames, after)))
    assert (line.text, line.start, line.end) == ("望湖大床房一晚", 0.0, 9.5)


class StripReader(PatternReader):
    """Reads what is left of a covered line as letters, as recognisers do."""

    def read_lines(self, pictures: Sequence[Picture]) -> list[tuple[str, float]]:
        """Return made-up letters for a strip."""
        return [("o亚光", 0.9)] if pictures[0].shape[0] < 14 else super().read_lines(pictures)


def test_a_strip_of_a_line_is_no_line() -> None:
    reader, counts = StripReader(["望湖大床房一晚"]), Counts("screen")
    frames = [draw_frame([("望湖大床房一晚", 60, 60)]) for _ in range(10)]
    for frame in frames[3:5]:
        frame[70:84, 40:300] = 128
    (line,) = Tracker(reader, counts).follow(make_looks(frames))
    assert (line.text, line.start, line.end) == ("望湖大床房一晚", 0.0, 9.5)
    assert set(counts.dropped) == {"unreadable"}


def test_a_line_ends_in_the_middle_between_its_last_look_and_the_first_of_the_next_one() -> None:
    reader = PatternReader(["第一句字幕", "第二句字幕"])
    frames = [draw_frame([("第一句字幕", 100, 300)])] * 3 + [draw_frame([("第二句字幕", 100, 300)])] * 3
    lines = Tracker(reader, Counts("screen")).follow(make_looks(frames))
    assert [(line.text, line.start, line.end) for line in lines] == [("第一句字幕", 0.0, 2.5), ("第二句字幕", 2.5, 5.5)]


def test_reading_stops_when_it_has_cost_too_much_and_says_so() -> None:
    chance = np.random.default_rng(5)
    texts = [f"{chance.integers(10**7)}" for _ in range(900)]
    reader, counts = PatternReader([]), Counts("screen")
    pages = [texts[start : start + 20] for start in range(0, 900, 20)]
    frames = [
        draw_frame([(text, 20 + 300 * (n % 2), 4 + 34 * (n // 2)) for n, text in enumerate(page)]) for page in pages
    ]
    Tracker(reader, counts).follow(make_looks(frames))
    assert counts.dropped["over_budget"] > 5
    assert Allowance(0.0).spend(1.0)  # what was saved to begin with


def test_readings_of_one_line_vote() -> None:
    assert choose_reading([("568元", 0.9), ("588元", 0.95), ("568元", 0.8)]) == ("568元", 0.9)
    assert choose_reading([("", 0.0)]) == ("", 0.0)
    assert is_same_text("望湖大床房直播间", "望湖大床房直播闻")
    assert not is_same_text("望湖大床房", "静谷双床房")
    assert is_part("直播价", "直播价：¥1079") and not is_part("直播价：¥1079", "直播价：¥1079")
    assert is_part("栖", "云栖大床房") and not is_part("1", "10") and not is_part("", "10")
    assert not is_same_text("今晚直播价只要568元", "今晚直播价只要528元")


def test_pieces_of_a_line_are_joined_and_other_lines_at_its_place_are_not() -> None:
    place, other = (0.1, 0.1, 0.3, 0.15), (0.5, 0.1, 0.7, 0.15)
    pieces = [
        Line("价格568", 0.9, place, 0.0, 60.0, looks=60),
        Line("价格568", 0.9, place, 60.0, 90.0, looks=30),
        Line("价格599", 0.9, place, 90.0, 99.0, looks=9),
        Line("价格568", 0.9, other, 10.0, 20.0, looks=10),
        Line("价格568", 0.9, place, 110.0, 120.0, looks=10),
    ]
    joined = join_lines(pieces)
    assert [(line.text, line.start, line.end) for line in joined] == [
        ("价格568", 0.0, 90.0), ("价格568", 10.0, 20.0), ("价格599", 90.0, 99.0), ("价格568", 110.0, 120.0),
    ]  # fmt: skip

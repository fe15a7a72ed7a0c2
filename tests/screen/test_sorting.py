from __future__ import annotations

from streamdial.counts import Counts
from streamdial.screen.layout import lay_out
from streamdial.screen.lines import Line
from streamdial.screen.sorting import sort_lines


def put(text: str, left: float, top: float, start: float, end: float, *, width: float = 0.2, looks: int = 9) -> Line:
    return Line(text, 0.98, (left, top, left + width, top + 0.05), start, end, looks=looks)


CAPTIONS = [put(f"这是第{n}句话", 0.4, 0.88, 3.0 * n, 3.0 * n + 3, looks=3) for n in range(6)]
CARD = [
    put("望湖大床房", 0.6, 0.2, 5, 25),
    put("直播价：568元", 0.6, 0.27, 5, 25),
    put("早餐：含双早", 0.6, 0.34, 5, 25),
]


def test_captions_follow_each_other_in_the_middle_of_the_lower_half() -> None:
    found = sort_lines([*CAPTIONS, *CARD], 30.0, Counts("screen"))
    assert found.captions == CAPTIONS
    assert found.cards == [CARD]


def test_two_captions_are_too_few_to_be_told() -> None:
    counts = Counts("screen")
    assert sort_lines(CAPTIONS[:2], 30.0, counts).captions == []
    assert counts.dropped["lone"] == 2


def test_a_second_line_of_a_caption_belongs_to_it() -> None:
    second = put("还有一行", 0.4, 0.82, 3.0, 6.0, looks=3)
    assert second in sort_lines([*CAPTIONS, second], 30.0, Counts("screen")).captions


def test_what_stands_through_the_whole_video_is_chrome_unless_it_is_a_card_in_the_middle() -> None:
    counts = Counts("screen")
    mark = put("某某直播", 0.8, 0.94, 0, 60, width=0.15)
    card = [line._replace(start=0.0, end=60.0) for line in CARD]
    found = sort_lines([mark, *card], 60.0, counts)
    assert found.cards == [card]
    assert counts.dropped == {"chrome": 1}


def test_a_mark_that_comes_and_goes_is_chrome_too() -> None:
    counts = Counts("screen")
    pieces = [put("某某直播", 0.8, 0.1, 20.0 * n, 20.0 * n + 18) for n in range(3)]
    assert sort_lines(pieces, 60.0, counts).cards == []
    assert counts.dropped == {"chrome": 3}


def test_cells_that_say_the_same_at_one_time_are_no_chrome() -> None:
    counts = Counts("screen")
    cells = [put(text, 0.1 + 0.3 * (n % 2), 0.2 + 0.07 * (n // 2), 5, 25) for n, text in enumerate(["甲", "大床"] * 3)]
    sort_lines(cells, 40.0, counts)
    assert "chrome" not in counts.dropped


def test_bullet_chat_that_was_seen_once_and_a_line_that_is_soon_gone_are_no_cards() -> None:
    counts = Counts("screen")
    bullet = put("这个多少钱", 0.3, 0.05, 8, 9, looks=1)
    pinned = put("主播好", 0.3, 0.12, 8, 12, looks=4)
    assert sort_lines([bullet, pinned], 60.0, counts).cards == []
    assert counts.dropped == {"passing": 1, "lone": 1}


def test_of_two_lines_over_each_other_the_one_read_better_stays() -> None:
    counts = Counts("screen")
    bad = Line("望湖人床亮", 0.9, CARD[0].place, 6, 9, looks=2)
    assert sort_lines([*CARD, bad], 60.0, counts).cards == [CARD]
    assert counts.dropped == {"doubtful": 1}


def test_rows_of_a_small_table_whose_boxes_reach_into_each_other_stay() -> None:
    counts = Counts("screen")
    rows = [put(f"{n}5 sqm", 0.6, 0.2 + 0.037 * n, 5, 25) for n in range(4)]
    assert sort_lines(rows, 60.0, counts).cards == [rows]
    assert not counts.dropped


def test_a_reading_of_a_moment_is_no_version_of_the_line_that_stands_there() -> None:
    counts = Counts("screen")
    moment = put("有友望湖大床房", 0.58, 0.2, 5, 7, width=0.22, looks=2)
    later = CARD[0]._replace(start=7.0)
    assert sort_lines([moment, later, *CARD[1:]], 60.0, counts).cards == [[CARD[0]._replace(looks=11), *CARD[1:]]]
    assert counts.dropped == {"doubtful": 1}


def test_a_card_whose_price_changes_is_two_cards() -> None:
    later = put("直播价：528元", 0.6, 0.27, 15, 25)
    first = CARD[1]._replace(end=15.0)
    cards = sort_lines([CARD[0], first, later, CARD[2]], 60.0, Counts("screen")).cards
    assert [[line.text for line in card] for card in cards] == [
        ["望湖大床房", "直播价：568元", "早餐：含双早"],
        ["望湖大床房", "直播价：528元", "早餐：含双早"],
    ]


def test_a_line_that_was_covered_for_long_is_no_version_of_itself() -> None:
    counts = Counts("screen")
    before, after = CARD[1]._replace(end=10.0, looks=4), CARD[1]._replace(start=15.0, looks=8)
    gone = CARD[2]._replace(end=20.0)
    cards = sort_lines([CARD[0], before, after, gone], 60.0, counts).cards
    assert cards == [[CARD[0], CARD[1]._replace(looks=12), gone]]
    assert counts.kept == 4


def test_a_card_that_comes_back_after_another_one_is_shown_before_and_after_it() -> None:
    def show(price: str, start: float, end: float) -> Line:
        return put(f"直播价：{price}元", 0.6, 0.27, start, end)

    lines = [CARD[0], show("568", 5, 12), show("528", 12, 18), show("568", 18, 25), CARD[2]]
    cards = sort_lines(lines, 60.0, Counts("screen")).cards
    assert [[card[1].text, card[1].start] for card in cards] == [
        ["直播价：568元", 5], ["直播价：528元", 12], ["直播价：568元", 18],
    ]  # fmt: skip


def test_names_and_values_are_divided_at_a_colon_or_before_a_figure() -> None:
    lines = [
        *CARD,
        put("面积36平米", 0.6, 0.41, 5, 25),
        put("含双早", 0.6, 0.48, 5, 25),
        put("原价：768元", 0.6, 0.55, 5, 25),
        put("¥999", 0.6, 0.62, 5, 25)._replace(struck=True),
    ]
    text = lay_out(lines)
    assert text.pairs == (("直播价", "568元"), ("早餐", "含双早"), ("面积", "36平米"))
    assert text.headings[0] == "望湖大床房"
    assert not any("768" in line or "999" in line for line in text.lines)


def test_rows_of_cells_that_begin_alike_are_a_table() -> None:
    def row(top: float, *cells: str) -> list[Line]:
        return [put(cell, 0.1 + 0.2 * n, top, 0, 20, width=0.1) for n, cell in enumerate(cells) if cell]

    table = [
        *row(0.1, "房型", "直播价", "面积"),
        *row(0.17, "静谷大床房", "388元", ""),
        *row(0.24, "望湖大床房", "", "36平米"),
    ]
    assert lay_out(table).grid == (
        ("房型", "直播价", "面积"), ("静谷大床房", "388元", ""), ("望湖大床房", "", "36平米"),
    )  # fmt: skip


def test_a_figure_without_the_mark_of_the_other_prices_is_left_out_of_a_table() -> None:
    def row(top: float, *cells: str) -> list[Line]:
        return [put(cell, 0.1 + 0.2 * n, top, 0, 20, width=0.1) for n, cell in enumerate(cells)]

    def list_prices(*prices: str) -> list[str]:
        head = row(0.1, "Room", "Price", "Beds")
        body = [row(0.17 + 0.07 * n, f"Villa {n}", price, "king") for n, price in enumerate(prices)]
        return [cells[1] for cells in lay_out([*head, *(cell for cells in body for cell in cells)]).grid]

    assert list_prices("$421", "$280", "5741") == ["Price", "$421", "$280", ""]
    assert list_prices("$421", "$280", "sold out") == ["Price", "$421", "$280", "sold out"]
    assert list_prices("421", "280", "741") == ["Price", "421", "280", "741"]


def test_a_cell_that_was_found_together_with_its_neighbour_is_cut() -> None:
    rows = [
        put("Room", 0.1, 0.1, 0, 20, width=0.06),
        put("Price", 0.3, 0.1, 0, 20, width=0.06), put("Size", 0.5, 0.1, 0, 20, width=0.05),
        put("Harbour Suite $806", 0.1, 0.17, 0, 20, width=0.27), put("22 sqm", 0.5, 0.17, 0, 20, width=0.08),
    ]  # fmt: skip
    assert lay_out(rows).grid[1] == ("Harbour Suite", "$806", "22 sqm")

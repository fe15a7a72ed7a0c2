"""The layout of a card: its headings, its names with values, and its table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from streamdial.screen.lines import Line

_ROW = 0.5
"""Share of the lower line's height two lines have to share to stand in one row."""
_COLUMN = 0.035
"""How far apart cells of a column begin, as a share of the picture's width."""
_COLON = re.compile(r"^([^:：\d¥￥$€£]{2,24}?)\s*[:：]\s*(\S.*)$")
_NUMBER = re.compile(r"^([^\d¥￥$€£:：]{2,16}?)\s*((?:[¥￥$€£]|\d).*)$")
_FIGURE = re.compile(r"[\d¥￥$€£.,]")
_BARE = re.compile(r"[\d.,]+")
_MARKED = re.compile(r"[¥￥$€£]\s*\d")
_MONEY = re.compile(r"[¥￥$€£]|\d\s*元")
FORMER_PRICE = re.compile(
    r"原价|划线价|门市价|市场价|日常价|吊牌价|\b(?:was|rrp|list price|usual(?:ly)?|regular(?: price)?|before)\b", re.I
)
"""Names of what a thing cost before, or costs elsewhere: no price."""


class CardText(NamedTuple):
    """What a card says, by its layout; struck-out and former prices are left out.

    Attributes:
        headings: Lines that may name what the card is about, the tallest first.
        pairs: Names with their values.
        grid: Rows of a table, all as long; empty where there is none.
        lines: All lines, from top to bottom; the cells of a row on one.
    """

    headings: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    grid: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...]


def lay_out(card: Sequence[Line]) -> CardText:
    """Read the layout of a card.

    Rows are lines at one height. Rows of several cells that begin at the same places are a table; of two cells they
    are names with values unless they have a heading, which whoever makes a table of them decides. A line by itself is
    a name with a value where a colon, or a figure after letters, divides it. A figure of a table without the currency
    mark that the others of its column have is left out of the table.

    Args:
        card: Its lines.
    """
    rows = [row for row in _find_rows(card) if not (len(row) == 1 and _is_former(row[0]))]
    rows = [[cell for cell in row if not cell.struck] for row in rows]
    rows = [row for row in rows if row]
    grid, used = _find_grid(rows)
    pairs: list[tuple[str, str]] = []
    headings: list[tuple[float, str]] = []
    for number, row in enumerate(rows):
        if number in used:
            continue
        for cell in row:
            pair = _COLON.match(cell.text) or _NUMBER.match(cell.text)
            if pair:
                pairs.append((pair[1].strip(), pair[2].strip()))
            if not _COLON.match(cell.text) and not _MONEY.search(cell.text):
                headings.append((cell.place[3] - cell.place[1], cell.text))
    tallest = [text for _, text in sorted(headings, key=lambda heading: -round(heading[0], 3))]
    return CardText(
        tuple(tallest), tuple(pairs), tuple(grid), tuple(" ".join(cell.text for cell in row) for row in rows)
    )


def _is_former(line: Line) -> bool:
    return bool(FORMER_PRICE.search(line.text))


def _find_rows(card: Sequence[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in sorted(card, key=lambda line: (line.place[1] + line.place[3]) / 2):
        if rows and _share_row(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.place[0]) for row in rows]


def _share_row(one: Line, other: Line) -> bool:
    shared = min(one.place[3], other.place[3]) - max(one.place[1], other.place[1])
    return shared >= _ROW * min(line.place[3] - line.place[1] for line in (one, other))


def _find_grid(rows: Sequence[Sequence[Line]]) -> tuple[list[tuple[str, ...]], set[int]]:
    """Return the cells of a card's table, and the numbers of its rows."""
    wide = [row for row in rows if len(row) > 1]
    if len(wide) < 2:
        # One row of a name and its value is no table, but it is a name with a value.
        if wide and len(wide[0]) == 2:
            return [tuple(cell.text for cell in wide[0])], {rows.index(wide[0])}
        return [], set()
    anchors = _find_anchors(wide)
    grid: list[tuple[str, ...]] = []
    used: set[int] = set()
    for number, row in enumerate(rows):
        if len(row) < 2:
            continue
        cells = [""] * len(anchors)
        for cell in _split_cells(row, anchors):
            column = _find_column(cell, anchors)
            if column is not None and not cells[column]:
                cells[column] = cell.text
        if sum(map(bool, cells)) > 1:
            grid.append(tuple(cells))
            used.add(number)
    return (_leave_out_unmarked(grid), used) if len(grid) > 1 else ([], set())


def _leave_out_unmarked(grid: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return a table without figures that lack the mark most prices of their column have: $741 may be read as 5741."""
    columns = []
    for column in zip(*grid, strict=True):
        bare = [bool(_BARE.fullmatch(cell)) for cell in column]
        marked = sum(bool(_MARKED.match(cell)) for cell in column)
        doubtful = marked >= 2 and sum(bare) < marked
        columns.append(["" if doubtful and lacks else cell for cell, lacks in zip(column, bare, strict=True)])
    return list(zip(*columns, strict=True))


def _find_anchors(rows: Sequence[Sequence[Line]]) -> list[tuple[float, float]]:
    """Return left edge and middle of each column: two rows have a cell there, or the first one has.

    A cell that no other row has one above or below is none of the table's.
    """
    found: list[list[Line]] = []
    for cell in (cell for row in rows for cell in row):
        anchors = [(cells[0].place[0], (cells[0].place[0] + cells[0].place[2]) / 2) for cells in found]
        column = _find_column(cell, anchors) if anchors else None
        if column is None:
            found.append([cell])
        else:
            found[column].append(cell)
    columns = [cells[0] for cells in found if len(cells) > 1 or cells[0] in rows[0]]
    return sorted((cell.place[0], (cell.place[0] + cell.place[2]) / 2) for cell in columns)


def _split_cells(row: Sequence[Line], anchors: Sequence[tuple[float, float]]) -> list[Line]:
    """Return the cells of a row, one that reaches into an empty column cut where that column begins."""
    cells: list[Line] = []
    for number, cell in enumerate(row):
        left, top, right, bottom = cell.place
        end = row[number + 1].place[0] if number + 1 < len(row) else 1.0
        inner = [begin for begin, _ in anchors if left + _COLUMN < begin < min(right, end) - _COLUMN / 2]
        if len(inner) != 1:
            cells.append(cell)
            continue
        cut = _find_cut(cell.text, (inner[0] - left) / (right - left))
        if cut is None:
            cells.append(cell)
            continue
        cells.append(cell._replace(text=cell.text[:cut].strip(), place=(left, top, inner[0], bottom)))
        cells.append(cell._replace(text=cell.text[cut:].strip(), place=(inner[0], top, right, bottom)))
    return cells


def _find_cut(text: str, share: float) -> int | None:
    """Return where a text is to be cut near a share of its width: at a space, or between letters and a figure."""
    widths = [2 if sign > "\u2e7f" else 1 for sign in text]
    places = [
        (abs(sum(widths[:place]) / sum(widths) - share), place)
        for place in range(1, len(text))
        if text[place - 1].isspace() or (_FIGURE.match(text[place]) and not _FIGURE.match(text[place - 1]))
    ]
    off, place = min(places, default=(1.0, 0))
    return place if off <= 0.15 else None


def _find_column(cell: Line, anchors: Sequence[tuple[float, float]]) -> int | None:
    middle = (cell.place[0] + cell.place[2]) / 2
    off = [min(abs(cell.place[0] - left), abs(middle - centre)) for left, centre in anchors]
    nearest = min(range(len(off)), key=off.__getitem__)
    return nearest if off[nearest] <= _COLUMN else None

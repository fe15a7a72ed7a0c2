"""Tables of an HTML page as records."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import html  # type: ignore[import-untyped]

from streamdial.privacy import mask_personal_data
from streamdial.records import Table
from streamdial.sources._files import clean_text

MAX_CELLS = 20_000
_MAX_COLUMNS = 100
_MAX_SPAN = 500
_DIGIT = re.compile(r"\d")
_HEADER_WORDS = re.compile(
    r"(?:参数|项目|配置|名称|属性|类别|规格|车型|房型|菜品|菜名|item|parameter|spec(?:ification)?s?|attribute|property|feature|name|"
    r"model|room(?: type)?|dish|field|key)$",
    re.IGNORECASE,
)


def read_tables(root: html.HtmlElement) -> list[Table]:
    """Return a page's data tables; cells that span are repeated in every place they cover.

    The header is the row of a `thead`, a first row of `th` cells, or a first row without digits above rows that have
    some. A table without one (a list of names and values) gets empty column names. Layout tables (with another table
    inside), single cells and empty tables are left out.
    """
    tables = []
    for element in root.iter("table"):
        if element.find(".//table") is None and (table := _read_table(element)) is not None:
            tables.append(table)
    return tables


def _read_span(cell: html.HtmlElement, name: str) -> int:
    raw = (cell.get(name) or "1").strip()
    return min(max(int(raw), 1), _MAX_SPAN) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 1


def _read_cell(cell: html.HtmlElement) -> str:
    parts = [text for text in cell.itertext() if isinstance(text, str)]
    return mask_personal_data(clean_text(" ".join(parts))[:2000], keep_public_addresses=True)


_Reaching = dict[int, tuple[str, int]]
"""Text and remaining rows of the cells that reach down, by column."""


def _fill(line: list[str], above: _Reaching, below: _Reaching) -> None:
    while len(line) in above and len(line) < _MAX_COLUMNS:
        _place(line, *above.pop(len(line)), below)


def _place(line: list[str], text: str, rows: int, below: _Reaching) -> None:
    if rows > 1:
        below[len(line)] = (text, rows - 1)
    line.append(text)


def _read_row(row: html.HtmlElement, above: _Reaching) -> tuple[list[str], _Reaching]:
    """Return a row's cells with those that reach down into it, and what reaches down from it."""
    line: list[str] = []
    below: _Reaching = {}
    for cell in row:
        if cell.tag not in ("td", "th"):
            continue
        text, rows = _read_cell(cell), _read_span(cell, "rowspan")
        for _ in range(_read_span(cell, "colspan")):
            _fill(line, above, below)
            if len(line) < _MAX_COLUMNS:
                _place(line, text, rows, below)
    _fill(line, above, below)
    return line, below


def _read_grid(table: html.HtmlElement) -> tuple[list[list[str]], list[bool]]:
    """Return the cells row by row, and for each row whether it is marked as a header."""
    grid: list[list[str]] = []
    marked: list[bool] = []
    reaching: _Reaching = {}
    cells = 0
    for row in table.iter("tr"):
        line, reaching = _read_row(row, reaching)
        cells += len(line)
        if cells > MAX_CELLS:
            break
        if any(line):
            tags = {cell.tag for cell in row} & {"td", "th"}
            parent = row.getparent()
            grid.append(line)
            marked.append((parent is not None and parent.tag == "thead") or tags == {"th"})
    return grid, marked


def _read_table(element: html.HtmlElement) -> Table | None:
    grid, marked = _read_grid(element)
    width = max((len(line) for line in grid), default=0)
    if width < 2:
        return None
    grid = [line + [""] * (width - len(line)) for line in grid]
    caption = element.find("caption")
    title = _read_cell(caption) if caption is not None else ""
    # A first row that is one cell across the table is its title.
    if len(grid) > 1 and len(set(grid[0])) == 1 and grid[0][0] and not any(marked[1:2]):
        title = title or grid[0][0]
        grid, marked = grid[1:], marked[1:]
    header = ("",) * width
    if marked[0] or looks_like_header(grid):
        header, grid = tuple(grid[0]), grid[1:]
    return Table(caption=title, header=header, rows=tuple(map(tuple, grid))) if grid else None


def looks_like_header(grid: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row of a table names its columns: it has no digits, and the rows below have some."""
    first, rest = grid[0], grid[1:]
    if not rest or any(_DIGIT.search(cell) for cell in first[1:]):
        return False
    if _HEADER_WORDS.match(first[0]):
        return True
    if len(first) == 2 or not all(first[1:]) or len(set(first)) < len(first):
        return False
    return any(_DIGIT.search(cell) for line in rest for cell in line)

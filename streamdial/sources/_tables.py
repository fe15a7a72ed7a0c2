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
    some; of two header rows the second tells apart what the first spans. A table without one (a list of names and
    values, also of a `dl`) gets empty column names. Layout tables (with another table of more than a cell inside),
    single cells and empty tables are left out.
    """
    tables = []
    for element in root.iter("table"):
        inner = element.findall(".//table")
        if all(_is_single_cell(each) for each in inner) and (table := _read_table(element)) is not None:
            tables.append(table)
    for element in root.iter("dl"):
        if (table := _read_definitions(element)) is not None:
            tables.append(table)
    return tables


def _is_single_cell(table: html.HtmlElement) -> bool:
    return sum(cell.tag in ("td", "th") for cell in table.iter("td", "th")) <= 1


def _read_definitions(element: html.HtmlElement) -> Table | None:
    """Return a list of definitions as a table of names and values, where each name has one."""
    rows: list[tuple[str, str]] = []
    for child in element.iter("dt", "dd"):
        if child.tag == "dt":
            rows.append((_read_cell(child), ""))
        elif rows and not rows[-1][1]:
            rows[-1] = (rows[-1][0], _read_cell(child))
    whole = [row for row in rows if all(row)]
    return (
        Table(caption="", header=("", ""), rows=tuple(whole)) if len(whole) >= 2 and len(whole) == len(rows) else None
    )


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
        # The row of a table of one cell inside a cell is layout: its text is that cell's.
        if next(row.iterancestors("table")) is not table:
            continue
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
        header, grid, marked = tuple(grid[0]), grid[1:], marked[1:]
        # Below a heading that spans columns a second one tells them apart.
        while len(grid) > 1 and marked[0] and len(set(header)) < len(header):
            header = tuple(_join_names(upper, lower) for upper, lower in zip(header, grid[0], strict=True))
            grid, marked = grid[1:], marked[1:]
    return Table(caption=title, header=header, rows=tuple(map(tuple, grid))) if grid else None


def _join_names(upper: str, lower: str) -> str:
    return upper if lower in ("", upper) else f"{upper} {lower}".strip()


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

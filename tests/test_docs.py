"""A page of the documentation and its page in Mandarin say the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

DOCS = ROOT / "docs"
TRANSLATED = sorted(path.name.removesuffix(".zh.md") for path in DOCS.glob("*.zh.md"))
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def list_code(text: str) -> list[str]:
    """Return the lines of the blocks of code without remarks; pictures are none, as their labels are translated."""
    blocks = [code for language, code in _FENCED.findall(text) if language != "mermaid"]
    blocks += re.findall(r"(?<=\n\n)(?: {4}\S.*\n)+", _FENCED.sub("", text))
    lines = (re.sub(r"(^| +)# .*", "", line).rstrip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def list_headings(text: str) -> list[str]:
    return re.findall(r"^(#+) ", _FENCED.sub("", text), re.MULTILINE)


def list_options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def list_figures(text: str) -> list[str]:
    """Return the numbers with a fraction or groups, as measured ones are written, in whatever order they stand."""
    return sorted(re.findall(r"\d+(?:[.,]\d+)+", text))


def count_rows(text: str) -> int:
    return len(re.findall(r"^\|", text, re.MULTILINE))


def count_points(text: str) -> int:
    return len(re.findall(r"^ *(?:-|\d+\.) ", _FENCED.sub("", text), re.MULTILINE))


READ: dict[str, Callable[[str], Any]] = {
    "headings": list_headings,
    "options": list_options,
    "code": list_code,
    "figures": list_figures,
    "rows of tables": count_rows,
    "points of lists": count_points,
}


def compare(english: Path, other: Path) -> dict[str, object]:
    """Return what is unlike in two pages, by its kind: what stands in one of them alone, or how many there are."""
    unlike: dict[str, object] = {}
    pages = [path.read_text(encoding="utf-8") for path in (english, other)]
    for kind, read in READ.items():
        ours, theirs = (read(page) for page in pages)
        if ours == theirs:
            continue
        if isinstance(ours, int):
            unlike[kind] = (ours, theirs)
        else:
            first, second = Counter(ours), Counter(theirs)
            # The same things in another order are told whole.
            unlike[kind] = [*(first - second), *(second - first)] or (ours, theirs)
    return unlike


def test_there_are_pages_in_mandarin() -> None:
    assert {"domains", "models", "operations", "glossary"} <= set(TRANSLATED)


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_page_in_mandarin_keeps_up_with_the_english_one(name: str) -> None:
    english = DOCS / f"{name}.md"
    assert english.is_file(), f"docs/{name}.zh.md has no docs/{name}.md"
    unlike = compare(english, DOCS / f"{name}.zh.md")
    assert not unlike, f"docs/{name}.zh.md says something else than docs/{name}.md: {unlike}"


def test_the_start_pages_have_the_same_headings() -> None:
    # Each heading in Mandarin takes the anchor of the English one.
    first, second = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    assert list_headings(first) == list_headings(second)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("headings", ("## Limits", "Limits")),
        ("options", ("`--mode`", "the mode")),
        ("code", ("run --out a", "run --out b")),
        ("figures", ("0.91", "0.92")),
        ("rows of tables", ("| b | c |\n", "")),
        ("points of lists", ("- one\n", "")),
    ],
)
def test_what_is_missing_is_told(kind: str, change: tuple[str, str], tmp_path: Path) -> None:
    page = "# A\n\n`--mode`\n\n```sh\nrun --out a  # remark\n```\n\n## Limits\n\nF1 0.91\n\n"
    page += "- one\n- two\n\n| a | b |\n| b | c |\n"
    english, other = tmp_path / "x.md", tmp_path / "x.zh.md"
    english.write_text(page, encoding="utf-8")
    other.write_text(page.replace("remark", "说明"), encoding="utf-8")
    assert compare(english, other) == {}
    other.write_text(page.replace(*change), encoding="utf-8")
    assert set(compare(english, other)) == {kind}

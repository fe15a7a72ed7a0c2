"""Personal data and look-alikes as people type them, from `tests/data/privacy`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "data" / "privacy"


class Case(NamedTuple):
    """A line; `start` and `end` are the place of the datum, 0 and 0 in a look-alike."""

    kind: str
    language: str
    text: str
    start: int = 0
    end: int = 0

    @property
    def datum(self) -> str:
        return self.text[self.start : self.end]


def read_personal() -> list[Case]:
    found = []
    for line in (FOLDER / "personal.tsv").read_text("utf-8").splitlines():
        kind, language, marked = line.split("\t")
        before, rest = marked.split("⟦")
        datum, after = rest.split("⟧")
        found.append(Case(kind, language, before + datum + after, len(before), len(before) + len(datum)))
    return found


def read_look_alikes() -> list[Case]:
    lines = (FOLDER / "look_alikes.tsv").read_text("utf-8").splitlines()
    return [Case(*line.split("\t")) for line in lines]

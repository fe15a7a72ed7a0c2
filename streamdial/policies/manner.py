"""How one writer writes, line by line: length, end, particles, politeness; and a text brought near to it."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from streamdial.personas.habits import find_words, load_habits
from streamdial.records import Language
from streamdial.text import measure_length

_FINAL = re.compile(r"[\s.。!！~～…?？]+$")
_SEVERAL = re.compile(r"[。！？!?](?=.)|，.*，")
"""A text of several sentences, or of many clauses."""
_MARK = re.compile(r"[?？]+\s*$")
_LETTERS = re.compile(r"[A-Za-z]")
_POLITE: dict[Language, tuple[str, ...]] = {
    "en": ("please", "could", "would", "may i", "thank"),
    "zh": ("请", "麻烦", "您"),
}
_ASKING = re.compile(
    r"\b(?:what|which|how|when|where|who|why|is|are|do|does|did|can|could|would|will|any|has|have)\b"
    r"|吗|么|呢|几|多少|多大|多久|哪|怎么|什么|啥|咋|能不能|有没有|是不是|可不可以|还有",
    re.IGNORECASE,
)
PUT_ON = {"question": ("呀", "啊", "呢"), "statement": ("哈", "哦")}
"""Chinese particles that may be put behind a question or a statement without a change of what it says."""
_ENDED = ("吗", "么", "没", "不")
"""Ends of a question that take no particle."""


class Manner(NamedTuple):
    """The way one line is written.

    Attributes:
        length: Words, of Chinese characters.
        end: The mark it ends with: `?`, `!`, `.` or empty; a repeated one is written twice.
        lower: Whether it has letters and all are small.
        particle: The Chinese particle it ends with; else empty.
        polite: Whether it has a polite word.
        casual: Whether it has a casual word or a short form.
    """

    length: float
    end: str
    lower: bool
    particle: str
    polite: bool
    casual: bool


def read_manner(text: str, language: Language) -> Manner:
    """Return the way a line is written."""
    bare = _FINAL.sub("", text)
    end = re.sub(r"[^?!.]", "", text[len(bare) :].translate(str.maketrans("？！。", "?!.")))
    lists = load_habits()
    particle = next((one for one in lists.particles.get(language, ()) if bare.endswith(one)), "")
    letters = "".join(_LETTERS.findall(text))
    casual = (*lists.register_words["casual"].get(language, ()), *lists.abbreviations.get(language, ()))
    return Manner(
        length=measure_length(text, language),
        end=end[:1] + end[:1] * (len(end) > 1),
        lower=language == "en" and len(letters) > 3 and letters.islower(),
        particle=particle,
        polite=bool(find_words(text, _POLITE[language], language)),
        casual=bool(find_words(text, casual, language)),
    )


def asks(text: str) -> bool:
    """Tell whether a line asks something, with a mark or without."""
    return bool(_MARK.search(text) or _ASKING.search(text))


def measure_distance(one: Manner, other: Manner) -> float:
    """Return how far two ways of writing are apart: the logarithm of their lengths, and 0.5 for each other trait."""
    far = abs(math.log((one.length + 1) / (other.length + 1)))
    return far + 0.5 * sum(
        left != right
        for left, right in (
            (bool(one.particle), bool(other.particle)),
            (one.polite, other.polite),
            (one.casual, other.casual),
        )
    )


def draw_line(lines: Sequence[str], question: bool, rng: random.Random) -> str:
    """Return one of a writer's lines, drawn among those that ask, or do not; among all where there is none."""
    fitting = [line for line in lines if asks(line) == question]
    return rng.choice(fitting or list(lines))


def bring_near(text: str, line: str, language: Language, keep: Callable[[str], bool], names: Iterable[str] = ()) -> str:
    """Return a text that ends, is spelt and is softened as a line of its writer is.

    Args:
        text: The text.
        line: The line.
        language: Language of both.
        keep: Tells whether a text may be said; each change that may not be is left out.
        names: Names whose capitals stay.
    """
    wanted, own = read_manner(line, language), read_manner(text, language)
    tries: list[Callable[[str], str]] = []
    if wanted.particle and not own.particle:
        tries.append(lambda told: _put_particle(told, wanted.particle))
    if not own.polite and line.startswith("请问") and asks(text) and not _SEVERAL.search(text):
        tries.append(lambda told: f"请问{told}")
    if wanted.lower:
        tries.append(lambda told: _lower(told, names))
    tries.append(lambda told: _end(told, wanted.end, language))
    for change in tries:
        changed = change(text)
        text = changed if changed != text and keep(changed) else text
    return text


def count_traits(lines: Iterable[str], language: Language) -> Counter[Hashable]:
    """Return how often each trait of writing occurs in some lines: length in doublings, end, case, softness."""
    found: Counter[Hashable] = Counter()
    for line in lines:
        manner = read_manner(line, language)
        found["length", round(math.log2(manner.length + 1))] += 1
        found["end", asks(line), manner.end] += 1
        found["lower", manner.lower] += 1
        found["particle", manner.particle] += 1
        found["tone", manner.polite, manner.casual] += 1
    return found


def _put_particle(text: str, particle: str) -> str:
    bare = _FINAL.sub("", text)
    if _SEVERAL.search(bare):
        return text  # what ends in another sentence than it asks in
    kind = "question" if asks(text) else "statement"
    if particle not in PUT_ON[kind] or not bare or bare.endswith(_ENDED) or not "\u4e00" <= bare[-1] <= "\u9fff":
        return text
    return f"{bare}{particle}{text[len(bare) :]}"


def _end(text: str, end: str, language: Language) -> str:
    bare = _FINAL.sub("", text)
    if asks(text) != (end[:1] == "?") and end[:1] != "":
        return text  # what asks ends in no full stop
    marks = end.translate(str.maketrans("?!.", "？！。")) if language == "zh" else end
    return bare + marks


def _lower(text: str, names: Iterable[str]) -> str:
    lowered = text.lower()
    for name in names:
        if name:
            lowered = re.sub(re.escape(name.lower()), lambda _, name=name: name, lowered)  # type: ignore[misc]
    return lowered

"""Regular expressions that look for their words first: where none of them stands in a text, nothing is matched.

A check of a turn is an alternation of dozens of wordings, of which hardly any text has one; Python's `re` tries each of
them at each place. What a match must contain is read off the expression once, as RE2's `FilteredRE2` and Google's Code
Search do it. The words of all expressions are looked for in one pass over the text (Aho and Corasick 1975), and each
expression asks whether its own are among them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import ahocorasick

try:
    # The parser of `re` is a module of its own under this name since Python 3.11; nothing public gives its tree.
    from re import _casefix  # type: ignore[attr-defined]
    from re import _constants as sre  # type: ignore[attr-defined]
    from re import _parser as sre_parser  # type: ignore[attr-defined]
except ImportError:
    sre = sre_parser = _casefix = None

MOST = 48
"""Words that are multiplied out into one list."""
ALPHABET = 16
"""Single letters and digits that make an alphabet."""
LISTS = 3
"""Lists that are looked through for one expression."""
DIGIT = "\\d"
"""Stands for any digit among the words."""
_LIKE_OTHERS: Iterable[int] = _casefix._EXTRA_CASES if _casefix is not None else ()
_ANY_DIGIT = re.compile(r"\d")
_FOLDED = frozenset("\u0130").union(chr(code) for code in _LIKE_OTHERS if code > 0x7F)
"""Letters that `re` takes for others where case is ignored, though they differ in lower case: ſ and s, µ and μ."""
Words = frozenset[str]
Row = TypeVar("Row")


class _Found(NamedTuple):
    """What is known of a part of an expression.

    Attributes:
        exact: All that it can match, in lower case; None where that is not a short list.
        needed: Lists of words, best first; one word of each list stands in whatever it matches.
    """

    exact: Words | None
    needed: tuple[Words, ...]

    def choose(self) -> Words | None:
        """Return the list that excludes most, or None."""
        return max((self.exact, *self.needed), key=_weigh)


_ANYTHING = _Found(None, ())
_NOTHING = _Found(frozenset(("",)), ())


def _weigh(words: Words | None) -> tuple[int, int]:
    """Return how much a list of words excludes: by its shortest word, then by how few there are; 0 for nothing."""
    if not words or "" in words:
        return (0, 0)
    return (min(1 if word == DIGIT else len(word) for word in words), -len(words))


def _sort(lists: Iterable[Words | None]) -> tuple[Words, ...]:
    found = {words for words in lists if words is not None and _weigh(words) > (0, 0)}
    # An alphabet excludes nothing.
    found = {words for words in found if sum(len(word) == 1 and word.isascii() for word in words) <= ALPHABET}
    if len(found) < 2:
        return tuple(found)
    return tuple(sorted(found, key=lambda words: (_weigh(words), sorted(words)), reverse=True)[:LISTS])


def _cross(left: Words, right: Words) -> Words | None:
    return frozenset(a + b for a in left for b in right) if len(left) * len(right) <= MOST else None


def _read_each(parts: Any) -> Iterator[_Found]:  # noqa: ANN401
    """Read the parts of a sequence; letters that follow each other are one."""
    letters = ""
    for name, argument in parts:
        if name is sre.LITERAL:
            letters += chr(argument).lower()
            continue
        if letters:
            yield _Found(frozenset((letters,)), ())
            letters = ""
        yield _read_part(name, argument)
    if letters:
        yield _Found(frozenset((letters,)), ())


def _read_sequence(parts: Any) -> _Found:  # noqa: ANN401
    whole: Words | None = frozenset(("",))
    run: Words = frozenset(("",))
    needed: list[Words] = []
    for found in _read_each(parts):
        whole = _cross(whole, found.exact) if whole is not None and found.exact is not None else None
        joined = _cross(run, found.exact) if found.exact is not None else None
        if joined is not None:
            run = joined
            continue
        needed += (run, *found.needed)
        run = found.exact if found.exact is not None else frozenset(("",))
    return _Found(whole, _sort((*needed, run)))


def _read_branches(branches: Any) -> _Found:  # noqa: ANN401
    read = [_read_sequence(branch) for branch in branches]
    exact: Words | None = frozenset().union(*(one.exact or () for one in read))
    if any(one.exact is None for one in read) or len(exact or ()) > MOST:
        exact = None
    each = [one.choose() for one in read]
    whole = all(_weigh(words) > (0, 0) for words in each)
    return _Found(exact, (frozenset().union(*(words or () for words in each)),) if whole else ())


def _read_repeat(argument: Any) -> _Found:  # noqa: ANN401
    least, most, inner = argument
    found = _read_sequence(inner)
    if (least, most) == (1, 1):
        return found
    if least == 0:
        return _Found(found.exact | {""} if most == 1 and found.exact is not None else None, ())
    return _Found(None, _sort((*found.needed, found.exact)))


def _read_set(items: Any) -> _Found:  # noqa: ANN401
    characters: set[str] = set()
    for name, argument in items:
        if name is sre.LITERAL:
            characters.add(chr(argument).lower())
        elif name is sre.RANGE and argument[1] - argument[0] < MOST:
            characters |= {chr(code).lower() for code in range(argument[0], argument[1] + 1)}
        elif name is sre.CATEGORY and argument is sre.CATEGORY_DIGIT:
            characters.add(DIGIT)
        else:
            return _ANYTHING
    if len(characters) > MOST:
        return _ANYTHING
    words = frozenset(characters)
    return _Found(None if DIGIT in words else words, _sort((words,)))


def _read_part(name: Any, argument: Any) -> _Found:  # noqa: ANN401
    if name in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
        return _NOTHING
    read = _list_readers().get(name)
    return read(argument) if read is not None else _ANYTHING


@cache
def _list_readers() -> Mapping[Any, Callable[[Any], _Found]]:
    return {
        sre.IN: _read_set,
        sre.BRANCH: lambda branches: _read_branches(branches[1]),
        sre.SUBPATTERN: lambda group: _read_sequence(group[-1]),
        sre.ATOMIC_GROUP: _read_sequence,
        sre.MAX_REPEAT: _read_repeat,
        sre.MIN_REPEAT: _read_repeat,
        sre.POSSESSIVE_REPEAT: _read_repeat,
    }


def list_needed(source: str, flags: int = 0) -> tuple[Words, ...]:
    r"""Return lists of words in lower case; one word of each list stands in whatever an expression matches.

    `\d` stands for any digit. Words that hold others of their list are left out: they exclude nothing more. There is no
    list where nothing must stand in a match.
    """
    if sre_parser is None:
        return ()
    found = _read_sequence(sre_parser.parse(source, flags))
    lists = _sort((*found.needed, found.exact))
    return tuple(
        frozenset(word for word in words if not any(other != word and other in word for other in words))
        for words in lists
    )


def _has_folded(text: str) -> bool:
    return not text.isascii() and not _FOLDED.isdisjoint(text)


class _WordIndex:
    """The words of all expressions, found in a text in one pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {DIGIT: 0}
        self._known = 0
        self._automaton = ahocorasick.Automaton()

    def number(self, words: Words) -> frozenset[int]:
        """Return the numbers of some words; new ones are looked for from the next text on."""
        with self._lock:
            return frozenset(self._numbers.setdefault(word, len(self._numbers)) for word in words)

    def find(self, text: str) -> tuple[int, frozenset[int]]:
        """Return how many words were looked for in a text, and the numbers of those that stand in it."""
        with self._lock:
            if self._known < len(self._numbers):
                for word, number in self._numbers.items():
                    if number:
                        self._automaton.add_word(word, number)
                self._automaton.make_automaton()
                self._known = len(self._numbers)
            found = {number for _, number in self._automaton.iter(text.lower())} if self._known > 1 else set()
            if _ANY_DIGIT.search(text):
                found.add(0)
            if _has_folded(text):
                found.update(range(self._known))
            return self._known, frozenset(found)


def _stand_in(lists: Iterable[Words], text: str) -> bool:
    """Tell whether a word of each list stands in a text, without the index."""
    lower = text.lower()
    digit = _ANY_DIGIT.search(text) is not None
    return _has_folded(text) or all(any(digit if word == DIGIT else word in lower for word in words) for words in lists)


_WORDS = _WordIndex()
_find_words = lru_cache(maxsize=256)(_WORDS.find)
"""A text is held against dozens of expressions, one after the other."""


class FilteredPattern:
    """An expression that looks for its words before it is matched; it finds what `re` finds.

    It is read when a text is first held against it, and compiled when one may match.

    Args:
        source: The expression.
        flags: Those of `re.compile`.
    """

    def __init__(self, source: str, flags: int = 0) -> None:
        self.source = source
        self.flags = flags

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.source, self.flags)

    @cached_property
    def needed(self) -> tuple[Words, ...]:
        """Lists of words, best first; one word of each list stands in whatever is matched."""
        return list_needed(self.source, self.flags)

    @cached_property
    def lists(self) -> tuple[frozenset[int], ...]:
        """The numbers of these words."""
        return tuple(_WORDS.number(words) for words in self.needed)

    @cached_property
    def _newest(self) -> int:
        return max((max(words) for words in self.lists), default=-1)

    def may_match(self, text: str) -> bool:
        """Tell whether a text has the words a match must contain."""
        newest = self._newest
        known, found = _find_words(text)
        if newest >= known:  # the text was looked through before this expression was read
            return _stand_in(self.needed, text)
        return all(not words.isdisjoint(found) for words in self.lists)

    def search(self, text: str, *span: int) -> re.Match[str] | None:
        """Return the first match, as `re.Pattern.search`."""
        return self.pattern.search(text, *span) if self.may_match(text) else None

    def match(self, text: str, *span: int) -> re.Match[str] | None:
        """Return the match at one place, as `re.Pattern.match`."""
        return self.pattern.match(text, *span)

    def finditer(self, text: str, *span: int) -> Iterator[re.Match[str]]:
        """Return all matches, as `re.Pattern.finditer`."""
        return self.pattern.finditer(text, *span) if self.may_match(text) else iter(())

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        """Return the text with all matches replaced, as `re.Pattern.sub`."""
        return self.pattern.sub(replacement, text) if self.may_match(text) else text


class FilteredTable(Generic[Row]):
    """Rows with an expression each; only those are tried whose words stand in a text.

    Args:
        rows: The rows.
        get: Returns a row's expression.
    """

    def __init__(self, rows: Iterable[Row], get: Callable[[Row], FilteredPattern]) -> None:
        self._rows = [(get(row), row) for row in rows]

    @cached_property
    def _by_word(self) -> dict[int, list[int]]:
        """Places of rows by the numbers of their words; under -1 those that may match anything."""
        found: dict[int, list[int]] = {-1: []}
        for place, (pattern, _) in enumerate(self._rows):
            for number in pattern.lists[0] if pattern.lists else (-1,):
                found.setdefault(number, []).append(place)
        return found

    @cached_property
    def _newest(self) -> int:
        return max(self._by_word)

    def select(self, text: str) -> Iterator[Row]:
        """Yield the rows whose expressions may match in a text, in their order."""
        by_word = self._by_word
        known, found = _find_words(text)
        if self._newest >= known:  # the text was looked through before these expressions were read
            places = set(range(len(self._rows)))
        else:
            places = set(by_word[-1]).union(*(by_word[number] for number in by_word.keys() & found))
        for place in sorted(places):
            pattern, row = self._rows[place]
            if pattern.may_match(text):
                yield row


@lru_cache(maxsize=4096)
def compile_filtered(source: str, flags: int = 0) -> FilteredPattern:
    """Return an expression that looks for its words first; worth it for long alternations."""
    return FilteredPattern(source, flags)

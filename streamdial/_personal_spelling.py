"""Numbers and handles read as they are meant: spelled, split, told in words, written with letters for digits.

Filters made people write 一三八 … 然后是 … or "oh seven double four", and x i a o 下划线 8 for a handle. A reading puts
plain digits and signs in place of those and remembers where each character came from, so that the rules for plain
text hold for it too.
"""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """A text as it is meant.

    Attributes:
        text: The plain text.
        begins: For each of its characters, where the stretch it stands for begins in the text as written.
        ends: For each of its characters, where that stretch ends.
        spelled: Stretches of the text as written that spell a number of seven digits or more by English words, and
            how many digits.
    """

    text: str
    begins: list[int]
    ends: list[int]
    spelled: list[tuple[int, int, int]]

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the text as written of a span of the reading that holds at least one character."""
        return self.begins[start], self.ends[end - 1]


class _Token(NamedTuple):
    """A piece that stands for digits; `plain` counts those written by figures or by numerals that mean nothing else."""

    digits: str
    start: int
    end: int
    plain: int
    word: bool


_Edit = tuple[int, int, str]

_DIGIT_WORDS = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine niner")
    )
    for word in words.split()
}
_TENS = {
    word: str(value) for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_TEENS = {
    word: str(value)
    for value, word in enumerate(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"], 10
    )
}
_ZH_STRONG = (
    str.maketrans("零〇洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九勾玖", "000111222334455667778899 9"[:23] + "99"[:0])
    if False
    else {}
)

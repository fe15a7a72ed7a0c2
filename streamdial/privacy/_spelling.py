"""Numbers read as they are meant: spelled, split, told in words, with letters in place of digits.

Filters made people write 一三八 … 然后是 … or "oh seven double four". A reading puts plain digits in place of those and
remembers where each character came from, so that the rules written for plain text hold for it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from streamdial.patterns import compile_filtered

Piece = tuple[str, int, int]
"""A character, and where what it stands for begins and ends in the text as written."""


class Reading(NamedTuple):
    """A text as it is meant.

    Attributes:
        text: The plain text.
        begins: For each of its characters, where the stretch it stands for begins in the text as written.
        ends: For each of its characters, where that stretch ends there.
        told: Stretches of the text as written that tell a number of at least seven digits by English words, each with
            its count of digits.
    """

    text: str
    begins: list[int]
    ends: list[int]
    told: list[tuple[int, int, int]]

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of at least one character of the reading stands in the text as written."""
        return self.begins[start], self.ends[end - 1]


class _Token(NamedTuple):
    digits: str
    start: int
    end: int
    kind: str


_ONES = ("zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine niner")
_WORDS = {word: str(value) for value, words in enumerate(_ONES) for word in words.split()}
_TENS = {
    word: str(value)
    for value, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2)
}
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TIMES = {"double": 2, "triple": 3, "treble": 3}

_NUMERALS = {
    ord(character): str(value)
    # Also as radio operators say them (幺两拐洞勾) and as banks write them.
    for value, characters in enumerate(
        ("零〇洞", "一幺壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七拐柒", "八捌", "九勾玖")
    )
    for character in characters
}
# Characters that only sound like a digit, and letters that look like one: no digits but where the rest is digits.
_SOUNDS = {
    character: str(value)
    for value, characters in enumerate(
        (
            "另令灵铃林玲欧哦凌",
            "妖邀依腰衣医",
            "尔耳儿饵",
            "伞散山",
            "死思寺斯似司",
            "舞午武吴屋吾",
            "流柳溜刘留",
            "期妻骑气起漆",
            "扒吧巴爸霸",
            "酒久旧就",
        )
    )
    for character in characters
}
_SOUNDS |= dict(zip(("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"), "0123456789", strict=True))
_SOUNDS |= {"yao": "1", "dong": "0", "guai": "7", "gou": "9"}
_LOOKS = str.maketrans("oOоОQDdlIizZзЗSsbGBgq", "000000011122335566899")

_EN_ONE = "|".join(_WORDS)
_ASIDE = (
    r"(?:[前后头末尾中上下再]{1,2}[间面边头]?(?:[几那这]|\d(?!\d))?位数?|[前后上下]\d?半?[截段部]分?|(?<!\d)\d[个段位]"
    r"|(?:the\s+)?(?:last|first|next)\s+(?:two|three|four|five|six|eight|half|\d(?!\d))(?:\s+digits)?|second\s+half)"
)
_TOKEN = re.compile(
    rf"(?P<aside>{_ASIDE})"
    rf"|(?<![a-z])(?P<times>double|triple|treble)[\s\-]*(?P<one>{_EN_ONE}|o|\d(?!\d))(?![a-z])"
    rf"|(?<![a-z])(?P<tens>{'|'.join(_TENS)})(?:[\s\-]?(?P<unit>{'|'.join(list(_WORDS)[2:])}))?(?![a-z])"
    rf"|(?<![a-z])(?P<teen>{'|'.join(_TEENS)})(?![a-z])"
    rf"|(?<![a-z])(?P<word>{_EN_ONE})(?![a-z])"
    r"|(?<![a-z0-9])(?P<mixed>(?=[0-9oоilzз]{2})(?=[^\W\d_]{0,40}\d)(?=\d*[^\W\d_])[0-9oоilzз]{2,}|(?=\d*[a-z])(?=(?:[a-z]?\d){4})[0-9oilzsbgqd]{7,})(?![a-z0-9])"
    r"|(?P<figures>[0-9]+)"
    rf"|(?P<sound>[{''.join(filter(lambda sound: len(sound) == 1, _SOUNDS))}]"
    rf"|(?<![a-z])(?:{'|'.join(filter(str.isascii, _SOUNDS))})(?![a-z]))"
    r"|(?P<check>(?<![a-z])x(?![a-z])|叉)",
    re.IGNORECASE,
)
_SIGNS = r"(?:[^\w$¥€£%@+]|_)"
_FILLER = (
    r"(?:然后|接着|接下来|跟着|再?后[面边头]|前[面边]|中间|最[后末]|末尾|[结收]尾|尾[号巴]|开头|[呃额嗯恩啊哦诶]|那个|就?是|再|加上|连着?|空格?|横?杠|的话?|数字?"
    r"|(?<![a-z])(?:and|then|next|after\s+that|finally|lastly|it'?s|that'?s|is|followed\s+by|u[mh]+|er+m?|space|dash|hyphen|dot)(?![a-z]))"
)
_GAP = re.compile(rf"(?:{_SIGNS}|{_ASIDE}|{_FILLER}){{0,12}}", re.IGNORECASE)
_USUAL_GAP = re.compile(r"[\s\-_.·•–—~*/]{0,3}|[、,，;。:]\s?|\s[,/\-]\s|\)\s?|\s?\(")
_ODD_GAP = re.compile(r"[()#&=^>\]】」]|\s[/,\-]\s")
_JOINT = re.compile(r"[\s\-]{0,3}")

# Numbers that tell by their form what they are: mobile, identity card, card, hotline.
_FORMS = (
    re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]"),
    re.compile(r"1[3-9]\d{9}"),
    re.compile(r"(?:62\d{17}|62\d{14}|[45]\d{15}|3[47]\d{13})"),
    re.compile(r"[48]00\d{7}"),
)
# Thousands and dates among what would be joined.
_NO_NUMBER = compile_filtered(
    r"(?<!\d)\d{1,3},\d{3}(?!\d)|(?:19|20)\d{2}[\s\-./年](?:0?[1-9]|1[0-2])[\s\-./月](?:0?[1-9]|[12]\d|3[01])(?!\d)"
)
_PRICE = re.compile(r"\s?(?:元|块|万|千|百|亿|k\b|km|公里|台|人|%|yuan|dollars?)", re.IGNORECASE)


def read_numbers(text: str) -> Reading | None:
    """Read the spelled and split numbers of a text; None where nothing is spelled.

    Zh numerals become figures wherever they stand. English words, characters by sound and letters by looks become
    figures only within a stretch of digits, the last two only where the stretch then has the form of a mobile,
    identity or card number.

    Args:
        text: Text with full-width characters folded.
    """
    figures = text.translate(_NUMERALS)
    pieces: list[tuple[int, int, list[Piece]]] = []
    told: list[tuple[int, int, int]] = []
    for stretch in _list_stretches(figures):
        if sum(len(token.digits) for token in stretch) < 5:
            continue
        if _is_single(stretch):
            gaps = {figures[left.end : right.start] for left, right in pairwise(stretch)}
            for left, right in pairwise(stretch):
                gap = figures[left.end : right.start]
                close = gap == " " or len(gaps) == 1
                pieces.append((left.end, right.start, [] if close else [(gap.strip()[:1], left.end, right.start)]))
            continue
        usual = _is_usual(figures, text, stretch)
        if usual and not _ODD_GAP.search(figures, stretch[0].start, stretch[-1].end):
            continue
        windows = list(_find_windows(figures, text, stretch))
        pieces += windows or ([] if usual else _plain(figures, text, stretch))
        if number := _tell(stretch):
            told.append(number)
    if not pieces and figures == text:
        return None
    plain, begins, ends = replace_pieces(figures, pieces)
    return Reading(plain, begins, ends, told)


def _list_stretches(figures: str) -> Iterator[list[_Token]]:
    stretch: list[_Token] = []
    for match in _TOKEN.finditer(figures):
        token = _weigh(match)
        if token is None:
            continue
        if stretch and not (
            token.start - stretch[-1].end <= 24 and _GAP.fullmatch(figures, stretch[-1].end, token.start)
        ):
            yield stretch
            stretch = []
        stretch.append(token)
    if stretch:
        yield stretch


def _is_usual(figures: str, text: str, stretch: list[_Token]) -> bool:
    span = slice(stretch[0].start, stretch[-1].end)
    return (
        text[span] == figures[span]
        and all(token.kind == "figures" for token in stretch)
        and all(_USUAL_GAP.fullmatch(figures, left.end, right.start) for left, right in pairwise(stretch))
    )


def _is_single(stretch: list[_Token]) -> bool:
    """Tell whether digits stand one by one, as 1 3 8 0 0."""
    single = sum(len(token.digits) == 1 for token in stretch)
    return len(stretch) >= 7 and single >= 0.8 * len(stretch) and all(token.kind == "figures" for token in stretch)


def _weigh(match: re.Match[str]) -> _Token | None:
    kind = str(match.lastgroup)
    raw = match[0].lower()
    if match["aside"]:
        return None
    if match["times"]:
        one = match["one"].lower()
        digits, kind = (_WORDS.get(one) or one.replace("o", "0")) * _TIMES[match["times"].lower()], "word"
    elif match["tens"]:
        digits, kind = _TENS[match["tens"].lower()] + _WORDS.get((match["unit"] or "zero").lower(), "0"), "word"
    elif match["teen"]:
        digits, kind = str(10 + _TEENS.index(raw)), "word"
    elif match["word"]:
        digits = _WORDS[raw]
    elif match["mixed"]:
        digits = match[0].translate(_LOOKS)
    elif match["sound"]:
        digits = _SOUNDS[raw]
    else:
        digits = "X" if kind == "check" else raw
    return _Token(digits, *match.span(), kind)


def _find_windows(figures: str, text: str, stretch: list[_Token]) -> Iterator[tuple[int, int, list[Piece]]]:
    """Yield the parts of a stretch that have the form of a number, as what to write in their place."""
    marks = [(digit, place, token) for token in stretch for place, digit in enumerate(token.digits)]
    digits = "".join(mark[0] for mark in marks)
    first = 0
    for begin, (_, place, token) in enumerate(marks):
        if begin < first or place or figures[token.start - 1 : token.start] in ("+", ")"):
            continue
        if not _parts(figures, marks[begin - 1][2] if begin else None, token):
            continue
        for form in _FORMS:
            match = form.match(digits, begin)
            if match is None:
                continue
            end = match.end()
            last, following = marks[end - 1], marks[end] if end < len(marks) else None
            if following and (following[2] is last[2] or not _parts(figures, last[2], following[2])):
                continue
            held = list(dict.fromkeys(mark[2] for mark in marks[begin:end]))
            gaps = {figures[left.end : right.start] for left, right in pairwise(held) if left.end < right.start}
            outer = [
                figures[left.end : right.start]
                for left, right in (
                    (marks[begin - 1][2] if begin else None, token),
                    (last[2], following and following[2]),
                )
                if left and right
            ]
            if not gaps.intersection(outer) and _is_meant(figures, text, held, end - begin):
                yield token.start, last[2].end, [_place(digit, at, held) for digit, at, held in marks[begin:end]]
                first = end
                break


def _place(digit: str, at: int, token: _Token) -> Piece:
    if len(token.digits) == token.end - token.start:
        return digit, token.start + at, token.start + at + 1
    return digit, token.start, token.end


def _parts(figures: str, left: _Token | None, right: _Token) -> bool:
    """Tell whether a number may end between two tokens: something stands between them, or one only sounds."""
    return left is None or left.end < right.start or "figures" not in (left.kind, right.kind) or left.kind != right.kind


def _is_meant(figures: str, text: str, tokens: list[_Token], count: int) -> bool:
    sure = sum(len(token.digits) for token in tokens if token.kind in ("figures", "word"))
    sure += sum(
        map(str.isdigit, "".join(figures[token.start : token.end] for token in tokens if token.kind == "mixed"))
    )
    if sure < count * 0.3 or len({digit for token in tokens for digit in token.digits}) < 4:
        return False
    start, end = tokens[0].start, tokens[-1].end
    if _PRICE.match(figures, end) or _NO_NUMBER.search(text, max(0, start - 4), end + 4):
        return False
    # Prices in a row are round, numbers are not.
    rounds = [token.digits.endswith("00") for token in tokens if len(token.digits) > 2]
    return sum(rounds) < 2


def _plain(figures: str, text: str, stretch: list[_Token]) -> Iterator[tuple[int, int, list[Piece]]]:
    """Yield figures for the words of a stretch, and blanks for what links its parts."""
    count = sum(len(token.digits) for token in stretch)
    sure = sum(map(str.isdigit, figures[stretch[0].start : stretch[-1].end]))
    for token in stretch:
        if token.kind == "word" or (token.kind == "mixed" and count >= 9 and sure >= 0.6 * count):
            yield token.start, token.end, [_place(digit, at, token) for at, digit in enumerate(token.digits)]
    for left, right in pairwise(stretch):
        gap = figures[left.end : right.start]
        if not gap or not {left.kind, right.kind} <= {"word", "figures", "mixed", "check"}:
            continue
        if left.kind == right.kind == "word" and _JOINT.fullmatch(gap):
            yield left.end, right.start, []
            continue
        spelled = "word" in (left.kind, right.kind) or text[left.start : right.end] != figures[left.start : right.end]
        if spelled or not _USUAL_GAP.fullmatch(gap):
            yield left.end, right.start, [(" ", left.end, right.start)]


def _tell(stretch: list[_Token]) -> tuple[int, int, int] | None:
    tokens = [token for token in stretch if token.kind in ("word", "figures")]
    digits = "".join(token.digits for token in tokens)
    if sum(token.kind == "word" for token in tokens) < 3 or not 7 <= len(digits) <= 19:
        return None
    steps = [int(right) - int(left) for left, right in pairwise(digits)]
    # Who counts up or down tells no number.
    if max(steps.count(step) for step in (-1, 0, 1)) >= 0.75 * len(steps):
        return None
    return tokens[0].start, tokens[-1].end, len(digits)


def replace_pieces(text: str, pieces: list[tuple[int, int, list[Piece]]]) -> tuple[str, list[int], list[int]]:
    """Replace stretches of a text and keep where each character came from.

    Args:
        text: Text as written.
        pieces: Begin and end of each stretch, and what stands there instead; of two that overlap the first holds.

    Returns:
        The new text, and for each of its characters where what it stands for begins and ends in the text as written.
    """
    written: list[Piece] = []
    last = 0
    for start, end, instead in sorted(pieces, key=lambda piece: piece[:2]):
        if start < last:
            continue
        written += [(text[place], place, place + 1) for place in range(last, start)]
        written += instead
        last = end
    written += [(text[place], place, place + 1) for place in range(last, len(text))]
    return (
        "".join(character for character, _, _ in written),
        [begin for _, begin, _ in written],
        [end for _, _, end in written],
    )

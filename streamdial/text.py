"""Plain text: folding, scripts, tokens, phrases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from streamdial._languages import is_foreign_latin
from streamdial.records import Language

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_OTHER_SCRIPT = re.compile(
    # Greek, Cyrillic, Armenian, Hebrew, Arabic, Indic scripts, Thai, Lao, Tibetan, Burmese, Georgian, Hangul,
    # Ethiopic, Khmer, Mongolian; Greek with breathings; kana; smaller scripts and Hangul; Hebrew and Arabic forms.
    r"(?:(?![\d_])[\u0370-\u1cff\u1f00-\u1fff\u3040-\u30ff\ua000-\ua6ff\ua800-\uabff\uac00-\ud7ff\ufb13-\ufdff"
    r"\ufe70-\ufefc])"
)
_WIDE = {",": "，", "?": "？", "!": "！", ";": "；", ":": "："}
_NARROW = re.compile(r"(?<=[\u4e00-\u9fff])[,?!;:]|[,?!;:](?=[\u4e00-\u9fff])|[?!;]$")
PIECE = 2_000
"""Characters of a long text that are read at once."""
_BOUNDARY = re.compile(r"\n|[。！？；]|[.!?;](?=\s)")
_PAUSE = re.compile(r"[，、,](?![\d\s])|(?<![\d,.]) (?!\d)")
_FIGURE_END = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿.,:]+$")
_SPACE = re.compile(r"\s+")
_REPEATED_CHARACTER = re.compile(r"(\S)\1{3,}")
_REPEATED_GROUP = re.compile(r"(\S{2,8}?)\1{2,}")
_REPEATED_WORDS = re.compile(r"(?<!\S)(\S+(?: \S+){0,3}?)(?: \1){2,}(?!\S)", re.IGNORECASE)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:['’.-][^\W_{_HAN}]+)*")
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_APOSTROPHE = re.compile(r"(?<=[a-z])['’](?=[a-z])")
_LONG_DRAWN = re.compile(r"([a-z])\1{2,}")
_CONTROL = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060\u2066-\u2069\ufeff]"
)

_ARTICLE = re.compile(r"\b([Aa])n?( )$")
_VOWEL_SOUND = re.compile(
    r"\$?(?:a|e(?!u)|i|o(?!nce?\b|ne\b)|u(?!n[ai]|s[ei])|h(?:our|onest|eir)|8|1[18](?!\d)|(?:suv|mpv|[rf]wd)\b)",
    re.IGNORECASE,
)

_UNCOUNTED = re.compile(r"(?:[ts]ion|ing|ness|ity|ment|ware|video|audio|storage|access|wifi|breakfast|parking)$")
_USER_INFO = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^/?#\s]*@", re.IGNORECASE)


def fold_text(text: str) -> str:
    """Return the text in NFKC, without control characters, with runs of space made one.

    Full-width letters and digits become half-width ones, as bullet chat mixes both.
    """
    return _SPACE.sub(" ", _CONTROL.sub("", unicodedata.normalize("NFKC", text))).strip()


def hide_user_info(text: str) -> str:
    """Return a text in which the URLs name no user and no password: https://me:secret@host/ → https://***@host/."""
    return _USER_INFO.sub(r"\1***@", text)


def set_chinese_punctuation(text: str) -> str:
    """Return the text with commas, question and exclamation marks next to a Chinese character full-width again.

    `fold_text` makes them half-width so that rules see one form; a Chinese sentence is written with the wide ones.
    """
    return _NARROW.sub(lambda match: _WIDE[match[0]], text) if _CJK.search(text) else text


def fold_repeats(text: str) -> str:
    """Return the text with runs of one character cut to two, and runs of a group or of words to one.

    哈哈哈哈哈 → 哈哈, !!!!!! → !!, 多少钱多少钱多少钱 → 多少钱, "price price price" → "price". Runs of digits are left
    alone: 100000 is a number.
    """
    text = _REPEATED_CHARACTER.sub(lambda run: run[0] if run[1].isdigit() else run[1] * 2, text)
    text = _REPEATED_GROUP.sub(_keep_one, text)
    return _REPEATED_WORDS.sub(_keep_one, text)


def _keep_one(run: re.Match[str]) -> str:
    group = run[1]
    if group.isdigit() or len(set(group)) == 1:
        return run[0]
    # hahaha stays a laugh.
    return group * 2 if group.isascii() and group.isalpha() and " " not in run[0] else group


def measure_cjk_share(text: str) -> float:
    """Return the share of Chinese characters among the letters of a text, 0 where there are none.

    A Chinese character counts as two letters: a Chinese sentence needs about half as many.
    """
    cjk = len(_CJK.findall(text))
    letters = len(_LETTER.findall(text)) - cjk
    return 2 * cjk / (2 * cjk + letters) if cjk or letters else 0.0


def detect_language(text: str) -> Language | Literal["other"]:
    """Return the language: zh by its share of Chinese characters, other by another script, else en.

    Script first, because short chat defeats language identifiers. A line in Latin letters is other if its small words
    are clearly of another language (see `is_foreign_latin`); names alone are no sign. A
    single letter of another script, as faces and の have it, makes no other language where there is more.
    """
    foreign = len(_OTHER_SCRIPT.findall(text))
    chinese = len(_CJK.findall(text))
    if foreign:
        latin = len(_LETTER.findall(text)) - foreign - chinese
        if foreign > 0.3 * chinese and 2 * foreign >= latin and (foreign > 1 or not (chinese or latin)):
            return "other"
    if measure_cjk_share(text) >= 0.3:
        return "zh"
    return "other" if not chinese and is_foreign_latin(text) else "en"


@cache
def _build_simplified() -> dict[int, str]:
    # Loading dictionaries takes a moment that `streamdial --help` need not wait for.
    from opencc import OpenCC

    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simplified, strict=True)
    return {ord(old): new for old, new in pairs if old != new and len(new) == 1}


def simplify_chinese(text: str) -> str:
    """Return the text with traditional characters made simplified ones, one for one: places stay what they were.

    For comparing alone; OpenCC's table of single characters, so 著 stays where 着 may be meant.
    """
    return text.translate(_build_simplified()) if _CJK.search(text) else text


def blank_names(text: str, names: Iterable[str]) -> str:
    """Return a text without names: they are written alike in every language."""
    for name in names:
        # Looked for plainly first; only letters of ASCII are folded alike by both.
        if name and not (text.isascii() and name.isascii() and name.lower() not in text.lower()):
            text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text


def tokenize(text: str) -> list[str]:
    """Return lower-case tokens: words of alphabetic scripts, single characters of Chinese."""
    return _TOKEN.findall(text.lower())


def fit_article(before: str, following: str) -> str:
    """Return a text with the `a` or `an` it ends with put right for what follows it: an SUV, a sedan."""
    sound = "n" if _VOWEL_SOUND.match(following) else ""
    return _ARTICLE.sub(rf"\g<1>{sound}\g<2>", before)


def needs_article(noun: str) -> bool:
    """Tell whether an English noun phrase takes a or an: a viewfinder, but stabilisation, video, colours.

    By its last word's ending alone; words that name a stuff by no ending are taken for countable.
    """
    last = noun.lower().split()[-1] if noun.split() else ""
    plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
    return bool(last) and not plural and not _UNCOUNTED.search(last)


def measure_length(text: str, language: Language) -> int:
    """Return a text's length in the language's unit: Chinese characters and foreign words for zh, words for en."""
    tokens = _TOKEN.findall(text)
    return len(tokens) if language == "zh" else len([token for token in tokens if token])


def contains_phrase(text: str, phrase: str) -> bool:
    """Tell whether a lower-case phrase stands in a lower-case text, at word borders where it is alphabetic."""
    return find_phrase(text, phrase) is not None


def find_phrase(text: str, phrase: str, start: int = 0) -> int | None:
    """Return the first place of a phrase at or after `start`, at word borders where it is alphabetic, else None.

    Both must be lower case. A phrase that begins or ends with a space is taken literally there; an empty one stands
    nowhere.
    """
    while phrase and (place := text.find(phrase, start)) >= 0:
        end = place + len(phrase)
        before = text[place - 1] if place else " "
        after = text[end] if end < len(text) else " "
        if not (_joins(before, phrase[0]) or _joins(phrase[-1], after)):
            return place
        start = place + 1
    return None


def _joins(left: str, right: str) -> bool:
    """Tell whether two neighbouring characters belong to one word of an alphabetic script."""
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def split_words(text: str) -> list[str]:
    """Return the words a phrase is compared by: lower case, single simplified Chinese characters, no apostrophes.

    Long-drawn letters are cut: "What's" → whats, "check-in" → check, in, "sooo" → so.
    """
    return _WORD.findall(_LONG_DRAWN.sub(r"\1", _APOSTROPHE.sub("", simplify_chinese(text).lower())))


class PhraseHit(NamedTuple):
    """A phrase found: its label, and its place in words."""

    label: str
    start: int
    end: int


class PhraseIndex:
    """Finds many phrases in a text in one pass: the cost grows with its words, not with the phrases.

    Args:
        phrases: Label to phrases in any language. An English phrase is found with a plural -s too.
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._labels: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}
        for label, texts in phrases.items():
            for text in texts:
                words = tuple(split_words(text))
                if not words:
                    continue
                self._add(words, label)
                last = words[-1]
                if last.isascii() and last.isalpha() and len(last) > 2 and not last.endswith("s"):
                    self._add((*words[:-1], last + "s"), label)

    def _add(self, words: tuple[str, ...], label: str) -> None:
        known = self._labels.get(words, ())
        if label not in known:
            self._labels[words] = (*known, label)
        self._lengths[words[0]] = tuple(sorted({*self._lengths.get(words[0], ()), len(words)}))

    def get_labels(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the labels of a phrase that is exactly these words; empty where none is."""
        return self._labels.get(tuple(words), ())

    def find(self, words: Sequence[str]) -> list[PhraseHit]:
        """Return all phrases in a text, overlapping ones too, in order of their first words.

        Args:
            words: The text, split by `split_words`.
        """
        hits = []
        size = len(words)
        for start, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                end = start + length
                if end > size:
                    break
                for label in self._labels.get(tuple(words[start:end]), ()):
                    hits.append(PhraseHit(label, start, end))
        return hits


def cut_pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the pieces of a long text with their places, so that what reads it takes time by its length alone.

    A text is cut behind a sentence or a line if there is one within `PIECE` characters, else at a comma or a
    blank beside no figure, else anywhere but within a figure.
    """
    start = 0
    while start < len(text):
        window = text[start : start + PIECE]
        end = len(window)
        if start + end < len(text):
            ends = [match.end() for match in _BOUNDARY.finditer(window)] or [
                match.end() for match in _PAUSE.finditer(window)
            ]
            # No figure is cut in two.
            end = ends[-1] if ends else len(_FIGURE_END.sub("", window)) or end
        yield start, window[:end]
        start += end

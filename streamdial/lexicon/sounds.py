"""How texts look and sound to a careless reader and ear, character by character.

Every function here that maps a text keeps its length, so a place in the result is a place in the text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

import jellyfish

_CONFUSED_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"))
_CONFUSED_F = {"u": "hu", "ei": "hui", "en": "hun"}
_FIRST_SYLLABLE = 0xE000
"""Syllables are written as characters of the private use area, one each."""
_SPOKEN_SIGNS = "0123456789bdegikoptuv"
_SPOKEN_AS = "零一二三四五六七八九比弟一鸡哀开欧批替优威"
_ALNUM = re.compile(r"[^a-z0-9]+")
_NO_PLAIN_CASE = re.compile(r"[\u03a3\u0130\ud800-\udfff\U00010000-\U0010ffff]")
"""A capital sigma is lower by its neighbours, a dotted I longer; surrogates and what lies above go by the table."""
_DOUBLED = re.compile(r"(.)\1+")
_LETTERS = re.compile(r"[^a-z]+")


def fold_syllable(syllable: str) -> str:
    """Return the class of toneless pinyin syllables that are taken for each other.

    zh/z, ch/c, sh/s, n/l, f/hu and -ng/-n are one: the pairs Mandarin recognisers and southern speakers mix up.
    """
    if syllable.startswith("f"):
        syllable = _CONFUSED_F.get(syllable[1:], "hu" + syllable[1:])
    for heard, meant in _CONFUSED_INITIALS:
        if syllable.startswith(heard):
            syllable = meant + syllable[len(heard) :]
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


@lru_cache(maxsize=1)
def _load_readings() -> dict[int, str]:
    """Return each Chinese character's first reading, toneless and unfolded."""
    # Its dictionaries take a third of a second, which texts without a Chinese character need not wait for.
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    return {code: to_normal(readings.split(",")[0]) for code, readings in PINYIN_DICT.items()}


@lru_cache(maxsize=1)
def _load_sound_table() -> tuple[dict[int, str], str]:
    """Return code point to sound character, and a digest by which a compiled lexicon knows its table again."""
    folded = {code: fold_syllable(reading) for code, reading in _load_readings().items()}
    # Model names mix figures and letters into Chinese: E6 is heard as 一六.
    folded |= {ord(sign): folded[ord(named)] for sign, named in zip(_SPOKEN_SIGNS, _SPOKEN_AS, strict=True)}
    syllables = sorted(set(folded.values()))
    characters = {syllable: chr(_FIRST_SYLLABLE + place) for place, syllable in enumerate(syllables)}
    digest = hashlib.sha256(" ".join(syllables).encode())
    digest.update(str(sorted((code, syllable) for code, syllable in folded.items() if code < 0xA000)).encode())
    return {code: characters[syllable] for code, syllable in folded.items()}, digest.hexdigest()[:16]


def get_sound_version() -> str:
    """Return the digest of the table of sounds; sound keys made under another one do not fit."""
    return _load_sound_table()[1]


@lru_cache(maxsize=1)
def _load_folding() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(0x80, 0x10000):
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        if len(folded) == 1 and folded != character:
            table[code] = folded
    table |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # lone surrogates are no text a trie could hold
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    return table


def fold_characters(text: str) -> str:
    """Return the text in lower case and half width; a character whose folded form is longer stays as it is."""
    if text.isascii():
        return text.lower()
    # What is in NFKC already needs its case folded alone, which the standard library does five times faster.
    if unicodedata.is_normalized("NFKC", text) and not _NO_PLAIN_CASE.search(text):
        lower = text.lower()
        if len(lower) == len(text):
            return lower
    return text.translate(_load_folding())


def spell_sounds(folded: str) -> str:
    """Return a folded text with each Chinese character replaced by the character of its sound class.

    A character with several readings counts with its most common one, on both sides of a comparison.
    """
    return folded.translate(_load_sound_table()[0])


def read_syllables(text: str) -> tuple[str, ...]:
    """Return the toneless, unfolded pinyin of each Chinese character, other characters as they are."""
    readings = _load_readings()
    return tuple(readings.get(ord(character), character) for character in text)


def join_letters(folded: str) -> str:
    """Return the ASCII letters and digits of a folded text: `e-tron gt` is `etrongt`."""
    return _ALNUM.sub("", folded)


@lru_cache(maxsize=200_000)
def code_metaphone(joined: str) -> str:
    """Return the Metaphone code of joined letters (Philips 1990), empty where it has fewer than three sounds.

    Digits are left out: they are compared as they are.
    """
    code = _DOUBLED.sub(r"\1", jellyfish.metaphone(_LETTERS.sub("", joined)).replace(" ", ""))
    return code if len(code) >= 3 else ""

"""Repairs recognised speech: names by the domain lexicon, facts against the account's own pages.

Order: exact lexicon form, sound (toneless pinyin) or spelling, then the evidence check. What contradicts a page is
taken out of the facts, never rewritten: the recording may be newer than the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from pypinyin import Style, lazy_pinyin
from rapidfuzz.distance import Levenshtein

from streamdial.records import Correction
from streamdial.slots import Fact, SlotMention, SlotReader

Reason = Literal["lexicon_exact", "lexicon_fuzzy"]

_WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][a-z]{3,}\b")
_CJK_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fffA-Za-z0-9]+")
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_TOLERANCE = 0.02
"""Two figures closer than this share are the same fact, rounded."""


def fold_sound(text: str) -> str:
    """Return how a Chinese text sounds to a careless ear: toneless pinyin, zh/z, ch/c, sh/s, n/l, -ng/-n as one."""
    return " ".join(_fold_syllable(syllable) for syllable in lazy_pinyin(text.lower(), style=Style.NORMAL))


@lru_cache(maxsize=20_000)
def _fold_syllable(syllable: str) -> str:
    for heard, meant in _CONFUSED:
        if syllable.startswith(heard):
            syllable = meant + syllable[len(heard) :]
            break
    if syllable.startswith("l"):
        syllable = "n" + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


def allow_edits(length: int) -> int:
    """Return how many letters may differ in a word of that length: none below 5, one to 8, two above."""
    return 0 if length < 5 else 1 if length <= 8 else 2


class Lexicon:
    """Terms a recogniser may damage: names of what is sold, and the pack's words.

    Args:
        terms: As they are to be written; empty ones and doubles are passed over.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self.terms = tuple(dict.fromkeys(term for term in terms if term.strip()))
        self._latin: dict[int, list[tuple[str, str]]] = {}
        self._sounds: dict[int, dict[str, str]] = {}
        for term in self.terms:
            if term.isascii():
                words = _WORD.findall(term)
                key = "".join(words).lower()
                for size in {len(words), len(words) + 1, max(1, len(words) - 1)}:
                    self._latin.setdefault(size, []).append((key, term))
            else:
                self._sounds.setdefault(len(term), {}).setdefault(fold_sound(term), term)

    def correct(self, text: str) -> tuple[str, list[Correction]]:
        """Return the text with damaged terms repaired, and each change."""
        text, latin = self._correct_latin(text)
        text, chinese = self._correct_chinese(text)
        return text, latin + chinese

    def _correct_latin(self, text: str) -> tuple[str, list[Correction]]:
        words = list(_WORD.finditer(text))
        changes: list[tuple[int, int, str, Correction]] = []
        index = 0
        while index < len(words):
            found = self._find_latin(text, words, index)
            if found is None:
                index += 1
                continue
            size, term, reason = found
            start, end = words[index].start(), words[index + size - 1].end()
            if text[start:end] != term:
                changes.append((start, end, term, Correction(before=text[start:end], after=term, reason=reason)))
            index += size
        return _replace(text, changes), [
            change for *_, change in changes if change.before.lower() != change.after.lower()
        ]

    def _find_latin(self, text: str, words: Sequence[re.Match[str]], index: int) -> tuple[int, str, Reason] | None:
        for size in sorted(self._latin, reverse=True):
            group = words[index : index + size]
            if len(group) < size:
                continue
            heard = "".join(word[0] for word in group).lower()
            for key, term in self._latin[size]:
                if heard == key and (size == len(_WORD.findall(term)) or len(key) >= 5):
                    return size, term, "lexicon_exact"
        for size in sorted(self._latin, reverse=True):
            group = words[index : index + size]
            if len(group) < size:
                continue
            heard = "".join(word[0] for word in group).lower()
            for key, term in self._latin[size]:
                # Only names are repaired by spelling; a common word one letter away is usually meant.
                if not term[0].isupper() or heard[0] != key[0] or any(char.isdigit() for char in heard + key):
                    continue
                if 0 < Levenshtein.distance(heard, key, score_cutoff=allow_edits(len(key))) <= allow_edits(len(key)):
                    return size, term, "lexicon_fuzzy"
        return None

    def _correct_chinese(self, text: str) -> tuple[str, list[Correction]]:
        changes: list[tuple[int, int, str, Correction]] = []
        for run in _CJK_RUN.finditer(text):
            start = run.start()
            while start < run.end():
                found = self._find_chinese(text, start, run.end())
                if found is None:
                    start += 1
                    continue
                end, term = found
                if text[start:end] != term:
                    change = Correction(before=text[start:end], after=term, reason="lexicon_phonetic")
                    changes.append((start, end, term, change))
                start = end
        return _replace(text, changes), [change for *_, change in changes]

    def _find_chinese(self, text: str, start: int, stop: int) -> tuple[int, str] | None:
        for size in sorted(self._sounds, reverse=True):
            # Two characters that sound alike are too often another word.
            if start + size > stop or size < 2:
                continue
            heard = text[start : start + size]
            if heard in self.terms:
                return start + size, heard
            if size >= 3 and (term := self._sounds[size].get(fold_sound(heard))):
                return start + size, term
        return None


def _replace(text: str, changes: Sequence[tuple[int, int, str, Correction]]) -> str:
    for start, end, after, _ in reversed(changes):
        text = text[:start] + after + text[end:]
    return text


def find_renamed_entities(
    texts: Iterable[str], reader: SlotReader, facts: Mapping[tuple[str, str], tuple[Fact, str]]
) -> dict[str, tuple[str, str]]:
    """Find names the recogniser took for another word, by the facts told about them.

    A capitalised word that is no known name, sounds half like exactly one of them, and is told with a figure that
    the pages give for that name alone ("the Verizon costs $36,800"), stands for it in the whole recording.

    Args:
        texts: Sentences of one recording.
        reader: Knows the names.
        facts: (entity, slot) to the page's fact and the page's id.

    Returns:
        The word heard to (name, id of the page that shows it).
    """
    known = {word.lower() for name in reader.entities for word in name.split()}
    by_figure: dict[tuple[str, str], list[str]] = {}
    for (entity, slot), (fact, _) in facts.items():
        if entity and fact.number is not None:
            by_figure.setdefault((slot, fact.value), []).append(entity)
    found: dict[str, tuple[str, str]] = {}
    for text in texts:
        for heard in set(_NAME.findall(text)) - set(found):
            if heard.lower() in known:
                continue
            for mention in reader.find_values(text):
                owners = by_figure.get((mention.slot, mention.value), [])
                if len(owners) == 1 and _sounds_half_like(heard, owners[0]):
                    found[heard] = (owners[0], facts[owners[0], mention.slot][1])
    return found


def _sounds_half_like(heard: str, name: str) -> bool:
    return Levenshtein.normalized_similarity(heard.lower(), name.lower()) >= 0.6


def rename_entities(text: str, renamed: Mapping[str, tuple[str, str]]) -> tuple[str, list[Correction]]:
    """Return the text with the names of `find_renamed_entities` put right, and each change."""
    corrections = []
    for heard, (name, page) in renamed.items():
        text, count = re.subn(rf"\b{re.escape(heard)}\b", name, text)
        if count:
            corrections.append(Correction(before=heard, after=name, reason="evidence", evidence=(page,)))
    return text, corrections


class Checked(NamedTuple):
    """What a response may be held to: the facts that stand, and what was taken out of them."""

    tells: dict[str, str]
    corrections: list[Correction]


def check_against_facts(
    mentions: Iterable[SlotMention], entities: Sequence[str], facts: Mapping[tuple[str, str], tuple[Fact, str]]
) -> Checked:
    """Keep the slot values of a response that do not contradict the account's pages.

    Args:
        mentions: Slot values the response states.
        entities: What the response talks about; with none or several nothing can be contradicted.
        facts: (entity, slot) to the page's fact and the page's id.
    """
    tells: dict[str, str] = {}
    corrections: list[Correction] = []
    for mention in mentions:
        known = facts.get((entities[0], mention.slot)) if len(entities) == 1 else None
        if known and _contradicts(mention, known[0]):
            corrections.append(
                Correction(before=mention.surface, after="", reason="inconsistent", evidence=(known[1],))
            )
        else:
            tells.setdefault(mention.slot, mention.value)
    return Checked(tells, corrections)


def _contradicts(mention: SlotMention, fact: Fact) -> bool:
    if fact.number is None:
        return mention.value != fact.value
    if mention.unit and fact.unit and mention.unit != fact.unit:
        return False
    return abs(float(mention.value) - fact.number) > _TOLERANCE * max(abs(fact.number), 1e-9)

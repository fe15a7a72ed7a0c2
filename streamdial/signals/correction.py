"""Repairs recognised speech: names, locations and terms by lexicon, sound and spelling; figures by what is known.

Order: the form itself; its letters cut into other words; sound (toneless pinyin, Metaphone) or spelling; then what the
account's own pages support. An ordinary word stays unless a figure told with it shows what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal

import jellyfish
from rapidfuzz.distance import Levenshtein

from streamdial.domains import DomainPack
from streamdial.lexicon import (
    EntryKind,
    Lexicon,
    LexiconEntry,
    LexiconMatch,
    build_lexicon,
    cut_words,
    fold_characters,
    is_ordinary,
    join_letters,
    read_syllables,
)
from streamdial.records import Correction, Language
from streamdial.signals.consistency import find_renamed_entities, rename_entities
from streamdial.signals.numerals import NumeralContext, read_prices, write_numerals
from streamdial.signals.sentences import Sentence
from streamdial.slots import Facts, SlotReader

Reason = Literal["lexicon_exact", "lexicon_phonetic", "lexicon_fuzzy", "evidence"]
_REASONS: dict[str, Reason] = {
    "exact": "lexicon_exact",
    "joined": "lexicon_exact",
    "sound": "lexicon_phonetic",
    "spelling": "lexicon_fuzzy",
}
_FUNCTION_CHARACTERS = frozenset("的了是在我你他她它们就都也还有没不很这那个一把被给让吗呢吧啊嘛来去到说要会能")
RARE_USE = 5e-6
"""Several words that sound like one name stand for it if one of them is used less often than this."""
_CONFUSED_CODE = re.compile("J")
_CONSONANTS = "bpmfdtnlgkhjqxzcsrhyw"
_TERM_ENDINGS = re.compile(r"(?:'s|ing|ies|es|ed|er|s|e|y)$")
_NAME_ENDINGS = re.compile(r"(?:'s|s)$")
_WORDS = re.compile(r"[A-Za-z0-9]+(?:['’][a-z]+)?")


class Corrector:
    """Repairs the sentences of one recording.

    Args:
        pack: The domain pack; its lexicon is part of the terms.
        language: Language of the speech.
        names: What the account sells and is called, as pages and profile write it.
        locations: Streets, districts and stations the account names.
        terms: Words of the trade, beside the pack's.
        facts: What the account's pages say.
        shown_by: Name or location to the id of the page or profile that shows it, for the evidence of repairs.
        market: A compiled lexicon of the market. What stands in it is somebody's name and is not taken for one of the
            account's; what sounds like one of its names and is no word is repaired.
    """

    def __init__(
        self,
        pack: DomainPack,
        language: Language,
        *,
        names: Iterable[str] = (),
        locations: Iterable[str] = (),
        terms: Iterable[str] = (),
        facts: Facts | None = None,
        shown_by: Mapping[str, str] | None = None,
        market: Lexicon | None = None,
    ) -> None:
        self.language = language
        self.facts = facts or {}
        self.shown_by = shown_by or {}
        self.market = market
        own: list[tuple[EntryKind, Iterable[str]]] = [
            ("name", names),
            ("location", locations),
            ("term", (*terms, *pack.lexicon.get(language, ()))),
        ]
        # The account's own way to write a term ("late checkout") stands before the pack's ("late check-out").
        entries: dict[str, LexiconEntry] = {}
        for kind, forms in own:
            for form in forms:
                entries.setdefault(join_letters(fold_characters(form)) or form, LexiconEntry(form, kind))
        self.own = build_lexicon(entries.values())
        # Word to the terms of several words that hold it: (entry, its words, place of the word).
        self._phrases: dict[str, list[tuple[int, list[str], int]]] = {}
        for number in range(len(self.own)):
            meant = _WORDS.findall(self.own.get_entry(number).form)
            for place, word in enumerate(meant if len(meant) > 1 else ()):
                self._phrases.setdefault(word, []).append((number, meant, place))
        prices: dict[str, list[float]] = {}
        self._pages: dict[str, str] = {}
        for (entity, slot), (fact, page) in self.facts.items():
            if pack.slots[slot].type == "money" and fact.number is not None:
                prices.setdefault(entity, []).append(fact.number)
                self._pages[entity] = page
        self.figures = NumeralContext(pack, language, {name: tuple(values) for name, values in prices.items()})

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Everything that may have been meant, as it is to be written."""
        return tuple(self.own.get_entry(number).canonical for number in range(len(self.own)))

    def correct(self, text: str) -> tuple[str, list[Correction]]:
        """Return a sentence with damaged terms repaired and figures written, and each change."""
        text, changes = self.correct_terms(text)
        named = [self.own.get_entry(match.entry).canonical for match in self.own.find_exact(text)]
        text, written = write_numerals(text, self.figures, named=named)
        return text, changes + written

    def correct_terms(self, text: str) -> tuple[str, list[Correction]]:
        """Return a sentence with damaged names, locations and terms repaired, and each change.

        A name in other case or width is put right without a word.
        """
        exact = _keep_longest(self.own.find_exact(text))
        foreign = _keep_longest(self.market.find_exact(text)) if self.market else []
        supported = self._find_supported(text)
        candidates = [
            (match, entry, reason)
            for match in [*self.own.find_similar(text), *self._find_phrases(text)]
            if (reason := self._judge(text, match, entry := self.own.get_entry(match.entry), supported))
            and not any(_covers(known, match) or known.entry == match.entry for known in exact if _meet(known, match))
            and (reason == "evidence" or not any(_covers(known, match) for known in foreign))
        ]
        # The best fit first: fewest differences, then the longest.
        candidates.sort(key=lambda row: (row[0].distance / (row[0].end - row[0].start), row[0].start - row[0].end))
        taken: list[tuple[int, int]] = []
        changes: list[tuple[int, int, str, Correction | None]] = []
        for match, entry, reason in candidates:
            heard = text[match.start : match.end]
            if any(match.start < end and start < match.end for start, end in taken) or _is_same_but_hyphens(
                heard, entry
            ):
                continue
            if any(_meet(known, match) and not _covers(match, known) for known in exact):
                continue
            taken.append((match.start, match.end))
            shown = supported if reason == "evidence" else self.shown_by
            evidence = (shown[entry.canonical],) if entry.canonical in shown else ()
            changes.append(
                (
                    match.start,
                    match.end,
                    entry.canonical,
                    Correction(before=heard, after=entry.canonical, reason=reason, evidence=evidence),
                )
            )
        for match in exact:
            entry = self.own.get_entry(match.entry)
            free = not any(match.start < end and start < match.end for start, end in taken)
            if free and entry.kind != "term" and text[match.start : match.end] != entry.canonical:
                changes.append((match.start, match.end, entry.canonical, None))
        changes.sort(key=lambda change: change[0])
        for start, end, after, _ in reversed(changes):
            text = text[:start] + after + text[end:]
        return text, [change for *_, change in changes if change]

    def _find_phrases(self, text: str) -> Iterator[LexiconMatch]:
        """Yield places with as many words as a term, one of them the same, the others beginning and looking alike."""
        words = list(_WORDS.finditer(text))
        lower = [word[0].lower() for word in words]
        seen: set[tuple[int, int]] = set()
        for at, word in enumerate(lower):
            for entry, meant, place in self._phrases.get(word, ()):
                first, heard = at - place, lower[max(at - place, 0) : at - place + len(meant)]
                if first < 0 or len(heard) < len(meant) or (entry, first) in seen:
                    continue
                seen.add((entry, first))
                if heard != meant and _are_alike(heard, meant, least=5):
                    start, end = words[first].start(), words[first + len(meant) - 1].end()
                    yield LexiconMatch(start, end, entry, "spelling", 3)

    def _find_supported(self, text: str) -> dict[str, str]:
        """Return the names (and their pages) that alone cost what a sentence tells as a price."""
        told = set(read_prices(text, self.figures))
        owners: dict[float, list[str]] = {}
        for name, prices in self.figures.prices.items():
            for price in prices:
                owners.setdefault(price, []).append(name)
        return {names[0]: self._pages[names[0]] for price in told if len(names := owners.get(price, [])) == 1}

    def _judge(
        self, text: str, match: LexiconMatch, entry: LexiconEntry, supported: Mapping[str, str]
    ) -> Reason | None:
        heard = text[match.start : match.end]
        ascii_form = entry.form.isascii()
        fits = self._fits_latin(text, match, entry) if ascii_form else self._fits_chinese(text, match, entry)
        if fits:
            return _REASONS[match.how]
        if entry.canonical in supported and fold_characters(heard) != entry.form:
            return "evidence"
        return None

    def _fits_chinese(self, text: str, match: LexiconMatch, entry: LexiconEntry) -> bool:
        heard, size = text[match.start : match.end], match.end - match.start
        if is_ordinary(heard, self.language):
            return False
        if match.how == "spelling":
            same = sum(one == two for one, two in zip(fold_characters(heard), entry.form, strict=True))
            borders = _find_borders(text)
            if 2 * same < size or match.start not in borders or match.end not in borders:
                return False
            return same >= 4 or _sounds_half_like_zh(heard, entry.form)
        if size > 2:
            return size > 3 or match.distance < 3 or self._stands_alone(text, match)
        if not self._stands_alone(text, match):
            return False
        return match.distance == 1 or not _FUNCTION_CHARACTERS & set(heard)

    def _stands_alone(self, text: str, match: LexiconMatch) -> bool:
        """Tell whether a place begins and ends where words do, and holds no word of two characters."""
        borders = _find_borders(text)
        return all(place in borders for place in range(match.start, match.end + 1))

    def _fits_latin(self, text: str, match: LexiconMatch, entry: LexiconEntry) -> bool:
        heard = text[match.start : match.end]
        words, meant = _WORDS.findall(heard.lower()), _WORDS.findall(entry.form)
        if _is_inflected(words, meant, endings=_TERM_ENDINGS if entry.kind == "term" else _NAME_ENDINGS):
            return False
        plain = self._is_plain(words)
        if match.how == "joined":
            return len(join_letters(entry.form)) >= 5 or any(sign.isdigit() for sign in entry.form) or not plain
        if sum(len(word) for word in meant) < 5:
            return False
        if len(meant) > 1:
            return _are_alike(words, meant) if len(words) == len(meant) else len(words) > 1 or not plain
        if len(words) == 1:
            # A common word one letter away is usually meant.
            return not plain and (entry.kind == "term" or not heard.islower() or match.distance <= 1)
        return entry.kind != "term" and (not plain or (match.how == "sound" and _has_rare_word(words)))

    def _is_plain(self, words: Iterable[str]) -> bool:
        return all(is_ordinary(word, "en") for word in words)


def _is_inflected(words: Sequence[str], meant: Sequence[str], *, endings: re.Pattern[str]) -> bool:
    """Tell whether a phrase is the term itself with other endings, or with words more or less: that is no damage."""
    heard, form = ({endings.sub("", word) if len(word) > 3 else word for word in words_} for words_ in (words, meant))
    return heard <= form or form <= heard


def _are_alike(words: Sequence[str], meant: Sequence[str], *, least: int = 3) -> bool:
    """Tell whether each word of a phrase can stand for its counterpart, by spelling or by sound."""
    return all(
        one == two
        or (
            min(len(one), len(two)) >= least
            and (Levenshtein.normalized_similarity(one, two) >= 0.65 or _sound_the_same(one, two))
        )
        for one, two in zip(words, meant, strict=True)
    )


def _sound_the_same(one: str, two: str) -> bool:
    codes = [_CONFUSED_CODE.sub("X", jellyfish.metaphone(word.replace("'", ""))) for word in (one, two)]
    return codes[0] == codes[1]


def _sounds_half_like_zh(heard: str, form: str) -> bool:
    """Tell whether the syllables that differ share their first sound or their last."""
    pairs = zip(read_syllables(fold_characters(heard)), read_syllables(form), strict=True)
    return all(one[0] == two[0] or one.lstrip(_CONSONANTS) == two.lstrip(_CONSONANTS) for one, two in pairs)


def _has_rare_word(words: Iterable[str]) -> bool:
    return any(not is_ordinary(word, "en", min_use=RARE_USE) for word in words)


def _find_borders(text: str) -> set[int]:
    """Return the places between words, where each ASCII letter or digit counts as a word."""
    borders = {0}
    for start, end in cut_words(text):
        borders |= {end, *(range(start, end) if text[start:end].isascii() else ())}
    return borders


def _keep_longest(matches: Iterable[LexiconMatch]) -> list[LexiconMatch]:
    """Return the matches without those that lie inside, or overlap, an earlier or longer one."""
    kept: list[LexiconMatch] = []
    for match in sorted(matches, key=lambda match: (match.start, -match.end)):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def _covers(known: LexiconMatch, match: LexiconMatch) -> bool:
    return known.start <= match.start and match.end <= known.end


def _is_same_but_hyphens(heard: str, entry: LexiconEntry) -> bool:
    return entry.kind == "term" and fold_characters(heard).replace("-", " ") == entry.form.replace("-", " ")


def _meet(one: LexiconMatch, other: LexiconMatch) -> bool:
    return one.start < other.end and other.start < one.end


def correct_sentences(sentences: Iterable[Sentence], reader: SlotReader, corrector: Corrector) -> list[Sentence]:
    """Return the sentences of one recording corrected: each for itself, then names the whole recording shows.

    Args:
        sentences: In order of time.
        reader: Knows the names and reads figures.
        corrector: Knows the terms a recogniser may have damaged, and what the account's pages say.
    """
    corrected = []
    for sentence in sentences:
        text, changes = corrector.correct(sentence.text)
        corrected.append(replace(sentence, text=text, corrections=(*sentence.corrections, *changes)))
    renamed = find_renamed_entities((sentence.text for sentence in corrected), reader, corrector.facts)
    finished = []
    for sentence in corrected:
        text, changes = rename_entities(sentence.text, renamed)
        finished.append(replace(sentence, text=text, corrections=(*sentence.corrections, *changes)))
    return finished

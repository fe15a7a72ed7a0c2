"""A compiled lexicon: memory-mapped, and searched in three ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import marisa_trie
import numpy as np
import orjson
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from streamdial.errors import ConfigurationError
from streamdial.lexicon.entries import ENTRY_KINDS, LexiconEntry
from streamdial.lexicon.pieces import (
    MAX_PER_PIECE,
    Indices,
    PieceIndex,
    Queries,
    allow_edits,
    expand_ranges,
    measure_edits,
    test_bits,
)
from streamdial.lexicon.sounds import code_metaphone, fold_characters, get_sound_version, spell_sounds

FORMAT = 1
OPENINGS = (2, 3, 5)
"""A form is announced by its first five characters, one of four or three by three, one of two by both."""
MAX_SIZE = 40
"""Longest form, in characters; longer texts are sentences."""
MIN_SOUND = 2
"""A sound key of fewer syllables fits too much to say anything."""
MIN_CHANGED_SOUND = 4
"""Only a name of at least this many syllables may have one that sounds otherwise."""
MAX_WORDS = 4
"""A damaged name is looked for in up to this many words."""
_WORD = re.compile(r"[a-z0-9]+")
_SOUND_RUN = re.compile(r"[a-z0-9\ue000-\uf8ff]*[\ue000-\uf8ff][a-z0-9\ue000-\uf8ff]*")
_GAP = re.compile(r"[ '’&-]{0,2}")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_DIGITS = re.compile(r"[0-9]")

How = Literal["exact", "joined", "sound", "spelling"]
"""`exact`: the form itself; `joined`: its letters, cut into other words; `sound`: it sounds alike; `spelling`: some
letters or one syllable differ."""


class LexiconMatch(NamedTuple):
    """A place in a text where an entry stands, or may have been meant."""

    start: int
    end: int
    entry: int
    how: How
    distance: int = 0
    """Letters or syllables that differ; 0 for `exact` and `joined`."""


class Lexicon:
    """Entries that can be found in texts; `compile_lexicon` and `build_lexicon` make it, `open_lexicon` maps it.

    Args:
        tries: `forms` and `sounds`: the folded forms, and how the Chinese ones sound.
        arrays: The arrays `streamdial.lexicon.building` describes.
        manifest: Counts and limits: `entries`, `longest`, `sizes`, ...
    """

    def __init__(
        self,
        tries: Mapping[str, marisa_trie.Trie],
        arrays: Mapping[str, NDArray[Any]],
        manifest: Mapping[str, Any],
    ) -> None:
        self.tries = tries
        self.arrays = arrays
        self.manifest = manifest
        self._letters = PieceIndex(_pick(arrays, "letter_"), edit=True)
        self._syllables = PieceIndex(_pick(arrays, "syllable_"), edit=False)

    def __len__(self) -> int:
        return int(self.manifest["entries"])

    @property
    def digest(self) -> str:
        """What tells this lexicon from one with other entries."""
        return str(self.manifest["digest"])

    def get_entry(self, entry: int) -> LexiconEntry:
        """Return an entry by the number a match gives."""
        first, last = self.arrays["canonical_starts"][entry : entry + 2].tolist()
        canonical = self.arrays["canonicals"][first:last].tobytes().decode("utf-8")
        form = self.tries["forms"].restore_key(entry)
        return LexiconEntry(form, ENTRY_KINDS[int(self.arrays["kinds"][entry])], canonical)

    def find_exact(self, text: str) -> list[LexiconMatch]:
        """Return every place where an entry's form stands, overlapping ones too, in order of start and length.

        Width and case do not matter. A form that begins or ends with an ASCII letter or digit stands there only at a
        border of a word. Cost is linear in the text; ask with texts joined by newlines rather than one by one.
        """
        folded = fold_characters(text)
        codes = _encode(folded)
        borders = _find_borders(codes)
        starts = self._find_openings("form", codes, borders)
        longest, trie = self.manifest["longest"], self.tries["forms"]
        ends = borders.tolist()
        return [
            LexiconMatch(start, start + len(form), entry, "exact")
            for start in starts.tolist()
            for form, entry in trie.iter_prefixes_with_ids(folded[start : start + longest])
            if ends[start + len(form)]
        ]

    def _find_openings(self, what: str, codes: NDArray[np.uint32], borders: NDArray[np.bool_]) -> Indices:
        """Return the places where a form (or a sound key) may begin, by what its first characters are."""
        starts = np.flatnonzero(borders[:-1])
        passes = np.zeros(len(starts), bool)
        for size in OPENINGS:
            passes |= test_bits(self.arrays[f"{what}_openings_{size}"], hash_openings(codes, starts, size))
        return starts[passes]

    def find_similar(self, text: str) -> list[LexiconMatch]:
        """Return the places that may be a damaged form, in order: by sound, by spelling, or cut into other words.

        Chinese: stretches of the same toneless pinyin with confusable initials and finals as one, and with one other
        syllable where a name has four or more. Letters: one to four neighbouring words that hold the form's letters,
        its Metaphone code, or a spelling within `allow_edits`; digits must be the same. Places that hold the form
        itself are not among them; a place may have several candidates.
        """
        folded = fold_characters(text)
        found = {*self._find_sounds(folded), *self._find_spellings(folded)}
        return sorted(found)

    def _find_sounds(self, folded: str) -> Iterator[LexiconMatch]:
        sounds = spell_sounds(folded)
        longest, trie = self.manifest["longest_sound"], self.tries["sounds"]
        if not longest:
            return
        codes = _encode(sounds)
        borders = _find_borders(_encode(folded))
        ends = borders.tolist()
        for start in self._find_openings("sound", codes, borders).tolist():
            for key, number in trie.iter_prefixes_with_ids(sounds[start : start + longest]):
                if ends[start + len(key)]:
                    yield from self._list_sounding(folded, start, start + len(key), number)
        yield from self._find_changed_sounds(folded, sounds, codes)

    def _list_sounding(self, folded: str, start: int, end: int, number: int) -> Iterator[LexiconMatch]:
        first, last = self.arrays["sound_starts"][number : number + 2].tolist()
        heard = folded[start:end]
        owners = [(entry, self.tries["forms"].restore_key(entry)) for entry in self.arrays["sound_owners"][first:last]]
        if any(form == heard for _, form in owners):
            return
        for entry, form in owners:
            yield LexiconMatch(start, end, int(entry), "sound", _count_other(heard, form))

    def _find_changed_sounds(self, folded: str, sounds: str, codes: NDArray[np.uint32]) -> Iterator[LexiconMatch]:
        sizes = np.array(self.manifest["syllable_sizes"], np.int64)
        starts, lengths = [], []
        for run in _SOUND_RUN.finditer(sounds):
            places = np.arange(run.start(), run.end())
            for size in self.manifest["syllable_sizes"]:
                fitting = places[places + size <= run.end()]
                starts.append(fitting)
                lengths.append(np.full(len(fitting), size))
        if not starts:
            return
        queries = Queries(np.concatenate(starts), np.concatenate(lengths))
        rows, owners = self._syllables.find(codes, queries, sizes)
        if not len(rows):
            return
        keys = self.arrays["syllable_codes"]
        firsts, heard = self.arrays["syllable_starts"][owners], queries.starts[rows]
        differing = np.zeros(len(rows), np.int64)
        for place in range(int(sizes.max())):
            inside = queries.sizes[rows] > place
            differing[inside] += keys[firsts[inside] + place] != codes[heard[inside] + place]
        for at in np.flatnonzero(differing == 1).tolist():
            start, size = int(heard[at]), int(queries.sizes[rows[at]])
            entry = int(self.arrays["syllable_owners"][owners[at]])
            form = self.tries["forms"].restore_key(entry)
            other = next(i for i in range(size) if spell_sounds(form[i]) != sounds[start + i])
            # A figure or a letter in a name is no syllable that was misheard.
            if _PRIVATE.match(sounds[start + other]) and not form[other].isascii():
                yield LexiconMatch(start, start + size, entry, "spelling", 1)

    def _find_spellings(self, folded: str) -> Iterator[LexiconMatch]:
        words = list(_WORD.finditer(folded))
        if not words or not self.manifest["latin"]:
            return
        joined = "".join(word[0] for word in words)
        codes = np.frombuffer(joined.encode("ascii"), np.uint8).astype(np.uint32)
        offsets = np.concatenate(([0], np.cumsum([len(word[0]) for word in words])))
        firsts, counts = _list_windows(folded, words)
        queries = Queries(offsets[firsts], offsets[firsts + counts] - offsets[firsts])
        rows, owners = self._letters.find(codes, queries, np.array(self.manifest["letter_sizes"], np.int64))
        bounds = self.arrays["letter_starts"]
        meant_at = Queries(bounds[owners], bounds[owners + 1] - bounds[owners])
        heard_at = Queries(queries.starts[rows], queries.sizes[rows])
        edits = measure_edits(codes, heard_at, self.arrays["letter_codes"], meant_at)
        near = edits <= np.array([allow_edits(size) for size in range(MAX_SIZE + 1)])[meant_at.sizes]
        found = self._find_metaphones(joined, queries)
        found |= {
            (row, owner): ("spelling" if edit else "joined", edit)
            for row, owner, edit in zip(rows[near].tolist(), owners[near].tolist(), edits[near].tolist(), strict=True)
        }
        digits = {} if joined.isalpha() else {row: _DIGITS.findall(_slice(joined, queries, row)) for row, _ in found}
        for (row, owner), (how, distance) in found.items():
            if digits.get(row, []) != _DIGITS.findall(self._get_letters(owner)):
                continue
            first, last = words[firsts[row]], words[firsts[row] + counts[row] - 1]
            entry = int(self.arrays["letter_owners"][owner])
            if how != "joined" or folded[first.start() : last.end()] != self.tries["forms"].restore_key(entry):
                yield LexiconMatch(first.start(), last.end(), entry, how, distance)

    def _find_metaphones(self, joined: str, queries: Queries) -> dict[tuple[int, int], tuple[How, int]]:
        """Return (query, owner of letters) to how and how far, for those of one Metaphone code and half their letters.

        A code that more entries share than `MAX_PER_PIECE` says nothing.
        """
        keys, owners = self.arrays["metaphone_keys"], self.arrays["metaphone_owners"]
        spans = zip(queries.starts.tolist(), queries.sizes.tolist(), strict=True)
        wanted = np.array([code_metaphone(joined[start : start + size]).encode() for start, size in spans], keys.dtype)
        lows, highs = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
        shared = np.where((wanted != b"") & (highs - lows <= MAX_PER_PIECE), highs - lows, 0)
        rows, found = np.repeat(np.arange(len(wanted)), shared), owners[expand_ranges(lows, shared)].astype(np.int64)
        bounds = self.arrays["letter_starts"]
        sizes = bounds[found + 1] - bounds[found]
        close = np.abs(queries.sizes[rows] - sizes) <= np.maximum(2, sizes // 2)
        pairs = list(zip(rows[close].tolist(), found[close].tolist(), strict=True))
        if not pairs:
            return {}
        heard = [_slice(joined, queries, row) for row, _ in pairs]
        meant = [self._get_letters(owner) for _, owner in pairs]
        distances = process.cpdist(heard, meant, scorer=Levenshtein.distance).tolist()
        return {
            pair: ("sound", distance)
            for pair, distance, letters in zip(pairs, distances, meant, strict=True)
            if distance <= max(2, len(letters) // 2)
        }

    def _get_letters(self, owner: int) -> str:
        first, last = self.arrays["letter_starts"][owner : owner + 2].tolist()
        return self.arrays["letter_codes"][first:last].tobytes().decode("ascii")


def _slice(joined: str, queries: Queries, row: int) -> str:
    start = int(queries.starts[row])
    return joined[start : start + int(queries.sizes[row])]


def _list_windows(folded: str, words: list[re.Match[str]]) -> tuple[Indices, Indices]:
    """Return (first word, words) of every window of neighbouring words that no more than a hyphen separates."""
    count = len(words)
    joins = np.zeros(count, bool)
    for place in range(count - 1):
        end, start = words[place].end(), words[place + 1].start()
        joins[place] = start - end <= 2 and _GAP.fullmatch(folded, end, start) is not None
    firsts = [np.arange(count)]
    reach = np.ones(count, bool)
    for more in range(1, MAX_WORDS):
        next_joins = np.zeros(count, bool)
        next_joins[: max(count - more + 1, 0)] = joins[more - 1 :]
        reach = reach & next_joins
        firsts.append(np.flatnonzero(reach))
    sizes = [np.full(len(first), number + 1) for number, first in enumerate(firsts)]
    return np.concatenate(firsts), np.concatenate(sizes)


def hash_openings(codes: NDArray[np.uint32], starts: Indices, size: int) -> NDArray[np.uint64]:
    """Return a hash of the `size` codes that begin at each start; beyond the end they count as zero."""
    padded = np.concatenate([codes, np.zeros(size, np.uint32)])
    mixed = np.zeros(len(starts), np.uint64)
    for place in range(size):
        mixed = (mixed ^ padded[starts + place]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)


def _encode(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _find_borders(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell of each place between characters (one more than there are) whether a form may begin or end there."""
    lower = (codes >= ord("a")) & (codes <= ord("z"))
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    word = np.concatenate(([False], lower | digit, [False]))
    return np.asarray(~(word[1:] & word[:-1]))


def _count_other(heard: str, form: str) -> int:
    return sum(one != two for one, two in zip(heard, form, strict=True))


def _pick(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name: arrays[prefix + name] for name in ("keys", "entries", "bits", "signs")}


def open_lexicon(folder: Path) -> Lexicon:
    """Map a compiled lexicon; pages are read when they are used, and shared between processes.

    Raises:
        ConfigurationError: If the folder is no compiled lexicon, or was compiled by another version.
    """
    try:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        if (manifest.get("format"), manifest.get("sounds")) != (FORMAT, get_sound_version()):
            raise ConfigurationError(
                f"the lexicon was compiled as format {manifest.get('format')}, with sounds {manifest.get('sounds')}; "
                f"this version reads {FORMAT} and {get_sound_version()}.",
                fix="compile it again (streamdial lexicon compile)",
                where=str(folder),
            )
        tries = {name: marisa_trie.Trie().mmap(str(folder / f"{name}.marisa")) for name in ("forms", "sounds")}
        arrays = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in manifest["arrays"]}
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"this is no compiled lexicon: {error}.",
            fix="give a folder that streamdial lexicon compile made",
            where=str(folder),
        ) from error
    return Lexicon(tries, arrays, manifest)

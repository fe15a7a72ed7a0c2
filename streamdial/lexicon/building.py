"""Compiles lexicons: every array a search needs is laid out once, so that opening one costs nothing.

Arrays, by name: `kinds` (uint8 an entry), `canonicals` and `canonical_starts` (UTF-8, one after the other),
`form_openings_*` and `sound_openings_*` (filters over what forms and their sounds begin with), `sound_starts` and
`sound_owners` (entries of each sound key), `letter_*` and `syllable_*` (pieces, see `pieces`), `metaphone_keys` and
`metaphone_owners` (sorted).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import marisa_trie
import numpy as np
import orjson
from numpy.typing import NDArray

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.lexicon.compiled import (
    FORMAT,
    MAX_SIZE,
    MIN_CHANGED_SOUND,
    MIN_SOUND,
    OPENINGS,
    Lexicon,
    hash_openings,
)
from streamdial.lexicon.entries import ENTRY_KINDS, LexiconEntry
from streamdial.lexicon.pieces import PieceIndex, allow_edits, set_bits
from streamdial.lexicon.sounds import code_metaphone, fold_characters, get_sound_version, join_letters, spell_sounds

Arrays = dict[str, NDArray[Any]]
_MAX_NOTES = 5


def build_lexicon(entries: Iterable[LexiconEntry], counts: Counts | None = None) -> Lexicon:
    """Compile entries in memory.

    Args:
        entries: In order of precedence: of two that disagree the first one stands.
        counts: Gets `made` (entries that stand) and drops: `empty`, `too_short` (one character), `too_long`,
            `not_text` (control characters, lone surrogates), `duplicate`, `conflict` (the same form as another thing);
            some conflicts are named in the notes.
    """
    counts = counts or Counts("lexicon")
    kept: dict[str, LexiconEntry] = {}
    for entry in entries:
        form = fold_characters(entry.form.strip())
        if reason := _find_fault(form, entry.canonical):
            counts.drop(reason)
            continue
        entry = LexiconEntry(form, entry.kind, entry.canonical or entry.form.strip())
        before = kept.setdefault(form, entry)
        if before is entry:
            counts.made += 1
        elif (before.kind, before.canonical) == (entry.kind, entry.canonical):
            counts.drop("duplicate")
        else:
            counts.drop("conflict")
            if counts.dropped["conflict"] <= _MAX_NOTES:
                counts.note(
                    f"{entry.form!r} is {before.kind} {before.canonical!r} and also {entry.kind} "
                    f"{entry.canonical!r}; the first one stands"
                )
    counts.kept = counts.made
    return _lay_out(kept)


def _find_fault(form: str, canonical: str) -> str | None:
    if not form:
        return "empty"
    if len(form) < 2:
        return "too_short"
    if any(sign < " " or "\ud800" <= sign <= "\udfff" for sign in form + canonical):
        return "not_text"
    return "too_long" if len(form) > MAX_SIZE else None


def compile_lexicon(entries: Iterable[LexiconEntry], folder: Path, counts: Counts | None = None) -> Lexicon:
    """Compile entries into a folder that `open_lexicon` maps; an older one of that name is replaced at once.

    Args:
        entries: As for `build_lexicon`.
        folder: Where the lexicon is to be; what else lies there is never overwritten.
        counts: As for `build_lexicon`.

    Raises:
        ConfigurationError: If the folder holds something that is no lexicon, or cannot be written.
    """
    if folder.exists() and not (folder / "manifest.json").is_file():
        raise ConfigurationError(
            "there is something here that is no lexicon.", fix="name a new folder", where=str(folder)
        )
    lexicon = build_lexicon(entries, counts)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        for name, trie in lexicon.tries.items():
            trie.save(str(fresh / f"{name}.marisa"))
        for name, array in lexicon.arrays.items():
            np.save(fresh / f"{name}.npy", array)
        (fresh / "manifest.json").write_bytes(orjson.dumps(lexicon.manifest, option=orjson.OPT_INDENT_2))
        fresh.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    except OSError as error:
        raise ConfigurationError(
            f"the lexicon cannot be written: {error.strerror or error}.", fix="choose another folder", where=str(folder)
        ) from error
    return lexicon


def _lay_out(kept: dict[str, LexiconEntry]) -> Lexicon:
    trie = marisa_trie.Trie(list(kept))
    ordered = [kept[trie.restore_key(number)] for number in range(len(kept))]
    forms = [entry.form for entry in ordered]
    canonicals = [entry.canonical.encode() for entry in ordered]
    arrays: Arrays = {
        "kinds": np.array([ENTRY_KINDS.index(entry.kind) for entry in ordered], np.uint8),
        "canonicals": np.frombuffer(b"".join(canonicals), np.uint8),
        "canonical_starts": _cumulate([len(text) for text in canonicals]),
        **_mark_openings("form", forms),
    }
    sounds, longest_sound = _lay_out_sounds(forms, arrays)
    letter_sizes = _lay_out_letters(forms, arrays)
    syllable_sizes = _lay_out_syllables(forms, arrays)
    manifest = {
        "format": FORMAT,
        "sounds": get_sound_version(),
        "digest": _digest(ordered),
        "entries": len(forms),
        "longest": max(map(len, forms), default=0),
        "longest_sound": longest_sound,
        "letter_sizes": letter_sizes,
        "syllable_sizes": syllable_sizes,
        "latin": len(arrays["letter_owners"]),
        "arrays": sorted(arrays),
    }
    return Lexicon({"forms": trie, "sounds": sounds}, arrays, manifest)


def _lay_out_sounds(forms: Sequence[str], arrays: Arrays) -> tuple[marisa_trie.Trie, int]:
    keys = [(spell_sounds(form), number) for number, form in enumerate(forms) if not form.isascii()]
    keys = [(key, number) for key, number in keys if key != forms[number] and len(key) >= MIN_SOUND]
    trie = marisa_trie.Trie([key for key, _ in keys])
    numbers = np.array([trie.key_id(key) for key, _ in keys], np.int64)
    order = np.argsort(numbers, kind="stable")
    arrays["sound_owners"] = np.array([number for _, number in keys], np.int32)[order]
    arrays["sound_starts"] = _cumulate(np.bincount(numbers, minlength=len(trie)).tolist())
    arrays |= _mark_openings("sound", [key for key, _ in keys])
    return trie, max((len(key) for key, _ in keys), default=0)


def _lay_out_letters(forms: Sequence[str], arrays: Arrays) -> list[int]:
    owned = [(join_letters(form), number) for number, form in enumerate(forms) if form.isascii()]
    owned = [(letters, number) for letters, number in owned if len(letters) >= 2]
    sizes = np.array([len(letters) for letters, _ in owned], np.int64)
    bounds = _cumulate(sizes.tolist())
    codes = np.frombuffer("".join(letters for letters, _ in owned).encode("ascii"), np.uint8).astype(np.uint32)
    edits = np.array([allow_edits(size) for size in sizes.tolist()], np.int8)
    index = PieceIndex.build(codes, bounds[:-1], sizes, edits, edit=True)
    arrays |= {f"letter_{name}": part for name, part in index.parts.items()}
    arrays["letter_codes"], arrays["letter_starts"] = codes.astype(np.uint8), bounds
    arrays["letter_owners"] = np.array([number for _, number in owned], np.int32)
    metaphones = np.array([code_metaphone.__wrapped__(letters).encode() for letters, _ in owned] or [b""])
    order = np.argsort(metaphones, kind="stable")
    order = order[metaphones[order] != b""]
    arrays["metaphone_keys"], arrays["metaphone_owners"] = metaphones[order], order.astype(np.int32)
    return sorted(set(sizes.tolist()))


def _lay_out_syllables(forms: Sequence[str], arrays: Arrays) -> list[int]:
    owned = [
        (spell_sounds(form), number)
        for number, form in enumerate(forms)
        if not form.isascii() and len(form) >= MIN_CHANGED_SOUND and " " not in form
    ]
    sizes = np.array([len(key) for key, _ in owned], np.int64)
    starts = _cumulate(sizes.tolist())[:-1]
    codes = np.frombuffer("".join(key for key, _ in owned).encode("utf-32-le", "surrogatepass"), np.uint32)
    index = PieceIndex.build(codes, starts, sizes, np.ones(len(owned), np.int8), edit=False)
    arrays |= {f"syllable_{name}": part for name, part in index.parts.items()}
    arrays["syllable_codes"] = codes
    arrays["syllable_starts"] = starts
    arrays["syllable_owners"] = np.array([number for _, number in owned], np.int32)
    return sorted(set(sizes.tolist()))


def _mark_openings(what: str, texts: Sequence[str]) -> Arrays:
    found = {}
    for size, beyond in zip(OPENINGS, (*OPENINGS[1:], MAX_SIZE + 1), strict=True):
        openings = "".join(text[:size] for text in texts if size <= len(text) < beyond)
        codes = np.frombuffer(openings.encode("utf-32-le", "surrogatepass"), np.uint32)
        found[f"{what}_openings_{size}"] = set_bits(hash_openings(codes, np.arange(0, len(codes), size), size))
    return found


def _digest(entries: Iterable[LexiconEntry]) -> str:
    """Return a digest of the entries in the order of their numbers, which the forms alone decide."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update("\t".join(entry).encode())
        digest.update(b"\n")
    return digest.hexdigest()[:16]


def _cumulate(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.array(sizes, np.int64)))).astype(np.int64)

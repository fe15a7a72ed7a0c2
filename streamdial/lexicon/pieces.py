"""Strings within a small edit distance, by pieces: the candidate step of Pass-Join (Li, Deng, Feng, VLDB 2011).

A string of which at most k characters were edited still holds one of its k + 1 pieces unharmed, and close to its old
place. So each entry is filed under its pieces, and a query asks for those of its substrings that could be one.
Everything is arrays: entries by the million are memory-mapped, and queries are asked by the thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
"""Code points of many strings, one after the other."""
Indices = NDArray[np.int64]
_BASE = np.uint64(0x9E3779B97F4A7C15)
MAX_PER_PIECE = 256
"""A piece that more entries share says nothing; entries are then found by their other pieces."""


def allow_edits(length: int) -> int:
    """Return how many letters may differ in a word of that length: none below 5, one to 8, two above."""
    return 0 if length < 5 else 1 if length <= 8 else 2


def cut_pieces(length: int, edits: int) -> list[tuple[int, int]]:
    """Return (start, length) of the `edits + 1` pieces of a string, the longer ones last."""
    count = edits + 1
    short, longer = divmod(length, count)
    pieces, start = [], 0
    for place in range(count):
        size = short + (place >= count - longer)
        pieces.append((start, size))
        start += size
    return pieces


def hash_prefixes(codes: Codes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the polynomial hashes of all prefixes of one long array, and the powers of the base.

    By them the hash of any stretch costs one subtraction. Arithmetic is modulo 2**64; what collides is sorted out
    when candidates are checked.
    """
    powers = np.ones(len(codes) + 1, np.uint64)
    powers[1:] = _BASE
    powers = np.multiply.accumulate(powers)
    inverse = np.uint64(pow(int(_BASE), -1, 2**64))
    inverses = np.full(len(codes) + 1, inverse, np.uint64)
    inverses[0] = 1
    inverses = np.multiply.accumulate(inverses)
    sums = np.zeros(len(codes) + 1, np.uint64)
    # sum of code[i] * base**-(i+1), times base**end, is the usual hash of a prefix.
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * inverses[1:], out=sums[1:])
    return sums, powers


def hash_stretches(
    prefixes: tuple[NDArray[np.uint64], NDArray[np.uint64]], starts: Indices, sizes: Indices, tag: int
) -> NDArray[np.uint64]:
    """Return a hash of each stretch of the hashed array, mixed with a tag; equal stretches have equal hashes."""
    sums, powers = prefixes
    ends = starts + sizes
    raw: NDArray[np.uint64] = (sums[ends] - sums[starts]) * powers[ends]
    # The raw hash still depends on where the stretch starts unless the powers cancel: they do, as ends carry them.
    mixed: NDArray[np.uint64] = raw ^ np.uint64((tag * 0xD1B54A32D192ED03) & (2**64 - 1))
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return mixed


def set_bits(hashes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return a filter that holds these hashes: a bit each, at least eight times as many bits as hashes."""
    width = max(10, (8 * max(len(hashes), 1)).bit_length())
    flags = np.zeros(1 << width, bool)
    flags[(hashes >> np.uint64(64 - width)).astype(np.int64)] = True
    return np.packbits(flags, bitorder="little")


def test_bits(bits: NDArray[np.uint8], hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell of each hash whether the filter may hold it; what it holds is never denied."""
    slots = (hashes >> np.uint64(64 - (8 * len(bits)).bit_length() + 1)).astype(np.int64)
    return np.asarray(bits[slots >> 3] >> (slots & 7).astype(np.uint8) & 1, bool)


class Queries(NamedTuple):
    """Stretches of one array of codes that are looked up: where each starts and how long it is."""

    starts: Indices
    sizes: Indices


class PieceIndex:
    """Entries filed under their pieces.

    Args:
        parts: `keys` (sorted hashes), `entries` (their entries), `bits` (a Bloom filter over the keys) and `signs`
            (which codes an entry holds), as `build` makes them; memory-mapped arrays are fine.
        edit: Whether letters may be lost or added; else they may only be replaced.
    """

    def __init__(self, parts: Mapping[str, NDArray[Any]], *, edit: bool) -> None:
        self.parts = parts
        self._keys = parts["keys"]
        self._entries = parts["entries"]
        self._bits = parts["bits"]
        self._signs = parts["signs"]
        self._edit = edit

    @classmethod
    def build(cls, codes: Codes, starts: Indices, sizes: Indices, edits: NDArray[np.int8], *, edit: bool) -> PieceIndex:
        """File strings under their pieces.

        Args:
            codes: All strings, one after the other.
            starts: Where each begins.
            sizes: How long each is.
            edits: How many edits each allows; those with -1 are left out.
            edit: Whether letters may be lost or added; else they may only be replaced.
        """
        prefixes = hash_prefixes(codes)
        keys, entries = [], []
        for size in np.unique(sizes[edits >= 0]).tolist():
            for allowed in np.unique(edits[(sizes == size) & (edits >= 0)]).tolist():
                rows = np.flatnonzero((sizes == size) & (edits == allowed))
                for place, (offset, length) in enumerate(cut_pieces(size, allowed)):
                    at = starts[rows] + offset
                    keys.append(hash_stretches(prefixes, at, np.full(len(rows), length), _tag(size, allowed, place)))
                    entries.append(rows.astype(np.int32))
        flat = np.concatenate(keys) if keys else np.empty(0, np.uint64)
        owners = np.concatenate(entries) if entries else np.empty(0, np.int32)
        order = np.argsort(flat, kind="stable")
        flat = flat[order]
        bits = set_bits(flat)
        signs = np.bitwise_or.reduceat(_sign_codes(codes), starts) if len(starts) else np.empty(0, np.uint64)
        return cls({"keys": flat, "entries": owners[order], "bits": bits, "signs": signs}, edit=edit)

    def find(self, codes: Codes, queries: Queries, sizes: NDArray[np.int64]) -> tuple[Indices, Indices]:
        """Return candidates as (row of the query, entry), each pair once; they are not checked yet.

        Args:
            codes: The array the queries are stretches of.
            queries: The stretches.
            sizes: The lengths entries have, so that no others are asked for.
        """
        prefixes = hash_prefixes(codes)
        signs = _sign_stretches(codes, queries)
        pairs: list[Indices] = []
        for size in sizes.tolist():
            allowed = allow_edits(size) if self._edit else 1
            for delta in range(-allowed, allowed + 1) if self._edit else (0,):
                rows = np.flatnonzero(queries.sizes == size + delta)
                if not len(rows):
                    continue
                for place, start, length in _list_stretches(size, delta, allowed, edit=self._edit):
                    hashes = hash_stretches(
                        prefixes, queries.starts[rows] + start, np.full(len(rows), length), _tag(size, allowed, place)
                    )
                    found, owners = self._look_up(hashes)
                    # An edit changes at most two kinds of codes: most candidates end here.
                    close = np.bitwise_count(signs[rows[found]] ^ self._signs[owners]) <= 2 * allowed
                    pairs.append(rows[found[close]] << 32 | owners[close])
        if not pairs:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        flat = np.sort(np.concatenate(pairs))
        flat = flat[np.append(True, flat[1:] != flat[:-1])] if len(flat) else flat
        return flat >> 32, flat & 0xFFFFFFFF

    def _look_up(self, hashes: NDArray[np.uint64]) -> tuple[Indices, Indices]:
        rows = np.flatnonzero(test_bits(self._bits, hashes))
        lows = np.searchsorted(self._keys, hashes[rows], "left")
        counts = np.searchsorted(self._keys, hashes[rows], "right") - lows
        counts[counts > MAX_PER_PIECE] = 0
        return np.repeat(rows, counts), self._entries[expand_ranges(lows, counts)].astype(np.int64)


def expand_ranges(lows: Indices, counts: Indices) -> Indices:
    """Return low, low + 1, ... of each range, one range after the other."""
    before = np.cumsum(counts) - counts
    return np.repeat(lows - before, counts) + np.arange(int(counts.sum()))


def measure_edits(
    heard: Codes, heard_at: Queries, meant: Codes, meant_at: Queries, *, block: int = 65_536
) -> NDArray[np.uint8]:
    """Return the Levenshtein distance of each pair of stretches, 3 for all that are farther than 2 apart.

    The band of five diagonals is computed for all pairs at once (Ukkonen 1985); lengths may differ by 2 at most.

    Args:
        heard: Codes below 255 the first stretches lie in.
        heard_at: The first stretch of each pair.
        meant: Codes below 255 the second stretches lie in.
        meant_at: The second stretch of each pair.
        block: Pairs that are looked at together; bounds the memory.
    """
    found = np.full(len(heard_at.starts), 3, np.uint8)
    heard, meant = np.append(heard, 255).astype(np.uint8), np.append(meant, 254).astype(np.uint8)
    for first in range(0, len(found), block):
        part = slice(first, first + block)
        starts, sizes = heard_at.starts[part], heard_at.sizes[part]
        others, lengths = meant_at.starts[part], meant_at.sizes[part]
        # band[o] is the distance of the first i codes heard and the first i + o - 2 codes meant.
        band = [np.full(len(starts), 3, np.uint8) for _ in range(5)]
        for place in (2, 3, 4):
            band[place] = np.full(len(starts), place - 2, np.uint8)
        columns = [np.where(at < lengths, meant[np.minimum(others + at, len(meant) - 1)], 254) for at in range(3)]
        columns = [np.full(len(starts), 254), np.full(len(starts), 254), *columns]
        for row in range(1, int(sizes.max(initial=0)) + 1):
            letters = np.where(row <= sizes, heard[np.minimum(starts + row - 1, len(heard) - 1)], 255)
            fresh: list[NDArray[np.uint8]] = []
            for place in range(5):
                best = band[place] + (letters != columns[place])
                if place < 4:
                    best = np.minimum(best, band[place + 1] + 1)
                if place:
                    best = np.minimum(best, fresh[-1] + 1)
                if row + place - 2 < 0:
                    best = np.full(len(starts), 3)
                elif row + place - 2 == 0:
                    best = np.full(len(starts), min(row, 3))
                fresh.append(np.minimum(best, 3).astype(np.uint8))
            band = fresh
            ending = np.flatnonzero(sizes == row)
            diagonal = (lengths - sizes)[ending] + 2
            inside = (diagonal >= 0) & (diagonal <= 4)
            found[first + ending[inside]] = np.stack(band)[diagonal[inside], ending[inside]]
            at = row + 2
            columns = [*columns[1:], np.where(at < lengths, meant[np.minimum(others + at, len(meant) - 1)], 254)]
    return found


def _tag(size: int, allowed: int, place: int) -> int:
    return (size * 8 + allowed) * 8 + place + 1


def _list_stretches(size: int, delta: int, allowed: int, *, edit: bool) -> list[tuple[int, int, int]]:
    """Return (piece, start in the query, length) for entries of `size` and queries of `size + delta`.

    The starts are those of the multi-match-aware selection of Pass-Join.
    """
    found = []
    for place, (offset, length) in enumerate(cut_pieces(size, allowed)):
        left, right = place, allowed - place
        low = max(offset - left, offset + delta - right) if edit else offset
        high = min(offset + left, offset + delta + right) if edit else offset
        found += [(place, start, length) for start in range(max(low, 0), min(high, size + delta - length) + 1)]
    return found


def _sign_codes(codes: Codes) -> NDArray[np.uint64]:
    """Return a bit for each code; the bits of two strings tell how many kinds of codes they do not share."""
    return np.uint64(1) << (codes.astype(np.uint64) % np.uint64(64))


def _sign_stretches(codes: Codes, queries: Queries) -> NDArray[np.uint64]:
    if not len(queries.starts):
        return np.empty(0, np.uint64)
    padded = np.append(_sign_codes(codes), np.uint64(0))
    bounds = np.stack([queries.starts, queries.starts + queries.sizes], axis=1).ravel()
    return np.bitwise_or.reduceat(padded, bounds)[::2]

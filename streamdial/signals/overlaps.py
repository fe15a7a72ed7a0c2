"""Computes what questions and responses name in common, for many pairs at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.records import AgentResponse, UserQuestion

Places = NDArray[np.int64]
Bits = NDArray[np.uint64]

_WORD = 64


class Overlaps(NamedTuple):
    """What pairs of a question and a response have in common.

    Attributes:
        shares: How much they name in common, 0 to 1.
        contradicting: Both name entities and none is the same, or the response tells slots and none of those asked for.
    """

    shares: NDArray[np.float64]
    contradicting: NDArray[np.bool_]


def measure_overlaps(
    questions: Sequence[UserQuestion], responses: Sequence[AgentResponse], rows: Places, columns: Places
) -> Overlaps:
    """Compare entities and slots of pairs.

    A slot that is asked for and told counts like a shared entity: the share is the mean of "an entity is the same"
    (where the question names one) and the share of the asked slots that are told (where it asks for any).

    Args:
        questions: Questions.
        responses: Responses.
        rows: The question of each pair.
        columns: The response of each pair.
    """
    asked, told = _encode([q.entities for q in questions], [r.entities for r in responses])
    naming = np.fromiter((bool(q.entities) for q in questions), np.bool_, len(questions))[rows]
    named = np.fromiter((bool(r.entities) for r in responses), np.bool_, len(responses))[columns]
    same = _count_common(asked, told, rows, columns) > 0
    # An answer is rarely found in what tells something else and nothing of what was asked for.
    telling = np.fromiter((bool(r.tells) for r in responses), np.bool_, len(responses))[columns]
    wanted, given = _encode([q.asks for q in questions], [r.tells for r in responses])
    sizes = np.fromiter((len(set(q.asks)) for q in questions), np.int64, len(questions))[rows]
    answered = _count_common(wanted, given, rows, columns) / np.maximum(sizes, 1)
    parts = naming.astype(np.int64) + (sizes > 0)
    shares = (same + answered) / np.maximum(parts, 1)
    elsewhere = (sizes > 0) & telling & (answered == 0)
    return Overlaps(shares, (naming & named & ~same) | elsewhere)


def _encode(left: Sequence[Iterable[str]], right: Sequence[Iterable[str]]) -> tuple[Bits, Bits]:
    """Return one bit set per row, over the names that stand on the right; others cannot be common."""
    places: dict[str, int] = {}
    for names in right:
        for name in names:
            places.setdefault(name, len(places))
    words = max(1, -(-len(places) // _WORD))
    known: dict[tuple[str, ...], bytes] = {}

    def pack(rows: Sequence[Iterable[str]]) -> Bits:
        packed = []
        for names in rows:
            key = tuple(names)
            if (row := known.get(key)) is None:
                bits = 0
                for name in key:
                    if (place := places.get(name)) is not None:
                        bits |= 1 << place
                row = known[key] = bits.to_bytes(words * _WORD // 8, "little")
            packed.append(row)
        return np.frombuffer(b"".join(packed), dtype="<u8").reshape(len(rows), words)

    return pack(left), pack(right)


def _count_common(left: Bits, right: Bits, rows: Places, columns: Places) -> NDArray[np.int64]:
    common = np.zeros(len(rows), dtype=np.int64)
    for word in range(left.shape[1]):
        common += np.bitwise_count(left[rows, word] & right[columns, word])
    return common

"""Splits for training, validation and test that share neither an account nor a community of similar dialogues."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from streamdial.exports.dataset import DataSet
from streamdial.records import Dialogue

SplitBy = Literal["account", "persona"]
"""What no two parts share, beside communities: accounts, so that a test measures no memory of one; or user personas,
for the set of a single account."""
PARTS = {"train": 0.8, "validation": 0.1, "test": 0.1}
"""Share of the dialogues each part is meant to have."""


@dataclass(frozen=True)
class Splits:
    """Dialogues dealt to parts.

    Attributes:
        parts: Part to ids of its dialogues, sorted; a part may be empty.
        groups: Groups that had to stay whole.
        largest: Dialogues of the largest group.
        shared_users: User personas that occur in more than one part: the same need may be met by different agents.
        seed: Seed of the deal.
        notes: What a reader has to know: parts that stayed empty, sizes far from what was meant.
    """

    parts: dict[str, tuple[str, ...]]
    groups: int
    largest: int
    shared_users: int
    seed: int
    notes: tuple[str, ...]

    def find(self, dialogue: str) -> str:
        """Return the part of a dialogue."""
        return next(name for name, ids in self.parts.items() if dialogue in ids)

    def to_dict(self) -> dict[str, Any]:
        """Return the splits as JSON values, with the sizes in words of numbers."""
        return {
            "sizes": {name: len(ids) for name, ids in self.parts.items()},
            "groups": self.groups,
            "largest_group": self.largest,
            "shared_user_personas": self.shared_users,
            "seed": self.seed,
            "notes": list(self.notes),
            "parts": {name: list(ids) for name, ids in self.parts.items()},
        }


def split_data_set(data: DataSet, *, seed: int = 0, by: SplitBy = "account") -> Splits:
    """Deal the dialogues to `PARTS` so that no account (or persona) and no community of the filter is in two of them.

    Dialogues that share the account of their agent or a community of the filter form a group, directly or over others
    (union-find). With three groups or more every part gets one; the others go, the largest first, where most is
    missing. With fewer groups parts stay empty, and the notes say so: a part that shared the only account would
    measure memory.

    Args:
        data: The data set, with the communities the filter found where they are known.
        seed: Decides between groups of one size.
        by: `persona` keeps user personas apart instead of accounts, which then are in several parts; the notes say so.
    """
    groups = _group(data, by)
    parts = _deal(groups, len(data.dialogues), seed)
    return Splits(
        parts={name: tuple(sorted(dialogue.id for dialogue in found)) for name, found in parts.items()},
        groups=len(groups),
        largest=max((len(group) for group in groups), default=0),
        shared_users=_count_shared(parts),
        seed=seed,
        notes=tuple(_list_notes(parts, groups, by, known=bool(data.communities))),
    )


def _group(data: DataSet, by: SplitBy) -> list[list[Dialogue]]:
    parents: dict[Hashable, Hashable] = {}

    def find(key: Hashable) -> Hashable:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for dialogue in data.list_dialogues():
        account = data.agents[dialogue.agent_persona_id].account
        keys: list[Hashable] = [(by, account if by == "account" else dialogue.user_persona_id)]
        if dialogue.id in data.communities:
            keys.append(("community", data.communities[dialogue.id]))
        for key in keys:
            parents[find(key)] = find(("dialogue", dialogue.id))
    groups: dict[Hashable, list[Dialogue]] = defaultdict(list)
    for dialogue in data.list_dialogues():
        groups[find(("dialogue", dialogue.id))].append(dialogue)
    return list(groups.values())


def _deal(groups: list[list[Dialogue]], count: int, seed: int) -> dict[str, list[Dialogue]]:
    parts: dict[str, list[Dialogue]] = {name: [] for name in PARTS}
    waiting = sorted(groups, key=lambda group: (-len(group), _draw(group, seed)))
    if len(waiting) >= len(PARTS):
        # The smallest ones, so that training keeps the most.
        for name in [*PARTS][1:]:
            parts[name] += waiting.pop()
    for group in waiting:
        name = max(PARTS, key=lambda name: PARTS[name] * count - len(parts[name]))
        parts[name] += group
    return parts


def _draw(group: list[Dialogue], seed: int) -> bytes:
    return hashlib.sha256(f"{seed}/{min(dialogue.id for dialogue in group)}".encode()).digest()


def _count_shared(parts: Mapping[str, Iterable[Dialogue]]) -> int:
    places = Counter(user for found in parts.values() for user in {dialogue.user_persona_id for dialogue in found})
    return sum(count > 1 for count in places.values())


def _list_notes(
    parts: Mapping[str, list[Dialogue]], groups: list[list[Dialogue]], by: SplitBy, *, known: bool
) -> Iterable[str]:
    if groups and by == "persona":
        yield "Parts share accounts, not user personas: a test measures new users of known accounts."
    empty = [name for name, found in parts.items() if not found]
    if groups and empty:
        told = "one group" if len(groups) == 1 else f"{len(groups)} groups"
        yield (
            f"All dialogues form {told} of shared {by}s and communities, so {' and '.join(empty)} stay empty: "
            "a split of them would leak."
        )
    count = sum(len(group) for group in groups)
    for name, share in PARTS.items():
        got = len(parts[name]) / count if count else share
        if parts[name] and abs(got - share) > 0.1:
            yield f"{name} has {got:.0%} of the dialogues instead of {share:.0%}: groups stay whole."
    if groups and not known:
        yield f"The communities of the filter are not known; only {by}s are kept apart."

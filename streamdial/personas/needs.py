"""Clusters questions into needs: by asker first, then by what is asked about and by meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from streamdial.domains import DomainPack
from streamdial.ids import dump_canonical_json
from streamdial.models import Vectors
from streamdial.records import UserQuestion

SAME_NEED = 0.6
"""Minimum similarity of two questions of one need, see `compare_needs`."""
RELATED = 0.5
"""Minimum cosine at which another viewer's question is taken up where it names no thing this need is about."""
_LOOKED_AT = 500
"""Nearest questions looked at for one need."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]{3}")


@dataclass
class Need:
    """Questions one persona is made of.

    Attributes:
        own: Those of its asker; in a cluster of viewers who asked one thing each, all of them.
        others: Questions of other viewers that ask the same as one of its own.
    """

    own: list[UserQuestion]
    others: list[UserQuestion] = field(default_factory=list)

    @property
    def viewers(self) -> int:
        """Number of viewers: different askers, and those who only repeated them."""
        everyone = [*self.own, *self.others]
        return len({name_asker(question) for question in everyone}) + sum(question.echoes for question in everyone)


def name_asker(question: UserQuestion) -> str:
    """Return who asked; a question without asker is a viewer of its own."""
    return question.asker or question.id


def sort_by_time(questions: Iterable[UserQuestion]) -> list[UserQuestion]:
    """Return questions in order of time, those without one last, then by id."""
    return sorted(questions, key=lambda q: (q.time is None, q.time or 0.0, q.id))


def compare_needs(left: UserQuestion, right: UserQuestion, cosine: float) -> float:
    """Return how alike two needs are, 0 to 1: the mean of cosine and overlap of what is asked or stated.

    Questions about different things, or with different values of one slot, have no need in common: 0. Where neither
    names a slot the cosine alone counts.
    """
    if set(left.entities) and set(right.entities) and not set(left.entities) & set(right.entities):
        return 0.0
    if not agree(left, [right]):
        return 0.0
    mine, theirs = {*left.asks, *left.slots}, {*right.asks, *right.slots}
    if not mine and not theirs:
        return max(0.0, cosine)
    return (max(0.0, cosine) + len(mine & theirs) / len(mine | theirs)) / 2


def name_short_forms(
    questions: Sequence[UserQuestion], pack: DomainPack, entities: Iterable[str] = ()
) -> list[UserQuestion]:
    """Return questions with the thing filled in where they call it by a part of its Chinese name.

    "望湖多少钱" is about the 望湖大床房 and "套房多大" about the only 套房: its first two characters or last two or
    three, where no other thing begins or ends so and they are no word of the pack.

    Args:
        questions: Questions of one language.
        pack: The domain pack.
        entities: Names of what is sold, beside those the questions name.
    """
    known = {name for name in (*entities, *(e for q in questions for e in q.entities)) if _CHINESE.match(name)}
    words = dump_canonical_json([slot.model_dump(mode="json") for slot in pack.slots.values()])
    parts = [(part, name) for name in sorted(known) for part in (name[:2], name[-3:], name[-2:]) if part != name]
    shared = Counter(part for part, _ in set(parts))
    short = {part: name for part, name in parts if shared[part] == 1 and part not in words}
    named = []
    for question in questions:
        found = {name for part, name in short.items() if part in question.text} if not question.entities else set()
        named.append(question.model_copy(update={"entities": tuple(found)}) if len(found) == 1 else question)
    return named


def agree(question: UserQuestion, others: Iterable[UserQuestion]) -> bool:
    """Tell whether a question states no value that differs from what others state of the same slot."""
    return all(other.slots.get(slot, value) == value for other in others for slot, value in question.slots.items())


def cluster_questions(questions: Sequence[UserQuestion], vectors: Vectors) -> tuple[list[Need], list[UserQuestion]]:
    """Return needs, each question in at most one, and the questions that stand alone.

    A viewer who wrote at least twice is a need. Of the others, those with the same need come together by leader
    clustering (Hartigan 1975) in order of time: each joins the most similar cluster whose every question it can be
    with, or begins one. A cluster of one viewer goes to the need that has asked the same, if there is one; else it is
    a need of its own where it states a wish, and alone where it does not. Cost: messages times clusters.

    Args:
        questions: Questions of one domain and language.
        vectors: Their embeddings of unit length, shape (questions, dimensions).
    """
    rows = {question.id: vectors[row] for row, question in enumerate(questions)}
    by_asker: dict[str, list[UserQuestion]] = {}
    for question in sort_by_time(questions):
        by_asker.setdefault(name_asker(question), []).append(question)
    needs = [Need(asked) for asked in by_asker.values() if len(asked) >= 2]
    single = sort_by_time(asked[0] for asked in by_asker.values() if len(asked) == 1)
    clusters = _cluster_single(single, rows)
    needs += [Need(cluster) for cluster in clusters if len(cluster) >= 2]
    alone: list[UserQuestion] = []
    finder = _Finder(needs, rows)
    for question in (cluster[0] for cluster in clusters if len(cluster) == 1):
        if (need := finder.find(question)) is not None:
            need.others.append(question)
        elif question.slots and question.act != "object":
            needs.append(Need([question]))
        else:
            alone.append(question)
    return needs, alone


def _cluster_single(questions: Sequence[UserQuestion], rows: dict[str, np.ndarray]) -> list[list[UserQuestion]]:
    clusters: list[list[UserQuestion]] = []
    leaders = np.zeros((max(len(questions), 1), len(next(iter(rows.values()), ()))), dtype=np.float32)
    for question in questions:
        cosines = leaders[: len(clusters)] @ rows[question.id]
        best: tuple[float, int] | None = None
        for place in np.flatnonzero(cosines > 2 * SAME_NEED - 1):
            similar = compare_needs(question, clusters[place][0], float(cosines[place]))
            if similar >= SAME_NEED and (best is None or similar > best[0]) and _fits(question, clusters[place]):
                best = (similar, int(place))
        if best is None:
            leaders[len(clusters)] = rows[question.id]
            clusters.append([question])
        else:
            clusters[best[1]].append(question)
    return clusters


def _fits(question: UserQuestion, cluster: Sequence[UserQuestion]) -> bool:
    named = {entity for other in cluster for entity in other.entities}
    return (not named or not question.entities or bool(named & set(question.entities))) and agree(question, cluster)


class _Finder:
    """Finds the need that has asked the same as a question."""

    def __init__(self, needs: Sequence[Need], rows: dict[str, np.ndarray]) -> None:
        self._needs = tuple(needs)
        self._asked = [(place, question) for place, need in enumerate(needs) for question in need.own]
        self._matrix = np.array([rows[question.id] for _, question in self._asked], dtype=np.float32)
        self._rows = rows

    def find(self, question: UserQuestion) -> Need | None:
        if not self._asked:
            return None
        cosines = self._matrix @ self._rows[question.id]
        best: tuple[float, int] | None = None
        for row in np.flatnonzero(cosines > 2 * SAME_NEED - 1):
            place, asked = self._asked[row]
            similar = compare_needs(question, asked, float(cosines[row]))
            if similar >= SAME_NEED and (best is None or similar > best[0]) and agree(question, self._needs[place].own):
                best = (similar, place)
        return None if best is None else self._needs[best[1]]


class QuestionJoiner:
    """Finds questions of other viewers for needs that ask little.

    Args:
        questions: All questions.
        vectors: Their embeddings of unit length, shape (questions, dimensions).
    """

    def __init__(self, questions: Sequence[UserQuestion], vectors: Vectors) -> None:
        self._questions, self._vectors = questions, vectors
        self._rows = {question.id: row for row, question in enumerate(questions)}
        self._usable = np.array([bool(q.asks) and q.act in ("ask", "object", "negotiate") for q in questions])
        self._names_none = np.array([not question.entities for question in questions])
        self._by_entity: dict[str, list[int]] = {}
        for row, question in enumerate(questions):
            for entity in question.entities:
                self._by_entity.setdefault(entity, []).append(row)

    def join(self, need: Need, *, least: int) -> list[UserQuestion]:
        """Return questions for a need with fewer than `least`: about the same thing, what it has not asked yet.

        Those that name a thing it names come first, then the nearest in meaning; one about another thing, one that
        states another value than its own questions, and one too far in meaning are never taken.
        """
        mine = [*need.own, *need.others]
        missing = least - sum(question.act != "inform" for question in mine)
        if missing <= 0:
            return []
        own_rows = [self._rows[question.id] for question in need.own]
        cosines = (self._vectors @ self._vectors[own_rows].T).max(axis=1)
        named = {entity for question in need.own for entity in question.entities}
        shares = np.zeros(len(self._questions), dtype=bool)
        shares[[row for entity in sorted(named) for row in self._by_entity[entity]]] = True
        fits = shares | ((cosines >= RELATED) & (self._names_none if named else True))
        fits &= self._usable
        fits[[self._rows[question.id] for question in mine]] = False
        rows = np.flatnonzero(fits)
        order = rows[np.lexsort((rows, -cosines[rows], ~shares[rows]))][:_LOOKED_AT]
        asked = {slot for question in mine for slot in question.asks}
        joined: list[UserQuestion] = []
        for question in (self._questions[row] for row in order):
            if len(joined) < missing and not set(question.asks) <= asked and agree(question, need.own):
                joined.append(question)
                asked |= set(question.asks)
        return joined

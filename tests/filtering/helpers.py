from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streamdial.filtering import SideVectors, SimilarityGraph
from streamdial.records import Dialogue, MatchScore, Provenance, Turn

MATCH = MatchScore(expertise=0, answerable=0, covered=0, alpha=1, beta=0, gamma=0, total=0)


def make_dialogue(name: str, *lines: tuple[str, str], evidence: Sequence[int] = ()) -> Dialogue:
    """A dialogue of (role, utterance) lines; the turns in `evidence` name some."""
    turns = [
        Turn(turn_id=turn, role=role, utterance=text, act="say", evidence=("e1",) if turn in evidence else ())
        for turn, (role, text) in enumerate(lines)
    ]
    return Dialogue(
        id=name,
        domain="hotel",
        language="en",
        provenance=Provenance(source_id="s"),
        user_persona_id="u",
        agent_persona_id="a",
        blueprint_id="b",
        turns=tuple(turns),
        outcome="success",
        stop_reason="blueprint_end",
        match=MATCH,
        seed=0,
    )


def make_vectors(
    user: NDArray[np.float32], agent: NDArray[np.float32], ids: Sequence[str] | None = None
) -> SideVectors:
    names = tuple(ids) if ids is not None else tuple(f"d{row:04d}" for row in range(len(user)))
    return SideVectors(ids=names, user=user.astype(np.float32), agent=agent.astype(np.float32))


def make_graph(
    count: int, edges: dict[tuple[int, int], float | tuple[float, float]], ids: Sequence[str] | None = None
) -> SimilarityGraph:
    """A graph by hand: each edge has one score for both sides, or (user, agent)."""
    pairs = sorted(edges)
    scores = [edges[pair] for pair in pairs]
    both = [score if isinstance(score, tuple) else (score, score) for score in scores]
    return SimilarityGraph(
        ids=tuple(ids) if ids is not None else tuple("abcdefghijklmnopqrstuvwxyz"[:count]),
        edges=np.asarray(pairs, dtype=np.int32).reshape(len(pairs), 2),
        user_scores=np.asarray([score[0] for score in both], dtype=np.float32),
        agent_scores=np.asarray([score[1] for score in both], dtype=np.float32),
        user_threshold=0.5,
        agent_threshold=0.5,
    )


class TableEmbedder:
    """Gives the vector a table has for a text."""

    model_id = "table"

    def __init__(self, table: dict[str, Sequence[float]]) -> None:
        self.table = table
        self.dimensions = len(next(iter(table.values())))
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        rows = np.asarray([self.table[text] for text in texts], dtype=np.float32)
        return rows.reshape(len(texts), self.dimensions)

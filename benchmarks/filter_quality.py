"""What stays after filtering by several ways at equal size, for `benchmarks/filter.py`.

Duplicates left are the share of kept dialogues that have another one of their planted group among the kept; groups lost
are planted groups of which none was kept. Vendi scores use an embedder that no filter saw.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
from filter_data import Planted
from numpy.typing import NDArray

from streamdial.domains import load_pack, load_seeds
from streamdial.filtering import (
    Quality,
    SideVectors,
    SimilarityGraph,
    build_similarity_graph,
    embed_sides,
    find_communities,
    sample_dialogues,
)
from streamdial.models import OFFLINE_EMBEDDER, build_embedder
from streamdial.records import Dialogue, MatchScore, Provenance, SeedDialogue, Turn
from streamdial.testing import HashingEmbedder

Table = dict[str, dict[str, float]]
DOMAINS = ("automotive", "hotel", "restaurant")
ORIGINALS = 220
MAX_COPIES = 5
LOOSER = 0.85
LEIDEN: tuple[Quality, ...] = ("modularity", "components")
SWAPS = {
    "Hi": "Hello", "Hello": "Hi", "Yes": "Yeah", "Lovely": "Great", "please": "thanks", "fine": "okay",
    "你好": "您好", "好的": "行", "谢谢": "多谢", "可以": "行的",
}  # fmt: skip


def measure_kept(planted: Planted, threshold: float = 0.8) -> Table:
    """Return duplicates left and groups lost by way of filtering, on planted vectors."""
    graph = build_similarity_graph(planted.vectors, user_threshold=threshold, agent_threshold=threshold, method="exact")
    return _compare(graph, planted.vectors, planted.groups, threshold, None)


def measure_dialogues(threshold: float = 0.9) -> Table:
    """Return the same on dialogues with planted paraphrases, with their Vendi score under another embedder."""
    dialogues, groups = plant_paraphrases()
    vectors = embed_sides(dialogues, build_embedder(OFFLINE_EMBEDDER))
    graph = build_similarity_graph(vectors, user_threshold=threshold, agent_threshold=threshold, method="exact")
    other = embed_sides(dialogues, HashingEmbedder(2048))
    rows = np.concatenate([other.user, other.agent], axis=1) / np.sqrt(2)
    table = _compare(graph, vectors, groups, threshold, rows)
    # Semhash's threshold is one of both sides' mean, so it joins pairs of which one side stays below: a lower
    # threshold of both is its like.
    looser = build_similarity_graph(vectors, user_threshold=LOOSER, agent_threshold=LOOSER, method="exact")
    size = min(int(row["kept"]) for row in table.values())
    sample = sample_dialogues(looser, find_communities(looser), None, size=size)
    place = {name: node for node, name in enumerate(looser.ids)}
    nodes = np.asarray([place[name] for name in sample.kept])
    return table | {f"leiden_{LOOSER}": _score(nodes, groups, rows)}


def plant_paraphrases(seed: int = 0) -> tuple[list[Dialogue], NDArray[np.int64]]:
    """Return dialogues cut from the packs' seed dialogues, each with up to five paraphrases, and their groups.

    An original joins exchanges of three seed dialogues of one domain and language. A paraphrase is the original with
    other slot values and numbers, and some words and at most one exchange changed.
    """
    rng = random.Random(seed)
    seeds = [
        (domain, language, load_seeds(load_pack(domain), language)) for domain in DOMAINS for language in ("en", "zh")
    ]
    made: list[Dialogue] = []
    groups: list[int] = []
    for group in range(ORIGINALS):
        domain, language, known = seeds[group % len(seeds)]
        exchanges = [_cut_exchanges(talk) for talk in rng.sample(known, 3)]
        original = [pair for talk in exchanges for pair in rng.sample(talk, min(2, len(talk)))]
        values = _collect_values(known)
        for copy in range(rng.choice((1, 1, rng.randint(2, MAX_COPIES)))):
            pairs = original if not copy else _paraphrase(original, values, rng)
            turns = [turn for pair in pairs for turn in pair]
            made.append(_make_dialogue(f"{group:04d}-{copy}", domain, language, turns))
            groups.append(group)
    return made, np.asarray(groups)


def _compare(
    graph: SimilarityGraph,
    vectors: SideVectors,
    groups: NDArray[np.int64],
    threshold: float,
    other: NDArray[np.float32] | None,
) -> Table:
    count = len(groups)
    place = {name: node for node, name in enumerate(graph.ids)}
    memberships = {quality: find_communities(graph, quality=quality) for quality in LEIDEN}
    kept: dict[str, NDArray[np.int64]] = {}
    if find_spec("semhash"):
        kept["semhash"] = _run_semhash(vectors, threshold)
    size = len(kept["semhash"]) if kept else int(memberships["modularity"].max()) + 1
    for quality, membership in memberships.items():
        sample = sample_dialogues(graph, membership, None, size=size)
        kept["leiden" if quality == "modularity" else quality] = np.asarray([place[name] for name in sample.kept])
    kept["random"] = np.random.default_rng(0).choice(count, size, replace=False)
    kept["all"] = np.arange(count)
    return {way: _score(nodes, groups, other) for way, nodes in kept.items()}


def _score(nodes: NDArray[np.int64], groups: NDArray[np.int64], other: NDArray[np.float32] | None) -> dict[str, float]:
    sizes = np.bincount(groups[nodes], minlength=int(groups.max()) + 1)
    row = {
        "kept": len(nodes),
        "duplicates_left": float(sizes[sizes > 1].sum() / len(nodes)),
        "groups_lost": float((sizes[np.unique(groups)] == 0).mean()),
    }
    return row if other is None else row | {"vendi": compute_vendi(other[nodes])}


def compute_vendi(rows: NDArray[np.float32]) -> float:
    """Return the effective number of different rows: the exponential of the entropy of the similarity's eigenvalues.

    Friedman and Dieng 2023, "The Vendi Score: A Diversity Evaluation Metric for Machine Learning".
    """
    wide = rows.astype(np.float64)
    shares = np.linalg.eigvalsh(wide @ wide.T / len(wide))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _run_semhash(vectors: SideVectors, threshold: float) -> NDArray[np.int64]:
    """Return what semhash keeps of both sides put in one vector, as it knows one vector a record."""
    from semhash import SemHash

    both = np.concatenate([vectors.user, vectors.agent], axis=1)
    place = {name: node for node, name in enumerate(vectors.ids)}
    index = SemHash.from_embeddings(both, list(vectors.ids), model=None, ann_backend="basic")  # type: ignore[arg-type]
    return np.asarray([place[name] for name in index.self_deduplicate(threshold).selected])


def _cut_exchanges(talk: SeedDialogue) -> list[tuple[Turn, Turn]]:
    turns = talk.turns
    return [(one, two) for one, two in pairwise(turns) if (one.role, two.role) == ("user", "agent")]


def _collect_values(talks: Sequence[SeedDialogue]) -> dict[str, list[str]]:
    """Return the values that are words, by slot."""
    found: dict[str, set[str]] = {}
    for talk in talks:
        for turn in talk.turns:
            for slot, value in {**turn.inform, **turn.tell}.items():
                if not re.search(r"\d", str(value)):
                    found.setdefault(slot, set()).add(str(value))
    return {slot: sorted(values) for slot, values in found.items()}


def _paraphrase(
    pairs: list[tuple[Turn, Turn]], values: dict[str, list[str]], rng: random.Random
) -> list[tuple[Turn, Turn]]:
    factor = rng.choice((0.7, 0.8, 0.9, 1.1, 1.2, 1.3))
    chosen = {slot: rng.choice(known) for slot, known in values.items()}

    def change_number(found: re.Match[str]) -> str:
        number = int(found[0])
        return found[0] if number < 10 else str(round(number * factor))

    def change(turn: Turn) -> Turn:
        text = turn.utterance
        for slot, value in {**turn.inform, **turn.tell}.items():
            if slot in chosen and str(value) in text:
                text = text.replace(str(value), chosen[slot])
        text = re.sub(r"\d+", change_number, text)
        for word, other in SWAPS.items():
            if rng.random() < 0.5:
                text = _swap(text, word, other)
        return turn.model_copy(update={"utterance": text})

    changed = [(change(user), change(agent)) for user, agent in pairs]
    if len(changed) > 4 and rng.random() < 0.3:
        del changed[rng.randrange(len(changed))]
    return changed


def _swap(text: str, word: str, other: str) -> str:
    return re.sub(rf"\b{word}\b", other, text) if word.isascii() else text.replace(word, other)


def _make_dialogue(name: str, domain: str, language: str, turns: Sequence[Turn]) -> Dialogue:
    return Dialogue(
        id=name,
        domain=domain,
        language=language,  # type: ignore[arg-type]
        provenance=Provenance(source_id="planted"),
        user_persona_id="u",
        agent_persona_id="a",
        blueprint_id="b",
        turns=tuple(turn.model_copy(update={"turn_id": place}) for place, turn in enumerate(turns)),
        outcome="success",
        stop_reason="blueprint_end",
        match=MatchScore(expertise=0, answerable=0, covered=0, alpha=1, beta=0, gamma=0, total=0),
        seed=0,
    )

"""The whole filter: from dialogues to the set without repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streamdial.counts import Counts
from streamdial.filtering.communities import Quality, find_communities
from streamdial.filtering.graph import Method, SimilarityGraph, build_similarity_graph, extend_similarity_graph
from streamdial.filtering.sampling import DEFAULT_RATIO, Sample, sample_dialogues
from streamdial.filtering.vectors import SideVectors, embed_sides
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.models import Embedder
from streamdial.records import Dialogue, FrozenModel
from streamdial.text import simplify_chinese


class FilterOptions(FrozenModel):
    """Settings of the phase; all of them influence what is kept."""

    user_threshold: float = 0.9
    """Minimum cosine of two user sides that repeat each other."""
    agent_threshold: float = 0.9
    """Minimum cosine of two agent sides that repeat each other."""
    ratio: float | None = DEFAULT_RATIO
    """Share to keep of dialogues that resemble others; None where a size is given."""
    size: int | None = None
    """Dialogues to keep in all, instead of a ratio."""
    quality: Quality = "modularity"
    """What a good partition into communities is."""
    resolution: float = 1.0
    """Higher gives smaller communities."""
    seed: int = 0
    """Of the draws between equals."""
    method: Method = "auto"
    """How pairs are found; above 20,000 dialogues `auto` may miss a few, and says what share."""


@dataclass(frozen=True)
class FilterResult:
    """What the phase kept and all it was decided from, so that other settings need no new embedding.

    Attributes:
        options: The settings, with thresholds, quality function, resolution and seed.
        graph: The similarity graph with both cosines of each edge.
        membership: Community of each dialogue.
        sample: Ids kept, and dropped ones with what they repeat.
        vectors: The vectors of both sides.
        worth: What decides within a community who stays first, of each dialogue.
        texts: What tells one dialogue's text from another's, see `name_text`; empty where nobody asked.
    """

    options: FilterOptions
    graph: SimilarityGraph
    membership: NDArray[np.int32]
    sample: Sample
    vectors: SideVectors
    worth: tuple[float, ...]
    texts: tuple[str, ...] = ()

    def resample(self, options: FilterOptions) -> FilterResult:
        """Return the result under other options: nothing is embedded again, and compared only for lower thresholds.

        Raises:
            ConfigurationError: If an option is out of range.
        """
        wanted, built = (options.user_threshold, options.agent_threshold), self.graph
        if wanted[0] >= built.user_threshold and wanted[1] >= built.agent_threshold:
            graph = built.raise_thresholds(*wanted)
        else:
            graph = _build_graph(self.vectors, options)
        return decide_kept(graph, self.vectors, self.worth, options, self.texts)

    def extend(self, dialogues: Iterable[Dialogue], embedder: Embedder, counts: Counts) -> FilterResult:
        """Return the result of a grown set: new dialogues are compared with all, old ones not again.

        Args:
            dialogues: What is new; an id that is there already is passed over.
            embedder: What the old ones were embedded with.
            counts: As in `filter_dialogues`, of the new ones.

        Raises:
            StreamDialError: If the vectors cannot be compared.
        """
        worth = dict(zip(self.vectors.ids, self.worth, strict=True))
        texts = dict(zip(self.vectors.ids, self.texts or self.vectors.ids, strict=True))
        vectors = self.vectors.join(embed_sides(_take_once(dialogues, worth, texts, counts), embedder))
        graph = extend_similarity_graph(self.graph, vectors)
        return decide_kept(graph, vectors, tuple(worth.values()), self.options, tuple(texts.values()))


def filter_dialogues(
    dialogues: Iterable[Dialogue],
    embedder: Embedder,
    options: FilterOptions,
    counts: Counts,
    build: Callable[[SideVectors], SimilarityGraph] | None = None,
) -> FilterResult:
    """Drop dialogues that repeat others on both sides.

    Of dialogues with the same text one stays, whatever the ratio; simplified and traditional characters are the same.
    Of those alike, the ones stay whose turns rest on evidence most often. An id that comes twice is one dialogue.

    Args:
        dialogues: What to filter, read once and not kept; none gives an empty result.
        embedder: Gives the vectors of the utterances.
        options: Thresholds, ratio, quality function and seed.
        counts: Takes up asked, made, kept, and dropped by reason: `same_id`, `repeats` (a kept dialogue is alike)
            and `repeats_indirectly` (alike through others of its community).
        build: Gives the graph of the vectors at the thresholds, where it comes from elsewhere: from an index, from
            several machines, from a smaller set that has grown.

    Raises:
        ConfigurationError: If an option is out of range.
    """
    worth: dict[str, float] = {}
    texts: dict[str, str] = {}
    vectors = embed_sides(_take_once(dialogues, worth, texts, counts), embedder)
    graph = build(vectors) if build else _build_graph(vectors, options)
    result = decide_kept(graph, vectors, tuple(worth.values()), options, tuple(texts.values()))

    counts.kept += len(result.sample.kept)
    for drop in result.sample.dropped:
        counts.drop(drop.reason)
    if vectors.empty:
        shown = ", ".join(vectors.empty[:3]) + (", ..." if len(vectors.empty) > 3 else "")
        counts.note(f"{len(vectors.empty)} dialogues have a side that says nothing and were kept unseen: {shown}")
    if graph.recall_edges:
        counts.note(
            f"pairs were searched by {graph.components} components:"
            f" {graph.edge_recall:.2%} of {graph.recall_edges} sampled edges are found that way"
        )
    return result


def _build_graph(vectors: SideVectors, options: FilterOptions) -> SimilarityGraph:
    users, agents = options.user_threshold, options.agent_threshold
    return build_similarity_graph(vectors, user_threshold=users, agent_threshold=agents, method=options.method)


def _take_once(
    dialogues: Iterable[Dialogue], worth: dict[str, float], texts: dict[str, str], counts: Counts
) -> Iterator[Dialogue]:
    """Yield each dialogue once, counted, and write down what it is worth and what it says."""
    for dialogue in dialogues:
        counts.asked += 1
        counts.made += 1
        if dialogue.id in worth:
            counts.drop("same_id")
        else:
            worth[dialogue.id] = measure_evidence(dialogue)
            texts[dialogue.id] = name_text(dialogue)
            yield dialogue


def decide_kept(
    graph: SimilarityGraph,
    vectors: SideVectors,
    worth: tuple[float, ...],
    options: FilterOptions,
    texts: tuple[str, ...] = (),
) -> FilterResult:
    """Find the communities of a graph and draw what stays.

    Args:
        graph: The similarity graph at the thresholds of the options.
        vectors: Its dialogues' vectors.
        worth: What decides within a community who stays first, of each dialogue; higher is better.
        options: Ratio, quality function, resolution and seed.
        texts: What tells one dialogue's text from another's, of each dialogue; see `name_text`.

    Raises:
        ConfigurationError: If an option is out of range.
    """
    membership = find_communities(graph, quality=options.quality, resolution=options.resolution, seed=options.seed)
    sample = sample_dialogues(
        graph, membership, worth, ratio=options.ratio, size=options.size, seed=options.seed, texts=texts
    )
    return FilterResult(options, graph, membership, sample, vectors, worth, texts)


def name_text(dialogue: Dialogue) -> str:
    """Return a name of what a dialogue says: the same for copies, in simplified or traditional characters, no others.

    A dialogue that says nothing is no copy of another.
    """
    said = [(turn.role, simplify_chinese(turn.utterance)) for turn in dialogue.turns]
    return hash_text(dump_canonical_json(said))[:32] if any(text for _, text in said) else dialogue.id


def measure_evidence(dialogue: Dialogue) -> float:
    """Return the share of turns that name evidence, 0 for a dialogue without turns."""
    if not dialogue.turns:
        return 0.0
    return sum(bool(turn.evidence) for turn in dialogue.turns) / len(dialogue.turns)

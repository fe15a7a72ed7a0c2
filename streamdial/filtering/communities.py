"""Communities of dialogues that resemble each other."""

from __future__ import annotations

import random
import threading
from typing import Any, Literal, get_args

import igraph
import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError
from streamdial.filtering.graph import SimilarityGraph

Quality = Literal["modularity", "cpm", "rb", "significance", "components"]
"""What a good partition is: `modularity` and `cpm` by igraph, `rb` (Reichardt and Bornholdt) and `significance`
by leidenalg, or plain connected `components`."""

# igraph has one random generator for the whole process.
_MIN_GAIN = 1e-9
"""Quality an iteration of Leiden must gain; less is a rounding error."""
_GENERATOR = threading.Lock()


def find_communities(
    graph: SimilarityGraph, *, quality: Quality = "modularity", resolution: float = 1.0, seed: int = 0
) -> NDArray[np.int32]:
    """Return the community of each node by the Leiden algorithm, run until nothing improves.

    Each connected component is a graph of its own: what is a community in it does not depend on how many other
    dialogues there are, and modularity does not merge small groups because the whole is large. Communities are
    numbered by their first member; a node without edges is one. The graph is handed over in the order of the ids, so
    neither the order of the dialogues nor the run changes the partition. Weights are the smaller cosine of each edge;
    `significance` and `components` know none.

    Traag, Waltman, van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities".

    Args:
        graph: The similarity graph.
        quality: What is maximised.
        resolution: Higher gives smaller communities; `significance` and `components` have none.
        seed: Of the algorithm's random choices.

    Raises:
        ConfigurationError: If the quality is unknown or the resolution is not above 0.
    """
    if quality not in get_args(Quality):
        raise ConfigurationError(
            f"no quality function {quality!r}", fix=f"choose one of {', '.join(get_args(Quality))}"
        )
    if not 0 < resolution < float("inf"):
        raise ConfigurationError(f"the resolution is {resolution}, expected a number above 0")
    count = len(graph.ids)
    connected = np.unique(graph.edges)
    membership = np.full(count, -1, dtype=np.int64)
    if len(connected):
        ordered = np.asarray(sorted(connected.tolist(), key=lambda node: graph.ids[node]))
        place = np.zeros(count, dtype=np.int64)
        place[ordered] = np.arange(len(ordered))
        edges = np.sort(place[graph.edges], axis=1)
        order = np.lexsort((edges[:, 1], edges[:, 0]))
        whole = igraph.Graph(n=len(ordered), edges=edges[order])
        membership[ordered] = _partition(whole, graph.weights[order].astype(float), quality, resolution, seed)
    alone = membership < 0
    membership[alone] = count + np.arange(int(alone.sum()))
    return _number_by_first_member(membership)


def _partition(
    whole: Any,  # noqa: ANN401
    weights: NDArray[np.float64],
    quality: Quality,
    resolution: float,
    seed: int,
) -> NDArray[np.int64]:
    """Return the community of each node of an igraph graph."""
    components = np.asarray(whole.connected_components().membership)
    if quality == "components":
        return components
    if quality == "cpm":
        return _run_leiden(whole, weights, None, resolution, seed)
    if quality == "modularity":
        return _run_leiden(whole, weights, _share_strength(whole, weights, components), resolution, seed)
    return _run_leidenalg(whole, weights, components, quality, resolution, seed)


def _share_strength(
    whole: Any,  # noqa: ANN401
    weights: NDArray[np.float64],
    components: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return node weights with which CPM is the modularity of each component by itself.

    Modularity expects between two nodes the weight k_i·k_j / 2m. With the m of the node's own component that is the
    product of k / √2m of both, and nodes of different components never meet: one run clusters each component alone.
    """
    strengths = np.asarray(whole.strength(weights=weights.tolist()))
    return strengths / np.sqrt(np.bincount(components, weights=strengths))[components]


def _run_leiden(
    whole: Any,  # noqa: ANN401
    weights: NDArray[np.float64],
    node_weights: NDArray[np.float64] | None,
    resolution: float,
    seed: int,
) -> NDArray[np.int64]:
    """Run Leiden until an iteration gains nothing.

    Where many partitions are equally good, igraph's own loop (`n_iterations=-1`) may go on for ever: nodes move for
    gains that are rounding errors.
    """
    options = {
        "objective_function": "CPM",
        "weights": weights.tolist(),
        "node_weights": None if node_weights is None else node_weights.tolist(),
        "resolution": resolution,
        "n_iterations": 1,
    }
    membership, before = None, -np.inf
    with _GENERATOR:
        igraph.set_random_number_generator(random.Random(seed))
        try:
            while True:
                found = whole.community_leiden(**options, initial_membership=membership)
                if found.membership == membership or found.quality <= before + _MIN_GAIN:
                    break
                membership, before = found.membership, found.quality
        finally:
            igraph.set_random_number_generator(random)
    return np.asarray(found.membership if membership is None else membership)


def _run_leidenalg(
    whole: Any,  # noqa: ANN401
    weights: NDArray[np.float64],
    components: NDArray[np.int64],
    quality: Quality,
    resolution: float,
    seed: int,
) -> NDArray[np.int64]:
    import leidenalg

    whole.es["weight"] = weights
    membership = np.empty(len(components), dtype=np.int64)
    used = 0
    for number, part in enumerate(whole.decompose()):
        if quality == "rb":
            found = leidenalg.find_partition(
                part,
                leidenalg.RBConfigurationVertexPartition,
                weights="weight",
                resolution_parameter=resolution,
                n_iterations=-1,
                seed=seed,
            )
        else:
            found = leidenalg.find_partition(part, leidenalg.SignificanceVertexPartition, n_iterations=-1, seed=seed)
        membership[components == number] = np.asarray(found.membership) + used
        used += len(found)
    return membership


def _number_by_first_member(membership: NDArray[np.int64]) -> NDArray[np.int32]:
    _, first, inverse = np.unique(membership, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]

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
_GENERATOR = threading.Lock()


def find_communities(
    graph: SimilarityGraph, *, quality: Quality = "modularity", resolution: float = 1.0, seed: int = 0
) -> NDArray[np.int32]:
    """Return the community of each node by the Leiden algorithm, run until nothing improves.

    Communities are numbered by their first member. A node without edges is a community of its own. The graph is
    handed over in the order of the ids, so neither the order of the dialogues nor the run changes the partition.
    Weights are the smaller cosine of each edge; `significance` and `components` know none.

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
) -> list[int]:
    """Return the community of each node of an igraph graph."""
    found: Any
    if quality == "components":
        found = whole.connected_components()
    elif quality in ("modularity", "cpm"):
        with _GENERATOR:
            igraph.set_random_number_generator(random.Random(seed))
            try:
                found = whole.community_leiden(
                    objective_function="CPM" if quality == "cpm" else "modularity",
                    weights=weights.tolist(),
                    resolution=resolution,
                    n_iterations=-1,
                )
            finally:
                igraph.set_random_number_generator(random)
    else:
        import leidenalg

        if quality == "rb":
            found = leidenalg.find_partition(
                whole,
                leidenalg.RBConfigurationVertexPartition,
                weights=weights.tolist(),
                resolution_parameter=resolution,
                n_iterations=-1,
                seed=seed,
            )
        else:
            found = leidenalg.find_partition(whole, leidenalg.SignificanceVertexPartition, n_iterations=-1, seed=seed)
    membership: list[int] = found.membership
    return membership


def _number_by_first_member(membership: NDArray[np.int64]) -> NDArray[np.int32]:
    _, first, inverse = np.unique(membership, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]

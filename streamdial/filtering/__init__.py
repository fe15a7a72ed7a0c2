"""DF: finds dialogues that repeat others on both sides, and thins them out."""

from streamdial.filtering.communities import Quality, find_communities
from streamdial.filtering.graph import Method, SimilarityGraph, build_similarity_graph, extend_similarity_graph
from streamdial.filtering.mapping import DialogueMap, map_dialogues
from streamdial.filtering.partitions import (
    Ask,
    Partition,
    build_graph_from_neighbours,
    compare_partition,
    merge_partitions,
    plan_partitions,
)
from streamdial.filtering.pipeline import (
    FilterOptions,
    FilterResult,
    decide_kept,
    filter_dialogues,
    measure_evidence,
    name_text,
)
from streamdial.filtering.sampling import Drop, Sample, count_kept, divide_quota, sample_dialogues
from streamdial.filtering.summary import (
    CommunitySummary,
    GridCell,
    TriedThresholds,
    count_sizes,
    describe_largest,
    measure_threshold_grid,
    try_thresholds,
)
from streamdial.filtering.vectors import SideVectors, embed_sides, load_vectors, save_vectors

__all__ = [
    "Ask",
    "CommunitySummary",
    "DialogueMap",
    "Drop",
    "FilterOptions",
    "FilterResult",
    "GridCell",
    "Method",
    "Partition",
    "Quality",
    "Sample",
    "SideVectors",
    "SimilarityGraph",
    "TriedThresholds",
    "build_graph_from_neighbours",
    "build_similarity_graph",
    "compare_partition",
    "count_kept",
    "count_sizes",
    "decide_kept",
    "describe_largest",
    "divide_quota",
    "embed_sides",
    "extend_similarity_graph",
    "filter_dialogues",
    "find_communities",
    "load_vectors",
    "map_dialogues",
    "measure_evidence",
    "measure_threshold_grid",
    "merge_partitions",
    "name_text",
    "plan_partitions",
    "sample_dialogues",
    "save_vectors",
    "try_thresholds",
]

"""DF: dialogues that repeat others on both sides are found and thinned out."""

from streamdial.filtering.communities import Quality, find_communities
from streamdial.filtering.graph import SimilarityGraph, build_similarity_graph
from streamdial.filtering.pipeline import FilterOptions, FilterResult, filter_dialogues, measure_evidence
from streamdial.filtering.sampling import Drop, Sample, divide_quota, sample_dialogues
from streamdial.filtering.vectors import SideVectors, embed_sides

__all__ = [
    "Drop",
    "FilterOptions",
    "FilterResult",
    "Quality",
    "Sample",
    "SideVectors",
    "SimilarityGraph",
    "build_similarity_graph",
    "divide_quota",
    "embed_sides",
    "filter_dialogues",
    "find_communities",
    "measure_evidence",
    "sample_dialogues",
]

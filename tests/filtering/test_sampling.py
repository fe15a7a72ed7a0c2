from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering import (
    Drop,
    Sample,
    SimilarityGraph,
    build_similarity_graph,
    divide_quota,
    find_communities,
    sample_dialogues,
)
from tests.filtering.helpers import make_graph, make_vectors


def group(*members: int) -> NDArray[np.int32]:
    return np.asarray(members, dtype=np.int32)


# Quotas: shares of 7 for sizes 6, 3, 1 are 4.2, 2.1, 0.7.
@pytest.mark.parametrize(
    ("sizes", "budget", "shares"),
    [
        ([6, 3, 1], 7, [4, 2, 1]),
        ([5, 3, 2], 5, [3, 1, 1]),  # 2.5, 1.5, 1.0: equal remainders go to the larger
        ([2, 2], 3, [2, 1]),
        ([96, 1, 1, 1, 1], 50, [46, 1, 1, 1, 1]),  # 48 + four lifted to 1 are paid for by the largest
        ([3, 2], 1, [1, 1]),
        ([3, 2], 99, [3, 2]),
        ([4], 2, [2]),
        ([], 5, []),
    ],
)
def test_quotas_are_divided_by_largest_remainder(sizes: list[int], budget: int, shares: list[int]) -> None:
    assert divide_quota(sizes, budget) == shares


@given(sizes=st.lists(st.integers(1, 40), max_size=12), budget=st.integers(0, 300))
def test_quotas_sum_to_the_budget_and_stay_between_one_and_all(sizes: list[int], budget: int) -> None:
    shares = divide_quota(sizes, budget)
    assert sum(shares) == min(max(budget, len(sizes)), sum(sizes))
    assert all(1 <= share <= size for share, size in zip(shares, sizes, strict=True))


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=12), budget=st.integers(1, 300))
def test_a_larger_community_never_gets_less(sizes: list[int], budget: int) -> None:
    ordered = sorted(sizes)
    shares = divide_quota(ordered, budget)
    by_size = sorted(zip(ordered, shares, strict=True))
    for (small, few), (large, many) in itertools.pairwise(by_size):
        assert few <= many or small == large


def test_the_best_stays_and_then_the_farthest_from_it() -> None:
    # b is best; c is 0.05 away from it, a 0.3, d has no edge with it: 1.
    graph = make_graph(4, {(0, 1): 0.7, (1, 2): 0.95, (0, 2): 0.8, (2, 3): 0.9})
    membership = group(0, 0, 0, 0)
    quality = [0.1, 0.9, 0.2, 0.3]
    assert sample_dialogues(graph, membership, quality, size=1).kept == ("b",)
    assert sample_dialogues(graph, membership, quality, size=2).kept == ("b", "d")
    assert sample_dialogues(graph, membership, quality, size=3).kept == ("a", "b", "d")
    assert sample_dialogues(graph, membership, quality, size=4).kept == ("a", "b", "c", "d")


def test_a_drop_names_the_kept_dialogue_most_like_it() -> None:
    graph = make_graph(4, {(0, 1): (0.7, 0.8), (0, 2): (0.99, 0.95), (1, 2): (0.9, 0.6), (2, 3): 0.9})
    sample = sample_dialogues(graph, group(0, 0, 0, 0), [0.9, 0.8, 0.1, 0.0], size=1)
    assert sample.kept == ("a",)
    b, c, d = sample.dropped
    assert (b.id, b.repeats, b.reason) == ("b", "a", "repeats")
    assert (b.user_score, b.agent_score) == pytest.approx((0.7, 0.8))
    assert (c.id, c.repeats) == ("c", "a")
    assert d == Drop("d", None, None, None, "repeats_indirectly")


def test_an_edge_into_another_community_is_no_repeat() -> None:
    graph = make_graph(4, {(0, 1): 0.8, (1, 2): 0.99, (2, 3): 0.8})
    sample = sample_dialogues(graph, group(0, 0, 1, 1), [1, 0, 1, 0], ratio=0.5)
    assert [(drop.id, drop.repeats) for drop in sample.dropped] == [("b", "a"), ("d", "c")]


def test_by_default_half_of_a_community_stays_and_singles_always() -> None:
    edges = {(low, high): 0.9 for low in range(6) for high in range(low + 1, 6)}
    sample = sample_dialogues(make_graph(9, edges), group(0, 0, 0, 0, 0, 0, 1, 2, 3), None)
    assert len(sample.kept) == 3 + 3
    assert set("ghi") <= set(sample.kept)
    assert sample == sample_dialogues(make_graph(9, edges), group(0, 0, 0, 0, 0, 0, 1, 2, 3), None, ratio=0.5)


def test_a_size_below_the_number_of_communities_keeps_one_of_each() -> None:
    sample = sample_dialogues(make_graph(4, {(0, 1): 0.9}), group(0, 0, 1, 2), [0, 1, 0, 0], size=1)
    assert sample.kept == ("b", "c", "d")


@pytest.mark.parametrize("options", [{"ratio": 1.0}, {"size": 3}, {"size": 99}])
def test_a_quota_of_all_or_more_keeps_all(options: dict[str, float]) -> None:
    graph = make_graph(3, {(0, 1): 0.9, (1, 2): 0.9})
    sample = sample_dialogues(graph, group(0, 0, 0), None, **options)  # type: ignore[arg-type]
    assert sample == Sample(kept=("a", "b", "c"), dropped=())


def test_none_one_and_all_equal_are_defined() -> None:
    assert sample_dialogues(make_graph(0, {}), group(), None) == Sample((), ())
    assert sample_dialogues(make_graph(1, {}), group(0), None) == Sample(("a",), ())
    equal = make_graph(4, {(low, high): 1.0 for low in range(4) for high in range(low + 1, 4)})
    sample = sample_dialogues(equal, group(0, 0, 0, 0), None, ratio=0.25)
    assert len(sample.kept) == 1
    assert {drop.repeats for drop in sample.dropped} == set(sample.kept)


def test_the_seed_draws_between_equals() -> None:
    edges = {(low, high): 0.9 for low in range(20) for high in range(low + 1, 20)}
    graph, membership = make_graph(20, edges), np.zeros(20, dtype=np.int32)
    kept = [sample_dialogues(graph, membership, None, size=3, seed=seed).kept for seed in (1, 1, 2)]
    assert kept[0] == kept[1] != kept[2]


def test_inputs_that_do_not_fit_are_refused() -> None:
    graph, membership = make_graph(2, {(0, 1): 0.9}), group(0, 0)
    for ratio in (0, 1.5, math.nan):
        with pytest.raises(ConfigurationError, match="ratio"):
            sample_dialogues(graph, membership, None, ratio=ratio)
    with pytest.raises(ConfigurationError, match="size is 0"):
        sample_dialogues(graph, membership, None, size=0)
    with pytest.raises(ConfigurationError, match="give one of them"):
        sample_dialogues(graph, membership, None, ratio=0.5, size=1)
    with pytest.raises(StreamDialError, match=r"membership has shape \(1,\), expected \(2,\)"):
        sample_dialogues(graph, group(0), None)
    with pytest.raises(StreamDialError, match="1 qualities for 2"):
        sample_dialogues(graph, membership, [1.0])
    with pytest.raises(StreamDialError, match="NaN"):
        sample_dialogues(graph, membership, [1.0, math.nan])


def build(count: int, seed: int, order: NDArray[np.int64] | None = None) -> SimilarityGraph:
    rows = np.random.default_rng(seed).normal(size=(count, 3))
    ids = [f"d{row:03d}" for row in range(count)]
    places = np.arange(count) if order is None else order
    vectors = make_vectors(rows[places], rows[places], [ids[place] for place in places])
    return build_similarity_graph(vectors, user_threshold=0.7, agent_threshold=0.7)


@given(count=st.integers(0, 40), seed=st.integers(0, 99), ratio=st.floats(0.01, 1))
@settings(max_examples=40, deadline=None)
def test_kept_and_dropped_are_all_and_every_community_keeps_one(count: int, seed: int, ratio: float) -> None:
    graph = build(count, seed)
    membership = find_communities(graph)
    sample = sample_dialogues(graph, membership, None, ratio=ratio, seed=seed)
    assert sorted([*sample.kept, *(drop.id for drop in sample.dropped)]) == sorted(graph.ids)
    place = {name: node for node, name in enumerate(graph.ids)}
    kept = [int(membership[place[name]]) for name in sample.kept]
    assert set(kept) == set(membership.tolist())
    for drop in sample.dropped:
        if drop.repeats is not None:
            assert drop.repeats in sample.kept
            assert membership[place[drop.repeats]] == membership[place[drop.id]]


@given(count=st.integers(1, 40), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_dialogues_does_not_change_what_is_kept(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(count)
    quality = rng.permutation(count) / count
    one, two = build(count, seed), build(count, seed, order)
    kept = sample_dialogues(one, find_communities(one), quality.tolist(), ratio=0.4).kept
    moved = sample_dialogues(two, find_communities(two), quality[order].tolist(), ratio=0.4).kept
    assert set(kept) == set(moved)


def test_of_equal_texts_one_stays_whatever_the_ratio() -> None:
    graph = make_graph(4, {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 1.0, (2, 3): 0.9})
    sample = sample_dialogues(graph, group(0, 0, 0, 0), [0.1, 0.9, 0.2, 0.3], ratio=1.0, texts=("x", "x", "x", "y"))
    assert sample.kept == ("b", "d")
    assert [(drop.id, drop.repeats, drop.reason) for drop in sample.dropped] == [
        ("a", "b", "repeats"),
        ("c", "b", "repeats"),
    ]


def test_equal_texts_in_different_communities_are_copies_too() -> None:
    sample = sample_dialogues(make_graph(3, {}), group(0, 1, 2), None, texts=("x", "y", "x"))
    assert len(sample.kept) == 2 and "b" in sample.kept
    (drop,) = sample.dropped
    assert (drop.reason, drop.repeats, drop.user_score) == ("repeats", next(id for id in sample.kept if id != "b"), 1.0)


@given(texts=st.lists(st.sampled_from("uvwxyz"), min_size=1, max_size=12), ratio=st.floats(0.01, 1.0))
def test_no_two_kept_dialogues_have_one_text(texts: list[str], ratio: float) -> None:
    count = len(texts)
    sample = sample_dialogues(make_graph(count, {}), group(*[0] * count), None, ratio=ratio, texts=tuple(texts))
    kept = [texts[ord(name) - ord("a")] for name in sample.kept]
    assert len(kept) == len(set(kept)) and len(sample.kept) + len(sample.dropped) == count


def test_there_must_be_a_text_for_each_dialogue() -> None:
    with pytest.raises(StreamDialError, match="1 texts for 2 dialogues"):
        sample_dialogues(make_graph(2, {}), group(0, 0), None, texts=("x",))

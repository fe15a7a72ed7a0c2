from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.evaluation.metrics.bleu import compute_self_bleu, measure_self_bleu
from streamdial.evaluation.metrics.duplicates import find_nearest, measure_duplicates
from streamdial.evaluation.metrics.mtld import compute_mtld, measure_mtld
from streamdial.evaluation.metrics.ngrams import (
    build_tables,
    compute_adjusted_distinct,
    compute_distinct,
    compute_entropy,
    cut_parts,
    measure_ngrams,
)
from tests.evaluation.evaluation_material import make_talk, make_talks

TOKENS = st.lists(st.lists(st.lists(st.sampled_from("abcd"), max_size=6), max_size=4), min_size=1, max_size=5)


def test_distinct_n_grams_do_not_reach_over_turns() -> None:
    tables = build_tables([[["a", "b", "a"], ["b", "a"]], [["a", "b"]]])
    assert compute_distinct(tables[1].count_types()) == 2 / 7
    assert compute_distinct(tables[2].count_types()) == 2 / 4  # ab, ba | ba | ab
    assert compute_distinct(tables[3].count_types()) == 1 / 1
    assert compute_distinct(tables[1].count_types(np.asarray([0, 3]))) == 2 / 6  # the second dialogue three times


@given(TOKENS, st.integers(1, 4))
def test_n_grams_are_counted_as_by_python(tokens: list[list[list[str]]], order: int) -> None:
    grams = [tuple(t[i : i + order]) for d in tokens for t in d for i in range(len(t) - order + 1)]
    counts = build_tables(tokens, (order,))[order].count_types()
    assert sorted(counts[counts > 0]) == sorted(grams.count(gram) for gram in set(grams))


def test_entropy_is_that_of_the_shares() -> None:
    assert compute_entropy(np.asarray([1.0, 1.0, 1.0, 1.0])) == 2.0
    assert compute_entropy(np.asarray([3.0, 0.0])) == 0.0
    assert compute_entropy(np.asarray([3.0, 1.0])) == pytest.approx(0.75 * math.log2(4 / 3) + 0.5)


def test_the_adjusted_form_is_one_for_random_draws_whatever_their_number() -> None:
    """Liu et al. 2022: draws from a vocabulary of 10; 1 - 0.9^2 = 0.19 of it is expected after two."""
    assert compute_adjusted_distinct(np.asarray([1.0, 1.0]), 10) == pytest.approx(2 / (10 * 0.19))
    rng = np.random.default_rng(0)
    for size in (50, 2000):
        counts = np.bincount(rng.integers(500, size=size), minlength=500).astype(float)
        assert compute_adjusted_distinct(counts, 500) == pytest.approx(1.0, abs=0.05)
        assert compute_distinct(counts) > 0.8 or size == 2000


def test_parts_are_cut_to_the_same_size_and_share_no_dialogue() -> None:
    tokens = [[[f"{row}-{place}" for place in range(7)]] for row in range(10)]
    parts = cut_parts(tokens, 20, seed=1)
    assert [sum(len(turn) for dialogue in part for turn in dialogue) for part in parts] == [20, 20, 20]
    rows = [{token.split("-")[0] for d in part for turn in d for token in turn} for part in parts]
    assert not (rows[0] & rows[1]) and not (rows[1] & rows[2])


def test_a_large_set_is_measured_on_as_much_text_as_a_small_one() -> None:
    """Distinct words fall with size, so the whole of a large set looks poor beside a part of it."""
    rng = random.Random(5)
    words = [f"w{number}" for number in range(300)]
    large = make_talks([[" ".join(rng.choices(words, k=20))] for _ in range(200)])
    small = make_talks([[" ".join(rng.choices(words, k=20))] for _ in range(20)])
    whole, part, alone = (measure_ngrams(t, "en", size=s)[0] for t, s in ((large, None), (large, 400), (small, 400)))
    assert whole.value is not None and part.value is not None and alone.value is not None
    assert whole.value < 0.1
    assert part.value == pytest.approx(alone.value, abs=0.05)
    assert part.basis == "10 x 400 words" and alone.basis == "400 words"
    assert part.low is not None and alone.low is not None and part.high is not None and alone.high is not None
    assert part.high - part.low < alone.high - alone.low, "ten parts tell more than one"


def test_the_unit_is_the_character_for_chinese() -> None:
    found = {figure.key: figure for figure in measure_ngrams([make_talk("我要我要", language="zh")], "zh")}
    assert found["distinct_1_zh"].value == 2 / 4
    assert found["distinct_2_zh"].value == 2 / 3
    assert found["distinct_2_zh"].unit == "share of character 2-grams"


def test_no_text_has_no_diversity() -> None:
    for talks in ([], [make_talk("", "?!")]):
        assert {figure.reason for figure in measure_ngrams(talks, "en")} == {"no text in the language"}
    short = {figure.name: figure for figure in measure_ngrams([make_talk("yes", "no")], "en")}
    assert short["distinct_1"].value == 1.0
    assert (short["distinct_3"].value, short["distinct_3"].reason) == (None, "every turn is too short")


def test_words_that_never_repeat_are_above_what_draws_would_give_and_stay_in_their_interval() -> None:
    talks = make_talks([[f"{letter}1 {letter}2", f"{letter}3"] for letter in "abcdef"])
    (figure,) = (f for f in measure_ngrams(talks, "en") if f.name == "adjusted_distinct_1")
    assert figure.value is not None and figure.high is not None and figure.low is not None
    assert figure.low <= figure.value <= figure.high
    assert figure.value > 1


def test_self_bleu_is_that_of_sacrebleu() -> None:
    """The same sentences by an independent implementation, each against all others."""
    sacrebleu = pytest.importorskip("sacrebleu")
    rng = random.Random(2)
    words = ["the", "cat", "sat", "on", "a", "mat", "with", "his", "hat"]
    turns = [rng.choices(words, k=rng.randint(4, 12)) for _ in range(40)]
    metric = sacrebleu.BLEU(tokenize="none", smooth_method="exp", effective_order=False, force=True)
    expected = [
        metric.sentence_score(" ".join(turn), [" ".join(o) for o in turns[:i] + turns[i + 1 :]]).score / 100
        for i, turn in enumerate(turns)
    ]
    assert compute_self_bleu(turns) == pytest.approx(expected, abs=1e-9)
    assert max(expected) > 0.5 > min(expected)


def test_self_bleu_of_the_same_turns_is_one_and_of_unlike_ones_zero() -> None:
    assert compute_self_bleu([list("abcd")] * 3).tolist() == pytest.approx([1, 1, 1])
    assert compute_self_bleu([list("abcd"), list("efgh")]).tolist() == [0, 0]
    assert compute_self_bleu([list("abcd")]).tolist() == [0]


def test_self_bleu_leaves_short_turns_out_and_says_where_nothing_is_left() -> None:
    talks = make_talks([["is it in stock now", "yes"], ["is it in stock now", "no"]])
    figure = measure_self_bleu(talks, "en")
    assert (figure.value, figure.basis) == (pytest.approx(1.0), "2 turns")
    assert measure_self_bleu([make_talk("hi", "hello")], "en").reason == "fewer than two turns of four tokens"


def test_mtld_counts_the_factors_of_both_directions() -> None:
    """By hand, with a b a b a b a: a b (1) a (2/3 <= 0.72: a factor) | b a (1) b (2/3: a factor) | a (rest: 0)."""
    assert compute_mtld(list("abababa")) == 7 / 2
    # Forwards a b c (1) b (3/4): no factor, a rest of (1 - 3/4) / 0.28; backwards b c b (2/3: a factor), then a.
    assert compute_mtld(list("abcb")) == pytest.approx((4 / (0.25 / 0.28) + 4 / 1) / 2)


def test_mtld_says_nothing_of_texts_too_short_or_without_a_repeat() -> None:
    assert compute_mtld([]) is None
    assert compute_mtld(list("abc")) is None
    short, long = make_talk("one two", "three"), make_talk("one two three " * 20)
    assert measure_mtld([short], "en").reason == "no dialogue of 50 words or more"
    assert measure_mtld([short, long], "en").basis == "1 of 2 dialogues"


def test_near_duplicates_are_found_by_the_less_similar_side() -> None:
    talks = make_talks([
        ["a b c", "x y z"],
        ["a b c", "x y z"],  # the same
        ["a b c", "p q r"],  # the same user alone
        ["a b d", "x y z"],  # one of the user's two pairs: cosine 1/2
        ["k l m", "n o"],
    ])  # fmt: skip
    assert find_nearest(talks) == pytest.approx([1.0, 1.0, 0.0, 0.5, 0.0])
    found = {figure.name: figure.value for figure in measure_duplicates(talks)}
    assert found["duplicates_at_1"] == 2 / 5
    assert found["duplicates_at_0.5"] == 3 / 5


def test_the_curve_over_thresholds_never_rises() -> None:
    rng = random.Random(4)
    talks = make_talks([[" ".join(rng.choices("abcde", k=5)) for _ in range(4)] for _ in range(60)])
    values = [figure.value for figure in measure_duplicates(talks)]
    assert values == sorted(values, key=lambda value: -(value or 0.0))


def test_nearest_ones_are_those_of_all_pairs() -> None:
    """The hashed search against the cosine of every pair."""
    rng = random.Random(6)
    talks = make_talks([[" ".join(rng.choices("abcdefgh", k=8)) for _ in range(2)] for _ in range(80)])
    pairs = [find_nearest([talks[0], other])[0] for other in talks[1:]]
    assert find_nearest(talks)[0] == pytest.approx(max(pairs))


@pytest.mark.parametrize(
    ("talks", "reason"), [([], "no dialogues"), ([make_talk("a b")], "a duplicate takes two dialogues")]
)
def test_a_duplicate_takes_two(talks: list[object], reason: str) -> None:
    assert {figure.reason for figure in measure_duplicates(talks)} == {reason}  # type: ignore[arg-type]
    assert find_nearest(talks).tolist() == [0.0] * len(talks)  # type: ignore[arg-type]


def test_dialogues_without_a_word_resemble_nothing() -> None:
    assert find_nearest(make_talks([["", ""], ["", ""]])).tolist() == [0.0, 0.0]

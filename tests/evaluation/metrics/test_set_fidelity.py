from __future__ import annotations

import numpy as np
import pytest

from streamdial.evaluation.metrics.embeddings import compute_vendi, embed_turns, join_sides, measure_vendi
from streamdial.evaluation.metrics.fidelity import compute_frechet, find_covered, measure_fidelity
from streamdial.testing import HashingEmbedder
from tests.evaluation.evaluation_material import make_talk, make_talks

RNG = np.random.default_rng(11)


def test_the_frechet_distance_of_two_lines_is_by_hand() -> None:
    """Means 0 and 3; variances 2 and 8: 9 + 2 + 8 - 2 * 4."""
    assert compute_frechet(np.asarray([[-1.0], [1.0]]), np.asarray([[1.0], [5.0]])) == pytest.approx(9 + 2 + 8 - 8)


@pytest.mark.parametrize(("left", "right", "wide"), [(60, 80, 5), (12, 9, 30), (50, 10, 20)])
def test_the_frechet_distance_is_that_of_the_matrix_root(left: int, right: int, wide: int) -> None:
    """scipy's root of the product of the covariances, with full rank and without."""
    linalg = pytest.importorskip("scipy.linalg")
    one, two = RNG.normal(size=(left, wide)), RNG.normal(1.0, 2.0, size=(right, wide))
    covariances = [np.cov(cloud, rowvar=False) for cloud in (one, two)]
    # A little on the diagonal, without which the root of a product without full rank does not exist.
    damped = [covariance + 1e-9 * np.eye(wide) for covariance in covariances]
    root = linalg.sqrtm(damped[0] @ damped[1]).real
    gap = ((one.mean(axis=0) - two.mean(axis=0)) ** 2).sum()
    expected = gap + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.trace(root)
    assert compute_frechet(one, two) == pytest.approx(expected, rel=1e-3)


def test_a_cloud_is_at_no_distance_from_itself() -> None:
    cloud = RNG.normal(size=(30, 8))
    assert compute_frechet(cloud, cloud) == pytest.approx(0.0, abs=1e-9)


def test_a_point_is_covered_within_the_ball_of_a_point_of_the_other_cloud() -> None:
    """On a line, balls to the first neighbour: 0 and 1 reach 1 far, 10 reaches 9."""
    around = np.asarray([[0.0], [1.0], [10.0]])
    inside = np.asarray([[-1.0], [-1.5], [1.9], [19.0], [19.5]])
    assert find_covered(inside, around, neighbours=1).tolist() == [True, False, True, True, False]


def test_one_topic_of_two_is_precise_and_misses_half() -> None:
    """The reference has two far clusters; the set only one of them."""
    left, right = RNG.normal(0, 1, (60, 4)), RNG.normal(50, 1, (60, 4))
    own = RNG.normal(0, 1, (60, 4))
    reference = np.concatenate([left, right])
    assert find_covered(own, reference).mean() > 0.8
    assert 0.35 < find_covered(reference, own).mean() < 0.55


def test_the_vendi_score_counts_what_differs() -> None:
    assert compute_vendi(np.eye(5)) == pytest.approx(5.0)
    assert compute_vendi(np.asarray([[1.0, 0.0]] * 4)) == pytest.approx(1.0)
    assert compute_vendi(np.eye(2), [1, 3]) == pytest.approx(np.exp(-(0.25 * np.log(0.25) + 0.75 * np.log(0.75))))
    # Two at a cosine of 0.6: eigenvalues of K/2 are 0.8 and 0.2.
    pair = np.asarray([[1.0, 0.0], [0.6, 0.8]])
    assert compute_vendi(pair) == pytest.approx(np.exp(-(0.8 * np.log(0.8) + 0.2 * np.log(0.2))))


def test_the_vendi_score_does_not_depend_on_which_product_is_smaller() -> None:
    cloud = RNG.normal(size=(12, 5))
    cloud /= np.linalg.norm(cloud, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(cloud @ cloud.T / 12)
    values = values[values > 1e-12]
    assert compute_vendi(cloud) == pytest.approx(np.exp(-(values * np.log(values)).sum()))


def test_the_cosine_of_two_dialogues_is_the_mean_of_their_sides() -> None:
    talks = make_talks([["a b", "x"], ["a c", "y"]])
    spoken = embed_turns(talks, HashingEmbedder(4096))
    vectors = join_sides(spoken)
    assert vectors[0] @ vectors[1] == pytest.approx((0.5 + 0.0) / 2)


def test_the_score_of_parts_can_be_held_against_a_small_set() -> None:
    talks = make_talks([[f"one{number} two{number}", f"three{number}"] for number in range(12)])
    spoken = embed_turns(talks, HashingEmbedder(4096))
    whole, part = measure_vendi(spoken), measure_vendi(spoken, size=4)
    assert whole.value == pytest.approx(12, rel=0.05) and part.value == pytest.approx(4, rel=0.05)
    assert part.basis == "3 x 4 dialogues"
    assert part.low is not None and part.high is not None and part.low <= part.value <= part.high  # type: ignore[operator]


def test_dialogues_without_a_word_have_no_vector() -> None:
    embedder = HashingEmbedder()
    assert measure_vendi(embed_turns([make_talk("", "...")], embedder)).reason == "no dialogue with a word"
    one = measure_vendi(embed_turns([make_talk("hello", "hi")], embedder))
    assert (one.value, one.low) == (pytest.approx(1.0), None)


def test_a_set_from_the_same_source_is_as_near_as_the_reference_to_itself() -> None:
    rng = np.random.default_rng(2)
    words = [f"w{number}" for number in range(60)]

    def make(first: int, last: int) -> list[list[str]]:
        return [[" ".join(rng.choice(words[first:last], 6)) for _ in range(6)] for _ in range(40)]

    embedder = HashingEmbedder(64)
    reference, same, other = (
        embed_turns(make_talks(lines), embedder) for lines in (make(0, 40), make(0, 40), make(30, 60))
    )
    near, far = ({figure.name: figure for figure in measure_fidelity(own, reference)} for own in (same, other))
    assert near["frechet"].value == pytest.approx(near["frechet_floor"].value, rel=0.15)
    assert near["precision"].value == pytest.approx(near["precision_floor"].value, abs=0.12)
    assert far["frechet"].value > 2 * far["frechet_floor"].value  # type: ignore[operator]
    assert far["precision"].value < near["precision"].value  # type: ignore[operator]
    assert near["frechet"].basis == "120 turns of each"


def test_too_few_turns_make_no_distribution() -> None:
    embedder = HashingEmbedder()
    few = embed_turns([make_talk("hello", "hi")], embedder)
    figures = measure_fidelity(few, few)
    assert [figure.name for figure in figures][:3] == ["frechet", "precision", "recall"]
    assert {figure.reason for figure in figures} == {"fewer than 20 turns in the set or in half of the reference"}

from __future__ import annotations

import random
from collections import Counter

import pytest

from streamdial.evaluation.metrics.lexical import compute_hdd, compute_mattr, compute_yule_k, measure_lexical
from tests.evaluation.evaluation_material import make_talk, make_talks


def draw_text(seed: int, size: int = 120) -> list[str]:
    rng = random.Random(seed)
    return rng.choices("abcdefghijklmnop", weights=range(1, 17), k=size)


def test_values_by_hand() -> None:
    assert compute_mattr(list("aab"), window=2) == pytest.approx((1 / 2 + 2 / 2) / 2)
    assert compute_hdd(list("aab"), drawn=2) == pytest.approx((1 + 2 / 3) / 2)  # ab, ab, aa: b is in two of three
    assert compute_yule_k(list("aab")) == pytest.approx(10_000 * (4 + 1 - 3) / 9)
    assert compute_yule_k(list("abc")) == 0
    assert compute_hdd(list("abc"), drawn=2) == compute_mattr(list("abc"), window=2) == 1


def test_short_texts_have_no_figure() -> None:
    assert compute_mattr(["a"] * 49) is None
    assert compute_hdd(["a"] * 41) is None
    assert compute_yule_k([]) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_formulas_agree_with_a_second_writing_of_them(seed: int) -> None:
    tokens = draw_text(seed)
    windows = [tokens[start : start + 50] for start in range(len(tokens) - 49)]
    assert compute_mattr(tokens) == pytest.approx(sum(len(set(part)) / 50 for part in windows) / len(windows))
    hypergeom = pytest.importorskip("scipy.stats").hypergeom
    counts = Counter(tokens)
    drawn = sum(1 - hypergeom.pmf(0, len(tokens), count, 42) for count in counts.values()) / 42
    assert compute_hdd(tokens) == pytest.approx(drawn)
    spectrum = Counter(counts.values())
    second = sum(times**2 * types / len(tokens) ** 2 for times, types in spectrum.items())
    assert compute_yule_k(tokens) == pytest.approx(10_000 * (second - 1 / len(tokens)))


def test_length_changes_them_little() -> None:
    short, long = draw_text(1, 200), draw_text(1, 4000)
    for compute in (compute_mattr, compute_hdd, compute_yule_k):
        one, other = compute(short), compute(long)
        assert one is not None and other is not None and one == pytest.approx(other, rel=0.15)


def test_chinese_is_counted_in_characters_and_short_dialogues_are_told() -> None:
    long = make_talk("我想要一间安静的房间" * 6, language="zh")
    found = {figure.key: figure for figure in measure_lexical([long, make_talk("好", language="zh")], "zh")}
    assert found["mattr_zh"].value == pytest.approx(9 / 50)  # 我想要一间安静的房间: 间 comes twice
    assert found["hd_d_zh"].basis == "1 of 2 dialogues"
    assert {figure.reason for figure in measure_lexical(make_talks([["yes"]]), "en")} == {
        "no dialogue of 50 words or more"
    }

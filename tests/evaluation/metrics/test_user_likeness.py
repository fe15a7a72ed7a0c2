from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.metrics.user_likeness import (
    ASPECTS,
    compute_likeness,
    measure_user_likeness,
    shuffle_user_turns,
)
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.records import Language
from tests.evaluation.evaluation_material import make_talk, make_talks

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def test_likeness_is_one_less_the_jensen_shannon_divergence() -> None:
    left, right = np.asarray([3.0, 1, 0]), np.asarray([2.0, 2, 4])
    distance = pytest.importorskip("scipy.spatial.distance").jensenshannon(left, right, base=2)
    assert compute_likeness(left, right) == pytest.approx(1 - distance**2)
    assert compute_likeness(left, 5 * left) == pytest.approx(1)
    assert compute_likeness(np.asarray([1.0, 0]), np.asarray([0.0, 7])) == pytest.approx(0)


def draw(style: str, language: Language = "en") -> list[EvaluatedDialogue]:
    lines = {
        "people": ["hi there, a room for two?", "Yes.", "under 90 and with parking please", "Fine.", "cheers, bye"],
        "forms": ["budget ninety", "Yes.", "guests two", "Fine.", "request closed now"],
        "人": ["你好，想订个双人间", "好的。", "要含早餐，便宜点的有吗？", "有。", "行，谢谢啦"],
    }[style]
    return make_talks([lines] * 12, language)


def value(own: list[EvaluatedDialogue], real: list[EvaluatedDialogue], name: str, language: Language = "en") -> float:
    (found,) = [figure for figure in measure_user_likeness(own, real, language) if figure.name == name]
    assert found.value is not None
    return found.value


@pytest.mark.parametrize(("style", "language"), [("people", "en"), ("人", "zh")])
def test_the_same_users_are_wholly_alike_and_shuffled_ones_less(style: str, language: Language) -> None:
    real = draw(style, language)
    assert value(real, real, "user_likeness", language) == pytest.approx(1)
    assert value(shuffle_user_turns(real), real, "user_likeness", language) < 0.9


def test_other_users_are_less_alike_in_what_they_do_otherwise() -> None:
    real, forms = draw("people"), draw("forms")
    assert value(forms, real, "user_likeness_openings") < 0.5
    assert value(forms, real, "user_likeness_endings") < 0.5
    assert value(forms, real, "user_likeness_real") == pytest.approx(1)
    wordy = [make_talk(*(f"{turn.utterance} " * 4 for turn in talk.turns)) for talk in real]
    assert value(wordy, real, "user_likeness_lengths") == pytest.approx(0)


def test_what_cannot_be_told_says_why() -> None:
    found = {figure.name: figure for figure in measure_user_likeness(draw("people"), draw("people"), "en")}
    assert found["user_likeness_wishes"].reason == "a set labels no wishes"
    assert {figure.reason for figure in measure_user_likeness(draw("people"), [], "en")} == {
        "too few dialogues of the language"
    }


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real material in ../shared/data")
@pytest.mark.parametrize(("name", "language"), [("crosswoz", "zh"), ("multiwoz21", "en")])
def test_real_users_are_more_alike_than_shuffled_ones(name: str, language: Language) -> None:
    """Reference: every other dialogue of the file; against it the rest, as they are and with their turns dealt anew."""
    talks = list(read_dialogue_set(SHARED / name).talks)
    reference, rest = talks[::2], talks[1::2]
    for aspect in ("", *(f"_{name}" for name in ASPECTS)):
        one, other = (
            value(own, reference, f"user_likeness{aspect}", language) for own in (rest, shuffle_user_turns(rest))
        )
        assert one > other + 0.01, aspect

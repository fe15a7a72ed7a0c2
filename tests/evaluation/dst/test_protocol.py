from collections.abc import Sequence

import pytest

from streamdial.errors import ConfigurationError
from streamdial.evaluation.dst.protocol import Trial, render_protocol, run_protocol
from streamdial.evaluation.dst.states import State, StateDialogue, StateTurn


class CountingTracker:
    """Predicts the right state for the share of turns that its training set is large enough for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.seen: list[str] = []

    def fit(self, dialogues: Sequence[StateDialogue]) -> None:
        self.seen = [dialogue.id for dialogue in dialogues]

    def predict(self, dialogue: StateDialogue) -> list[State]:
        return [turn.state if len(self.seen) + self.seed > 10 else {} for turn in dialogue.turns]


def make_talks(count: int, name: str) -> list[StateDialogue]:
    return [
        StateDialogue(f"{name}{number}", "en", (StateTurn("", "north", {"area": "north"}),)) for number in range(count)
    ]


def test_every_mixture_is_trained_with_every_share_and_all_seeds() -> None:
    made: list[CountingTracker] = []

    def make(seed: int) -> CountingTracker:
        made.append(CountingTracker(seed))
        return made[-1]

    told: list[Trial] = []
    trials = run_protocol(
        make_talks(20, "real"),
        make_talks(2, "test"),
        {"filtered": make_talks(8, "made"), "unfiltered": make_talks(8, "raw"), "none": []},
        ("area",),
        make=make,
        shares=(0.01, 0.5),
        seeds=(0, 1, 2),
        report=told.append,
    )
    assert told == trials
    assert [(trial.condition, trial.share, trial.real, trial.synthetic) for trial in trials] == [
        ("real", 0.01, 1, 0),
        ("real + filtered", 0.01, 1, 8),
        ("real + unfiltered", 0.01, 1, 8),
        ("real", 0.5, 10, 0),
        ("real + filtered", 0.5, 10, 8),
        ("real + unfiltered", 0.5, 10, 8),
        ("filtered", 0.0, 0, 8),
        ("unfiltered", 0.0, 0, 8),
    ]
    # Ten dialogues and seed 0 are one too few: right for two seeds of three.
    half = trials[3]
    assert half.means["jga"] == pytest.approx(2 / 3)
    assert half.deviations["jga"] == pytest.approx((1 / 3) ** 0.5)
    assert trials[4].means["jga"] == 1
    # A seed draws the same real dialogues for all mixtures, another seed others.
    real = [tracker.seen[:10] for tracker in made[9:15]]
    assert real[0] == real[3] != real[1]


def test_the_protocol_says_what_it_cannot_do() -> None:
    real = make_talks(3, "real")
    with pytest.raises(ConfigurationError, match="0 real dialogues to train on"):
        run_protocol([], real, {}, ("area",))
    with pytest.raises(ConfigurationError, match="3 dialogues are trained and scored on, real0"):
        run_protocol(real, real, {}, ("area",))
    with pytest.raises(ConfigurationError, match=r"a share of 1\.5"):
        run_protocol(real, make_talks(1, "test"), {}, ("area",), shares=(1.5,))


def test_the_table_has_a_row_a_mixture() -> None:
    trial = Trial("real", 0.5, 10, 0, 3, {"jga": 0.25, "f1": None}, {"jga": 0.125, "f1": None})
    assert render_protocol([trial], measures=("jga", "f1")) == (
        "| trained on | real | synthetic | jga | f1 |\n"
        "| --- | ---: | ---: | ---: | ---: |\n"
        "| real | 10 (50%) | – | 25.0 ± 12.5 | n/a |\n"
    )


def test_a_set_may_be_drawn_anew_by_each_seed() -> None:
    made: list[CountingTracker] = []

    def make(seed: int) -> CountingTracker:
        made.append(CountingTracker(seed))
        return made[-1]

    def draw(seed: int) -> dict[str, list[StateDialogue]]:
        return {"random": make_talks(seed + 1, f"seed{seed}-")}

    trials = run_protocol(
        make_talks(4, "real"), make_talks(2, "test"), draw, ("area",), make=make, shares=(1.0,), seeds=(0, 1)
    )
    assert [trial.condition for trial in trials] == ["real", "real + random", "random"]
    assert [tracker.seen for tracker in made[4:]] == [["seed0-0"], ["seed1-0", "seed1-1"]]


def test_a_seed_that_draws_nothing_is_left_out() -> None:
    def draw(seed: int) -> dict[str, list[StateDialogue]]:
        return {"random": make_talks(seed, "made")}

    trials = run_protocol(
        make_talks(4, "real"), make_talks(2, "test"), draw, ("area",), make=CountingTracker, shares=(1.0,), seeds=(0, 1)
    )
    assert [(trial.condition, trial.seeds) for trial in trials] == [("real", 2), ("real + random", 2), ("random", 1)]

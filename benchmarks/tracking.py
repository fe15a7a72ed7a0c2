"""State tracking: the linear tracker on held-out dialogues of public sets.

    python -m benchmarks.tracking [--data FOLDER] [--json PATH]

The samples of MultiWOZ 2.1, SGD and CrossWOZ are dealt to train (50%), development (20%) and test (30%) by the hash of
the dialogue's id. Options were chosen on development dialogues; here the tracker trains on train and development and
is scored on test, on the slots of hotels and restaurants. What synthetic dialogues add is for `streamdial track`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from functools import lru_cache
from pathlib import Path

from benchmarks.machine import describe_machine
from streamdial.corpora import open_corpus
from streamdial.counts import Counts
from streamdial.evaluation.dst.baselines import LookupTracker, MajorityTracker
from streamdial.evaluation.dst.linear_tracker import LinearTracker, Tracker
from streamdial.evaluation.dst.scores import TrackingScores, list_slots, score_states
from streamdial.evaluation.dst.states import StateDialogue, read_state_dialogues, rename_slots, split_dialogues
from streamdial.evaluation.dst.values import Normaliser, normalise_multiwoz, normalise_value

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARES = {"train": 0.5, "dev": 0.2, "test": 0.3}
SETS = {
    "multiwoz21": r"(hotel|restaurant)-",
    "sgd": r"(Hotels|Restaurants)-",
    "crosswoz": r"(酒店|餐馆)-",
}
_SERVICE = re.compile(r"_\d+-")


def _normalise_multiwoz(slot: str, value: str) -> str:
    return normalise_value(slot, normalise_multiwoz(slot, value))


def load_corpus(name: str, data: Path = DATA) -> tuple[list[StateDialogue], Normaliser]:
    """Return the dialogues of a sample, services of one domain joined, and how its values are compared."""
    dialogues = read_state_dialogues(open_corpus(data / name / "dialogues.jsonl.gz"), Counts("corpus"))
    joined = rename_slots(dialogues, {slot: _SERVICE.sub("-", slot) for slot in list_slots(dialogues)})
    return joined, lru_cache(maxsize=100_000)(_normalise_multiwoz if name == "multiwoz21" else normalise_value)


def score_corpus(name: str, data: Path = DATA, *, part: str = "test") -> dict[str, tuple[TrackingScores, float]]:
    """Return scores and seconds of the trackers on one part of a sample, by tracker.

    All slots are learnt; those of hotels and restaurants are scored, on the dialogues that have any.
    """
    dialogues, normalise = load_corpus(name, data)
    parts = split_dialogues(dialogues, SHARES)
    train = parts["train"] + (parts["dev"] if part == "test" else [])
    wanted = re.compile(SETS[name])
    scored = rename_slots(parts[part], {slot: slot for slot in list_slots(dialogues) if wanted.match(slot)})
    places = [place for place, dialogue in enumerate(scored) if any(turn.state for turn in dialogue.turns)]
    schema = [slot for slot in list_slots(dialogues) if wanted.match(slot)]
    found = {}
    trackers: dict[str, Tracker] = {
        "majority": MajorityTracker(normalise=normalise),
        "lookup": LookupTracker(normalise=normalise),
        "linear": LinearTracker(normalise=normalise),
    }
    for label, tracker in trackers.items():
        started = time.perf_counter()
        tracker.fit(train)
        predicted = [tracker.predict(parts[part][place]) for place in places]
        states = [
            [{slot: value for slot, value in state.items() if wanted.match(slot)} for state in turns]
            for turns in predicted
        ]
        scores = score_states([scored[place] for place in places], states, schema, normalise=normalise)
        found[label] = (scores, time.perf_counter() - started)
    return found


def measure_tracking(data: Path = DATA) -> dict[str, float]:
    """Return `tracker_jga`, `tracker_slot_f1`, `majority_slot_f1` (means over the sets) and those of each set."""
    figures: dict[str, float] = {}
    for name in SETS:
        for label, (scores, seconds) in score_corpus(name, data).items():
            for measure in ("jga", "jga_changing", "f1", "slot_accuracy", "relative_slot_accuracy"):
                figures[f"{label}_{measure}_{name}"] = getattr(scores, measure) or 0.0
            figures[f"{label}_seconds_{name}"] = seconds
    means = {
        "tracker_jga": "linear_jga",
        "tracker_slot_f1": "linear_f1",
        "majority_slot_f1": "majority_f1",
        "lookup_slot_f1": "lookup_f1",
    }
    for key, source in means.items():
        figures[key] = statistics.fmean(figures[f"{source}_{name}"] for name in SETS)
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(describe_machine("scikit-learn"))
    figures = measure_tracking(arguments.data)
    for name, value in figures.items():
        print(f"{name:42} {value:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What a tracker has to beat: the best constant state, and a look-up of known values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from streamdial.evaluation.dst.states import State, StateDialogue
from streamdial.evaluation.dst.values import Normaliser, normalise_value
from streamdial.text import find_phrase


class MajorityTracker:
    """Predicts one state for every turn: of the most frequent pairs of slot and value, as many as serve slot F1 best.

    The best a predictor can do that looks at nothing. Slots whose most frequent value is wrong more often than it
    helps stay empty; the state with none of them is the plain majority of most sets.

    Args:
        normalise: How values are made comparable.
    """

    def __init__(self, *, normalise: Normaliser = normalise_value) -> None:
        self._normalise = normalise
        self._state: dict[str, str] = {}

    def fit(self, dialogues: Sequence[StateDialogue]) -> None:
        """Choose the state on training dialogues."""
        states = [turn.state for dialogue in dialogues for turn in dialogue.turns]
        pairs = Counter((slot, self._normalise(slot, value)) for state in states for slot, value in state.items())
        best: dict[str, tuple[str, int]] = {}
        for (slot, value), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            best.setdefault(slot, (value, count))
        true, chosen, hits, reached = sum(pairs.values()), dict[str, str](), 0, 0.0
        for slot, (value, count) in sorted(best.items(), key=lambda item: (-item[1][1], item[0])):
            f1 = 2 * (hits + count) / (true + (len(chosen) + 1) * len(states))
            if f1 <= reached:
                break
            chosen[slot], hits, reached = value, hits + count, f1
        self._state = chosen

    def predict(self, dialogue: StateDialogue) -> list[State]:
        """Return the same state for every user turn."""
        return [dict(self._state) for _ in dialogue.turns]


class LookupTracker:
    """Takes over every training value that stands in the user's words, for the slot that has it most often.

    Args:
        normalise: How values are made comparable.
    """

    def __init__(self, *, normalise: Normaliser = normalise_value) -> None:
        self._normalise = normalise
        self._slots: dict[str, str] = {}

    def fit(self, dialogues: Sequence[StateDialogue]) -> None:
        """Learn which slot has which value most often."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for dialogue in dialogues:
            for change in dialogue.list_changes():
                for slot, value in change.items():
                    if len(value) > 1:
                        counts[value.lower()][slot] += 1
        self._slots = {value: min(slots, key=lambda slot: (-slots[slot], slot)) for value, slots in counts.items()}

    def predict(self, dialogue: StateDialogue) -> list[State]:
        """Return the state after each user turn."""
        state: dict[str, str] = {}
        states: list[State] = []
        for turn in dialogue.turns:
            text = turn.user.lower()
            for value in sorted(self._slots, key=len):
                if find_phrase(text, value) is not None:
                    state[self._slots[value]] = self._normalise(self._slots[value], value)
            states.append(dict(state))
        return states

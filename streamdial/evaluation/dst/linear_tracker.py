"""A state tracker that trains in seconds: linear models over spans that may be values and over whole turns."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from streamdial.errors import MissingExtraError, StreamDialError
from streamdial.evaluation.dst.spans import Scene, Span, describe_span, describe_topic, describe_turn, list_spans
from streamdial.evaluation.dst.states import State, StateDialogue
from streamdial.evaluation.dst.values import Normaliser, normalise_value
from streamdial.slots import DONT_CARE

NOTHING = ""
"""Class of a span that is no value, and of a turn that leaves a slot alone."""
TAKEN_BACK = "<taken back>"
"""Class of a turn that empties a slot."""


Label = TypeVar("Label")


class Tracker(Protocol):
    """What the protocol evaluates: something that learns from dialogues and predicts states."""

    def fit(self, dialogues: Sequence[StateDialogue]) -> None:
        """Learn from dialogues with their true states."""
        ...

    def predict(self, dialogue: StateDialogue) -> list[State]:
        """Return the state after each user turn; the true states of the dialogue are not looked at."""
        ...


@dataclass(frozen=True)
class TrackerOptions:
    """Hyperparameters of the linear tracker; the defaults were chosen on development dialogues of three public sets.

    Attributes:
        fit: Inverse weight of the squared penalty (`C` of scikit-learn's LogisticRegression).
        threshold: Minimum probability of a value that is taken over.
        negatives: Spans that are no value kept for training, for each that is one; the others are passed over.
        least: Minimum number of dialogues that show a value before a turn as a whole may mean it.
        width: Number of hashed features, as a power of two.
        tolerance: When training stops.
    """

    fit: float = 10.0
    threshold: float = 0.3
    negatives: int = 40
    least: int = 3
    width: int = 17
    tolerance: float = 0.01


Names = frozenset[str] | None
"""Attributes that a dialogue's set annotates; None for all."""


class _Row(NamedTuple):
    """A span for training; several attributes may have got its value in one turn."""

    features: list[str]
    names: tuple[str, ...]
    annotated: Names


class _Known:
    """Values of the training set: which attribute has which, in which dialogues."""

    def __init__(self) -> None:
        self._places: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def add(self, name: str, value: str, dialogue: str) -> None:
        self._places[value][name].add(dialogue)

    def list_names(self, value: str, besides: str = "") -> tuple[str, ...]:
        """Return the attributes that have a value in other dialogues than the one named."""
        places = self._places.get(value, {})
        return tuple(sorted(name for name, dialogues in places.items() if dialogues - {besides}))


def split_name(slot: str) -> tuple[str, str]:
    """Return (domain, attribute) of a slot: (`hotel`, `area`) of `hotel-area`; a slot of a pack has no domain."""
    domain, _, name = slot.rpartition("-")
    return domain, name


class LinearTracker:
    """Tracks states by linear models over hashed features (logistic regression).

    One model labels every span of what the agent said last and the user says with the attribute it is a value of, or
    none: words and shape of the span, its neighbours, the agent's question, which attributes have the value in other
    dialogues. Another reads from the turn as a whole which attribute gets a value that is not said in so many words:
    "with parking", no preference, one taken back. A third tells whose attribute it is where domains share one: the
    hotel's area or the restaurant's. The likeliest proposal for a slot replaces what the state holds. Candidates
    scored with features that slots share follow Rastogi et al. 2017 (Scalable multi-domain dialogue state tracking).

    Args:
        options: Hyperparameters.
        normalise: How values are made comparable.
        seed: Seed of everything random.
    """

    def __init__(
        self, options: TrackerOptions | None = None, *, normalise: Normaliser = normalise_value, seed: int = 0
    ) -> None:
        self.options = options or TrackerOptions()
        self.seed = seed
        self._normalise = lru_cache(maxsize=200_000)(normalise)
        self._known = _Known()
        self._slots: dict[str, dict[str, str]] = {}
        self._spans: _Linear[str] = _Linear({})
        self._topics: _Linear[str] = _Linear({})
        self._turns: _Linear[tuple[str, str]] = _Linear({})

    def fit(self, dialogues: Sequence[StateDialogue]) -> None:
        """Train the models.

        Raises:
            MissingExtraError: If scikit-learn is not installed.
            StreamDialError: If no dialogue informs anything.
        """
        changes = [[self._normalise_changes(change) for change in dialogue.list_changes()] for dialogue in dialogues]
        self._learn_values(dialogues, changes)
        rng = random.Random(self.seed)
        rows: list[_Row] = []
        turns: list[tuple[Scene, State]] = []
        known: list[Names] = []
        for dialogue, changed in zip(dialogues, changes, strict=True):
            scene = Scene("", "", {})
            of = dialogue.annotated
            names = None if of is None else frozenset(split_name(slot)[1] for slot in of)
            for turn, change in zip(dialogue.turns, changed, strict=True):
                scene = scene._replace(agent=turn.agent, user=turn.user)
                rows += self._list_rows(scene, change, dialogue.id, rng, names)
                turns.append((scene, change))
                known.append(names)
                scene = _go_on(scene, change)
        self._spans = self._fit_spans(rows)
        self._topics = self._fit_topics(turns)
        self._turns = self._fit_turns(turns, known)

    def predict(self, dialogue: StateDialogue) -> list[State]:
        """Return the state after each user turn, in comparable values."""
        states: list[State] = []
        scene = Scene("", "", {})
        for turn in dialogue.turns:
            scene = scene._replace(agent=turn.agent, user=turn.user)
            best: dict[str, tuple[float, str]] = {}
            topics = self._topics.score(self._hash([describe_topic(scene)]))[0]
            for name, value, likely in [*self._propose_spans(scene), *self._propose_values(scene)]:
                slots = self._slots[name]
                domain = max(slots, key=lambda domain: topics.get(domain, 0.0))
                if likely >= self.options.threshold and likely > best.get(slots[domain], (0.0, ""))[0]:
                    best[slots[domain]] = (likely, value)
            taken = {slot: "" if value == TAKEN_BACK else value for slot, (_, value) in best.items()}
            scene = _go_on(scene, {slot: value for slot, value in taken.items() if scene.state.get(slot, "") != value})
            states.append(scene.state)
        return states

    def _normalise_changes(self, changes: State) -> dict[str, str]:
        return {slot: self._normalise(slot, value) if value else "" for slot, value in changes.items()}

    def _learn_values(self, dialogues: Sequence[StateDialogue], changes: Sequence[Sequence[State]]) -> None:
        self._known, self._slots = _Known(), {}
        for dialogue, changed in zip(dialogues, changes, strict=True):
            for slot, value in ((slot, value) for change in changed for slot, value in change.items() if value):
                domain, name = split_name(slot)
                self._slots.setdefault(name, {})[domain] = slot
                if value != DONT_CARE:
                    self._known.add(name, value, dialogue.id)
        if not self._slots:
            raise StreamDialError(
                "no training dialogue informs a slot, so there is nothing to learn.", fix="give dialogues with states"
            )

    def _list_spans(self, scene: Scene) -> Iterator[tuple[Span, str]]:
        for side, text in (("user", scene.user), ("agent", scene.agent)):
            for span in list_spans(text, side):
                yield span, self._normalise("", span.text)

    def _list_rows(
        self, scene: Scene, change: State, dialogue: str, rng: random.Random, annotated: Names
    ) -> list[_Row]:
        """Return the spans of a turn with the attributes they may be labelled with."""
        held = {value for slot, value in scene.state.items() if slot not in change}
        said: set[str] = set()
        told: list[tuple[Span, str, tuple[str, ...], tuple[str, ...]]] = []
        others: list[tuple[Span, str, tuple[str, ...], tuple[str, ...]]] = []
        for span, plain in self._list_spans(scene):
            slots = [slot for slot, value in change.items() if value and self._normalise(slot, span.text) == value]
            if span.side == "user":
                said.update(slots)
            elif said.intersection(slots):
                continue  # what both say counts as said by the user; the agent's words then tell nothing
            if not slots and plain in held:
                continue
            known = self._known.list_names(plain, dialogue)
            names = tuple(dict.fromkeys(split_name(slot)[1] for slot in slots))
            # A span that is a value elsewhere is the hardest to refuse.
            (told if names or known else others).append((span, plain, known, names))
        told += rng.sample(others, min(len(others), self.options.negatives))
        return [
            _Row(describe_span(span, scene, known, plain), names or (NOTHING,), annotated)
            for span, plain, known, names in told
        ]

    def _fit_spans(self, rows: Sequence[_Row]) -> _Linear[str]:
        sure = [row for row in rows if len(row.names) == 1]
        unsure = [row for row in rows if len(row.names) > 1]
        labels = [row.names[0] for row in sure]
        hashed = self._hash([row.features for row in (*sure, *unsure)])
        annotated = [row.annotated for row in (*sure, *unsure)]
        model = self._train(hashed[: len(sure)], labels, annotated=annotated[: len(sure)])
        if not unsure:
            return model
        # Which of two attributes got a 4, the spans that leave no doubt tell.
        scores = model.score(hashed[len(sure) :])
        labels += [
            max(row.names, key=lambda name: found.get(name, 0.0)) for row, found in zip(unsure, scores, strict=True)
        ]
        doubtful = {name for row in unsure for name in row.names}
        return model.join(self._train(hashed, labels, only=doubtful, annotated=annotated))

    def _fit_topics(self, turns: Sequence[tuple[Scene, State]]) -> _Linear[str]:
        rows = [
            (describe_topic(scene), domain)
            for scene, change in turns
            for domain in dict.fromkeys(split_name(slot)[0] for slot in change)
        ]
        return self._train(self._hash([features for features, _ in rows]), [domain for _, domain in rows])

    def _fit_turns(self, turns: Sequence[tuple[Scene, State]], annotated: Sequence[Names]) -> _Linear[tuple[str, str]]:
        hashed = self._hash([describe_turn(scene) for scene, _ in turns])
        changes = [{split_name(slot)[1]: value or TAKEN_BACK for slot, value in change.items()} for _, change in turns]
        models: dict[tuple[str, str], Any] = {}
        for name in sorted(self._slots):
            labels = [change.get(name, NOTHING) for change in changes]
            often = {label for label, count in Counter(labels).items() if count >= self.options.least}
            kept = [label if label in often else NOTHING for label in labels]
            tells = [names is None or name in names for names in annotated]
            trained = self._fit_classes(hashed, kept, tells=dict.fromkeys(often, tells))
            models |= {(name, value): model for value, model in trained.items()}
        return _Linear(models)

    def _hash(self, features: Sequence[list[str]]) -> Any:  # noqa: ANN401
        """Return features as rows of a sparse matrix."""
        try:
            from sklearn.feature_extraction import FeatureHasher
        except ImportError as error:
            raise MissingExtraError("scikit-learn", "evaluate", "the state tracker") from error
        return FeatureHasher(2**self.options.width, input_type="string", alternate_sign=False).transform(features)

    def _train(
        self,
        hashed: Any,  # noqa: ANN401
        labels: Sequence[str],
        only: Collection[str] | None = None,
        annotated: Sequence[Names] | None = None,
    ) -> _Linear[str]:
        tells = {
            name: [names is None or name in names for names in annotated or [None] * len(labels)] for name in {*labels}
        }
        return _Linear(self._fit_classes(hashed, labels, only, tells))

    def _fit_classes(
        self,
        hashed: Any,  # noqa: ANN401
        labels: Sequence[str],
        only: Collection[str] | None = None,
        tells: Mapping[str, Sequence[bool]] | None = None,
    ) -> dict[str, Any]:
        """Return one regression per class, of the rows that tell of it; none where they all have one class."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        names = sorted({*labels} - {NOTHING}) if len(set(labels)) > 1 else []
        told = np.array(labels, dtype=object)
        models: dict[str, Any] = {}
        for name in (name for name in names if only is None or name in only):
            rows = np.flatnonzero((tells or {}).get(name, np.ones(len(labels), dtype=bool)))
            wanted = told[rows] == name
            if wanted.all() or not wanted.any():
                continue
            models[name] = LogisticRegression(
                C=self.options.fit, solver="liblinear", tol=self.options.tolerance, random_state=self.seed
            ).fit(hashed[rows], wanted)
        return models

    def _propose_spans(self, scene: Scene) -> Iterator[tuple[str, str, float]]:
        spans = list(self._list_spans(scene))
        if not spans:
            return
        rows = [describe_span(span, scene, self._known.list_names(plain), plain) for span, plain in spans]
        for (span, _), scores in zip(spans, self._spans.score(self._hash(rows)), strict=True):
            for name, likely in scores.items():
                if likely >= self.options.threshold:
                    yield name, self._normalise(next(iter(self._slots[name].values())), span.text), likely

    def _propose_values(self, scene: Scene) -> Iterator[tuple[str, str, float]]:
        for (name, value), likely in self._turns.score(self._hash([describe_turn(scene)]))[0].items():
            if likely >= self.options.threshold:
                yield name, value, likely


def _go_on(scene: Scene, change: State) -> Scene:
    """Return the scene after a turn."""
    state = {slot: value for slot, value in {**scene.state, **change}.items() if value}
    return Scene("", "", state, tuple(sorted(change)) or scene.recent, scene.user)


class _Linear(Generic[Label]):
    """Logistic regressions, one per class; they are apart, so that their probabilities need not sum to 1.

    All are asked at once: a product for each costs more in scikit-learn's checks than in the product.
    """

    def __init__(self, models: Mapping[Label, Any]) -> None:
        self._models = models
        self._weights: Any = None

    def join(self, other: _Linear[Label]) -> _Linear[Label]:
        """Return these models with those of another in their place where it has the class."""
        return _Linear({**self._models, **other._models})

    def score(self, hashed: Any) -> list[dict[Label, float]]:  # noqa: ANN401
        """Return class to probability for each row."""
        import numpy as np

        if not self._models:
            return [{} for _ in range(hashed.shape[0])]
        if self._weights is None:
            self._weights = np.column_stack([model.coef_[0] for model in self._models.values()])
        bias = np.array([model.intercept_[0] for model in self._models.values()])
        chances = 1 / (1 + np.exp(-(hashed @ self._weights + bias)))
        return [dict(zip(self._models, row, strict=True)) for row in chances.tolist()]

"""Tells classes of lines apart by prototypes: a small linear classifier, fitted when it is built."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streamdial.models import Embedder, Vectors
from streamdial.models.embedding import scale_to_unit_length
from streamdial.text import PhraseIndex, split_words

RIDGE = 1.0
NEAREST = 3
NEAREST_WEIGHT = 2.0
CUE_WEIGHT = 0.2
_BATCH = 256
_MAX_HEARD = 3.0
_FIGURE = re.compile(r"[$¥€£]?\d[\d,.]*")

Scores = NDArray[np.float64]
"""Shape (texts, classes)."""


class PrototypeClassifier:
    """Ridge regression to +1 (its class) and -1 (the others) from meaning and wording, plus the nearest prototypes.

    Features are the embedding, unit length; the words and pairs of neighbouring words that occur in prototypes, unit
    length; the cues heard, by class, length 0.2; a constant. The score of a class is the regression's value plus twice
    the mean cosine of the three nearest prototypes of the class. The regression is solved in closed form over the
    prototypes (Rifkin et al. 2003, "Regularized least-squares classification"), in well under a second for some
    hundreds of them. The constants were chosen on the development files in tests/data/signals and on held-out
    prototypes.

    Args:
        prototypes: Class to its lines.
        embedder: Embeds prototypes and texts; the callers' is cached.
        cues: Class to words and phrases it is heard by, where there are such.
    """

    def __init__(
        self,
        prototypes: Mapping[str, Sequence[str]],
        embedder: Embedder,
        *,
        cues: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.classes = tuple(name for name, texts in prototypes.items() if texts)
        self._embedder = embedder
        self._cues = PhraseIndex({name: phrases for name, phrases in (cues or {}).items() if name in self.classes})
        texts = [text for name in self.classes for text in prototypes[name]]
        self._owners = np.asarray([row for row, name in enumerate(self.classes) for _ in prototypes[name]])
        self._vocabulary: dict[str, int] = {}
        for text in texts:
            for feature in _list_features(text):
                self._vocabulary.setdefault(feature, len(self._vocabulary))
        if not texts:
            return
        self._vectors = np.asarray(embedder.embed(texts), dtype=np.float64)
        features = self._build_features(texts, self._vectors)
        targets = 2.0 * np.eye(len(self.classes))[self._owners] - 1.0
        gram = features @ features.T + RIDGE * np.eye(len(texts))
        self._weights = features.T @ np.linalg.solve(gram, targets)

    def score(self, texts: Sequence[str]) -> Scores:
        """Return one row of scores per text, one column per class in the order of `classes`; about -1.5 to 1.5."""
        if not texts or not self.classes:
            return np.zeros((len(texts), len(self.classes)))
        parts = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            vectors = np.asarray(self._embedder.embed(batch), dtype=np.float64)
            scores = self._build_features(batch, vectors) @ self._weights
            parts.append(scores + NEAREST_WEIGHT * self._compare(vectors))
        return np.concatenate(parts)

    def _compare(self, vectors: Scores) -> Scores:
        cosines = vectors @ self._vectors.T
        columns = []
        for row in range(len(self.classes)):
            own = np.sort(cosines[:, self._owners == row], axis=1)
            columns.append(own[:, -NEAREST:].mean(axis=1))
        return np.stack(columns, axis=1)

    def _build_features(self, texts: Sequence[str], vectors: Scores) -> Scores:
        wording = np.zeros((len(texts), len(self._vocabulary)))
        for row, text in enumerate(texts):
            features = _list_features(text)
            for feature in features:
                if (column := self._vocabulary.get(feature)) is not None:
                    wording[row, column] = 1.0 / len(features) ** 0.5
        heard = CUE_WEIGHT * scale_to_unit_length(self._count_cues(texts))
        return np.concatenate([vectors, wording, heard, np.ones((len(texts), 1))], axis=1)

    def _count_cues(self, texts: Sequence[str]) -> Vectors:
        counted = np.zeros((len(texts), len(self.classes)), dtype=np.float32)
        for row, text in enumerate(texts):
            for hit in self._cues.find(split_words(text)):
                counted[row, self.classes.index(hit.label)] += (1 + hit.end - hit.start) / 2
        return np.minimum(counted, _MAX_HEARD)


def _list_features(text: str) -> set[str]:
    words = split_words(_FIGURE.sub(" ", text))
    return {*words, *(f"{left} {right}" for left, right in pairwise(words))}

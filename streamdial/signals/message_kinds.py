"""Tells what a message is, its speech function, before any act is decided: question, need, complaint, testimony, ..."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import log
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from streamdial.models import Embedder
from streamdial.signals import _cues
from streamdial.text import detect_language, fold_text, measure_cjk_share, simplify_chinese, split_words

MessageKind = Literal["question", "need", "complaint", "testimony", "advice", "chatter", "other"]
"""What the writer does with a message, whatever its topic.

question: asks for what somebody could answer or grant. need: states a wish or requirement of their own. complaint: is
unhappy with a thing, a service or a price. testimony: tells of own experience with a thing, or judges it. advice:
answers, explains, informs others. chatter: reacts, greets, jokes. other: advertisement, notice, another language.
"""
KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
WANTING: tuple[MessageKind, ...] = ("question", "need")
"""What makes a user signal; the first of `KINDS`."""
BUCKETS = 8192
"""Places of hashed n-grams."""
NAMES = ("question mark", "asking", "first person", "please", "pointing", "existence", "two sides", "laughter",
         "figure", "praise", "exclaimed", "chinese", "other language", "length")  # fmt: skip
"""Cheap features beside the n-grams, in order."""
_CUES = (_cues.MARK, _cues.ASKING, _cues.FIRST_PERSON, _cues.PLEASE, _cues.POINTING, _cues.EXISTENCE, _cues.TWO_SIDES,
         _cues.LAUGHTER, _cues.FIGURE, _cues.POSITIVE_PAST, _cues.EXCLAIMED)  # fmt: skip
_GRAM_WEIGHT = 2.0
_CUE_WEIGHT = 0.3
_MEANING_WEIGHT = 2.0
_DIGITS = re.compile(r"\d+")
_BATCH = 256

Numbers = NDArray[np.float32]


class KindDecision(NamedTuple):
    """The kind of a message.

    Attributes:
        kind: The likeliest kind, a question or need where `wanting` passes the threshold.
        confidence: Its likelihood, 0 to 1.
        wanting: Likelihood of a question or a need together, 0 to 1.
    """

    kind: MessageKind
    confidence: float
    wanting: float


def list_grams(text: str) -> set[str]:
    """Return what a text is hashed by: runs of 1 to 4 characters, words and pairs of words; figures are one digit."""
    plain = _DIGITS.sub("0", simplify_chinese(fold_text(text)).lower())
    padded = f" {plain} "
    grams = {padded[start : start + size] for size in (1, 2, 3, 4) for start in range(len(padded) - size + 1)}
    words = ["^", *split_words(plain), "$"]
    return {*grams, *(f"w {word}" for word in words), *(f"w {left} {right}" for left, right in pairwise(words))}


def build_features(texts: Sequence[str], embedder: Embedder | None = None) -> Numbers:
    """Return one row per folded text: hashed n-grams of unit length, cheap features, the embedding where one is asked.

    Grams are hashed with CRC-32 into 8,192 places ("hashing trick", Weinberger et al. 2009), the same everywhere.
    """
    rows = np.zeros((len(texts), BUCKETS + len(NAMES)), dtype=np.float32)
    for row, text in enumerate(texts):
        grams = list_grams(text)
        for gram in grams:
            rows[row, zlib.crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS] += 1.0
        rows[row, :BUCKETS] *= _GRAM_WEIGHT / max(float(np.linalg.norm(rows[row, :BUCKETS])), 1e-9)
        cues = [float(bool(cue.search(text))) for cue in _CUES]
        cues += [measure_cjk_share(text), float(detect_language(text) == "other"), log(1 + len(split_words(text))) / 4]
        rows[row, BUCKETS:] = _CUE_WEIGHT * np.asarray(cues, dtype=np.float32)
    if embedder is None:
        return rows
    return np.concatenate([rows, _MEANING_WEIGHT * np.asarray(embedder.embed(list(texts)), dtype=np.float32)], axis=1)


class _Weights(NamedTuple):
    """A multinomial logistic regression: one row per kind, and the threshold of `wanting`."""

    matrix: Numbers
    bias: Numbers
    threshold: float


@cache
def _read_weights() -> tuple[str, dict[str, _Weights]]:
    """Return the encoder the weights were trained with, and the weights with it and without."""
    folder = files("streamdial.signals")
    told: dict[str, Any] = json.loads(folder.joinpath("message_kinds.json").read_text("utf-8"))
    with folder.joinpath("message_kinds.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        weights = {
            name: _Weights(
                arrays[f"{name}_matrix"].astype(np.float32),
                arrays[f"{name}_bias"].astype(np.float32),
                told["thresholds"][name],
            )
            for name in ("encoder", "plain")
        }
    return told["encoder"], weights


class MessageKindClassifier:
    """Tells kinds of messages by wording and meaning.

    A multinomial logistic regression over hashed n-grams, cheap features and the embedding. The weights come with the
    package (`benchmarks/train_message_kinds.py` makes them). Where the run's encoder is not the one they were trained
    with, a second set decides by n-grams and cheap features alone, with less recall.

    Args:
        embedder: The run's encoder; None for n-grams alone.
        settled: Kinds by folded text that somebody else decided, a model say; they are taken as they are.
    """

    def __init__(self, embedder: Embedder | None = None, *, settled: Mapping[str, MessageKind] | None = None) -> None:
        encoder, weights = _read_weights()
        self._embedder = embedder if embedder is not None and embedder.model_id == encoder else None
        self._weights = weights["encoder" if self._embedder is not None else "plain"]
        self._settled = settled or {}

    def score(self, texts: Sequence[str]) -> Numbers:
        """Return the likelihood of each kind, one row per folded text, one column per kind in the order of `KINDS`."""
        parts = [np.zeros((0, len(KINDS)), dtype=np.float32)]
        for start in range(0, len(texts), _BATCH):
            features = build_features(texts[start : start + _BATCH], self._embedder)
            logits = features @ self._weights.matrix.T + self._weights.bias
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            parts.append(shares / shares.sum(axis=1, keepdims=True))
        return np.concatenate(parts)

    def classify(self, texts: Sequence[str]) -> list[KindDecision]:
        """Return the kind of each folded text; an empty one is chatter."""
        return [
            settle_kind(row, self._weights.threshold, self._settled.get(text))
            for row, text in zip(self.score(texts), texts, strict=True)
        ]


def settle_kind(shares: Numbers, threshold: float, settled: MessageKind | None = None) -> KindDecision:
    """Return the kind that likelihoods speak for: question or need from a threshold on, else the likeliest other.

    Args:
        shares: Likelihoods in the order of `KINDS`.
        threshold: Of a question and a need together, chosen on development lines.
        settled: The kind where it is known.
    """
    if settled is not None:
        return KindDecision(settled, 1.0, float(settled in WANTING))
    wanting = float(shares[: len(WANTING)].sum())
    start, end = (0, len(WANTING)) if wanting >= threshold else (len(WANTING), len(KINDS))
    best = start + int(np.argmax(shares[start:end]))
    return KindDecision(KINDS[best], float(shares[best]), wanting)

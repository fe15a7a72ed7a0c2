from __future__ import annotations

import numpy as np
import pytest

from streamdial.models import CachedEmbedder
from streamdial.signals.message_kinds import BUCKETS, KINDS, MessageKindClassifier, build_features, settle_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("how much is the long range version?", "question"),
        ("请问这个多少钱啊", "question"),
        ("looking for a quiet room for two, budget 120", "need"),
        ("主播晚上好哈哈", "chatter"),
    ],
)
def test_kinds_are_told_without_the_encoder_the_weights_belong_to(
    embedder: CachedEmbedder, text: str, kind: str
) -> None:
    (decision,) = MessageKindClassifier(embedder).classify([text])
    assert decision.kind == kind
    assert MessageKindClassifier().classify([text]) == [decision]


def test_likelihoods_sum_to_one_whatever_the_text(embedder: CachedEmbedder) -> None:
    shares = MessageKindClassifier(embedder).score(["", "\ud800", "好" * 5000, "price"])
    assert shares.shape == (4, len(KINDS))
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    assert MessageKindClassifier(embedder).classify([]) == []


def test_figures_make_no_difference_to_wording() -> None:
    left, right = build_features(["over 300 dollars", "over 45000 dollars"])
    assert np.array_equal(left[:BUCKETS], right[:BUCKETS])


def test_a_question_or_need_must_pass_the_threshold_together() -> None:
    shares = np.asarray([0.3, 0.25, 0.1, 0.1, 0.05, 0.2, 0.0], dtype=np.float32)
    assert settle_kind(shares, 0.5).kind == "question"
    assert settle_kind(shares, 0.6).kind == "chatter"
    assert settle_kind(shares, 0.6).wanting == pytest.approx(0.55)


def test_what_a_model_settled_is_taken_as_it_is() -> None:
    (decision,) = MessageKindClassifier(settled={"nice": "need"}).classify(["nice"])
    assert (decision.kind, decision.confidence, decision.wanting) == ("need", 1.0, 1.0)

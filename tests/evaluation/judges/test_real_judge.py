"""A rating by the real local model, end to end."""

from __future__ import annotations

import pytest

from streamdial.evaluation.judges.anchors import list_anchored
from streamdial.evaluation.judges.criteria import get_criterion
from streamdial.evaluation.judges.panel import ask_panel
from streamdial.evaluation.judges.questions import build_rating
from streamdial.models import build_chat_model
from streamdial.models.weights import find_weights
from streamdial.records import Language
from tests.evaluation.evaluation_material import make_talk

MODEL = "qwen2.5-coder-1.5b"
pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(find_weights(MODEL) is None, reason="weights are missing: streamdial models pull"),
]
TALKS = {
    "en": make_talk("How far does the Aster go?", "480 km on a charge.", "and the price?", "It is $27,900."),
    "zh": make_talk("这款车续航多少", "充满能跑480公里。", "多少钱", "落地二十七万九。", language="zh"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_small_model_rates_with_a_reason(language: Language) -> None:
    """Whether it rates well is for the anchored talks to say; here, that it answers in the form asked for."""
    model = build_chat_model(f"local/{MODEL}").model
    try:
        question = build_rating(TALKS[language], get_criterion("coherence"), "agent")
        settled = [item.question for item in list_anchored(language) if item.key.endswith("overall_agent")]
        panel = await ask_panel([model], [question, *settled])
    finally:
        await model.aclose()
    judgements = list(panel.judgements.values())
    assert len(judgements) == 3 and panel.count_missing() == {}
    assert all(judgement.value in (1, 2, 3, 4, 5) and len(judgement.reason) > 5 for judgement in judgements)

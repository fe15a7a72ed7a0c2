"""How warm an agent is."""

from __future__ import annotations

from streamdial.evaluation.judges.criteria import Criterion

WARMTH = Criterion(
    key="warmth",
    sides=("agent",),
    names={"en": "Warmth", "zh": "温度"},
    questions={"en": "Does the agent care for the user?", "zh": "客服是否关心用户？"},
    anchors={"en": ("no", "hardly", "somewhat", "mostly", "fully"), "zh": ("不", "很少", "有些", "大多", "完全")},
)

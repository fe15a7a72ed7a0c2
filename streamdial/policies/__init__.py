"""Policies, as both generators know them: their protocol, the human rules, and how people type."""

from streamdial.policies.human_rules import HumanRates, HumanRules, load_human_rules
from streamdial.policies.policy import Policy, PolicyBuilder, build_policy
from streamdial.policies.typing_style import swap_words, unpolish

__all__ = [
    "HumanRates",
    "HumanRules",
    "Policy",
    "PolicyBuilder",
    "build_policy",
    "load_human_rules",
    "swap_words",
    "unpolish",
]

"""Policies, as both generators know them: their protocol, the human rules, and how people type."""

from streamdial.policies.human_rules import HumanRates, HumanRules, load_human_rules
from streamdial.policies.manner import Manner, bring_near, count_traits, draw_line, measure_distance, read_manner
from streamdial.policies.policy import Policy, PolicyBuilder, build_policy
from streamdial.policies.typing_style import swap_words, unpolish

__all__ = [
    "HumanRates",
    "HumanRules",
    "Manner",
    "Policy",
    "PolicyBuilder",
    "bring_near",
    "build_policy",
    "count_traits",
    "draw_line",
    "load_human_rules",
    "measure_distance",
    "read_manner",
    "swap_words",
    "unpolish",
]

"""CB: conversational blueprints, induced or drafted, checked, followed."""

from streamdial.blueprints.checks import check_blueprint, find_failed_checks, list_transitions
from streamdial.blueprints.drafting import draft_blueprint
from streamdial.blueprints.induction import induce_blueprint, name_situation
from streamdial.blueprints.runner import BlueprintRunner

__all__ = [
    "BlueprintRunner",
    "check_blueprint",
    "draft_blueprint",
    "find_failed_checks",
    "induce_blueprint",
    "list_transitions",
    "name_situation",
]

"""CB: Conversational Blueprints, induced or drafted, checked, drawn and followed."""

from streamdial.blueprints.behaviours import BehaviourPlan, find_behaviours
from streamdial.blueprints.checks import USER_ACTS, check_blueprint, find_failed_checks
from streamdial.blueprints.drafting import draft_blueprint
from streamdial.blueprints.drawing import draw_mermaid, draw_svg
from streamdial.blueprints.graph import build_graph, enumerate_paths, list_ends, list_steps
from streamdial.blueprints.induction import induce_blueprint, name_situation
from streamdial.blueprints.locating import locate_stage
from streamdial.blueprints.runner import Advice, BlueprintRunner

__all__ = [
    "USER_ACTS",
    "Advice",
    "BehaviourPlan",
    "BlueprintRunner",
    "build_graph",
    "check_blueprint",
    "draft_blueprint",
    "draw_mermaid",
    "draw_svg",
    "enumerate_paths",
    "find_behaviours",
    "find_failed_checks",
    "induce_blueprint",
    "list_ends",
    "list_steps",
    "locate_stage",
    "name_situation",
]

"""Strategies: mechanisms of the neighbouring papers behind one seam, obeyed by every way of making a turn."""

from streamdial.strategies.choices import StrategyChoice, check_choices, open_strategies, open_strategy, read_choices
from streamdial.strategies.directive import PARTING, Directive, find_unmet, merge_directives, rank_acts, trace_directive
from streamdial.strategies.memory import MemoryStrategy, Recalling
from streamdial.strategies.mined import Mined, MinedRecording
from streamdial.strategies.strategy import (
    AdvisingStrategy,
    Continuation,
    DerivingStrategy,
    FirstTurn,
    MiningStrategy,
    PlanningStrategy,
    RecordingStrategy,
    RewritingStrategy,
    Setting,
    Strategy,
    StrategyKind,
    StrategyOptions,
    Verdict,
    arrange_assignment,
    explain_turn,
    merge_lineage,
)
from streamdial.strategies.view import TalkView

__all__ = [
    "PARTING",
    "AdvisingStrategy",
    "Continuation",
    "DerivingStrategy",
    "Directive",
    "FirstTurn",
    "MemoryStrategy",
    "Mined",
    "MinedRecording",
    "MiningStrategy",
    "PlanningStrategy",
    "Recalling",
    "RecordingStrategy",
    "RewritingStrategy",
    "Setting",
    "Strategy",
    "StrategyChoice",
    "StrategyKind",
    "StrategyOptions",
    "TalkView",
    "Verdict",
    "arrange_assignment",
    "check_choices",
    "explain_turn",
    "find_unmet",
    "merge_directives",
    "merge_lineage",
    "open_strategies",
    "open_strategy",
    "rank_acts",
    "read_choices",
    "trace_directive",
]

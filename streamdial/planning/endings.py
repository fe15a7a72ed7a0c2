"""How a dialogue really ended."""

from __future__ import annotations

from collections.abc import Iterable

from streamdial.records import Outcome, Turn


def judge_outcome(turns: Iterable[Turn]) -> Outcome:
    """Return how a dialogue, or a goal of it, ended, from its acts.

    A confirmed booking, a hand-over, a deferral (something is kept while the user thinks it over, or nothing is),
    else a drop-out.
    """
    acts = {turn.act for turn in turns}
    if "confirm" in acts:
        return "success"
    if "hand_over" in acts:
        return "hand_over"
    return "deferral" if acts & {"defer", "hold"} else "drop_out"

"""Turns of a dialogue as rows of a table, with the state they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from streamdial.exports.formats.sessions import list_states
from streamdial.records import Dialogue

_TEXTS = pl.List(pl.String)
_SLOTS = pl.List(pl.Struct({"slot": pl.String, "value": pl.String}))
TURN: dict[str, pl.DataType | type[pl.DataType]] = {
    "turn_id": pl.Int32,
    "role": pl.String,
    "utterance": pl.String,
    "act": pl.String,
    "stage": pl.String,
    "strategy": pl.String,
    "entity": pl.String,
    "other": pl.String,
    "inform": _SLOTS,
    "request": _SLOTS,
    "tell": _SLOTS,
    "tell_other": _SLOTS,
    "state": _SLOTS,
    "evidence": _TEXTS,
    "realisation": pl.String,
    "shown": _TEXTS,
    "by": _TEXTS,
    "inner": pl.List(pl.Struct({"name": pl.String, "value": pl.String})),
    "recalls": pl.List(
        pl.Struct(
            {
                **dict.fromkeys(("kind", "dialogue"), pl.String),
                "turn": pl.Int32,
                **dict.fromkeys(("entity", "slot", "value", "now"), pl.String),
            }
        )
    ),
}
"""Columns of a turn."""


def list_turns(dialogue: Dialogue) -> list[dict[str, Any]]:
    """Return the turns of a dialogue as rows."""
    turns = []
    for turn, state in zip(dialogue.turns, list_states(dialogue), strict=True):
        body = turn.model_dump(mode="json")
        for name in ("inform", "request", "tell", "tell_other"):
            body[name] = _list_slots(body[name])
        inner = [{"name": name, "value": value} for name, value in turn.inner.items()]
        lists = {"shown": list(turn.shown), "by": list(turn.by), "inner": inner}
        lists["recalls"] = [{"now": "", **one.model_dump()} for one in turn.recalls]
        turns.append({**body, "state": _list_slots(state), **lists})
    return turns


def _list_slots(slots: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"slot": slot, "value": value} for slot, value in slots.items()]

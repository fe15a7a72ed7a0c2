"""How a notebook shows records: dialogues as tables, personas as text with their evidence, blueprints as graphs."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from typing import Any

from streamdial.blueprints import draw_svg
from streamdial.domains import DomainPack, load_pack
from streamdial.errors import ConfigurationError
from streamdial.exports import render_persona
from streamdial.records import AgentPersona, Blueprint, Dialogue, UserPersona

_packs: dict[str, DomainPack] = {}


def register_displays(pack: DomainPack | None = None) -> None:
    """Tell IPython how to show records, where it runs; elsewhere nothing happens. Twice is no error.

    Args:
        pack: A pack of the caller's own, by which the records of its domain are shown.
    """
    if pack is not None:
        _packs[pack.id] = pack
    found = sys.modules.get("IPython")
    shell = found.get_ipython() if found is not None else None
    if shell is None:
        return
    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type(Dialogue, show_dialogue)
    formatters["text/html"].for_type(Blueprint, _with_pack(draw_svg))
    formatters["text/markdown"].for_type(UserPersona, _with_pack(render_persona))
    formatters["text/markdown"].for_type(AgentPersona, _with_pack(render_persona))


def show_dialogue(dialogue: Dialogue) -> str:
    """Return a dialogue as HTML: each turn with its act and what is told, asked and wished in it."""
    rows = []
    for turn in dialogue.turns:
        facts = ", ".join(f"{slot}={value}" for slot, value in {**turn.inform, **turn.tell, **turn.request}.items())
        cells = (turn.role, turn.utterance, turn.act, facts)
        rows.append(f"<tr>{''.join(f'<td style=text-align:left>{html.escape(cell)}</td>' for cell in cells)}</tr>")
    title = html.escape(f"{dialogue.path or dialogue.outcome}, {len(dialogue.turns)} turns")
    return f"<table><caption>{title}</caption>{''.join(rows)}</table>"


def _with_pack(show: Callable[[Any, DomainPack], str]) -> Callable[[Any], str | None]:
    """Return a display that finds the pack of a record; where there is none, the record is shown as it is."""

    def shown(record: Any) -> str | None:  # noqa: ANN401
        try:
            return show(record, _packs.get(record.domain) or load_pack(record.domain))
        except ConfigurationError:
            return None

    return shown

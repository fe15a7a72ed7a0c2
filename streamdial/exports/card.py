"""The data card: what is in a data set, how it came about and how to make it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamdial.exports._templates import render_template
from streamdial.exports._writing import write_text
from streamdial.exports.dataset import DataSet
from streamdial.exports.figures import count_figures, flatten_settings
from streamdial.exports.labels import WORDS, label

_OWN_SECTIONS = ("fingerprint", "command", "sources", "models", "thresholds")


def write_data_card(data: DataSet, path: Path) -> Path:
    """Write the data card as Markdown.

    Args:
        data: The data set. Of its settings, `fingerprint`, `command`, `sources`, `models` and `thresholds` have
            sections of their own; the others are listed as they are.
        path: The file, usually README.md of the data set's folder.
    """
    return write_text(path, render_card(data))


def render_card(data: DataSet) -> str:
    """Return the data card. Texts that were mined or given cannot break out of their cell."""
    figures = count_figures(data)
    sections: dict[str, Any] = {
        name: _list_rows(data.settings.get(name, {})) for name in ("sources", "models", "thresholds")
    }
    rest = {key: value for key, value in data.settings.items() if key not in _OWN_SECTIONS}
    return render_template(
        "card.md.j2",
        pack=data.pack,
        languages=sorted(data.languages),
        figures=figures,
        splits=(
            ("Outcome", "dialogues", figures.outcomes),
            ("Behaviour", "dialogues", figures.behaviours),
            ("Stop reason", "dialogues", figures.stops),
            ("Wording", "turns", figures.realisations),
            ("Language", "dialogues", figures.languages),
        ),
        counts=data.counts,
        fingerprint=str(data.settings.get("fingerprint", "")),
        command=str(data.settings.get("command", "")),
        rest=list(flatten_settings(rest)),
        name=lambda key: label(WORDS, key, "en"),
        **sections,
    )


def _list_rows(value: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    if isinstance(value, (list, tuple)):
        # A list has one row an entry, in its order.
        return [row for number, entry in enumerate(value, start=1) for row in flatten_settings(entry, str(number))]
    return list(flatten_settings(value))

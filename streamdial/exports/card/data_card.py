"""The data card: what is in a data set, how it came about and how to make it again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamdial._version import __version__
from streamdial.exports._templates import render_template
from streamdial.exports.dataset import DataSet, SystemPrompt
from streamdial.exports.formats.preferences import count_pairs
from streamdial.exports.labels import TOOL_WORDS, WORDS, label
from streamdial.exports.quality import group_sections
from streamdial.exports.splits import Splits
from streamdial.exports.statistics import ToolStatistics, count_statistics, count_tool_statistics, flatten_settings
from streamdial.files import write_atomically

_OWN_SECTIONS = ("fingerprint", "command", "sources", "models", "prompts", "thresholds")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

_SYSTEM_PROMPTS: dict[SystemPrompt, str] = {
    "none": "without a system message",
    "persona": "the system message is the agent with the facts the dialogue needs",
    "blueprint": "the system message is the agent with the facts the dialogue needs, and the stages it leads through",
}


def write_data_card(data: DataSet, path: Path, splits: Splits | None = None) -> Path:
    """Write the data card as Markdown.

    Args:
        data: The data set. Of its settings, `fingerprint`, `command`, `sources`, `models`, `prompts` and `thresholds`
            have sections of their own; the others are listed as they are.
        path: The file, usually README.md of the data set's folder.
        splits: Its parts, where they were made.
    """
    return write_atomically(path, render_card(data, splits), published=True)


def render_card(data: DataSet, splits: Splits | None = None) -> str:
    """Return the data card. Texts that were mined or given cannot break out of their cell."""
    statistics = count_statistics(data)
    tools = count_tool_statistics(data)
    words = {**TOOL_WORDS, **WORDS} if tools else WORDS
    sections: dict[str, Any] = {
        name: _list_rows(data.settings.get(name, {})) for name in ("sources", "models", "prompts", "thresholds")
    }
    held = {
        "personas": statistics.users + statistics.agents,
        "knowledge": statistics.knowledge,
        "blueprints": statistics.blueprints,
        "evidence": len(data.evidence),
    }
    rest = {key: value for key, value in data.settings.items() if key not in _OWN_SECTIONS}
    return render_template(
        "card",
        "card.md.j2",
        pack=data.pack,
        languages=sorted(data.languages),
        statistics=statistics,
        tools=tools,
        density=_list_density(tools) if tools else [],
        splits=splits,
        configs=_list_configs(data, held, splits, tools=tools is not None),
        pairs=count_pairs(data).most_common(),
        system_prompt=_SYSTEM_PROMPTS[data.system_prompt],
        quality=group_sections(data.quality),
        version=__version__,
        size_category=next((name for most, name in _SIZES if statistics.dialogues < most), "n>1M"),
        shares=(
            ("Outcome", "dialogues", statistics.outcomes),
            ("Behaviour", "dialogues", statistics.behaviours),
            ("Stop reason", "dialogues", statistics.stops),
            ("Rests on", "turns", statistics.bases),
            ("Wording", "turns", statistics.realisations),
            ("Language", "dialogues", statistics.languages),
            ("Mechanism (`--strategy`)", "dialogues", statistics.mechanisms),
        ),
        counts=data.counts,
        fingerprint=str(data.settings.get("fingerprint", "")),
        command=str(data.settings.get("command", "")),
        rest=list(flatten_settings(rest)),
        name=lambda key: label(words, key, "en"),
        **sections,
    )


def _list_configs(
    data: DataSet, held: Mapping[str, int], splits: Splits | None, *, tools: bool
) -> dict[str, dict[str, str]]:
    """Return what `load_dataset` can be asked for: name to part to file; the first is the default.

    The datasets library cannot load a table without rows.
    """
    parts = [part for part, ids in splits.parts.items() if ids] if splits else []
    by_part = {"chat": "chat/{}.parquet", "sessions": "splits/{}.parquet", "trajectories": "trajectories/{}.parquet"}
    by_part |= {"tool_chats": "tools/sharegpt/{}.parquet"} if tools else {}
    configs = {name: {part: path.format(part) for part in parts} for name, path in by_part.items() if parts}
    paired = [part for part in parts if splits and count_pairs(data.select(splits.parts[part]))]
    configs |= {"preferences": {part: f"preferences/{part}.parquet" for part in paired}} if paired else {}
    return configs | {name: {"train": f"{name}.parquet"} for name, rows in held.items() if rows}


def _list_rows(value: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    if isinstance(value, (list, tuple)):
        # A list has one row an entry, in its order.
        return [row for number, entry in enumerate(value, start=1) for row in flatten_settings(entry, str(number))]
    return list(flatten_settings(value))


def _list_density(tools: ToolStatistics) -> list[tuple[str, list[str]]]:
    """Return the rows of the table of density: what is counted, and its figure in each mode."""
    modes = list(tools.density.values())
    counted = ("turns", "calls", "failed_calls", "tasks", "completed", "clarifications", "corrections")
    rows = [(field.replace("_", " "), [f"{getattr(density, field):.2f}" for density in modes]) for field in counted]
    return [("dialogues", [str(density.dialogues) for density in modes]), *rows] if modes else []

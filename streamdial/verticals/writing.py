"""Writes a draft as the YAML file of a pack, with what it was unsure of as comments."""

from __future__ import annotations

import io
import textwrap
from typing import Any

import yaml

from streamdial.verticals.drafting import PackDraft

_WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """Writes lists and short mappings on one line, as the packs of the package are written."""


def _write_mapping(dumper: yaml.SafeDumper, mapping: dict[str, Any]) -> yaml.Node:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", mapping)
    flat = not any(isinstance(value, dict) for value in mapping.values())
    listed = any(isinstance(value, list) and len(value) > 2 for value in mapping.values())
    node.flow_style = flat and not listed and len(str(mapping)) < _WIDTH - 24
    return node


def _write_list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


_Dumper.add_representer(dict, _write_mapping)
_Dumper.add_representer(list, _write_list)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]


def _dump(entry: dict[str, Any]) -> str:
    """Write one entry, never as a mapping on one line itself."""
    node = _Dumper(io.StringIO(), width=_WIDTH, sort_keys=False).represent_data(entry)
    assert isinstance(node, yaml.MappingNode)
    node.flow_style = False
    return str(yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=_WIDTH))


def write_draft(draft: PackDraft) -> str:
    """Return the text of the file: what it is, what the draft was unsure of, and the pack.

    Args:
        draft: The draft.
    """
    by = f" with {draft.model}" if draft.model else ""
    head = [
        f"# Drafted by `streamdial domains new {draft.body['id']}`{by}: read it, correct it.",
        "# `streamdial domains check FILE` tells its faults, docs/domains.md what each key means.",
    ]
    if draft.unsure:
        head += ["# Unsure:", *(f"# - {line}" for line in draft.unsure)]
    parts = []
    for key, value in draft.body.items():
        if isinstance(value, dict):
            inner = "".join(_dump({name: part}) for name, part in value.items())
            text = f"{key}:\n{textwrap.indent(inner, '  ')}"
        else:
            text = _dump({key: value})
        parts.append(text if key not in ("screening", "topics", "slots") else f"\n{text}")
    return "\n".join(head) + "\n" + "".join(parts)

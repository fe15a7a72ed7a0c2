"""The terms the published files use, as data beside the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from streamdial.files import load_yaml

_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_NUMBERED = re.compile(r"^(?:路径|场景|节点|阶段)?\s*[0-9一二三四五六七八九十]+\s*[:：、.]?\s*$")


@lru_cache(maxsize=8)
def load_terms(name: str) -> dict[str, Any]:
    """Return one of the word lists of this folder."""
    text = resources.files("streamdial.corpora").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    terms: dict[str, Any] = load_yaml(text)
    return terms


def fold_key(key: str) -> str:
    """Return a key as it is compared: without brackets, underscores, blanks around it, and case."""
    return _BRACKETS.sub("", key).replace("_", " ").strip(" :：").lower()


@lru_cache(maxsize=64)
def _list_names(part: str) -> dict[str, str]:
    table: Mapping[str, list[str]] = load_terms("streamdial")[part]
    return {fold_key(word): field for field, words in reversed(list(table.items())) for word in words}


def find_field(part: str, key: str) -> str | None:
    """Return the field of a part (`profile`, `stage`, `node`, ...) that a key names, or None."""
    return _list_names(part).get(fold_key(key))


def find_part(key: str) -> str | None:
    """Return the part of a plan a top-level key names: rhythm, nodes, scenarios, atlas; None for another key."""
    folded = fold_key(key)
    parts: Mapping[str, list[str]] = load_terms("streamdial")["plan"]
    return next((part for part, words in parts.items() if any(fold_key(word) in folded for word in words)), None)


def find_class(table: str, text: str) -> str | None:
    """Return the first class of a table (`outcomes`, `user_acts`, `agent_acts`) one of whose words is in a text."""
    lower = text.lower()
    classes: Mapping[str, list[str]] = load_terms("streamdial")[table]
    return next((name for name, words in classes.items() if any(word in lower for word in words)), None)


def is_number_name(key: str) -> bool:
    """Tell whether a key is only a number: `节点1`, `路径一`, `3`."""
    return bool(_NUMBERED.match(key))

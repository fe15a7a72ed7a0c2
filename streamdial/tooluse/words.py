"""The sentences of acts that tools alone bring about, and the inventory of phrases with them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from streamdial.domains import DomainPack
from streamdial.files import load_yaml
from streamdial.phrases import Inventory, load_inventory
from streamdial.policies import load_human_rules
from streamdial.records import FrozenModel, Language

_VERDICTS = {
    "met": ("fits", "better", "offer", "answered"),
    "broken": ("over", "short", "other", "gone", "full", "unmoved"),
    "neither": ("neutral", "unknown"),
}
"""Reactions by verdict, and what the human rules call them: their words stand in where the inventory has none."""


class Words(FrozenModel):
    """Sentences of one language."""

    user: dict[str, tuple[str, ...]]
    agent: dict[str, tuple[str, ...]]
    thoughts: dict[str, tuple[str, ...]]


@cache
def load_words(language: Language) -> Words:
    """Return the sentences of a language that come with the package."""
    return Words.model_validate(_read_words()[language])


@cache
def _read_words() -> dict[str, Any]:
    text = resources.files("streamdial.tooluse").joinpath("_words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = load_yaml(text)
    return words


def load_tool_inventory(pack: DomainPack, language: Language) -> Inventory:
    """Return the phrases of a vertical, with this package's for moves it has none for."""
    words, feedback = load_words(language), load_human_rules().feedback.get(language, {})
    reactions = {f"react.{kind}": feedback.get(name, ()) for name, kinds in _VERDICTS.items() for kind in kinds}
    own = {"user": {**reactions, **words.user, "book_day": words.user["book"]}, "agent": words.agent}
    return load_inventory(pack, language).add_missing(own)

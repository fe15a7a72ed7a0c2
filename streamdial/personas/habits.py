"""Word lists that personas are read by: registers, habits, hardness, promises; one YAML file beside the packs."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

from pydantic import Field

from streamdial.files import load_yaml
from streamdial.records import FrozenModel, Language
from streamdial.text import find_phrase, simplify_chinese

Phrases = dict[Language, tuple[str, ...]]


class Hardnesses(FrozenModel):
    """Words that tell how much a wish binds."""

    must: Phrases
    must_after: Phrases
    bound_before: Phrases
    bound_after: Phrases
    flexible: Phrases
    flexible_before: Phrases
    flexible_after: Phrases
    waived: Phrases
    wanted: Phrases
    every: Phrases


class Habits(FrozenModel):
    """All word lists, by language."""

    register_words: dict[str, Phrases] = Field(alias="register")
    abbreviations: Phrases
    particles: Phrases
    address: Phrases
    dialect: dict[Language, dict[str, tuple[str, ...]]]
    impatience: Phrases
    hardness: Hardnesses
    people: Phrases
    known: Phrases
    tags: Phrases
    over_budget: Phrases
    promises: Phrases
    no_promise: Phrases
    denials: Phrases
    refusals: Phrases


@cache
def load_habits() -> Habits:
    """Return the word lists that come with the package."""
    file = resources.files("streamdial.domains").joinpath("_habits.yaml")
    return Habits.model_validate(load_yaml(file.read_text(encoding="utf-8")))


@lru_cache(maxsize=4096)
def fold_words(text: str) -> str:
    """Return a text as phrases are looked for in it: lower case, simplified, places kept."""
    return simplify_chinese(text).lower()


def find_words(text: str, phrases: Phrases | tuple[str, ...], language: Language) -> tuple[str, ...]:
    """Return the phrases of a language that stand in a text, at word borders where they are alphabetic."""
    lower = fold_words(text)
    wanted = phrases.get(language, ()) if isinstance(phrases, dict) else phrases
    return tuple(phrase for phrase in wanted if find_phrase(lower, phrase) is not None)

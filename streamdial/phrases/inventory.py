"""Loads the phrases of a vertical and a language, and deals them out over a run so that none is worn out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any, cast

import yaml

from streamdial.domains import DomainPack, load_base
from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml
from streamdial.phrases.deriving import derive_slots
from streamdial.records import Language, Role
from streamdial.text import fit_article

ROLES: tuple[Role, ...] = ("user", "agent")
_GAP = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Phrase:
    """A wording with gaps.

    Attributes:
        text: The words, with `{gap}` where a fact or a name goes.
        needs: What must hold in the dialogue for it to be true.
        promises: What it promises; said only where the state allows it.
        value: The one value of its slot that it says in words of its own; empty where a gap takes any.
    """

    text: str
    needs: frozenset[str] = frozenset()
    promises: frozenset[str] = frozenset()
    value: str = ""

    @property
    def gaps(self) -> frozenset[str]:
        """Names of its gaps."""
        return frozenset(_GAP.findall(self.text))

    def fill(self, texts: Mapping[str, str]) -> str:
        """Return the phrase with its gaps filled, `a` and `an` before them put right."""
        filled, place = "", 0
        for match in _GAP.finditer(self.text):
            filled += fit_article(self.text[place : match.start()], texts[match[1]]) + texts[match[1]]
            place = match.end()
        return filled + self.text[place:]


class Inventory:
    """The phrases of one vertical in one language.

    Args:
        shared: What every vertical says: role -> key -> phrases.
        own: The vertical's own, `moves` like the shared ones and `slots`: slot -> key -> phrases.
        language: Language of both.
    """

    def __init__(self, shared: Mapping[str, Any], own: Mapping[str, Any], language: Language) -> None:
        self.language = language
        moves = own.get("moves") or {}
        self.moves: dict[tuple[Role, str], tuple[Phrase, ...]] = {}
        for role in ROLES:
            keys = dict.fromkeys([*(shared.get(role) or {}), *(moves.get(role) or {})])
            for key in keys:
                listed = [*((moves.get(role) or {}).get(key) or ()), *((shared.get(role) or {}).get(key) or ())]
                self.moves[role, key] = tuple(dict.fromkeys(map(_read_phrase, listed)))
        self.slots = {
            (slot, key): tuple(map(_read_phrase, listed))
            for slot, keys in (own.get("slots") or {}).items()
            for key, listed in keys.items()
        }
        self.demonstratives: tuple[str, ...] = tuple(own.get("it") or ())

    def add_missing(self, moves: Mapping[str, Mapping[str, Sequence[str]]]) -> Inventory:
        """Return the same phrases, with more for moves there are none for: role -> key -> phrases."""
        fresh = Inventory({}, {}, self.language)
        fresh.demonstratives = self.demonstratives
        fresh.slots = self.slots
        more = {
            (cast(Role, role), key): tuple(map(_read_phrase, listed))
            for role, keys in moves.items()
            for key, listed in keys.items()
        }
        fresh.moves = more | {place: phrases for place, phrases in self.moves.items() if phrases}
        return fresh

    def list_moves(self, role: Role, key: str) -> tuple[Phrase, ...]:
        """Return the phrases of a move, those of the vertical first; an empty tuple where there are none."""
        return self.moves.get((role, key), ())

    def list_slot(self, slot: str, key: str, value: str | None = None) -> tuple[Phrase, ...]:
        """Return the phrases of a slot: `ask`, `tell`, `predicate`, `wish`, `fits`, ...; empty where there are none.

        Args:
            slot: Id of the slot.
            key: What is said of it.
            value: The canonical value that is said: its own phrases where it has some, else those for any value.
                None for all phrases.
        """
        listed = self.slots.get((slot, key), ())
        if value is None:
            return listed
        own = tuple(phrase for phrase in listed if phrase.value and phrase.value == value)
        return own or tuple(phrase for phrase in listed if not phrase.value)

    def list_keys(self) -> dict[str, int]:
        """Return every key with the number of its phrases: `user.greet`, `range.ask`."""
        found = {f"{role}.{key}": len(phrases) for (role, key), phrases in self.moves.items()}
        return found | {f"{slot}.{key}": len(phrases) for (slot, key), phrases in self.slots.items()}


def deal(phrases: Sequence[Phrase], key: str, number: int, place: int) -> list[Phrase]:
    """Return phrases in the order in which one dialogue of a run tries them.

    Each dialogue begins where the one before it left off, in an order that is shuffled once: over a run every phrase
    of a key comes equally often.

    Args:
        phrases: The phrases of a key.
        key: Names the key.
        number: Number of the dialogue in its run.
        place: How many phrases of the key the dialogue has used.
    """
    if not phrases:
        return []
    order = list(phrases)
    Random(key).shuffle(order)
    start = (number + place * max(1, len(order) * 5 // 13)) % len(order)
    return order[start:] + order[:start]


def _read_phrase(given: str | Mapping[str, Any]) -> Phrase:
    if isinstance(given, str):
        return Phrase(given)
    return Phrase(
        given["say"],
        frozenset(given.get("needs") or ()),
        frozenset(given.get("promises") or ()),
        given.get("value", ""),
    )


def load_inventory(pack: DomainPack, language: Language, more: str = "") -> Inventory:
    """Return the phrases of a vertical in a language.

    A pack without phrases of its own uses the shared ones, those of the slots every service has, and what its names,
    questions, needs and facts make of the others (`derive_slots`).

    Args:
        pack: The domain pack.
        language: Language of the phrases.
        more: A file of more phrases, as `grow_inventory` lays it out; empty for none.

    Raises:
        ConfigurationError: If a file of phrases cannot be read.
    """
    key = (pack.id, language, more)
    if key not in _loaded or _loaded[key][0] is not pack:
        if len(_loaded) >= _MOST_LOADED:
            _loaded.clear()
        _loaded[key] = pack, _build(pack, language, more)
    return _loaded[key][1]


_MOST_LOADED = 32
_loaded: dict[tuple[str, Language, str], tuple[DomainPack, Inventory]] = {}
"""Inventories that were built, with the pack they are of: a pack that was edited has another."""


def _build(pack: DomainPack, language: Language, more: str) -> Inventory:
    shared = _read_packaged(f"_shared.{language}.yaml")
    own = _read_packaged(f"{pack.id}.{language}.yaml") or _derive(pack, language)
    grown = read_phrases(Path(more)) if more else {}
    return Inventory(shared, merge_phrases(own, grown), language)


def _derive(pack: DomainPack, language: Language) -> dict[str, Any]:
    """Return the phrases of a pack that brings none: those of `service` for what it inherits, the others derived."""
    service = _read_packaged(f"_service.{language}.yaml")
    base = load_base("service")
    known = {
        name: phrases
        for name, phrases in service["slots"].items()
        if name in pack.slots and name in base and pack.slots[name].type == base[name].type
    }
    return {**service, "slots": {**derive_slots(pack, language), **known}}


def read_phrases(path: Path) -> dict[str, Any]:
    """Return what a file of phrases holds.

    Raises:
        ConfigurationError: If it cannot be read.
    """
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error}", fix="correct the path", where=str(path)) from error


def merge_phrases(own: Any, more: Any) -> Any:  # noqa: ANN401
    """Return two files of phrases as one, those of the first before those of the second."""
    if isinstance(own, dict) and isinstance(more, dict):
        return {key: merge_phrases(own.get(key), more.get(key)) for key in dict.fromkeys([*own, *more])}
    return [*own, *more] if own and more else own or more


def _read_packaged(name: str) -> dict[str, Any]:
    file = resources.files("streamdial.phrases").joinpath(name)
    return _parse(file.read_text(encoding="utf-8"), name) if file.is_file() else {}


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        body = load_yaml(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"not valid YAML: {error}", fix="correct the line named", where=where) from error
    if not isinstance(body, dict):
        raise ConfigurationError("the file holds no mapping.", fix="compare with automotive.en.yaml", where=where)
    return body

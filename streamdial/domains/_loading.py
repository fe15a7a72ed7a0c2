"""Loads domain packs: a file, what it inherits, and what every vertical shares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from streamdial.domains._pack import LANGUAGES, DomainPack, Slot
from streamdial.domains._precedence import drop_lines, drop_taken, list_terms
from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml
from streamdial.plugins import get_plugin, list_plugins

BASES = ("service",)
"""What comes with the package to be inherited from and is no vertical itself."""
_SHARED = ("_common.yaml", "_intents.yaml", "_strategies.yaml", "_foreign_headers.yaml")


class PackFile(NamedTuple):
    """A file of a pack.

    Attributes:
        where: What it is called in messages.
        text: What stands in it.
        base: Whether it is one of `BASES`, whose words are no vertical's own.
    """

    where: str
    text: str
    base: bool = False


class PackSource(NamedTuple):
    """What a pack is made of before it is checked.

    Attributes:
        body: All of it: shared, inherited and own.
        own: What stands in its own file.
        dropped: Phrases of the shared word classes that it calls its own, by class.
    """

    body: dict[str, Any]
    own: dict[str, Any]
    dropped: dict[str, list[str]]


def list_domains() -> tuple[str, ...]:
    """Return the ids of the packs that come with the package, sorted, then those of plugins."""
    return tuple(plugin.name for plugin in list_plugins("domain"))


def list_own() -> dict[str, Traversable]:
    """Return the files of the packs that come with the package, by id."""
    folder = resources.files("streamdial.domains")
    files = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".yaml") and entry.name[0] != "_"}
    return {name.removesuffix(".yaml"): files[name] for name in sorted(files)}


def load_pack(name: str) -> DomainPack:
    """Load a domain pack. A file that has been changed is read anew.

    Args:
        name: Id of a pack that comes with the package or a plugin, or the path of a YAML file of one's own.

    Raises:
        ConfigurationError: If there is no such pack, or it does not pass its checks.
    """
    pack, own = _build_pack(*read_chain(name)), name not in list_domains()
    return pack.place(str(Path(name).resolve())) if own else pack


def read_chain(name: str) -> tuple[PackFile, ...]:
    """Return the files of a pack: its own, what it extends, what that extends, and so on.

    Raises:
        ConfigurationError: If one cannot be read, or a pack extends itself.
    """
    chain: list[PackFile] = []
    while name:
        found, where = _find_file(name)
        try:
            file = PackFile(where, found.read_text(encoding="utf-8"), name in BASES)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"cannot be read: {error}", fix="correct the path", where=where) from error
        # A path may name one file in many ways.
        if any(file.text == known.text for known in chain):
            raise ConfigurationError("the pack extends itself.", fix="take `extends` out", where=where)
        chain.append(file)
        name = parse_pack(file).get("extends") or ""
        if not isinstance(name, str):
            raise ConfigurationError(f"extends is {name!r}.", fix="name one pack: extends: service", where=where)
        beside = found.parent / name if isinstance(found, Path) else None
        if beside is not None and name.endswith((".yaml", ".yml")) and beside.is_file():
            name = str(beside)
    return tuple(chain)


def _find_file(name: str) -> tuple[Traversable, str]:
    if name in BASES:
        return resources.files("streamdial.domains").joinpath(f"_{name}.yaml"), f"{name} (of the package)"
    if name in list_domains():
        file: Traversable = get_plugin("domain", name)
        return file, f"{name}.yaml" if name in list_own() else str(file)
    if name.endswith((".yaml", ".yml")) and Path(name).is_file():
        return Path(name), name
    raise ConfigurationError(
        f"domain {name!r} is not known; there are {', '.join(list_domains())}.",
        fix="use one of these, or give the path of a pack of your own (a .yaml file)",
    )


@lru_cache(maxsize=64)
def parse_pack(file: PackFile) -> dict[str, Any]:
    """Return what stands in a file; nobody may change it.

    Raises:
        ConfigurationError: If it is no YAML, or no mapping.
    """
    try:
        body = load_yaml(file.text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"not valid YAML: {error}", fix="correct the line named", where=file.where) from error
    if not isinstance(body, dict):
        raise ConfigurationError("the file holds no mapping.", fix="compare with automotive.yaml", where=file.where)
    return body


@lru_cache(maxsize=1)
def _read_shared() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what every vertical shares, and the foreign headers of slots."""
    folder = resources.files("streamdial.domains")
    common, intents, strategies, headers = (
        load_yaml(folder.joinpath(file).read_text(encoding="utf-8")) for file in _SHARED
    )
    common |= {"intents": intents, "strategy_lines": strategies["lines"], "strategy_cues": strategies["cues"]}
    return common, headers


def merge_files(chain: tuple[PackFile, ...]) -> PackSource:
    """Return what a pack is made of: shared, then inherited, then its own; later ones win."""
    common, headers = _read_shared()
    bodies = [{key: value for key, value in parse_pack(file).items() if key != "extends"} for file in chain]
    own = bodies[0]
    inherited: dict[str, Any] = {}
    for body in reversed(bodies[1:]):
        inherited = _merge(inherited, body)
    base = {key: value for key, value in inherited.items() if key not in ("id", "names", "release_name")}
    mine = frozenset().union(*(list_terms(body) for file, body in zip(chain, bodies, strict=True) if not file.base))
    chat, dropped = drop_taken(common["chat"], mine)
    shared = {**common, "chat": chat}
    if len(chain) > 1:
        # The packs of the package were written beside these lines; another one may be about what they chat of.
        none, gone = drop_lines(common["intents"]["none"], mine)
        shared["intents"] = {**common["intents"], "none": none}
        dropped = {**dropped, "none": gone} if gone else dropped
    body = _merge(_merge(shared, base), own)
    # Chat is what the shared lists, the base and the pack have together.
    first = next(iter(own.get("languages") or LANGUAGES), LANGUAGES[0])
    body["chat"] = _add_lists(_add_lists(chat, base.get("chat")), _key_classes(own.get("chat"), first))
    slots = body.get("slots")
    known = slots if isinstance(slots, dict) else {}
    # Their order is that of the slots, and so of every draw among them: those with foreign headers come first.
    foreign = {name: {"foreign_headers": words} for name, words in headers.items() if isinstance(known.get(name), dict)}
    body = _merge({**body, "slots": foreign}, {"slots": slots}) if known else body
    if "offers" not in own and isinstance(offers := base.get("offers"), list):
        body["offers"] = [slot for slot in offers if slot in known]
    body.setdefault("release_name", body.get("id", ""))
    body.setdefault("strategies", {})
    return PackSource(body, own, dropped)


@lru_cache(maxsize=32)
def _build_pack(*chain: PackFile) -> DomainPack:
    source = merge_files(chain)
    try:
        return validate_body(source.body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ConfigurationError(
            f"{place}: {first['msg']}{more}",
            fix="correct the pack; `streamdial domains check` tells all faults with their lines",
            where=chain[0].where,
        ) from error


def load_base(name: str) -> dict[str, Slot]:
    """Return the slots that packs inherit from a base.

    Args:
        name: One of `BASES`.
    """
    (file, *_) = read_chain(name)
    slots: dict[str, Any] = parse_pack(file)["slots"]
    return {slot: Slot.model_validate(schema) for slot, schema in slots.items()}


def get_shared() -> dict[str, Any]:
    """Return what every vertical shares; nobody may change it."""
    return _read_shared()[0]


def validate_body(body: dict[str, Any], *, collects: bool = False) -> DomainPack:
    """Return the pack a merged body is.

    Args:
        body: What `merge_files` made.
        collects: Whether the caller looks for what names nothing that exists itself.

    Raises:
        ValidationError: If it does not fit.
    """
    languages = body.get("languages") or LANGUAGES
    known = isinstance(languages, (list, tuple)) and all(language in LANGUAGES for language in languages)
    return DomainPack.model_validate(
        body, context={"languages": languages if known else LANGUAGES, "collects": collects}
    )


def _merge(base: Any, over: Any) -> Any:  # noqa: ANN401
    """Return a mapping over another: the entries of both, those of the latter by key, without those it calls null."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    keys = [*base, *(key for key in over if key not in base)]
    return {
        key: (_merge(base[key], over[key]) if key in base else over[key]) if key in over else base[key]
        for key in keys
        if key not in over or over[key] is not None or key not in base
    }


def _key_classes(chat: Any, language: str) -> Any:  # noqa: ANN401
    """Put bare lists of word classes under the language of the pack."""
    if not isinstance(chat, Mapping):
        return chat
    return {name: {language: texts} if isinstance(texts, list) else texts for name, texts in chat.items()}


def _add_lists(base: Any, more: Any) -> Any:  # noqa: ANN401
    if isinstance(base, Mapping) and isinstance(more, Mapping):
        return {key: _add_lists(base.get(key), more.get(key)) for key in dict.fromkeys([*base, *more])}
    if isinstance(base, list) and isinstance(more, list):
        return [*base, *more]
    return base if more is None else more

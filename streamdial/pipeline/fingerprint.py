"""The fingerprint of a run: a versioned hash of what influences its data."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from streamdial._version import __version__
from streamdial.domains import LANGUAGES, DomainPack, find_seeds, load_pack
from streamdial.errors import ConfigurationError, FingerprintError
from streamdial.ids import dump_canonical_json, hash_file, hash_text
from streamdial.lexicon import open_lexicon
from streamdial.options import Option, list_options
from streamdial.pipeline.settings import BaseSettings
from streamdial.plugins import Kind, describe_foreign, get_plugin
from streamdial.strategies import StrategyChoice

FINGERPRINT_VERSION = 1
DECISIVE: tuple[Kind, ...] = ("reader", "user_policy", "agent_policy", "domain", "strategy")
"""Kinds of plugin that influence data: name and version of those that do not come with the package are a part."""

LEFT_OUT = {
    "sources": "their contents decide the ids of recordings; adding a source to a run is meant to extend it",
    "sources_file": "as sources: a file of them",
    "candidates": "as sources: a table of them",
    "most_candidates": "as sources: how many of a table",
    "out": "a path",
    "api_base": "where a model is served, not which",
    "user_api_base": "where a model is served, not which",
    "tools_url": "where the tools are served, not which",
    "speech_api_base": "where a model is served, not which",
    "dialogues": "a larger number begins with the dialogues of a smaller one",
    "shard_size": "how work is cut, not what it is",
    "concurrency": "speed",
    "processes": "speed",
    "max_tokens": "stops a run early, changes nothing that was made",
    "max_cost": "stops a run early, changes nothing that was made",
    "phase_tokens": "stops a run early, changes nothing that was made",
    "phase_cost": "stops a run early, changes nothing that was made",
    "prices": "what it costs, not what it is",
    "requests_per_minute": "speed",
    "tokens_per_minute": "speed",
    "timeout": "patience",
    "batch": "how calls are sent, not what is asked",
    "storage": "where files are kept",
    "dask": "who makes the shards",
    "patience": "patience",
    "qdrant_url": "where records are kept",
    "qdrant_shards": "where records are kept",
    "qdrant_replicas": "where records are kept",
    "allow_private": "what may be fetched; contents decide ids",
    "allow_empty": "lets a run go on or stops it, changes nothing that is made",
    "refresh": "asks for the pages again; K's rows have ids of their own",
    "retry_failed": "asks for the same dialogues again",
}
"""Settings that are no part of the fingerprint, and why."""


def list_changed(settings: BaseSettings) -> list[tuple[Option, Any]]:
    """Return the options that influence data and are not the default, with their values; the domain is left out."""
    unlisted = {*LEFT_OUT, "domain"}
    options = [option for option in list_options(type(settings)) if option.name not in unlisted]
    values = [(option, option.read(settings)) for option in options]
    return [(option, value) for option, value in values if value != option.field.get_default(call_default_factory=True)]


def collect_parts(settings: BaseSettings, held: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return everything the fingerprint is made of, as name to text: settings, pack, prompts, seeds, version.

    Args:
        settings: The run.
        held: The parts it was begun with. What is read at a run's start alone and is not on this machine is taken from
            them; without them it must be there.

    Raises:
        ConfigurationError: If a file that is named is not there.
    """
    held = held or {}
    apart = {*LEFT_OUT, *settings.list_idle(), "domain", "lexicon", "base", *settings.GIVEN_FILES}
    parts = {**settings.OTHER_PARTS}
    for option in list_options(type(settings), deep=False):
        value = option.read(settings)
        if option.name in apart or (option.name in settings.ADDED_LATER and value == option.field.default):
            continue
        parts[settings.FINGERPRINT_NAMES.get(option.name, option.name)] = _dump(value)
    if choices := list_strategies(settings):
        versions = {choice.name: get_plugin("strategy", choice.name).VERSION for choice in choices}
        parts["strategy_versions"] = _dump(versions)
    if plugins := describe_foreign(DECISIVE):
        parts["plugins"] = dump_canonical_json(plugins)
    pack = load_pack(settings.domain)
    parts["domain"] = pack.id
    parts["pack"] = hash_text(dump_canonical_json(pack.model_dump(mode="json")))
    parts["prompts"] = _hash_prompts(settings)
    parts["inventory"] = _hash_inventory(pack.id)
    habits = resources.files("streamdial.domains").joinpath("_habits.yaml")
    parts["habits"] = hash_text(habits.read_text(encoding="utf-8"))
    signals = resources.files("streamdial.signals")
    parts["message_kinds"] = hash_text(signals.joinpath("message_kinds.json").read_text(encoding="utf-8"))
    read = {option.name: option.read(settings) for option in list_options(type(settings))}
    given = {name: read[name] for name in settings.GIVEN_FILES if read[name] or name not in settings.ADDED_LATER}
    elsewhere = {name: held[name] for name in settings.START_FILES if name in held and not _is_here(given.get(name))}
    flags = {option.name: option.flag for option in list_options(type(settings))}
    parts |= {name: elsewhere.get(name) or _hash_given(flags[name], path) for name, path in given.items()}
    if not settings.sources.seeds:
        parts["seeds"] = _hash_seeds(pack)
    parts["lexicon"] = open_lexicon(Path(lexicon)).digest if (lexicon := settings.sources.lexicon) else "none"
    parts |= settings.collect_own_parts(held)
    parts["version"] = f"{FINGERPRINT_VERSION}/{__version__}"
    return parts


def list_strategies(settings: BaseSettings) -> tuple[StrategyChoice, ...]:
    """Return the strategies of a run; none of a file that is not on this machine, which was read when it began."""
    chosen = settings.strategies
    return chosen.list_choices() if _is_here(chosen.listed) else (*chosen.chosen, *chosen.list_set())


def _dump(value: Any) -> str:  # noqa: ANN401
    return dump_canonical_json(to_jsonable_python(value))


def _is_here(path: str | None) -> bool:
    return path is None or Path(path).is_file()


def _hash_given(flag: str, path: str | None) -> str:
    if path is None:
        return "none"
    if not _is_here(path):
        raise ConfigurationError(f"{flag}: there is no file {path}.", fix="correct the path")
    return hash_file(Path(path))


def list_prompts(settings: BaseSettings) -> list[Traversable]:
    """Return the files of the prompts that make dialogues of such a run, by name."""
    folder = resources.files("streamdial.prompts")
    named = (file for file in folder.iterdir() if file.name.endswith(".j2"))
    own = (file for file in named if not file.name.startswith(settings.PROMPTS_LEFT_OUT))
    return sorted(own, key=lambda file: file.name)


def _hash_prompts(settings: BaseSettings) -> str:
    files = list_prompts(settings)
    return hash_text("\n".join(f"{file.name}\n{file.read_text(encoding='utf-8')}" for file in files))


def _hash_inventory(domain: str) -> str:
    folder = resources.files("streamdial.phrases")
    files = [file for file in folder.iterdir() if file.name.startswith(("_shared.", f"{domain}."))]
    if not any(file.name.startswith(f"{domain}.") for file in files):
        files += [file for file in folder.iterdir() if file.name.startswith("_service.")]
    return hash_text("\n".join(file.read_text(encoding="utf-8") for file in sorted(files, key=lambda f: f.name)))


def _hash_seeds(pack: DomainPack) -> str:
    files = [file for language in LANGUAGES if (file := find_seeds(pack, language)) is not None]
    return hash_text("\n".join(file.read_text(encoding="utf-8") for file in files))


def compute_fingerprint(settings: BaseSettings) -> str:
    """Return the fingerprint: 16 hexadecimal digits over all parts."""
    return hash_text(dump_canonical_json(collect_parts(settings)))[:16]


def require_same(before: dict[str, str], now: dict[str, str], out: Path) -> None:
    """Refuse to mix data of different settings in one folder.

    Raises:
        FingerprintError: With the settings that differ, or the version.
    """
    differing = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if differing and "version" in before and before["version"] != now["version"]:
        old, new = (parts["version"].rpartition("/")[2] for parts in (before, now))
        raise FingerprintError(
            f"{out} was made by version {old}, and this is {new}.",
            fix=f"finish it with streamdial {old}, or begin anew in another --out",
        )
    if differing:
        told = "; ".join(f"{name} was {_shorten(before.get(name))}, is {_shorten(now.get(name))}" for name in differing)
        raise FingerprintError(
            f"{out} was made with other settings: {told}.", fix="use the same settings, or another --out"
        )


def _shorten(value: str | None) -> str:
    if value is None:
        return "unset"
    return value if len(value) <= 40 else f"{value[:8]}…"

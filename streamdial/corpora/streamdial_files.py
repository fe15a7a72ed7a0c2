"""StreamDial's files of profiles and plans, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue

from streamdial.corpora._files import read_entries
from streamdial.corpora.streamdial_plans import read_plan
from streamdial.corpora.streamdial_profiles import read_profile
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import StreamDialError
from streamdial.records import AgentPersona, Blueprint

Read = TypeVar("Read", AgentPersona, Blueprint)
Change = Callable[[str], str]


def read_profiles(
    path: Path, pack: DomainPack, counts: Counts, *, change: Change | None = None
) -> Iterator[AgentPersona]:
    """Yield the agent personas of an `assistant_profile.json`: a list, or an object a line, packed or not.

    Counts get `asked`, `kept` and the drops `broken_line`, `no_id`, `no_body`, `unreadable`, with notes that name them.

    Args:
        path: The file.
        pack: The domain pack.
        counts: The report.
        change: Applied to every text before it is read, to mask it for instance.

    Raises:
        ConfigurationError: If the file cannot be read or is no JSON.
    """
    for name, body in _list_bodies(path, ("profile_id", "profile"), counts, change):
        if persona := _try(partial(read_profile, body, profile_id=name, pack=pack, counts=counts), name, counts):
            yield persona


def read_plans(path: Path, pack: DomainPack, counts: Counts, *, change: Change | None = None) -> Iterator[Blueprint]:
    """Yield the blueprints of a `dialogue_plan.json`; see `read_profiles`."""
    for name, body in _list_bodies(path, ("plan_id", "plan"), counts, change):
        if blueprint := _try(partial(read_plan, body, plan_id=name, pack=pack, counts=counts), name, counts):
            yield blueprint


def _list_bodies(
    path: Path, keys: tuple[str, str], counts: Counts, change: Change | None
) -> Iterator[tuple[str, JsonValue]]:
    id_key, body_key = keys
    for place, entry in read_entries(path):
        counts.asked += 1
        if isinstance(entry, ValueError):
            _drop(counts, "broken_line", f"{path.name}, line {place}: {entry}")
        elif not isinstance(entry, dict) or not isinstance(entry.get(id_key), str):
            _drop(counts, "no_id", f"{path.name}, entry {place}: no {id_key}")
        elif not isinstance(entry.get(body_key), dict):
            _drop(counts, "no_body", f"{entry[id_key]}: {body_key} is no object")
        else:
            yield entry[id_key], _change_texts(entry[body_key], change) if change else entry[body_key]


def _drop(counts: Counts, reason: str, note: str) -> None:
    counts.drop(reason)
    counts.note(note)


def _change_texts(value: Any, change: Change) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_change_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _change_texts(item, change) for key, item in value.items()}
    return value


def _try(read: Callable[[], Read], name: str, counts: Counts) -> Read | None:
    try:
        record = read()
    except StreamDialError as error:
        _drop(counts, "unreadable", f"{name}: {error.what}")
        return None
    except RecursionError:
        _drop(counts, "unreadable", f"{name}: nested too deeply")
        return None
    counts.made += 1
    counts.kept += 1
    return record

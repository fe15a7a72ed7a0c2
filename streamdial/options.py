"""Lists the settings as options: each once, with its group, name, flag and description.

One walk over the models of `settings.py` serves the command line, `--config` files, Python keywords, the form in
Prefect's UI and the fingerprint.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml

logger = logging.getLogger("streamdial.progress")
Kind = TypeVar("Kind", bound=BaseModel)
_noted: set[str] = set()


@dataclass(frozen=True)
class Named:
    """Marks a field whose option has another name than the field.

    Attributes:
        name: Name of the option; empty where it is the field's.
        flag: Its form on the command line, where it is not the name with dashes.
        parts: Of a field that is a model: names of the options of the model's fields.
    """

    name: str = ""
    flag: str = ""
    parts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Option:
    """One setting.

    Attributes:
        name: What it is called in Python.
        path: Where it stands in the settings: group and field, and further fields of nested models.
        field: Its type, default, bounds and description.
        flag: What it is called on the command line.
    """

    name: str
    path: tuple[str, ...]
    field: FieldInfo
    flag: str

    @property
    def group(self) -> str:
        """Name of its group; empty for domain and folder."""
        return self.path[0] if len(self.path) > 1 else ""

    def read(self, settings: BaseModel) -> Any:  # noqa: ANN401
        """Return its value in some settings."""
        value: Any = settings
        for name in self.path:
            value = getattr(value, name)
        return value


def list_options(kind: type[BaseModel], *, deep: bool = True) -> list[Option]:
    """Return the options of a kind of settings, in the order in which people are shown them.

    Args:
        kind: The settings.
        deep: Whether the fields of a model inside a group are options of their own; else the model is one.
    """
    order: tuple[str, ...] = getattr(kind, "ORDER", ()) or tuple(kind.model_fields)
    return [option for name in order for option in _walk(kind.model_fields[name], (name,), deep, "")]


def _walk(field: FieldInfo, path: tuple[str, ...], deep: bool, called: str) -> Iterator[Option]:
    own = next((mark for mark in field.metadata if isinstance(mark, Named)), Named())
    inner = field.annotation
    if isinstance(inner, type) and issubclass(inner, BaseModel) and (len(path) == 1 or deep):
        for name, part in inner.model_fields.items():
            yield from _walk(part, (*path, name), deep, (own.parts or {}).get(name, ""))
    else:
        name = called or own.name or path[-1]
        yield Option(name, path, field, own.flag or f"--{name.replace('_', '-')}")


def nest_options(kind: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with those that are given by the names of their options put into their groups.

    A name that is a group's and an option's, as `dialogues`, is the group where its value is a mapping. Names of older
    versions are read, and a note says what they are called now. What is unknown stays, for the models to refuse.

    Args:
        kind: The settings.
        given: Names to values, or to mappings of a group.
    """
    options = {option.name: option for option in (*list_options(kind, deep=False), *list_options(kind))}
    nested: dict[str, Any] = {}
    for name, value in given.items():
        body = _make_plain(value)
        if name in kind.model_fields and (isinstance(body, Mapping) or name not in options):
            nested = merge_options(nested, {name: body})
            continue
        option = options.get(_rename(kind, name, body))
        path = option.path if option else (name,)
        for part in reversed(path):
            body = {part: body}
        nested = merge_options(nested, body)
    return nested


def _make_plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value as a file of settings would give it: models as mappings, paths as text."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        return {name: _make_plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_make_plain(part) for part in value]
    return str(value) if isinstance(value, Path) else value


def _rename(kind: type[BaseModel], name: str, value: object) -> str:
    """Return the present name of an option, with a note where it was given by an old one."""
    old: Mapping[str, str] = getattr(kind, "OLD_NAMES", {})
    values: Mapping[str, str] = getattr(kind, "OLD_VALUES", {})
    new = values.get(f"{name}={value}") or old.get(name, name)
    if new != name and name not in _noted:
        _noted.add(name)
        logger.warning("the setting %s is called %s now; the old name will go with the next version", name, new)
    return new


def merge_options(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in groups with others put over them; groups are merged, values replaced."""
    merged = dict(under)
    for name, value in over.items():
        before = merged.get(name)
        merged[name] = merge_options(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def read_config(path: Path) -> dict[str, Any]:
    """Return the settings of a YAML file, in groups or flat.

    Raises:
        ConfigurationError: If it cannot be read, or holds something else.
    """
    try:
        body = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        told = str(error).replace("\n", " ")
        raise ConfigurationError(f"--config: {path} cannot be read ({told}).", fix="correct the file") from error
    if not isinstance(body, dict):
        raise ConfigurationError(f"--config: {path} holds no settings by name.", fix="write a line for each setting")
    return body


def read_settings(kind: type[Kind], given: Mapping[str, Any], config: Path | None = None) -> Kind:
    """Return settings, those of a file below those that are given.

    Args:
        kind: Their model.
        given: Names of options, or of groups, to values.
        config: A file of settings.

    Raises:
        ConfigurationError: In one line, of the first that is wrong.
    """
    values = nest_options(kind, given)
    if config is not None:
        values = merge_options(nest_options(kind, read_config(config)), values)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        command = getattr(kind, "COMMAND", "run")
        told = _tell(kind, first["type"], tuple(map(str, first["loc"])), first.get("input"), first["msg"])
        raise ConfigurationError(told, fix=f"streamdial {command} --help") from error


def _tell(kind: type[BaseModel], fault: str, where: tuple[str, ...], value: object, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    options = list_options(kind)
    if fault == "extra_forbidden":
        near = difflib.get_close_matches(where[-1], [option.name for option in options], 1)
        return f"there is no setting {'.'.join(where)}" + (f"; did you mean {near[0]}?" if near else ".")
    if not where:
        # A rule over several settings names them itself.
        return f"{reason}."
    option = next((o for o in options if o.path == where[: len(o.path)]), None)
    flag = option.flag if option else f"--{where[-1].replace('_', '-')}"
    return f"{flag}: {reason}." if fault == "missing" else f"{flag} {value!r}: {reason}."


def number_properties(schema: dict[str, Any], kind: type[BaseModel]) -> None:
    """Make a schema one for forms.

    Each property has its place, without which Prefect's form sorts them by length. One that may be left out is no
    choice between a value and nothing: the form would have a box "None" for each, and a property without a default may
    be null for Prefect's own check anyhow.
    """
    properties = schema.get("properties", {})
    for described in properties.values():
        choices = [choice for choice in described.get("anyOf", ()) if choice != {"type": "null"}]
        if len(choices) == 1 and len(described["anyOf"]) == 2 and described.get("default", "") is None:
            del described["anyOf"], described["default"]
            described |= choices[0]
    order = getattr(kind, "ORDER", ()) or tuple(kind.model_fields)
    for place, name in enumerate(name for name in order if name in properties):
        properties[name]["position"] = place

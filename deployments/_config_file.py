"""`streamdial init`: a commented file of all settings, which `--config` reads."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
import yaml
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from streamdial.deployments._settings_command import name_values
from streamdial.errors import ConfigurationError
from streamdial.options import Option, list_options
from streamdial.pipeline import RunSettings, ToolUseSettings

_WIDTH = 118


def write_config(
    out: Annotated[Path, typer.Argument(help="File to write.", metavar="[FILE]")] = Path("streamdial.yaml"),
    domain: Annotated[str, typer.Option(help="Domain pack, or the path of one.")] = "automotive",
    source: Annotated[list[str] | None, typer.Option(help="Folder, file or URL. May be given several times.")] = None,
    command: Annotated[Literal["run", "tooluse"], typer.Option(help="Whose settings.")] = "run",
    force: Annotated[bool, typer.Option(help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented file of all settings; `streamdial run --config FILE` reads it, options win over it."""
    if out.exists() and not force:
        raise ConfigurationError(f"{out} is there already.", fix="name another file, or give --force")
    given = {"domain": domain, "out": f"runs/{Path(domain).stem}", "sources": source or ["recordings/monday"]}
    kind = RunSettings if command == "run" else ToolUseSettings
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(describe_settings(kind, given), encoding="utf-8")
    look = " --dry-run" if command == "run" else ""
    typer.echo(f"{out}: read it, change it, and: streamdial {command} --config {out}{look}")


def describe_settings(kind: type[BaseModel], given: Mapping[str, object]) -> str:
    """Return all settings as YAML: those that are given as lines, the others as comments with their defaults.

    Args:
        kind: The settings.
        given: Values by the names of options.
    """
    command = getattr(kind, "COMMAND", "run")
    lines = [
        f"# Settings of `streamdial {command} --config FILE`. What is commented out has the value shown; options win.",
    ]
    for group, options in _group(list_options(kind, deep=False)):
        title = kind.model_fields[group].description if group else ""
        lines += ["", f"## {group}: {title}" if group else "## What is made, and where"]
        for option in options:
            lines += _describe(option, given)
    return "\n".join(lines) + "\n"


def _group(options: Sequence[Option]) -> list[tuple[str, list[Option]]]:
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    return list(groups.items())


def _describe(option: Option, given: Mapping[str, object]) -> list[str]:
    """Return the lines of a setting: what it means, and its value."""
    values = name_values(option)
    told = f"{option.field.description or ''}{f' ({values})' if values else ''}"
    comment = textwrap.wrap(told, _WIDTH, initial_indent="#   ", subsequent_indent="#   ")
    if option.name in given:
        return [*comment, _dump(option.name, given[option.name])]
    default = to_jsonable_python(option.field.get_default(call_default_factory=True))
    return [*comment, f"# {_dump(option.name, default)}"]


def _dump(name: str, value: object) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=True, width=100_000)
    return f"{name}: {text.removesuffix('...' + chr(10)).strip()}"

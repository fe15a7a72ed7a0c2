"""Commands whose options are generated from the models of the settings."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union, get_args, get_origin

import annotated_types
import typer
import yaml
from pydantic import BaseModel

from streamdial.errors import ConfigurationError
from streamdial.options import Option, list_options, read_settings

_LAST = "This command"


def call_command(
    words: list[str],
    kind: type[BaseModel],
    text: str,
    carry_out: Callable[..., None],
    name: str,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Read the words of a command as options for each setting, and carry it out.

    Args:
        words: What stands after the name of the command.
        kind: The settings.
        text: First lines of its help.
        carry_out: Does what is asked: settings, whether Prefect's own log is shown, and `more` by name.
        name: Name of the command.
        more: Options of the command that are no settings, by name: annotated types, with None or False by default.

    Raises:
        ConfigurationError: If a setting is wrong.
    """
    options = list_options(kind)

    def run(config: Path | None, verbose: bool, **given: Any) -> None:  # noqa: ANN401
        beside = {name: given.pop(name) for name in more or {}}
        told = {name: value for name, value in given.items() if value not in (None, [])}
        carry_out(read_settings(kind, told, config), verbose, **beside)

    run.__doc__ = text
    old = getattr(kind, "OLD_NAMES", {})
    by_name = {option.name: option for option in options}
    arguments = getattr(kind, "ARGUMENTS", ())
    parameters = [_build_parameter(o.name, _build_option(o, o.name in arguments), o) for o in options]
    parameters += [
        _build_parameter(before, typer.Option(f"--{before.replace('_', '-')}", hidden=True), by_name[now])
        for before, now in old.items()
        if now in by_name
    ]
    config = typer.Option(
        "--config",
        help="YAML file of settings, in groups or flat; options on the command line win.",
        rich_help_panel=_LAST,
    )
    verbose = typer.Option("--verbose", help="Show the log of libraries too.", rich_help_panel=_LAST)
    parameters.append(_make_parameter("config", Annotated[Optional[Path], config], None))  # noqa: UP045
    parameters.append(_make_parameter("verbose", Annotated[bool, verbose], False))
    parameters += [_make_parameter(name, kind, None) for name, kind in (more or {}).items()]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.command()(run)
    app(words, prog_name=f"streamdial {name}")


def _make_parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _build_parameter(name: str, shown: Any, option: Option) -> inspect.Parameter:  # noqa: ANN401
    """Return the parameter of a setting; what is not given stays unset."""
    kind = _choose_type(_unwrap(option.field.annotation))
    if isinstance(shown, typer.models.ArgumentInfo) and option.field.is_required():
        return _make_parameter(name, Annotated[kind, shown], inspect.Parameter.empty)
    return _make_parameter(name, Annotated[Optional[kind], shown], None)  # noqa: UP045


def _build_option(option: Option, argument: bool) -> Any:  # noqa: ANN401
    """Return what the command line shows of a setting."""
    if argument:
        return typer.Argument(help=option.field.description, metavar="DIR", show_default=False)
    kind, bounds = _unwrap(option.field.annotation), option.field.metadata
    default = option.field.get_default(call_default_factory=True)
    shown: Any = False if option.field.is_required() or default in (None, (), {}, "") else _show(default)
    names = [option.flag] if kind is not bool else [f"{option.flag}/--no-{option.flag[2:]}"]
    more: dict[str, Any] = {"rich_help_panel": option.group.replace("_", " ").capitalize() or None}
    # What is out of range is left to the settings to refuse, in one line and with the names of older versions known.
    several = _choose_type(kind) == list[str]
    if kind is not bool and not several:
        more["metavar"] = _name_kind(kind, bounds)
        if get_origin(kind) is Literal:
            more["autocompletion"] = _complete_choices(get_args(kind))
        elif kind is not str:
            more["parser"] = _read_yaml
    text = f"{option.field.description or ''}{' May be given several times.' if several else ''}"
    if shown:
        text += f" Default: {shown}"
    return typer.Option(*names, help=text, show_default=False, **more)


def _complete_choices(choices: Sequence[str]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def name_values(option: Option) -> str:
    """Return the choices or bounds of a setting for people; nothing where any value will do."""
    told = _name_kind(_unwrap(option.field.annotation), option.field.metadata)
    return "" if told in ("TEXT", "YAML", "NUMBER") else told


def _name_kind(kind: Any, bounds: list[Any]) -> str:  # noqa: ANN401
    """Return what the help says of the values an option takes."""
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if kind not in (int, float):
        return "TEXT" if kind is str else "YAML"
    low = next((f"{b.ge:g}" for b in bounds if isinstance(b, annotated_types.Ge)), None)
    low = low or next((f"over {b.gt:g}" for b in bounds if isinstance(b, annotated_types.Gt)), None)
    high = next((f" to {b.le:,}" for b in bounds if isinstance(b, annotated_types.Le)), "")
    return f"{low}{high}" if high and low else f"{low} or more" if low and "over" not in low else low or "NUMBER"


def _choose_type(kind: Any) -> Any:  # noqa: ANN401
    """Return the type a value of the command line has: a flag, several texts, or a text."""
    if kind is bool:
        return bool
    return list[str] if get_origin(kind) is tuple and get_args(kind)[1:] == (...,) else str


def _read_yaml(text: str) -> Any:  # noqa: ANN401
    """Return a mapping or list that is written as in a YAML file.

    Raises:
        ConfigurationError: If it is none.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{text!r} is no YAML.", fix="write {a: 0.5, b: 0.5} or [1, 2]") from error


def _unwrap(kind: Any) -> Any:  # noqa: ANN401
    """Return a type without None."""
    if get_origin(kind) in (Union, types.UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


def _show(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, Mapping):
        return yaml.safe_dump(dict(value), default_flow_style=True, width=1000, sort_keys=False).strip()
    return str(value)

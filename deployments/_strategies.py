"""What `streamdial strategies` prints: the registry, or one strategy with its options."""

from __future__ import annotations

import inspect

import typer

from streamdial.plugins import get_plugin, list_plugins
from streamdial.strategies import Strategy


def list_strategies() -> None:
    """Print each strategy with its kind, family and first sentence."""
    for plugin in list_plugins("strategy"):
        kind: type[Strategy] = plugin.load()
        text = inspect.getdoc(kind) or ""
        model = "" if kind.OFFLINE else " (needs a model)"
        typer.echo(f"{plugin.name:16} {kind.KIND:8} {kind.FAMILY:22} {text.partition(chr(10))[0]}{model}")


def show_strategy(name: str) -> None:
    """Print what a strategy does, where it comes from, and its options.

    Raises:
        ConfigurationError: If there is none of that name, with the nearest.
    """
    kind: type[Strategy] = get_plugin("strategy", name)
    typer.echo(f"{kind.NAME}: kind {kind.KIND}, family {kind.FAMILY or '-'}, version {kind.VERSION}")
    typer.echo(inspect.getdoc(kind) or "")
    typer.echo(f"From: {'; '.join(kind.PAPERS) or '-'}")
    for option, field in kind.Options.model_fields.items():
        typer.echo(f"  {option} = {field.default!r}: {field.description or ''}")

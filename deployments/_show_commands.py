"""`streamdial show persona` and `streamdial show blueprint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

show_app = typer.Typer(help="Personas and blueprints of a run, for people to read.", no_args_is_help=True)


@show_app.command("persona")
def show_persona_of(
    run_folder: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    identifier: Annotated[
        str, typer.Argument(help="Id, or its first characters; without it, all are listed.", metavar="[ID]")
    ] = "",
    domain: Annotated[Optional[str], typer.Option(help="Path of the domain pack, if it was a file.")] = None,  # noqa: UP045
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server of the run, where it had one.")] = None,  # noqa: UP045
) -> None:
    """Print a user or agent persona with the evidence of each line."""
    from streamdial.deployments._showing import show_persona

    typer.echo(show_persona(run_folder, identifier, domain=domain, qdrant_url=qdrant_url), nl=False)


@show_app.command("blueprint")
def show_blueprint_of(
    run_folder: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    identifier: Annotated[
        str, typer.Argument(help="Id, or its first characters; without it, all are listed.", metavar="[ID]")
    ] = "",
    mermaid: Annotated[bool, typer.Option(help="Print its graph as Mermaid instead.")] = False,
    svg: Annotated[Optional[Path], typer.Option(help="Draw its graph into this file.")] = None,  # noqa: UP045
    domain: Annotated[Optional[str], typer.Option(help="Path of the domain pack, if it was a file.")] = None,  # noqa: UP045
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server of the run, where it had one.")] = None,  # noqa: UP045
) -> None:
    """Print a blueprint with the evidence of each line."""
    from streamdial.deployments._showing import show_blueprint

    text = show_blueprint(run_folder, identifier, domain=domain, qdrant_url=qdrant_url, mermaid=mermaid, svg=svg)
    typer.echo(text, nl=False)

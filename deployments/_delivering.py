"""`streamdial export` and `streamdial push`: write the files of a finished run again, and upload them to a hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export_run(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="DIR")],
    to: Annotated[Path | None, typer.Option(help="Write into another folder.")] = None,
    split_seed: Annotated[int, typer.Option(help="Seed of the split into train, validation and test.")] = 0,
    domain: Annotated[
        str | None, typer.Option(help="Path of the domain pack, where it was a file of your own.")
    ] = None,
    qdrant_url: Annotated[str | None, typer.Option(help="Qdrant server of the run, where it had one.")] = None,
) -> None:
    """Write data set, card and report of a run again, with the figures of an evaluation or another split."""
    from streamdial.exports import write_all
    from streamdial.pipeline import load_run

    data = load_run(folder, domain=domain, qdrant_url=qdrant_url).dataset
    files = write_all(data, to or folder, split_seed=split_seed)
    typer.echo(f"{len(data.dialogues)} dialogues, {len(files)} files below {to or folder}")


def push_run(
    folder: Annotated[Path, typer.Argument(help="Folder of a run, or its data set.", metavar="DIR")],
    repository: Annotated[str, typer.Argument(help="owner/name on the hub; made where it is missing.")],
    public: Annotated[bool, typer.Option("--public", help="Make a new repository public.")] = False,
    allow_personal: Annotated[
        bool, typer.Option("--allow-personal", help="Push although something looks like personal data.")
    ] = False,
) -> None:
    """Push an exported data set to the Hugging Face hub; the token is taken from HF_TOKEN alone."""
    from streamdial.exports import push_data_set

    typer.echo(push_data_set(folder, repository, private=not public, allow_personal=allow_personal))

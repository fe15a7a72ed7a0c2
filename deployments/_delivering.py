"""`streamdial export` and `streamdial push`: write the files of a finished run again, and upload them to a hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

SplitBy = Annotated[
    Literal["account", "persona"],
    typer.Option(help="What no two parts share: accounts, or user personas for the set of a single account."),
]
SystemPrompt = Annotated[
    Literal["none", "persona", "blueprint"],
    typer.Option(
        help="System message of the forms for training: none, the agent with the facts needed, or its stages as well."
    ),
]


def export_run(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="DIR")],
    to: Annotated[Path | None, typer.Option(help="Write into another folder.")] = None,
    split_seed: Annotated[int, typer.Option(help="Seed of the split into train, validation and test.")] = 0,
    split_by: SplitBy = "account",
    system_prompt: SystemPrompt = "persona",
    domain: Annotated[
        str | None, typer.Option(help="Path of the domain pack, where it was a file of your own.")
    ] = None,
    qdrant_url: Annotated[str | None, typer.Option(help="Qdrant server of the run, where it had one.")] = None,
) -> None:
    """Write data set, card and report of a run again, with the figures of an evaluation or another split."""
    from streamdial.exports import write_all
    from streamdial.pipeline import LoadedRun

    data = LoadedRun(folder, domain=domain, qdrant_url=qdrant_url).dataset
    files = write_all(data, to or folder, split_seed=split_seed, split_by=split_by, system_prompt=system_prompt)
    typer.echo(f"{len(data.dialogues)} dialogues, {len(files)} files below {to or folder}")


def merge_run_folders(
    folders: Annotated[list[Path], typer.Argument(help="Folders of finished runs.", metavar="RUN...")],
    out: Annotated[Path, typer.Option(help="Folder of the set; one of an earlier merge goes on.")],
    user_threshold: Annotated[
        float | None, typer.Option(help="Minimum cosine of user sides that repeat; as in the oldest run if unset.")
    ] = None,
    agent_threshold: Annotated[
        float | None, typer.Option(help="Minimum cosine of agent sides that repeat; as in the oldest run if unset.")
    ] = None,
    keep_ratio: Annotated[
        float | None,
        typer.Option(help="Share kept of dialogues that repeat each other; as in the oldest run if unset."),
    ] = None,
    split_seed: Annotated[int, typer.Option(help="Seed of the split into train, validation and test.")] = 0,
    split_by: SplitBy = "account",
    system_prompt: SystemPrompt = "persona",
    domain: Annotated[
        str | None, typer.Option(help="Path of the domain pack, where it was a file of your own.")
    ] = None,
    qdrant_url: Annotated[str | None, typer.Option(help="Qdrant server of the runs, where they had one.")] = None,
) -> None:
    """Make one set of several runs: their dialogues filtered together, the freshest facts first."""
    from streamdial.pipeline import merge_runs

    merged = merge_runs(
        folders,
        out,
        user_threshold=user_threshold,
        agent_threshold=agent_threshold,
        keep_ratio=keep_ratio,
        split_seed=split_seed,
        split_by=split_by,
        system_prompt=system_prompt,
        domain=domain,
        qdrant_url=qdrant_url,
    )
    for counts in merged.data.counts:
        if counts.phase not in ("merge", "filter"):
            continue
        dropped = ", ".join(f"{reason.replace('_', ' ')} {number}" for reason, number in counts.dropped.most_common())
        typer.echo(f"{counts.phase}: {counts.kept} of {counts.asked} dialogues kept{f'; {dropped}' if dropped else ''}")
        for note in counts.notes:
            typer.echo(f"  {note}")
    typer.echo(
        f"{len(merged.data.dialogues)} dialogues of {len(merged.runs)} runs, {len(merged.files)} files below {out}"
    )


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

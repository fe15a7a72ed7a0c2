"""`streamdial finetune`: a LoRA for a small model on the chats of a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from streamdial.deployments._starting import configure_logging

if TYPE_CHECKING:
    from streamdial.models.finetuning import Finetuned, FinetuneOptions


def call_finetuning(words: list[str], text: str) -> None:
    """Read the words of the command as options, and fine-tune."""
    from streamdial.deployments._settings_command import call_command
    from streamdial.models.finetuning import FinetuneOptions

    call_command(words, FinetuneOptions, text, finetune_model, "finetune")


def finetune_model(options: FinetuneOptions, verbose: bool) -> None:
    """Fine-tune a small model on the assistant's turns of an exported data set, or go on with it."""
    from streamdial.models.finetuning import finetune

    configure_logging(verbose)
    found, adapter = finetune(options)
    typer.echo(describe_finetuned(found))
    typer.echo(f"written: {adapter}")


def describe_finetuned(found: Finetuned) -> str:
    """Return what fine-tuning gave, for people to read."""
    begun = f", on from step {found.resumed}" if found.resumed else ""
    lines = [
        f"{found.model}: {found.weights:,} weights learned of {found.all_weights:,}, {found.steps} steps{begun},"
        f" {found.dialogues:,} dialogues",
        f"loss of a token of the assistant on the batch it began with: {found.train_before:.4f} before,"
        f" {found.train_after:.4f} after",
    ]
    if found.validation_before is not None and found.validation_after is not None:
        lines.append(
            f"on {found.validated:,} dialogues of the validation part: {found.validation_before:.4f} before,"
            f" {found.validation_after:.4f} after"
        )
    else:
        lines.append("no validation part, so nothing tells how far it learned by heart")
    if found.left_out:
        lines.append(f"left out, nothing of the assistant's in them: {found.left_out:,}")
    return "\n".join(lines)

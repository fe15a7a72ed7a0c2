"""Artifacts of a run in Prefect's UI: counts, a sample, progress, and where data set and report lie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from streamdial.pipeline import BaseSettings, Run
from streamdial.records import Dialogue

_UNSAFE = re.compile(r"[^a-z0-9]+")


def name_key(kind: str, settings: BaseSettings) -> str:
    """Return the key of an artifact: the same for all runs in one folder, so that the UI shows them as versions."""
    folder = _UNSAFE.sub("-", Path(settings.out).name.lower()).strip("-") or "run"
    return f"{kind}-{folder}"


async def show_counts(settings: BaseSettings, counts: Iterable[dict[str, Any]]) -> None:
    """Show what each phase asked, made and kept, and why it dropped the rest."""
    rows = [
        {
            "phase": report["phase"],
            **{name: report[name] for name in ("asked", "made", "kept")},
            "dropped": ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in report["dropped"].items()),
        }
        for report in counts
    ]
    await acreate_table_artifact(table=rows, key=name_key("counts", settings), description="Counts by phase.")


async def show_sample(run: Run, shards: Iterable[str]) -> None:
    """Show one finished dialogue as a table; what viewers said is text, never markup."""
    line = next((line for shard in shards for line in run.files.read_lines(shard)), None)
    if line is None:
        return
    dialogue = Dialogue.model_validate(line)
    rows = "\n".join(f"| {turn.role} | {_escape(turn.utterance)} | {turn.act} |" for turn in dialogue.turns)
    await acreate_markdown_artifact(
        markdown=f"`{dialogue.id}`, {dialogue.outcome}\n\n| side | says | act |\n| --- | --- | --- |\n{rows}\n",
        key=name_key("sample", run.settings),
        description="One dialogue of the run.",
    )


async def show_files(settings: BaseSettings, files: Iterable[str]) -> None:
    """Link the report, and say where the data set lies."""
    paths = [Path(file) for file in files]
    report = next((path for path in paths if path.name == "index.html"), None)
    if report is not None:
        await acreate_link_artifact(
            link=report.as_uri(), link_text=str(report), key=name_key("report", settings), description="Report page."
        )
    listed = "\n".join(f"- `{path}`" for path in paths)
    await acreate_markdown_artifact(
        markdown=f"{listed}\n", key=name_key("files", settings), description="Files of the data set."
    )


class ShownProgress:
    """How far a run's dialogues are, as a bar in the UI.

    Args:
        settings: The run.
    """

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings
        self._id: UUID | None = None

    async def show(self, share: float, told: str) -> None:
        """Show a share, 0 to 1, with the line of progress."""
        percent = round(100 * min(max(share, 0.0), 1.0), 1)
        if self._id is None:
            key = name_key("progress", self._settings)
            made = await acreate_progress_artifact(progress=percent, key=key, description=told)
            self._id = made if isinstance(made, UUID) else UUID(str(made))
        else:
            await aupdate_progress_artifact(artifact_id=self._id, progress=percent, description=told)


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>()#+\-!|&~])", r"\\\1", " ".join(text.split()))

"""The first functions of the package: run, preview, open a finished run, mine signals, make tool dialogues."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from streamdial.counts import Counts
from streamdial.logs import log_about
from streamdial.models import choose_price
from streamdial.options import read_settings
from streamdial.pipeline import phases, results
from streamdial.pipeline.background import run_apart, run_blocking
from streamdial.pipeline.estimating import Estimate, PhaseCost, count_side_by_side, estimate_costs, keep_costs
from streamdial.pipeline.kept_answers import keep_answer
from streamdial.pipeline.loading import LoadedRun
from streamdial.pipeline.own_material import write_material, write_table
from streamdial.pipeline.pipeline import Pipeline
from streamdial.pipeline.run import Run, close_run
from streamdial.pipeline.run import open_run as open_resources
from streamdial.pipeline.settings import RunSettings
from streamdial.pipeline.tool_settings import ToolUseSettings
from streamdial.pipeline.views import BuiltBlueprints, BuiltPersonas, MinedSignals
from streamdial.records import Dialogue, KnowledgeRow

Sources: TypeAlias = str | Path | Sequence[str | Path]
"""One folder, file or URL, or several."""


def _list_sources(sources: Sources) -> list[str]:
    return [str(sources)] if isinstance(sources, str | Path) else [str(source) for source in sources]


def run(sources: Sources = (), *, config: str | Path | None = None, **options: Any) -> LoadedRun:  # noqa: ANN401
    """Do all phases, write data set and report into a folder, and return the finished run.

    Args:
        sources: Folders, files and URLs; a folder is one recording.
        config: A YAML file of settings, which the options win over.
        options: Settings by the names of their options: `domain`, `out`, `dialogues`, `model`, ... (docs/settings.md).

    Raises:
        ConfigurationError: If a setting is missing or wrong, or the folder belongs to other settings.
        NothingLeftError: If a phase kept nothing; it names the phase and the reasons.

    Example:
        >>> made = run("recordings/monday", domain="automotive", dialogues=200, out="runs/monday")  # doctest: +SKIP
    """
    with _open_pipeline(sources, config, options) as pipeline:
        return pipeline.run()


async def run_async(sources: Sources = (), *, config: str | Path | None = None, **options: Any) -> LoadedRun:  # noqa: ANN401
    """Do all phases, as `run`."""
    pipeline = _open_pipeline(sources, config, options)
    try:
        return await pipeline.run_async()
    finally:
        await pipeline.close_async()


def _open_pipeline(sources: Sources, config: str | Path | None, options: Mapping[str, Any]) -> Pipeline:
    given = {"sources": listed} if (listed := _list_sources(sources)) else {}
    return Pipeline(config=config, **{**given, **options})


def open_run(folder: str | Path, *, domain: str | None = None, qdrant_url: str | None = None) -> LoadedRun:
    """Open a finished run by its folder; everything is read when it is first asked for.

    Args:
        folder: The folder that was given as `out`.
        domain: Another domain pack than the one it kept.
        qdrant_url: Qdrant server of its records, where it had one.

    Raises:
        ConfigurationError: If the folder is no run's.
    """
    return LoadedRun(folder, domain=domain, qdrant_url=qdrant_url)


@dataclass(frozen=True)
class Preview:
    """A few dialogues of a run, all they were made of, and what they took.

    Attributes:
        dialogues: The dialogues, before the filter.
        signals: What was mined.
        personas: User and agent personas.
        blueprints: Blueprints.
        counts: What became of what, by step.
        costs: What each phase took.
    """

    dialogues: tuple[Dialogue, ...]
    signals: MinedSignals
    personas: BuiltPersonas
    blueprints: BuiltBlueprints
    counts: tuple[Counts, ...]
    costs: tuple[PhaseCost, ...]
    _wanted: int
    _at_once: int
    _priced: bool

    @property
    def knowledge(self) -> tuple[KnowledgeRow, ...]:
        """The rows of knowledge."""
        return self.signals.knowledge

    def estimate(self, dialogues: int | None = None) -> Estimate:
        """Return what so many dialogues would take: calls, tokens, money and time by phase.

        Args:
            dialogues: How many; as many as the settings ask for by default.
        """
        return estimate_costs(self.costs, dialogues or self._wanted, at_once=self._at_once, priced=self._priced)


def preview(sources: Sources = (), *, dialogues: int = 2, config: str | Path | None = None, **options: Any) -> Preview:  # noqa: ANN401
    """Make a few dialogues to look at, and learn from them what a run would take.

    Args:
        sources: Folders, files and URLs; a folder is one recording.
        dialogues: How many are made; a setting of that number in `config` is what is estimated.
        config: A YAML file of settings.
        options: Further settings. With `out` the preview is the beginning of the run in that folder, which goes on
            there without a paid call made twice; without it no folder is left behind.

    Raises:
        ConfigurationError: If a setting is missing or wrong.
        NothingLeftError: If a phase kept nothing.

    Example:
        >>> shown = preview("recordings/monday", domain="automotive", dialogues=2)  # doctest: +SKIP
        >>> print(shown.estimate(200))  # doctest: +SKIP
    """
    return run_blocking(_preview(sources, dialogues, config, options))


async def preview_async(
    sources: Sources = (),
    *,
    dialogues: int = 2,
    config: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> Preview:
    """Make a few dialogues to look at, as `preview`."""
    return await run_apart(_preview(sources, dialogues, config, options))


async def _preview(sources: Sources, dialogues: int, config: str | Path | None, options: Mapping[str, Any]) -> Preview:
    with _borrow_folder(options.get("out")) as out:
        wanted = _open_pipeline(sources, config, {**options, "out": out}).settings
        return await preview_run(wanted, dialogues)


async def preview_run(settings: RunSettings, dialogues: int) -> Preview:
    """Make the first dialogues of a run, filter and export them, and measure what each phase takes.

    Args:
        settings: The run; its number of dialogues is what is estimated by default.
        dialogues: How many are made.
    """
    pipeline = Pipeline(settings.replace(dialogues=dialogues))
    try:
        signals, personas = await pipeline.signals_async(), await pipeline.personas_async()
        blueprints, made = await pipeline.blueprints_async(), await pipeline.generate_async()
        kept = await pipeline.filter_async()
        opened = open_resources(pipeline.settings)
        costs = keep_costs(opened, pipeline.costs)
        counts = (*signals.counts, *personas.counts, *blueprints.counts, *made.counts, *kept.counts)
        priced = choose_price(settings.budget.prices, settings.models.model) is not None
        at_once = count_side_by_side(opened)
        return Preview(
            made.dialogues,
            signals,
            personas,
            blueprints,
            counts,
            tuple(costs),
            settings.dialogues.count,
            at_once,
            priced,
        )
    finally:
        await pipeline.close_async()


@contextmanager
def _borrow_folder(out: str | Path | None) -> Iterator[str]:
    """Give the folder that is named, or one that is gone after the block."""
    if out is not None:
        yield str(out)
        return
    parent = Path(tempfile.mkdtemp(prefix="streamdial-"))
    try:
        yield str(parent / "run")
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def extract_signals(
    recording: Sources | Mapping[str, Any],
    domain: str,
    *,
    out: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> MinedSignals:
    """SSI alone: mine the five kinds of signal and the rows of knowledge of one's own material.

    Args:
        recording: Folders, files and URLs; or what one has in memory, by kind: `chat`, `comments` and `transcript` as
            lists of mappings or data frames (`time` or `start` and `end` in seconds, `user`, `text`), `pages` as HTML
            or plain texts, `profile` as a mapping.
        domain: Id of a domain pack, or the path of one.
        out: Folder that keeps what was mined; by default nothing is kept.
        options: Further settings: `screen="warn"`, `lexicon=...`, `signals="model"`, ...

    Raises:
        ConfigurationError: If a setting is wrong, or material cannot be read.
        NothingLeftError: If nothing belongs to the domain, or nobody asks anything.

    Example:
        >>> chat = [{"time": 5, "user": "ann", "text": "how much is the Birch?"}]
        >>> mined = extract_signals({"chat": chat, "pages": [html]}, "tents.yaml")  # doctest: +SKIP
    """
    return run_blocking(_extract(recording, domain, out, options))


async def extract_signals_async(
    recording: Sources | Mapping[str, Any],
    domain: str,
    *,
    out: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> MinedSignals:
    """SSI alone, as `extract_signals`."""
    return await run_apart(_extract(recording, domain, out, options))


async def _extract(
    recording: Sources | Mapping[str, Any], domain: str, out: str | Path | None, options: Mapping[str, Any]
) -> MinedSignals:
    with tempfile.TemporaryDirectory(prefix="streamdial-") as given, _borrow_folder(out) as folder:
        sources: Sources = recording if not isinstance(recording, Mapping) else write_material(recording, Path(given))
        pipeline = _open_pipeline(sources, None, {**options, "domain": domain, "out": folder})
        try:
            return await pipeline.signals_async()
        finally:
            await pipeline.close_async()


def make_tool_dialogues(settings: ToolUseSettings | None = None, **options: Any) -> LoadedRun:  # noqa: ANN401
    """Make dialogues with executable tools of sources, of a table or of another run, and return the finished run.

    Args:
        settings: What to do; or
        options: settings by the names of their options: `domain`, `out`, `sources`, `table`, `base`, `dialogues`, ...;
            `table` may be mappings a row or a data frame, too.

    Raises:
        ConfigurationError: If a setting is missing or wrong, or the folder belongs to other settings.
        NothingLeftError: If a phase kept nothing.

    Example:
        >>> made = make_tool_dialogues(domain="hotel", table="rooms.csv", out="runs/rooms")  # doctest: +SKIP
    """
    return run_blocking(_make_tool_dialogues(settings, options))


async def make_tool_dialogues_async(settings: ToolUseSettings | None = None, **options: Any) -> LoadedRun:  # noqa: ANN401
    """Make dialogues with executable tools, as `make_tool_dialogues`."""
    return await run_apart(_make_tool_dialogues(settings, options))


async def _make_tool_dialogues(settings: ToolUseSettings | None, options: Mapping[str, Any]) -> LoadedRun:
    given = {**(settings.model_dump(exclude_unset=True) if settings else {}), **options}
    with tempfile.TemporaryDirectory(prefix="streamdial-") as folder:
        if not isinstance(given.get("table"), str | Path | None):
            given["table"] = write_table(given["table"], Path(folder))
        chosen = read_settings(ToolUseSettings, given)
        opened = open_resources(chosen)
        try:
            with log_about(run=Path(chosen.out).name, domain=chosen.domain), opened.workspace.hold():
                await _make_tools_run(opened)
        finally:
            await close_run(chosen)
    return LoadedRun(chosen.out, domain=chosen.domain, qdrant_url=chosen.scale.qdrant_url)


async def _make_tools_run(opened: Run[ToolUseSettings]) -> None:
    phases.check_given_files(opened)
    settings = opened.settings
    found = await (
        _build_participants(opened) if settings.sources.given else phases.find_participants(opened, keep_answer)
    )
    environments = await phases.make_environments(opened, found.agents, keep_answer)
    found = replace(found, agents=environments.agents, counts=[*found.counts, *environments.counts])
    made = await phases.generate_tool_dialogues(opened, found.users, found.agents, found.histories, keep_answer)
    filtered = await phases.filter_run(opened, made.shards, keep_answer)
    counts = [*found.counts, *made.counts, *filtered.counts]
    written = await phases.export_run(opened, made.shards, counts, found, keep_answer)
    phases.write_summary(opened, made, written, counts, found.read)


async def _build_participants(opened: Run[ToolUseSettings]) -> results.Participants:
    signals = await phases.ingest(opened, keep_answer)
    personas = await phases.build_personas(opened, signals.recordings, keep_answer)
    blueprints = await phases.build_blueprints(opened, personas.agents, keep_answer)
    counts = [*signals.counts, *personas.counts, *blueprints.counts]
    return results.Participants(personas.users, blueprints.agents, counts, [], signals.names, signals.read)

"""The Python door: a run phase by phase, without Prefect."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from streamdial.exports import DataSet
from streamdial.logs import log_about
from streamdial.options import read_settings
from streamdial.pipeline import phases, results
from streamdial.pipeline.background import run_apart, run_blocking
from streamdial.pipeline.displaying import register_displays
from streamdial.pipeline.estimating import Meter, PhaseCost
from streamdial.pipeline.exporting import read_data_set
from streamdial.pipeline.kept_answers import keep_answer
from streamdial.pipeline.loading import LoadedRun
from streamdial.pipeline.run import Run, close_run, open_run
from streamdial.pipeline.settings import RunSettings
from streamdial.pipeline.storage import read_dialogues
from streamdial.pipeline.views import (
    BuiltBlueprints,
    BuiltPersonas,
    FilteredDialogues,
    MadeDialogues,
    MinedSignals,
    read_filtered,
)
from streamdial.records import AgentPersona, Blueprint, UserPersona

Answer = TypeVar("Answer")


class Pipeline:
    """A run from Python: each phase is a method that does the phases before it where needed and returns typed records.

    The folder is that of `streamdial run`: a phase that was finished in it is not done again, other settings in the
    same folder are refused. Each method has an asynchronous form, which ends in `_async`; both may be mixed, and both
    work in a notebook. Use it as a context manager, or call `close`, to give models and store back.

    Args:
        settings: What to do; or
        config: A YAML file of settings, and
        options: settings by the names of the options: `domain`, `sources`, `out`, `dialogues`, `model`, ...

    Raises:
        ConfigurationError: If a setting is missing or wrong, or the folder belongs to other settings.

    Example:
        >>> run = Pipeline(domain="hotel", sources=["rec/"], out="runs/a", dialogues=200)  # doctest: +SKIP
        >>> run.signals().questions[:3]  # doctest: +SKIP
        >>> kept = run.filter(user_threshold=0.9)  # doctest: +SKIP
        >>> kept.rethreshold(user_threshold=0.85).export("out/", formats=["sharegpt"])  # doctest: +SKIP
    """

    def __init__(
        self,
        settings: RunSettings | None = None,
        *,
        config: str | Path | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        given = {**(settings.model_dump(exclude_unset=True) if settings else {}), **options}
        self.settings = read_settings(RunSettings, given, Path(config) if config else None)
        self._signals: results.Signals | None = None
        self._personas: results.Personas | None = None
        self._blueprints: results.Blueprints | None = None
        self._generated: results.Generated | None = None
        self._filtered: results.Filtered | None = None
        self._exported = False
        self._meter = Meter()
        self._held = ExitStack()
        self._run: Run[RunSettings] | None = None
        register_displays()

    def __enter__(self) -> Pipeline:
        """Return the pipeline."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Return what it makes and where."""
        settings = self.settings
        return f"Pipeline({settings.domain!r}, {settings.dialogues.count} dialogues, out={settings.out!r})"

    @property
    def costs(self) -> tuple[PhaseCost, ...]:
        """What the phases that were done took, in their order; next to nothing of those that were done before."""
        return tuple(self._meter.costs.values())

    def _wait(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return run_blocking(self._log(work))

    async def _log(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        with log_about(run=Path(self.settings.out).name, domain=self.settings.domain):
            return await work

    async def _open(self) -> Run[RunSettings]:
        if self._run is None:
            self.settings.sources.require_here()
            run = open_run(self.settings)
            self._held.enter_context(run.workspace.hold())
            register_displays(run.pack)
            self._run = run
        return self._run

    def close(self) -> None:
        """Give models, store and folder back; the next method opens them again."""
        run_blocking(self._close())

    async def close_async(self) -> None:
        """Give models, store and folder back, as `close`."""
        await run_apart(self._close())

    async def _close(self) -> None:
        if self._run is not None:
            self._run = None
            await close_run(self.settings)
            self._held.close()

    # SSI

    def signals(self) -> MinedSignals:
        """SSI: read the sources and return what was mined.

        Raises:
            NothingLeftError: If no recording belongs to the domain, or nobody asks anything.
        """
        return self._wait(self._mine())

    async def signals_async(self) -> MinedSignals:
        """SSI, as `signals`."""
        return await run_apart(self._log(self._mine()))

    async def _ingest(self) -> results.Signals:
        if self._signals is None:
            run = await self._open()
            with self._meter.measure("SSI", run):
                self._signals = await phases.ingest(run, keep_answer)
        return self._signals

    async def _mine(self) -> MinedSignals:
        made = await self._ingest()
        return MinedSignals.read((await self._open()).store, made.counts, list(made.names))

    # APS

    def personas(self) -> BuiltPersonas:
        """APS: user personas of each language, an agent persona of each account.

        Raises:
            NothingLeftError: If the questions make no persona.
        """
        return self._wait(self._read_personas())

    async def personas_async(self) -> BuiltPersonas:
        """APS, as `personas`."""
        return await run_apart(self._log(self._read_personas()))

    async def _build_personas(self) -> results.Personas:
        if self._personas is None:
            signals = await self._ingest()
            run = await self._open()
            if self.settings.sources.refresh:
                refreshed = await phases.refresh(run, signals.recordings, keep_answer)
                self._signals = replace(signals, counts=[*signals.counts, *refreshed.counts])
            with self._meter.measure("APS", run):
                self._personas = await phases.build_personas(run, signals.recordings, keep_answer)
        return self._personas

    async def _read_personas(self) -> BuiltPersonas:
        made, store = await self._build_personas(), (await self._open()).store
        known: dict[str, Any] = {p.id: p for kind in (UserPersona, AgentPersona) for p in store.get("personas", kind)}
        agents = (known[agent.persona] for agent in made.agents)
        return BuiltPersonas(tuple(known[name] for name in made.users), tuple(agents), made.counts)

    # CB

    def blueprints(self) -> BuiltBlueprints:
        """CB: a checked blueprint of each agent persona, and those that were given."""
        return self._wait(self._read_blueprints())

    async def blueprints_async(self) -> BuiltBlueprints:
        """CB, as `blueprints`."""
        return await run_apart(self._log(self._read_blueprints()))

    async def _build_blueprints(self) -> results.Blueprints:
        if self._blueprints is None:
            personas, run = await self._build_personas(), await self._open()
            with self._meter.measure("CB", run):
                self._blueprints = await phases.build_blueprints(run, personas.agents, keep_answer)
        return self._blueprints

    async def _read_blueprints(self) -> BuiltBlueprints:
        made, store = await self._build_blueprints(), (await self._open()).store
        known = {blueprint.id: blueprint for blueprint in store.get("blueprints", Blueprint)}
        return BuiltBlueprints(tuple(known[name] for name in {p.blueprint: None for p in made.agents}), made.counts)

    # IDG

    def generate(self) -> MadeDialogues:
        """IDG: make the dialogues.

        Raises:
            NothingLeftError: If no dialogue could be used.
        """
        return self._wait(self._read_dialogues())

    async def generate_async(self) -> MadeDialogues:
        """IDG, as `generate`."""
        return await run_apart(self._log(self._read_dialogues()))

    async def _generate(self) -> results.Generated:
        if self._generated is None:
            blueprints, personas = await self._build_blueprints(), await self._build_personas()
            run = await self._open()
            with self._meter.measure("IDG", run):
                self._generated = await phases.generate(run, personas.users, blueprints.agents, keep_answer)
        return self._generated

    async def _read_dialogues(self) -> MadeDialogues:
        made = await self._generate()
        dialogues = tuple(read_dialogues((await self._open()).files, made.shards))
        return MadeDialogues(dialogues, made.failed, made.left, made.counts, made.usage)

    # DF and export

    def filter(self, **thresholds: float) -> FilteredDialogues:
        """DF: keep what does not repeat; the data set of the run is written along with it.

        Args:
            thresholds: `user_threshold`, `agent_threshold` and `keep_ratio` other than the settings'; the run keeps
                its own, the result follows these.
        """
        return self._wait(self._read_filtered(thresholds))

    async def filter_async(self, **thresholds: float) -> FilteredDialogues:
        """DF, as `filter`."""
        return await run_apart(self._log(self._read_filtered(thresholds)))

    async def _filter(self) -> results.Filtered:
        if self._filtered is None:
            made, run = await self._generate(), await self._open()
            with self._meter.measure("DF", run):
                self._filtered = await phases.filter_run(run, made.shards, keep_answer)
        return self._filtered

    async def _read_filtered(self, thresholds: dict[str, float]) -> FilteredDialogues:
        await self._export()
        run, made = await self._open(), await self._generate()
        folder = run.workspace.root
        kept = read_filtered(folder, read_dialogues(run.files, made.shards), lambda: run_blocking(self._collect()))
        return kept.rethreshold(**thresholds) if thresholds else kept

    async def _collect(self) -> DataSet:
        return read_data_set(await self._open())

    def run(self) -> LoadedRun:
        """Do all phases, write the data set and the report, and return the finished run."""
        return self._wait(self._finish())

    async def run_async(self) -> LoadedRun:
        """All phases, as `run`."""
        return await run_apart(self._log(self._finish()))

    async def _finish(self) -> LoadedRun:
        await self._export()
        await self._close()
        return LoadedRun(self.settings.out, domain=self.settings.domain, qdrant_url=self.settings.scale.qdrant_url)

    async def _export(self) -> None:
        if self._exported:
            return
        run, generated, filtered = await self._open(), await self._generate(), await self._filter()
        signals, personas, blueprints = (
            await self._ingest(),
            await self._build_personas(),
            await self._build_blueprints(),
        )
        counts = [c for phase in (signals, personas, blueprints, generated, filtered) for c in phase.counts]
        participants = results.Participants(personas.users, blueprints.agents, counts, [], signals.names, signals.read)
        with self._meter.measure("export", run):
            written = await phases.export_run(run, generated.shards, counts, participants, keep_answer)
        phases.write_summary(run, generated, written, counts, signals.read)
        self._exported = True

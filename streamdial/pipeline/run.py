"""The resources that the steps of one run share in one process: folder, pack, store, embedder, models."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Awaitable, Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from streamdial.corpora import THREADS, read_seeds
from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack, load_seeds
from streamdial.errors import ConfigurationError
from streamdial.lexicon import Lexicon, open_lexicon
from streamdial.logs import start_logs
from streamdial.machine import count_cores
from streamdial.models import (
    STRONG_MODES,
    Allowance,
    BatchingEmbedder,
    Budget,
    CachedEmbedder,
    CallCache,
    Mode,
    ModelChoice,
    ModelRuntime,
    build_chat_model,
    build_embedder,
    choose_price,
    is_local,
)
from streamdial.models.broker import BrokeredGate, Peer
from streamdial.models.gates import Gate, Limits, LocalGate
from streamdial.pipeline.fingerprint import list_strategies
from streamdial.pipeline.settings import BaseSettings, RunSettings
from streamdial.pipeline.storage import Storage
from streamdial.pipeline.workspace import Workspace
from streamdial.plugins import get_plugin, has_registered
from streamdial.privacy import mask_hotlines
from streamdial.records import Language, SeedDialogue
from streamdial.store import RecordStore, VectorStore, open_store
from streamdial.strategies import RewritingStrategy, StrategyChoice, open_strategy
from streamdial.telemetry import start_telemetry

if TYPE_CHECKING:
    from streamdial.pipeline.remote_workers import RemoteWorkers
    from streamdial.pipeline.workers import WorkerPool

logger = logging.getLogger("streamdial.progress")
WORTH_A_PROCESS = 500
"""Dialogues for which a process of their own is worth its start."""
Settings = TypeVar("Settings", bound=BaseSettings, default=BaseSettings, covariant=True)
Given = TypeVar("Given", bound=BaseSettings)


def words_turns(settings: BaseSettings) -> bool:
    """Tell whether a model takes part in the turns of a run; weights on this machine do not unless asked to."""
    models = settings.models
    planned = models.mode == "planned" or (models.mode == "auto" and is_local(models.model))
    return not planned or bool(models.user_policy or models.agent_policy)


def needs_model(settings: BaseSettings) -> bool:
    """Tell whether a run calls its language model at all."""
    if words_turns(settings) or settings.sources.signals == "model":
        return True
    if isinstance(settings, RunSettings):
        return any(_calls_model(choice) for choice in list_strategies(settings))
    return getattr(getattr(settings, "tool_use", None), "tools", "") == "model"


def _calls_model(choice: StrategyChoice) -> bool:
    """Tell whether a strategy reads with the model of the run."""
    opened = open_strategy(choice.name, choice.options)
    return isinstance(opened, RewritingStrategy) and opened.wants_model == "" and choice.share > 0


def _require_language(pack: DomainPack, language: Language | None) -> None:
    """Refuse dialogues in a language the pack does not speak.

    Raises:
        ConfigurationError: With the languages it speaks.
    """
    if language is not None and language not in pack.languages:
        raise ConfigurationError(
            f"--language {language}: the pack {pack.id} speaks {' and '.join(pack.languages)}.",
            fix=f"add {language} to its `languages`, and texts in it, or leave the option out",
        )


class Run(Generic[Settings]):
    """The resources of a run; each is opened when it is first used.

    Args:
        settings: What the run is asked to do.

    Raises:
        ConfigurationError: If the folder is of another run or cannot be made, or there is no policy of a name.
    """

    def __init__(self, settings: Settings) -> None:
        start_logs()
        start_telemetry()
        self.settings = settings
        if settings.models.user_policy:
            get_plugin("user_policy", settings.models.user_policy)
        if settings.models.agent_policy:
            get_plugin("agent_policy", settings.models.agent_policy)
        self.workspace = Workspace.open(settings)
        self.pack: DomainPack = load_pack(settings.domain)
        _require_language(self.pack, getattr(settings.dialogues, "language", None))
        self.files = Storage(self.workspace.root, settings.scale.storage)
        self._opened: list[VectorStore] = []
        self._seeds: dict[Language, tuple[SeedDialogue, ...]] = {}
        self.shared: dict[Any, Any] = {}
        """What the steps of one phase share in this process, by a key of theirs."""
        self.peer: Peer | None = None
        """In a worker process, the connection to the process whose gates its calls pass."""
        self.pool: WorkerPool | None = None
        self.remote: RemoteWorkers | None = None
        """The worker processes that make the shards, while they do."""
        self.show_progress: Callable[[float, str], Awaitable[None]] | None = None
        """Shows somewhere, beside the log, which share of the dialogues is done, with a line about it."""

    @cached_property
    def embedder(self) -> CachedEmbedder:
        """The sentence encoder with the run's cache."""
        self.workspace.vectors.parent.mkdir(parents=True, exist_ok=True)
        return build_embedder(self.settings.models.embedder, self.workspace.vectors)

    @cached_property
    def market(self) -> Lexicon | None:
        """The compiled lexicon of the market, where one is named."""
        path = self.settings.sources.lexicon
        return open_lexicon(Path(path)) if path else None

    @property
    def settles_uncertain(self) -> bool:
        """Whether the model settles what is uncertain in SSI: on request, else where it is a strong one."""
        wanted = self.settings.sources.signals
        return wanted == "model" or (wanted == "auto" and self.strong)

    @cached_property
    def store(self) -> RecordStore:
        """The run's records."""
        scale = self.settings.scale
        engine = open_store(
            self.workspace.store, url=scale.qdrant_url, shards=scale.qdrant_shards, replicas=scale.qdrant_replicas
        )
        self._opened.append(engine)
        return RecordStore(engine, self.embedder.dimensions, prefix=f"r{self.workspace.instance[:12]}_")

    @cached_property
    def store_mark(self) -> str:
        """What tells this store from one that was deleted and made anew: a mark inside its folder, or its URL."""
        if url := self.settings.scale.qdrant_url or os.environ.get("QDRANT_URL"):
            return url
        assert self.store  # makes the folder
        mark = self.workspace.store / "mark"
        if not mark.is_file():
            mark.write_text(uuid.uuid4().hex, encoding="utf-8")
        return mark.read_text(encoding="utf-8")

    def prepare(self) -> None:
        """Open embedder and store now: steps in several threads must not open them at the same time."""
        assert self.store.dimensions == self.embedder.dimensions
        assert self.store_mark
        _ = self.market

    @cached_property
    def batches(self) -> BatchingEmbedder:
        """The sentence encoder for many open dialogues at once."""
        return BatchingEmbedder(self.embedder)

    def _choose(self, name: str, api_base: str | None) -> ModelChoice:
        models = self.settings.models
        batches = self.workspace.batches if models.batch else None
        return build_chat_model(name, api_base=api_base, timeout=models.timeout, batches=batches)

    @cached_property
    def choice(self) -> ModelChoice:
        """The model as it was chosen, without the layers around it."""
        return self._choose(self.settings.models.model, self.settings.models.api_base)

    @cached_property
    def calls(self) -> CallCache:
        """Finished model calls."""
        return CallCache(self.workspace.calls)

    @cached_property
    def budget(self) -> Budget:
        """What may be used; what finished calls of earlier processes cost is booked."""
        limits = self.settings.budget
        phases = {*limits.phase_tokens, *limits.phase_cost}
        budget = Budget(
            Allowance(limits.max_tokens, limits.max_cost),
            {phase: Allowance(limits.phase_tokens.get(phase), limits.phase_cost.get(phase)) for phase in phases},
        )
        if budget.limited:
            for purpose, cost in self.calls.sum_costs().items():
                budget.book(purpose, cost)
        return budget

    @cached_property
    def processes(self) -> int:
        """How many processes make the dialogues.

        One where the weights are in this process, batches are collected, Dask has workers, or a plugin is known to this
        process alone; else as many as are asked for, by default one a core where there is work for each.
        """
        settings = self.settings
        alone = settings.models.batch or settings.scale.dask or has_registered()
        if alone or (self.words_turns and is_local(settings.models.model)):
            return 1
        worth = settings.dialogues.count // WORTH_A_PROCESS
        wanted = settings.scale.processes or max(1, min(count_cores(), worth))
        # Who has no share of the calls in flight does nothing.
        return min(wanted, settings.scale.concurrency or wanted) if self.words_turns else wanted

    def _surround(self, choice: ModelChoice, name: str, api_base: str | None = None) -> ModelRuntime:
        limits = self.settings.budget
        concurrency = self.settings.scale.concurrency or choice.concurrency
        rates = Limits(concurrency, limits.requests_per_minute, limits.tokens_per_minute)
        gate: Gate
        if self.peer is None:
            gate = LocalGate(self.budget, rates)
        else:
            gate = BrokeredGate(self.peer, f"{name} {api_base or ''}", rates, limited=limits.limited)
        return ModelRuntime(
            choice.model,
            cache=self.calls,
            price=choose_price(limits.prices, name, batch=self.settings.models.batch),
            patience=self.settings.models.patience,
            gate=gate,
        )

    @cached_property
    def model(self) -> ModelRuntime:
        """The model with cache, budget, limiter and retries."""
        return self._surround(self.choice, self.settings.models.model, self.settings.models.api_base)

    @cached_property
    def user_model(self) -> ModelRuntime:
        """The model that plays the user; the agent's, where no other is named."""
        models = self.settings.models
        name = models.user_model
        if name is None or (name == models.model and models.user_api_base is None):
            return self.model
        return self._surround(self._choose(name, models.user_api_base), name, models.user_api_base)

    @cached_property
    def named_models(self) -> dict[str, ModelRuntime]:
        """The models that strategies opened, by name."""
        return {}

    def open_model(self, name: str) -> ModelRuntime:
        """Return a model by its name, the run's own where the name is empty or its."""
        if name in ("", self.settings.models.model):
            return self.model
        if name not in self.named_models:
            self.named_models[name] = self._surround(self._choose(name, None), name)
        return self.named_models[name]

    def list_models(self) -> list[ModelRuntime]:
        """Return the models that were used so far, each once."""
        opened = (self.__dict__.get(name) for name in ("model", "user_model"))
        return list({id(one): one for one in (*opened, *self.named_models.values()) if one is not None}.values())

    @property
    def mode(self) -> Mode:
        """The mode in which turns are made; see `Mode`. Weights on this machine are not opened to tell it."""
        models = self.settings.models
        if models.mode != "auto":
            return models.mode
        return "planned" if is_local(models.model) else self.choice.realisation

    @property
    def strong(self) -> bool:
        """Whether a strong model is there, which may also settle, word and draft what comes before the dialogues."""
        return self.mode in STRONG_MODES

    @property
    def words_turns(self) -> bool:
        """Whether a model takes part in the turns: not where code plans and words them, and nobody asked for one."""
        return words_turns(self.settings)

    @property
    def model_id(self) -> str:
        """Name of the model that words the turns; `none` where none does."""
        return self.model.model_id if self.words_turns else "none"

    def load_seeds(self, language: Language) -> tuple[SeedDialogue, ...]:
        """Return the run's seed dialogues of a language; what of a public set is left out is logged once."""
        given = self.settings.sources.seeds
        if not given:
            return load_seeds(self.pack, language)
        with _seeds_lock:
            if language not in self._seeds:
                counts = Counts("seed dialogues")
                self._seeds[language] = read_seeds(Path(given), self.pack, language, counts)
                if counts.dropped:
                    told = ", ".join(f"{reason} {count}" for reason, count in counts.dropped.most_common())
                    logger.info("seed dialogues (%s): %d kept of %d; %s", language, counts.kept, counts.asked, told)
                for note in counts.notes:
                    logger.info("seed dialogues: %s", note)
            return self._seeds[language]

    def load_threads(self, language: Language, recordings: Collection[str] | None = None) -> list[SeedDialogue]:
        """Return the dialogues of a language that stand in the comment threads of these recordings, or of all."""
        return [
            seed
            for seed in self.store.get("exemplars", SeedDialogue)
            if seed.origin == THREADS
            and seed.language == language
            and seed.provenance is not None
            and (recordings is None or seed.provenance.source_id in recordings)
        ]

    async def aclose(self) -> None:
        """Close store, caches and model."""
        for model in self.list_models():
            await model.aclose()
        if "calls" in self.__dict__:
            self.calls.close()
        if "embedder" in self.__dict__:
            self.embedder.close()
        for engine in self._opened:
            engine.flush()
            engine.close()


_runs: dict[str, Run[Any]] = {}
_lock = threading.Lock()
_seeds_lock = threading.Lock()


def open_run(settings: Given) -> Run[Given]:
    """Return the run's resources, the same ones for every step in this process."""
    # Every step opens the run first, so what it masks is said where it works, whichever thread or process that is.
    mask_hotlines(settings.sources.hotlines == "mask")
    with _lock:
        if settings.out not in _runs:
            _runs[settings.out] = Run(settings)
        return _runs[settings.out]


async def close_run(settings: BaseSettings) -> None:
    """Close a run's resources, if this process opened any."""
    with _lock:
        run = _runs.pop(settings.out, None)
    if run is not None:
        await run.aclose()

"""What the tasks of one run share in one process: folder, pack, store, embedder, model."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from streamdial.corpora import read_seeds
from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack, load_seeds
from streamdial.lexicon import Lexicon, open_lexicon
from streamdial.logs import start_logs
from streamdial.models import (
    Allowance,
    BatchingEmbedder,
    Budget,
    CachedEmbedder,
    CallCache,
    ModelChoice,
    ModelRuntime,
    Price,
    build_chat_model,
    build_embedder,
    find_price,
)
from streamdial.records import Language, SeedDialogue
from streamdial.runs import RunSettings, Storage, Workspace
from streamdial.store import RecordStore, VectorStore, open_store
from streamdial.telemetry import start_telemetry

logger = logging.getLogger("streamdial.progress")


class Run:
    """The resources of a run; each is opened when it is first used.

    Args:
        settings: What the run is asked to do.
    """

    def __init__(self, settings: RunSettings) -> None:
        start_logs()
        start_telemetry()
        self.settings = settings
        self.workspace = Workspace.open(settings)
        self.pack: DomainPack = load_pack(settings.domain)
        self.files = Storage(self.workspace.root, settings.storage)
        self._opened: list[VectorStore] = []
        self._seeds: dict[Language, tuple[SeedDialogue, ...]] = {}
        self.shared: dict[Any, Any] = {}
        """What the tasks of one phase share in this process, by a key of theirs."""

    @cached_property
    def embedder(self) -> CachedEmbedder:
        """The sentence encoder with the run's cache."""
        self.workspace.vectors.parent.mkdir(parents=True, exist_ok=True)
        return build_embedder(self.settings.embedder, self.workspace.vectors)

    @cached_property
    def market(self) -> Lexicon | None:
        """The compiled lexicon of the market, where one is named."""
        return open_lexicon(Path(self.settings.lexicon)) if self.settings.lexicon else None

    @property
    def settles_doubts(self) -> bool:
        """Whether the model settles what is in doubt in SSI: on request, else where it is a strong one."""
        return self.settings.signals == "model" or (self.settings.signals == "auto" and self.realisation == "direct")

    @cached_property
    def store(self) -> RecordStore:
        """The run's records."""
        settings = self.settings
        engine = open_store(
            self.workspace.store,
            url=settings.qdrant_url,
            shards=settings.qdrant_shards,
            replicas=settings.qdrant_replicas,
        )
        self._opened.append(engine)
        return RecordStore(engine, self.embedder.dimensions, prefix=f"r{self.workspace.instance[:12]}_")

    @cached_property
    def store_mark(self) -> str:
        """What tells this store from one that was deleted and made anew: a mark inside its folder, or its URL."""
        if url := self.settings.qdrant_url or os.environ.get("QDRANT_URL"):
            return url
        assert self.store  # makes the folder
        mark = self.workspace.store / "mark"
        if not mark.is_file():
            mark.write_text(uuid.uuid4().hex, encoding="utf-8")
        return mark.read_text(encoding="utf-8")

    def prepare(self) -> None:
        """Open embedder and store now: tasks in several threads must not open them at the same time."""
        assert self.store.dimensions == self.embedder.dimensions
        assert self.store_mark
        _ = self.market

    @cached_property
    def batches(self) -> BatchingEmbedder:
        """The sentence encoder for many open dialogues at once."""
        return BatchingEmbedder(self.embedder)

    def _choose(self, name: str, api_base: str | None) -> ModelChoice:
        return build_chat_model(name, api_base=api_base, timeout=self.settings.timeout)

    @cached_property
    def choice(self) -> ModelChoice:
        """The model as it was chosen, without the layers around it."""
        return self._choose(self.settings.model, self.settings.api_base)

    @cached_property
    def calls(self) -> CallCache:
        """Finished model calls."""
        return CallCache(self.workspace.calls)

    @cached_property
    def budget(self) -> Budget:
        """What may be used; what finished calls of earlier processes cost is booked."""
        settings = self.settings
        phases = {*settings.phase_tokens, *settings.phase_cost}
        budget = Budget(
            Allowance(settings.max_tokens, settings.max_cost),
            {phase: Allowance(settings.phase_tokens.get(phase), settings.phase_cost.get(phase)) for phase in phases},
        )
        if budget.limited:
            for purpose, cost in self.calls.sum_costs().items():
                budget.book(purpose, cost)
        return budget

    def _surround(self, choice: ModelChoice, name: str) -> ModelRuntime:
        settings = self.settings
        return ModelRuntime(
            choice.model,
            cache=self.calls,
            budget=self.budget,
            price=Price(*settings.prices) if settings.prices else find_price(name),
            concurrency=settings.concurrency or choice.concurrency,
            requests_per_minute=settings.requests_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
            patience=settings.patience,
        )

    @cached_property
    def model(self) -> ModelRuntime:
        """The model with cache, budget, limiter and retries."""
        return self._surround(self.choice, self.settings.model)

    @cached_property
    def user_model(self) -> ModelRuntime:
        """The model of the user's side; the agent's, where no other is named."""
        name = self.settings.user_model
        if name is None or (name == self.settings.model and self.settings.user_api_base is None):
            return self.model
        return self._surround(self._choose(name, self.settings.user_api_base), name)

    @cached_property
    def review_model(self) -> ModelRuntime:
        """The model that reviews finished dialogues."""
        name = self.settings.review_model
        if name is None or name == self.settings.model:
            return self.model
        return self._surround(self._choose(name, None), name)

    def list_models(self) -> list[ModelRuntime]:
        """Return the models that were used so far, each once."""
        opened = (self.__dict__.get(name) for name in ("model", "user_model", "review_model"))
        return list({id(model): model for model in opened if model is not None}.values())

    @property
    def realisation(self) -> Literal["planned", "direct"]:
        """How dialogues are realised."""
        return self.choice.realisation if self.settings.realisation == "auto" else self.settings.realisation

    def load_seeds(self, language: Language) -> tuple[SeedDialogue, ...]:
        """Return the run's seed dialogues of a language; what of a public set is left out is logged once."""
        if not self.settings.seeds:
            return load_seeds(self.pack.id, language)
        with _seeds_lock:
            if language not in self._seeds:
                counts = Counts("seed dialogues")
                self._seeds[language] = read_seeds(Path(self.settings.seeds), self.pack, language, counts)
                if counts.dropped:
                    told = ", ".join(f"{reason} {count}" for reason, count in counts.dropped.most_common())
                    logger.info("seed dialogues (%s): %d kept of %d; %s", language, counts.kept, counts.asked, told)
                for note in counts.notes:
                    logger.info("seed dialogues: %s", note)
            return self._seeds[language]

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


_runs: dict[str, Run] = {}
_lock = threading.Lock()
_seeds_lock = threading.Lock()


def open_run(settings: RunSettings) -> Run:
    """Return the run's resources, the same ones for every task of this process."""
    with _lock:
        if settings.out not in _runs:
            _runs[settings.out] = Run(settings)
        return _runs[settings.out]


async def close_run(settings: RunSettings) -> None:
    """Close a run's resources, if this process opened any."""
    with _lock:
        run = _runs.pop(settings.out, None)
    if run is not None:
        await run.aclose()

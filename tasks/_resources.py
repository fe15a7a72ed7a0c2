"""What the tasks of one run share in one process: folder, pack, store, embedder, model."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from functools import cached_property
from pathlib import Path
from typing import Literal

from streamdial.corpora import read_seeds
from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack, load_seeds
from streamdial.lexicon import Lexicon, open_lexicon
from streamdial.models import (
    Budget,
    CachedEmbedder,
    CallCache,
    ModelChoice,
    ModelRuntime,
    build_chat_model,
    build_embedder,
)
from streamdial.records import Language, SeedDialogue
from streamdial.runs import RunSettings, Workspace
from streamdial.store import RecordStore, VectorStore, open_store

logger = logging.getLogger("streamdial.progress")


class Run:
    """The resources of a run; each is opened when it is first used.

    Args:
        settings: What the run is asked to do.
    """

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings
        self.workspace = Workspace.open(settings)
        self.pack: DomainPack = load_pack(settings.domain)
        self._opened: list[VectorStore] = []
        self._seeds: dict[Language, tuple[SeedDialogue, ...]] = {}

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
        engine = open_store(self.workspace.store, url=self.settings.qdrant_url)
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
    def choice(self) -> ModelChoice:
        """The model as it was chosen, without the layers around it."""
        return build_chat_model(self.settings.model, api_base=self.settings.api_base, timeout=self.settings.timeout)

    @cached_property
    def calls(self) -> CallCache:
        """Finished model calls."""
        return CallCache(self.workspace.calls)

    @cached_property
    def model(self) -> ModelRuntime:
        """The model with cache, budget, limiter and retries."""
        return ModelRuntime(
            self.choice.model,
            cache=self.calls,
            budget=Budget(self.settings.max_tokens, self.settings.max_cost),
            concurrency=self.settings.concurrency or self.choice.concurrency,
        )

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
        if "model" in self.__dict__:
            await self.model.aclose()
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

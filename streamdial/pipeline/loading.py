"""Opens a finished run again: its records, its dialogues and its data set."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from streamdial.corpora import read_seeds
from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack, load_seeds, open_pack
from streamdial.errors import ConfigurationError
from streamdial.exports import DataSet
from streamdial.files import read_json
from streamdial.models import build_embedder
from streamdial.pipeline.displaying import register_displays
from streamdial.pipeline.exporting import DELIVERY, collect_data_set
from streamdial.pipeline.storage import Storage, read_dialogues
from streamdial.pipeline.views import BuiltBlueprints, BuiltPersonas, FilteredDialogues, MinedSignals, read_filtered
from streamdial.records import (
    AgentPersona,
    Blueprint,
    Dialogue,
    KnowledgeRow,
    Language,
    Record,
    SeedDialogue,
    UserPersona,
)
from streamdial.store import RecordStore, open_store

if TYPE_CHECKING:
    from polars import DataFrame

Kept = TypeVar("Kept", bound=Record)


@contextmanager
def open_records(folder: Path, qdrant_url: str | None = None) -> Iterator[tuple[RecordStore, str]]:
    """Open the records of a run for reading; yields the store and the id of its domain.

    Raises:
        ConfigurationError: If the folder is no run's.
    """
    known, address = _read_marker(folder), qdrant_url or os.environ.get("QDRANT_URL")
    if not address and not (folder / "store").is_dir():
        raise ConfigurationError(
            f"{folder} holds no records.", fix="run it first, or give --qdrant-url where they are on a server"
        )
    engine = open_store(folder / "store", url=address)
    embedder = build_embedder(json.loads(known["parts"]["embedder"]))
    try:
        yield RecordStore(engine, embedder.dimensions, prefix=f"r{known['instance'][:12]}_"), known["parts"]["domain"]
    finally:
        engine.close()


def _read_marker(folder: Path) -> dict[str, Any]:
    """Return what a run wrote down when it was begun."""
    marker = folder / "run.json"
    known: dict[str, Any] = read_json(marker) if marker.is_file() else {}
    if not {"instance", "parts"} <= set(known):
        raise ConfigurationError(f"{folder} is not the folder of a run.", fix="name the folder given as --out")
    return known


class LoadedRun:
    """A finished run, read from its folder; everything is read when it is first asked for.

    Args:
        folder: The folder of the run.
        domain: Another domain pack than the one it kept.
        qdrant_url: Qdrant server of its records, where it had one.

    Raises:
        ConfigurationError: If the folder is no run's.
    """

    def __init__(self, folder: str | Path, *, domain: str | None = None, qdrant_url: str | None = None) -> None:
        self.folder = Path(folder)
        known = _read_marker(self.folder)
        self._domain, self._id = domain, str(known["parts"]["domain"])
        self._qdrant_url = qdrant_url
        register_displays()
        self.instance: str = known["instance"]
        """What tells this run from one made anew in the same folder."""
        self.embedder: str = json.loads(known["parts"]["embedder"])
        """Name of the sentence encoder its vectors are of."""

    def __repr__(self) -> str:
        """Return folder and domain."""
        return f"LoadedRun({str(self.folder)!r}, domain={self.pack.id!r})"

    @contextmanager
    def _open(self) -> Iterator[RecordStore]:
        with open_records(self.folder, self._qdrant_url) as (store, _):
            yield store

    @cached_property
    def pack(self) -> DomainPack:
        """Its domain pack: the one named, else the one it kept."""
        pack = load_pack(self._domain) if self._domain else open_pack(self.folder, self._id)
        register_displays(pack)
        return pack

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Its summary: counts by phase, files, failed dialogues, model usage."""
        body: dict[str, Any] = read_json(self.folder / "summary.json")
        return body

    @property
    def counts(self) -> list[Counts]:
        """What became of what, by step."""
        return [Counts.from_dict(report) for report in self.summary["counts"]]

    @cached_property
    def signals(self) -> MinedSignals:
        """The mined signals and rows of knowledge."""
        with self._open() as store:
            return MinedSignals.read(store, self.counts)

    @cached_property
    def personas(self) -> BuiltPersonas:
        """User and agent personas."""
        with self._open() as store:
            users, agents = store.get("personas", UserPersona), store.get("personas", AgentPersona)
        return BuiltPersonas(tuple(users), tuple(agents), self.counts)

    @cached_property
    def blueprints(self) -> BuiltBlueprints:
        """The blueprints."""
        with self._open() as store:
            return BuiltBlueprints(tuple(store.get("blueprints", Blueprint)), self.counts)

    @cached_property
    def knowledge(self) -> tuple[KnowledgeRow, ...]:
        """All rows of knowledge."""
        with self._open() as store:
            return tuple(store.get("knowledge", KnowledgeRow))

    @cached_property
    def _delivery(self) -> dict[str, Any]:
        if not (self.folder / DELIVERY).is_file():
            raise ConfigurationError(
                f"{self.folder} has not been exported yet, or by an older version.",
                fix="finish the run: streamdial run",
            )
        told: dict[str, Any] = read_json(self.folder / DELIVERY)
        return told

    @cached_property
    def all_dialogues(self) -> tuple[Dialogue, ...]:
        """Every dialogue that was made, those the filter dropped too."""
        files = Storage(self.folder, self._delivery.get("storage"))
        return tuple(read_dialogues(files, self._delivery["shards"]))

    @property
    def dialogues(self) -> tuple[Dialogue, ...]:
        """The dialogues the filter kept."""
        return tuple(self.dataset.dialogues)

    @cached_property
    def dataset(self) -> DataSet:
        """What the exporters write: the kept dialogues with all they point at.

        Raises:
            ConfigurationError: If the run was not finished, or dialogues are missing from its folder.
        """
        told = self._delivery

        def load(language: Language) -> tuple[SeedDialogue, ...]:
            given = told["seeds"]
            if not given:
                return load_seeds(self.pack, language)
            return read_seeds(Path(given), self.pack, language, Counts("seeds"))

        with self._open() as store:
            data = collect_data_set(self.folder, store, self.pack, told, load)
        kept = len(read_json(self.folder / "filter.json")["kept"])
        if len(data.dialogues) < kept:
            raise ConfigurationError(
                f"{kept - len(data.dialogues)} of {kept} dialogues the filter kept are not in the run's shards.",
                fix="bring the folder dialogues/ back, or finish the run again: streamdial run",
                where=str(self.folder),
            )
        return data

    def filter(self, **thresholds: float) -> FilteredDialogues:
        """Return what the filter kept, also at other thresholds; see `FilteredDialogues`."""
        made = read_filtered(self.folder, self.all_dialogues, lambda: self.dataset)
        return made.rethreshold(**thresholds) if thresholds else made

    def to_polars(self, table: str) -> DataFrame:
        """Return a table of the data set: dialogues, personas, knowledge, blueprints or evidence.

        Raises:
            ConfigurationError: If there is no such table.
        """
        import polars

        path = self.folder / "dataset" / f"{table}.parquet"
        if not path.is_file():
            there = ", ".join(sorted(file.stem for file in path.parent.glob("*.parquet"))) or "none"
            raise ConfigurationError(f"the data set has no table {table!r}.", fix=f"one of: {there}")
        return polars.read_parquet(path)

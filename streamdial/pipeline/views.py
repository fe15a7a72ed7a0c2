"""Results of phases as records: what `Pipeline` and `open_run` return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.exports import DataSet, write_all
from streamdial.files import read_json
from streamdial.filtering import (
    Drop,
    FilterOptions,
    FilterResult,
    Sample,
    load_vectors,
    measure_evidence,
    name_text,
)
from streamdial.filtering import filter_dialogues as filter_by_options
from streamdial.models import Embedder, build_embedder
from streamdial.pipeline.filtering import read_graph
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    Blueprint,
    Dialogue,
    DialogueStrategy,
    KnowledgeRow,
    QAPair,
    UserPersona,
    UserQuestion,
)
from streamdial.store import RecordStore


@dataclass(frozen=True)
class MinedSignals:
    """The five kinds of signal, the rows of knowledge, and the counts with what was dropped."""

    questions: tuple[UserQuestion, ...]
    responses: tuple[AgentResponse, ...]
    pairs: tuple[QAPair, ...]
    strategies: tuple[DialogueStrategy, ...]
    accounts: tuple[AccountMetadata, ...]
    knowledge: tuple[KnowledgeRow, ...]
    counts: Sequence[Counts]

    @classmethod
    def read(
        cls, store: RecordStore, counts: Sequence[Counts], recordings: Sequence[str] | None = None
    ) -> MinedSignals:
        """Read the signals of some recordings from a store; of all where none are named."""
        where: Mapping[str, Any] | None = None if recordings is None else {"source_id": list(recordings)}
        return cls(
            tuple(store.get("signals", UserQuestion, conditions=where)),
            tuple(store.get("signals", AgentResponse, conditions=where)),
            tuple(store.get("signals", QAPair, conditions=where)),
            tuple(store.get("signals", DialogueStrategy, conditions=where)),
            tuple(store.get("signals", AccountMetadata, conditions=where)),
            tuple(store.get("knowledge", KnowledgeRow)),
            counts,
        )


@dataclass(frozen=True)
class BuiltPersonas:
    """User and agent personas, and the counts with what was dropped."""

    users: tuple[UserPersona, ...]
    agents: tuple[AgentPersona, ...]
    counts: Sequence[Counts]


@dataclass(frozen=True)
class BuiltBlueprints:
    """Blueprints, and the counts with what was dropped."""

    blueprints: tuple[Blueprint, ...]
    counts: Sequence[Counts]


@dataclass(frozen=True)
class MadeDialogues:
    """Dialogues before the filter, the ids of those that are lost, how many a budget left, counts and model usage."""

    dialogues: tuple[Dialogue, ...]
    failed: Sequence[str]
    left: int
    counts: Sequence[Counts]
    usage: Mapping[str, Any]


@dataclass(frozen=True)
class FilteredDialogues:
    """What a filter kept and dropped, and all it was decided from: other thresholds need no new embedding.

    Attributes:
        result: Graph, communities, vectors and the sample.
        all: Every dialogue that was filtered, by id.
        counts: What became of what; of another threshold, the filter's report alone.
        collect: Gives the data set of the run the dialogues are of; None of a list of dialogues without a run.
    """

    result: FilterResult
    all: Mapping[str, Dialogue]
    counts: Sequence[Counts]
    collect: Callable[[], DataSet] | None = None

    @property
    def kept(self) -> list[Dialogue]:
        """The dialogues that stay."""
        return [self.all[name] for name in self.result.sample.kept]

    @property
    def dropped(self) -> Sequence[Drop]:
        """Those that go, each with its reason, what it repeats and how near it is to that."""
        return self.result.sample.dropped

    def rethreshold(
        self,
        user_threshold: float | None = None,
        agent_threshold: float | None = None,
        keep_ratio: float | None = None,
    ) -> FilteredDialogues:
        """Return what other thresholds keep. Nothing is embedded again; lower thresholds are compared again.

        Args:
            user_threshold: Minimum cosine of user sides that repeat; as before if not given.
            agent_threshold: Minimum cosine of agent sides that repeat.
            keep_ratio: Share kept of dialogues that repeat each other.

        Raises:
            ConfigurationError: If one is out of range.
        """
        given = {"user_threshold": user_threshold, "agent_threshold": agent_threshold, "ratio": keep_ratio}
        changed = {name: value for name, value in given.items() if value is not None}
        result = self.result.resample(FilterOptions(**{**self.result.options.model_dump(), **changed}))
        return replace(self, result=result, counts=[_count(result)])

    def extend(self, dialogues: Iterable[Dialogue], embedder: Embedder | str = "use-multilingual") -> FilteredDialogues:
        """Return the result of a grown set: new dialogues are compared with all, old ones not again."""
        new, counts = list(dialogues), Counts("filter")
        encoder = build_embedder(embedder) if isinstance(embedder, str) else embedder
        result = self.result.extend(new, encoder, counts)
        return FilteredDialogues(result, {**self.all, **{made.id: made for made in new}}, [_count(result)])

    def export(self, folder: str | Path, formats: Sequence[str] | None = None) -> list[Path]:
        """Write what is kept below a folder, and return the files.

        Args:
            folder: Where.
            formats: Names of exporters; all by default.

        Raises:
            ConfigurationError: If the dialogues are of no run, whose personas and evidence the formats need.
        """
        if self.collect is None:
            raise ConfigurationError(
                "dialogues without a run have no personas and evidence to export with them.",
                fix="filter the run: open_run(folder).filter(...)",
            )
        data, kept = self.collect(), set(self.result.sample.kept)
        made = {**data.left_out, **{dialogue.id: dialogue for dialogue in data.dialogues}}
        chosen = replace(
            data,
            dialogues=tuple(self.kept),
            dropped=list(self.dropped),
            left_out={name: dialogue for name, dialogue in made.items() if name not in kept},
        )
        return write_all(chosen, Path(folder), formats=formats)


def _count(result: FilterResult) -> Counts:
    counts = Counts("filter", asked=len(result.graph.ids), made=len(result.graph.ids), kept=len(result.sample.kept))
    for drop in result.sample.dropped:
        counts.drop(drop.reason)
    return counts


def filter_dialogues(
    dialogues: Iterable[Dialogue],
    *,
    user_threshold: float = 0.9,
    agent_threshold: float = 0.9,
    keep_ratio: float = 0.5,
    embedder: Embedder | str = "use-multilingual",
    seed: int = 0,
) -> FilteredDialogues:
    """Drop dialogues that repeat others on both sides, of any origin.

    Args:
        dialogues: What to filter.
        user_threshold: Minimum cosine of user sides that repeat.
        agent_threshold: Minimum cosine of agent sides that repeat.
        keep_ratio: Share kept of dialogues that repeat each other, at least one of each community.
        embedder: Gives the vectors: an object, or a name as in the settings.
        seed: Of the draws between equals.

    Raises:
        ConfigurationError: If an option is out of range.
    """
    given, counts = list(dialogues), Counts("filter")
    encoder = build_embedder(embedder) if isinstance(embedder, str) else embedder
    options = FilterOptions(user_threshold=user_threshold, agent_threshold=agent_threshold, ratio=keep_ratio, seed=seed)
    return FilteredDialogues(
        filter_by_options(given, encoder, options, counts), {dialogue.id: dialogue for dialogue in given}, [counts]
    )


def read_filtered(
    folder: Path, dialogues: Iterable[Dialogue], collect: Callable[[], DataSet] | None
) -> FilteredDialogues:
    """Return what a run's filter kept and dropped, as it wrote it down.

    Args:
        folder: Folder of the run.
        dialogues: All its dialogues.
        collect: Gives its data set.
    """
    known, vectors = read_json(folder / "filter.json"), load_vectors(folder / "cache" / "sides")
    made = {dialogue.id: dialogue for dialogue in dialogues}
    membership = np.asarray([known["communities"][name] for name in vectors.ids], dtype=np.int32)
    sample = Sample(tuple(known["kept"]), tuple(Drop(**drop) for drop in known["dropped"]))
    options = FilterOptions(**known["options"])
    worth = tuple(measure_evidence(made[name]) for name in vectors.ids)
    texts = tuple(name_text(made[name]) for name in vectors.ids)
    result = FilterResult(options, read_graph(known, vectors), membership, sample, vectors, worth, texts)
    return FilteredDialogues(result, made, [_count(result)], collect)

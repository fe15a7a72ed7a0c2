"""Results of steps and phases: ids, names of files and counts, never records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from streamdial.counts import Counts
from streamdial.records import Language


class AgentPair(NamedTuple):
    """An agent and the blueprint it follows, by their ids."""

    agent: str
    blueprint: str


@dataclass(frozen=True)
class IngestedRecording:
    """What became of a recording.

    Attributes:
        recording: Its id.
        name: What it is called.
        language: What is spoken in it.
        kept: Whether it belongs to the domain.
        account: Id of the account; None of a recording that is not kept.
        counts: Reports of all steps.
    """

    recording: str
    name: str
    language: Language
    kept: bool
    account: str | None
    counts: list[Counts]


@dataclass(frozen=True)
class Signals:
    """Result of SSI.

    Attributes:
        recordings: The recordings that belong to the domain.
        read: Ids of all that were read.
        counts: What became of what, by step.
    """

    recordings: list[IngestedRecording]
    read: list[str]
    counts: list[Counts]

    @property
    def names(self) -> dict[str, str]:
        """Names of the recordings by id."""
        return {recording.recording: recording.name for recording in self.recordings}


@dataclass(frozen=True)
class MadeRecords:
    """Records a step put into the store: their ids, and the reports."""

    ids: list[str]
    counts: list[Counts]


@dataclass(frozen=True)
class AgentOfRecordings:
    """An agent persona, by its id, and the recordings it was made of."""

    persona: str
    recordings: list[str]


@dataclass(frozen=True)
class Personas:
    """Result of APS: ids of the user personas, the agent personas with their recordings, and the reports."""

    users: list[str]
    agents: list[AgentOfRecordings]
    counts: list[Counts]


@dataclass(frozen=True)
class Blueprints:
    """Result of CB: each agent with the blueprint it follows, and the reports."""

    agents: list[AgentPair]
    counts: list[Counts]


@dataclass(frozen=True)
class Material:
    """What a run has to make dialogues of.

    Attributes:
        things: Things the agents know by name.
        facts: Rows of their knowledge.
        statements: Sentences of theirs that can be said of a thing unasked.
        answers: Spoken or written answers of the accounts.
        questions: Questions and wishes of viewers.
        answered: Those of them that were answered.
        users: User personas.
        agents: Agent personas.
        profiles: Those of them that were given.
        plans: Given plans that are followed.
    """

    things: int
    facts: int
    statements: int
    answers: int
    questions: int
    answered: int
    users: int
    agents: int
    profiles: int
    plans: int

    def describe(self) -> str:
        """Return what there is as a sentence's end: "3 things, 41 facts, ..."."""
        told = (
            (self.things, "thing"),
            (self.facts, "fact"),
            (self.statements, "statement"),
            (self.answers, "answer"),
            (self.questions, "question"),
        )
        counted = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in told]
        people = f"{self.users} user and {self.agents} agent personas"
        return f"{', '.join(counted)} ({self.answered} answered), {people}"


@dataclass(frozen=True)
class Participants:
    """The participants of the dialogues of a run.

    Attributes:
        users: Ids of the user personas.
        agents: Agents with their blueprints.
        histories: Files of dialogues that are continued.
        names: Names of the sources by id.
        read: Ids of the recordings that were read.
        counts: What became of what, by step.
    """

    users: list[str]
    agents: list[AgentPair]
    counts: list[Counts]
    histories: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refreshed:
    """What reading all pages anew changed: the changed facts by account, and the reports."""

    changes: dict[str, list[str]]
    counts: list[Counts]


@dataclass(frozen=True)
class RefreshedKnowledge:
    """What reading an account's pages anew changed: its id, the changed facts as sentences, and the reports."""

    account: str
    changes: list[str]
    counts: list[Counts]


@dataclass(frozen=True)
class MadeEnvironment:
    """An agent's database with tools: the name of its file, None where there is nothing to sell, and the reports."""

    name: str | None
    counts: list[Counts]


@dataclass(frozen=True)
class Assignments:
    """The dialogues to be made, written down.

    Attributes:
        name: Name of their file.
        hash: Hash of what it holds.
        count: How many there are.
        participants: Name of the file of the participants.
        counts: Reports of which users may ask and which dialogues can be continued.
    """

    name: str
    hash: str
    count: int
    participants: str
    counts: list[Counts] = field(default_factory=list)


@dataclass(frozen=True)
class MadeShard:
    """What became of a shard of dialogues.

    Attributes:
        name: Name of its file.
        entries: What was added to the dead letters.
        failed: Ids of the dialogues that are lost.
        left: Dialogues a budget no longer allowed.
        counts: What became of them.
        usage: Calls, tokens and cost of the models so far.
        cells: Of each dialogue, the cell of the coverage plan it fills.
        trials: Of each task of dialogues with tools, its id and whether it passed.
    """

    name: str
    entries: list[dict[str, Any]]
    failed: list[str]
    left: int
    counts: list[Counts]
    usage: dict[str, Any]
    cells: list[Any] = field(default_factory=list)
    trials: list[tuple[str, bool]] = field(default_factory=list)


SHARDS: TypeAdapter[MadeShard] = TypeAdapter(MadeShard)
"""Writes what became of a shard as JSON, and reads it: worker processes send it."""


@dataclass(frozen=True)
class Generated:
    """Result of IDG.

    Attributes:
        shards: Names of the files of dialogues.
        failed: Ids of the dialogues that are lost.
        left: Dialogues a budget no longer allowed.
        counts: What became of them.
        usage: Calls, tokens and cost of the models.
        pass_hat: Of several trials a plan, pass^k by k.
    """

    shards: list[str]
    failed: list[str]
    left: int
    counts: list[Counts]
    usage: dict[str, Any]
    pass_hat: dict[str, float] | None = None


@dataclass(frozen=True)
class Filtered:
    """Result of DF: how many dialogues were kept, and the reports."""

    kept: int
    counts: list[Counts]


@dataclass(frozen=True)
class Exported:
    """Result of the export: the files, and how many dialogues they hold."""

    files: list[str]
    dialogues: int


def merge_counts(reports: Iterable[Counts]) -> list[Counts]:
    """Return reports with those of the same step added up, in order of first appearance."""
    merged: dict[str, Counts] = {}
    for report in reports:
        if report.phase in merged:
            merged[report.phase].merge(report)
        else:
            merged[report.phase] = Counts.from_dict(report.to_dict())
    return list(merged.values())


def list_counts(results: Iterable[Any]) -> list[Counts]:
    """Return the reports of several results, one after the other."""
    return [count for result in results for count in result.counts]


def dump_counts(counts: Sequence[Counts]) -> list[Mapping[str, Any]]:
    """Return reports as JSON values."""
    return [count.to_dict() for count in counts]

"""The data set that exporters write: one domain's dialogues with all the records they point at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment import EnvironmentRecord
from streamdial.errors import StreamDialError
from streamdial.exports.quality import QualityStatistic
from streamdial.filtering import CommunitySummary, DialogueMap, Drop, GridCell, TriedThresholds
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    Blueprint,
    Dialogue,
    DialogueStrategy,
    KnowledgeRow,
    Language,
    QAPair,
    Record,
    SeedDialogue,
    UserPersona,
    UserQuestion,
)
from streamdial.tooluse import ToolDialogue

SystemPrompt = Literal["none", "persona", "blueprint"]
"""What the system message holds: there is none, the agent with its facts, or also how it leads a dialogue."""


@dataclass(frozen=True)
class EvidenceItem:
    """Something a turn, a persona or a blueprint rests on.

    Attributes:
        id: Id of the record, or `<seed dialogue>#<turn>`.
        kind: question, response, pair, strategy, account, knowledge, thread or seed.
        text: What was said or written there.
        source: Id of the recording, file or page; of the seed dialogue for a seed turn.
        start: Seconds from the start of the stream, None for what has no time.
        end: Seconds from the start of the stream; equals `start` for a moment.
        url: Address of the page or stream, where there is one.
    """

    id: str
    kind: str
    text: str
    source: str
    start: float | None = None
    end: float | None = None
    url: str | None = None


class FilterStatistics(NamedTuple):
    """What the report shows of the filter.

    Attributes:
        grid: What other thresholds would make of the set.
        sizes: Communities by their size.
        largest: The largest communities.
        tried: What other thresholds would keep; nothing where that was not tried.
        places: Where dialogues lie on a map, and what share of the variance it holds; None of an older run.
    """

    grid: Sequence[GridCell]
    sizes: Mapping[int, int]
    largest: Sequence[CommunitySummary]
    tried: Sequence[TriedThresholds] = ()
    places: DialogueMap | None = None


@dataclass(frozen=True)
class ToolUseSet:
    """What a data set of dialogues with tools has beside the dialogues.

    Attributes:
        dialogues: The kept dialogues with calls, results, tasks and verdicts, by the ids of `DataSet.dialogues`.
        worlds: The environments they took place in, by id.
        unverified: Dialogues of which a task failed; kept apart, and in no form for training.
    """

    dialogues: Mapping[str, ToolDialogue]
    worlds: Mapping[str, EnvironmentRecord]
    unverified: Sequence[ToolDialogue] = ()


@dataclass(frozen=True)
class DataSet:
    """All that one run made of one domain.

    Attributes:
        pack: The domain pack.
        languages: Languages of the dialogues.
        dialogues: What the filter kept.
        users: User personas by id.
        agents: Agent personas by id, each with its knowledge.
        blueprints: Blueprints by id.
        evidence: What turns, personas and blueprints point at, by id. An id that is not in it is shown as unknown.
        counts: Reports of the phases, in order.
        settings: Fields of the fingerprint. The keys `fingerprint`, `command`, `sources`, `models` and `thresholds`
            have sections of their own in the data card; all others are listed there. Where `sources` is a list of
            {id, name}, the report shows the names.
        dropped: What the filter dropped, and what it repeats.
        left_out: Dialogues that were dropped, by id, for the report's comparison; may be a part of them or none.
        accounts: Metadata of the accounts, for the figure of k-anonymity.
        filtered: Statistics of the filter, where it was asked for them.
        communities: Community the filter put each dialogue into, by id; splits keep communities whole.
        quality: Figures of an evaluation, where one was made.
        threads: Seed dialogues out of comment threads the accounts replied in.
        pictures: Small JPEGs of what pieces of evidence stand on, by their ids: cards on the screen.
        system_prompt: What the system message of the forms for training holds.
        media: Audio or video of recordings by their ids, each as its address from the report's page: a relative one.
        tool_use: Calls, results and databases, where the dialogues are those of the generator with tools.
    """

    pack: DomainPack
    languages: tuple[Language, ...]
    dialogues: tuple[Dialogue, ...]
    users: Mapping[str, UserPersona]
    agents: Mapping[str, AgentPersona]
    blueprints: Mapping[str, Blueprint]
    evidence: Mapping[str, EvidenceItem] = field(default_factory=dict)
    counts: Sequence[Counts] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    dropped: Sequence[Drop] = ()
    left_out: Mapping[str, Dialogue] = field(default_factory=dict)
    accounts: Sequence[AccountMetadata] = ()
    filtered: FilterStatistics | None = None
    communities: Mapping[str, int] = field(default_factory=dict)
    quality: Sequence[QualityStatistic] = ()
    threads: Sequence[SeedDialogue] = ()
    tool_use: ToolUseSet | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)
    system_prompt: SystemPrompt = "persona"

    def __post_init__(self) -> None:
        """Refuse dialogues that name a persona or a blueprint which is not there, and ids that come twice.

        So are dialogues with tools whose environment is not there.

        Raises:
            StreamDialError: With the dialogue and the id that is missing.
        """
        if len({dialogue.id for dialogue in self.dialogues}) != len(self.dialogues):
            raise StreamDialError("two dialogues of the data set have the same id.", fix="export each dialogue once")
        for dialogue in self.dialogues:
            for kind, wanted, known in (
                ("user persona", dialogue.user_persona_id, self.users),
                ("agent persona", dialogue.agent_persona_id, self.agents),
                ("blueprint", dialogue.blueprint_id, self.blueprints),
            ):
                if wanted not in known:
                    raise StreamDialError(
                        f"dialogue {dialogue.id} names the {kind} {wanted}, which the data set does not have.",
                        fix="export from the store the dialogues were made from",
                    )
        for made in self.tool_use.dialogues.values() if self.tool_use else ():
            if self.tool_use and made.world not in self.tool_use.worlds:
                raise StreamDialError(
                    f"dialogue {made.id} took place in the world {made.world}, which the data set does not have.",
                    fix="export the worlds of the run beside its dialogues",
                )

    def select(self, ids: Collection[str]) -> DataSet:
        """Return the data set with some of its dialogues, by their ids; all else is as it was."""
        kept = set(ids)
        return replace(self, dialogues=tuple(dialogue for dialogue in self.dialogues if dialogue.id in kept))

    def list_dialogues(self) -> list[Dialogue]:
        """Return the dialogues in the order of their ids, which is the order of every exported file."""
        return sorted(self.dialogues, key=lambda dialogue: dialogue.id)

    def list_tool_dialogues(self) -> list[ToolDialogue]:
        """Return what there is beside the dialogues that used tools, in the order of their ids."""
        found = self.tool_use.dialogues if self.tool_use else {}
        return [found[dialogue.id] for dialogue in self.list_dialogues() if dialogue.id in found]


def collect_evidence(
    records: Iterable[Record],
    seeds: Iterable[SeedDialogue] = (),
    agents: Iterable[AgentPersona] = (),
    blueprints: Iterable[Blueprint] = (),
) -> dict[str, EvidenceItem]:
    """Return evidence items for signals, rows of knowledge and seed turns, by id.

    Args:
        records: Signals and rows of knowledge; records of other types are passed over, they are never evidence.
        seeds: Seed dialogues, each turn an item `<id>#<turn>`.
        agents: Agent personas whose rows of knowledge are added, and the places of the profile of one that was given.
        blueprints: Blueprints; of those that were given, the places of the plan are added.
    """
    agents = list(agents)
    rows = (row for agent in agents for row in (*agent.knowledge, *agent.other_versions))
    found = {record.id: item for part in (records, rows) for record in part if (item := _read_record(record))}
    found.update((item.id, item) for seed in seeds for item in _read_seed(seed))
    given: list[AgentPersona | Blueprint] = [*agents, *blueprints]
    found.update((item.id, item) for document in given if document.layout for item in _read_given(document))
    return found


def _read_given(given: AgentPersona | Blueprint) -> Iterator[EvidenceItem]:
    """Yield the places of a document that was given, each with what stands there."""
    told: list[tuple[tuple[str, ...], str]]
    if isinstance(given, AgentPersona):
        observed = (given.identity, given.certification, *given.service_boundaries, *given.commitments)
        told = [(statement.evidence, statement.text) for statement in observed if statement]
        told.append((given.style.evidence, given.style.description))
    else:
        told = [(stage.evidence, stage.title) for stage in given.stages]
        told += [(node.evidence, node.title) for node in given.nodes]
        told += [(scenario.evidence, scenario.title) for scenario in given.scenarios]
        told += [(path.evidence, " → ".join(path.steps)) for path in given.paths]
    for places, text in told:
        for place in places:
            yield EvidenceItem(place, "given", text, given.account)


def _read_record(record: Record) -> EvidenceItem | None:
    match record:
        case UserQuestion():
            kind, text = "question", record.text
        case AgentResponse():
            kind, text = "response", record.text
        case QAPair():
            kind, text = "pair", f"{record.question} → {record.answer}"
        case DialogueStrategy():
            kind, text = "strategy", record.text
        case AccountMetadata():
            kind, text = "account", " · ".join(filter(None, (record.name, record.certification, record.bio)))
        case KnowledgeRow():
            kind, text = "knowledge", f"{record.entity} · {record.slot}: {record.text}"
        case _:
            return None
    at = record.provenance
    return EvidenceItem(record.id, kind, text, at.source_id, at.start, at.end, at.url)


def _read_seed(seed: SeedDialogue) -> Iterator[EvidenceItem]:
    kind, source, url = "seed", seed.id, None
    if at := seed.provenance:
        kind, source, url = "thread", at.source_id, at.url
    for turn in seed.turns:
        yield EvidenceItem(f"{seed.id}#{turn.turn_id}", kind, turn.utterance, source, url=url)

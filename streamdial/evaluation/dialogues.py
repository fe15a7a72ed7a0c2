"""Dialogues of any origin as all metrics see them: ours, StreamDial's, MultiWOZ, SGD, CrossWOZ."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import (
    AgentPersona,
    Blueprint,
    Dialogue,
    Language,
    Outcome,
    ReachedGoal,
    SeedDialogue,
    Session,
    Turn,
    UserPersona,
)
from streamdial.text import tokenize

UNITS: Mapping[Language, str] = {"en": "word", "zh": "character"}
"""What a token is: `streamdial.text.tokenize` cuts Chinese into characters and everything else into words."""

MAX_PARTS = 20
"""Parts of equal size a large set is cut into where it is compared with a smaller one."""


@dataclass(frozen=True)
class EvaluatedDialogue:
    """One dialogue.

    Attributes:
        id: Its id in its set.
        language: Its language.
        turns: What was said; acts, slots and evidence are empty where the set has none.
        domain: Id of the domain pack, or the set's own name of the domain.
        user: Id of the user persona; empty where there is none.
        agent: Id of the agent persona; empty where there is none.
        blueprint: Id of the blueprint; empty where there is none.
        path: Name of the path of the blueprint that was taken; empty where there is none.
        model: Id of the model that worded it; empty where that is not told.
        outcome: How it ended; None where that is not told.
        goals: Goals reached before the last one.
        mechanisms: Strategies of the run that had a part in it.
        session: Its place among the sessions of its user with its agent; None where it is none of several.
    """

    id: str
    language: Language
    turns: tuple[Turn, ...]
    domain: str = ""
    user: str = ""
    agent: str = ""
    blueprint: str = ""
    path: str = ""
    model: str = ""
    outcome: Outcome | None = None
    goals: tuple[ReachedGoal, ...] = ()
    mechanisms: tuple[str, ...] = ()
    session: Session | None = None

    @cached_property
    def tokens(self) -> list[list[str]]:
        """Tokens of each turn."""
        return [tokenize(turn.utterance) for turn in self.turns]


class Fact(NamedTuple):
    """A row of knowledge: a fact an agent may tell.

    Attributes:
        entity: What it is about; empty for the account itself.
        slot: Attribute.
        value: Normalised value.
        text: The value as its source says it.
    """

    entity: str
    slot: str
    value: str
    text: str


class Plan(NamedTuple):
    """What a blueprint leaves to choose from.

    Attributes:
        language: Its language.
        strategies: Strategies of its scenarios.
        paths: Names of its paths.
    """

    language: str
    strategies: frozenset[str]
    paths: frozenset[str]


@dataclass(frozen=True)
class DialogueSet:
    """Dialogues with what is known of their making; everything but the dialogues may be empty.

    Attributes:
        name: What the set is called in tables.
        talks: The dialogues.
        users: User personas by id.
        agents: Agent personas with their knowledge, by id.
        blueprints: Blueprints by id.
        evidence: What turns rest on: text by id.
        kinds: What kind of record each of these is, by id: question, response, knowledge, seed, ...
        knowledge: The knowledge base of each agent persona, by its id.
        people: All user personas there are, used or not: language by id.
        plans: All blueprints there are, used or not, by id.
        counts: What was read and what could not be.
        pack: The domain pack the run kept; None where it is no run's.
    """

    name: str
    talks: tuple[EvaluatedDialogue, ...]
    users: Mapping[str, UserPersona] = field(default_factory=dict)
    agents: Mapping[str, AgentPersona] = field(default_factory=dict)
    blueprints: Mapping[str, Blueprint] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    knowledge: Mapping[str, Sequence[Fact]] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    counts: Counts = field(default_factory=lambda: Counts("read"))
    pack: DomainPack | None = None

    @property
    def languages(self) -> tuple[Language, ...]:
        """Languages of the dialogues, sorted."""
        return tuple(sorted({talk.language for talk in self.talks}))

    def of_language(self, language: Language) -> list[EvaluatedDialogue]:
        """Return the dialogues of one language, in order."""
        return [talk for talk in self.talks if talk.language == language]


def view_dialogue(dialogue: Dialogue) -> EvaluatedDialogue:
    """Return one of our dialogues as the metrics see it."""
    return EvaluatedDialogue(
        id=dialogue.id,
        language=dialogue.language,
        turns=dialogue.turns,
        domain=dialogue.domain,
        user=dialogue.user_persona_id,
        agent=dialogue.agent_persona_id,
        blueprint=dialogue.blueprint_id,
        path=dialogue.path,
        model=dialogue.provenance.model_id or "",
        outcome=dialogue.outcome,
        goals=dialogue.goals,
        mechanisms=tuple(one.name for one in dialogue.lineage),
        session=dialogue.session,
    )


def view_seed(seed: SeedDialogue) -> EvaluatedDialogue:
    """Return a dialogue of a public set, or a seed dialogue, as the metrics see it."""
    return EvaluatedDialogue(id=seed.id, language=seed.language, turns=seed.turns, domain=seed.domain)


def collect_dialogues(
    name: str,
    dialogues: Iterable[Dialogue],
    *,
    users: Mapping[str, UserPersona] | None = None,
    agents: Mapping[str, AgentPersona] | None = None,
    blueprints: Mapping[str, Blueprint] | None = None,
    evidence: Mapping[str, str] | None = None,
) -> DialogueSet:
    """Return our dialogues with their records as one set.

    Args:
        name: What the set is called in tables.
        dialogues: The dialogues.
        users: User personas by id, used or not.
        agents: Agent personas by id.
        blueprints: Blueprints by id, used or not.
        evidence: Text by id of what turns rest on.
    """
    users, blueprints = users or {}, blueprints or {}
    return DialogueSet(
        name=name,
        talks=tuple(view_dialogue(dialogue) for dialogue in dialogues),
        users=users,
        agents=agents or {},
        blueprints=blueprints,
        evidence=evidence or {},
        knowledge={key: list_facts(agent) for key, agent in (agents or {}).items()},
        people={key: user.language for key, user in users.items()},
        plans={key: describe_plan(blueprint) for key, blueprint in blueprints.items()},
    )


def describe_plan(blueprint: Blueprint) -> Plan:
    """Return what a blueprint leaves to choose from."""
    strategies = {scenario.strategy for scenario in blueprint.scenarios if scenario.strategy}
    return Plan(blueprint.language, frozenset(strategies), frozenset(path.name for path in blueprint.paths))


def list_facts(agent: AgentPersona) -> list[Fact]:
    """Return an agent's rows of knowledge, including those that were replaced since the dialogues were made."""
    rows = (*agent.knowledge, *agent.other_versions)
    return [Fact(row.entity, row.slot, row.value, row.text) for row in rows]


def draw_dialogues(talks: Sequence[EvaluatedDialogue], count: int, seed: int) -> list[EvaluatedDialogue]:
    """Return at most `count` dialogues, chosen and ordered by the seed."""
    return random.Random(seed).sample(list(talks), min(count, len(talks)))


def cut_dialogues(
    talks: Sequence[EvaluatedDialogue], size: int | None, seed: int, most: int = MAX_PARTS
) -> list[list[EvaluatedDialogue]]:
    """Return parts of exactly `size` dialogues each that share none; one of all where there are no more, or no size.

    What depends on the number of dialogues is measured on each part, so that a large set can be held against a small
    one without throwing most of it away.

    Args:
        talks: The dialogues.
        size: Dialogues of a part.
        seed: Decides which come together.
        most: Maximum number of parts.
    """
    if size is None or size >= len(talks):
        return [list(talks)]
    mixed = draw_dialogues(talks, len(talks), seed)
    return [mixed[start : start + size] for start in range(0, len(mixed) - size + 1, size)][:most]


def name_subject(name: str, dialogue: str) -> str:
    """Return what a dialogue is called where two sets are judged together."""
    return f"{name}/{dialogue}"

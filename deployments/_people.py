"""The personas of a finished run, as `chat` and `continue` use them: without the run's settings or its store open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streamdial.dialogues import (
    AgentProfile,
    DialogueMaker,
    DialogueState,
    GenerationOptions,
    LineBank,
    collect_lines,
)
from streamdial.domains import DomainPack, load_pack, load_seeds, open_pack
from streamdial.errors import ConfigurationError
from streamdial.models import ChatModel, build_embedder
from streamdial.personas import Knowledge
from streamdial.pipeline import open_records
from streamdial.records import AgentPersona, Blueprint, Dialogue, Language, MatchScore, Turn, UserPersona
from streamdial.slots import SlotReader

MAX_TURNS = 60
"""Turns after which a dialogue with somebody outside is cut."""
NO_MATCH = MatchScore(expertise=0.0, answerable=0.0, covered=0.0, alpha=0.0, beta=0.0, gamma=0.0, total=0.0)
"""Of a dialogue whose sides were not chosen by how well they fit."""


@dataclass(frozen=True)
class RunPeople:
    """Who may talk to whom.

    Attributes:
        pack: The domain pack.
        users: User personas by id.
        pairs: Agents, each with a blueprint of its account.
        banks: Real lines by agent and language, embedded when they are first needed.
    """

    pack: DomainPack
    users: Mapping[str, UserPersona]
    pairs: tuple[tuple[AgentPersona, Blueprint], ...]
    banks: dict[tuple[str, Language], LineBank] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, domain: str | None = None) -> RunPeople:
        """Read the personas of a run.

        Args:
            folder: Its folder.
            domain: Path of the domain pack, where it was a file of one's own.

        Raises:
            ConfigurationError: If it has nobody to talk to.
        """
        with open_records(folder) as (store, known):
            users, agents = store.get("personas", UserPersona), store.get("personas", AgentPersona)
            blueprints = store.get("blueprints", Blueprint)
        pairs = tuple((agent, plan) for plan in blueprints for agent in agents if agent.account == plan.account)
        if not users or not pairs:
            raise ConfigurationError(f"{folder} has no personas with a blueprint.", fix="let the run finish first")
        return cls(load_pack(domain) if domain else open_pack(folder, known), {user.id: user for user in users}, pairs)

    def find_agent(self, dialogue: Dialogue) -> tuple[AgentPersona, Blueprint]:
        """Return the agent of a dialogue, with its blueprint."""
        wanted = (dialogue.agent_persona_id, dialogue.blueprint_id)
        return next(pair for pair in self.pairs if (pair[0].id, pair[1].id) == wanted)

    def build_maker(
        self,
        agent: AgentPersona,
        blueprint: Blueprint,
        language: Language,
        model: ChatModel | None,
        *,
        options: GenerationOptions,
        ask: Callable[[DialogueState], str | None] | None = None,
        listen: Callable[[Turn], None] | None = None,
    ) -> DialogueMaker:
        """Return the maker of an agent's dialogues; lines are those of seed dialogues. See `DialogueMaker`."""
        profile = AgentProfile(agent, blueprint, Knowledge(agent.knowledge, self.pack))
        reader = SlotReader(self.pack, language, profile.knowledge.entities)
        bank = self.banks.get((agent.id, language))
        if bank is None:
            lines = collect_lines(reader, seeds=load_seeds(self.pack, language))
            bank = self.banks[agent.id, language] = LineBank(lines, build_embedder("use-multilingual"))
        return DialogueMaker(self.pack, language, profile, bank, model, options=options, ask=ask, listen=listen)

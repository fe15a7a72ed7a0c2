"""Several sessions of one user with one agent, with time between them; the later ones remember."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field, JsonValue

from streamdial.errors import ConfigurationError
from streamdial.personas import Knowledge
from streamdial.personas.prose_rows import HOST_CONFIDENCE
from streamdial.records import AgentPersona, Blueprint, Dialogue, KnowledgeRow, Outcome, Session, UserPersona
from streamdial.strategies.choices import open_strategy
from streamdial.strategies.facts import note_changes
from streamdial.strategies.likeness import combine_users, name_combined, rank_compatible
from streamdial.strategies.memory import MemoryStrategy, Recalling
from streamdial.strategies.strategy import (
    AdvisingStrategy,
    Continuation,
    DerivingStrategy,
    Setting,
    StrategyKind,
    StrategyOptions,
)

SESSION_STEP = 7
"""How far apart the wordings of two sessions are dealt."""
GAPS: dict[str, int] = {"PT4H": 1, "P1D": 2, "P3D": 3, "P1W": 3, "P1M": 2}
"""Time between two sessions, as an ISO 8601 duration, to how often it is drawn."""
NEXT: dict[Outcome, tuple[Outcome, ...]] = {
    "deferral": ("success", "success", "success", "hand_over"),
    "drop_out": ("success", "deferral"),
    "hand_over": ("success", "success", "deferral"),
    "success": ("success", "deferral", "hand_over"),
}
"""How a session may end after one that ended so."""
NEAREST = 3
"""Users among whom the next need is drawn, the most alike first."""


class EpisodeOptions(StrategyOptions):
    """Options of `episode`."""

    sessions: int = Field(default=3, ge=2, le=8, description="Sessions at most, the first one among them.")
    memory: str = Field(default="facts", description="Strategy of the kind memory; empty for sessions without one.")
    memory_options: dict[str, JsonValue] = Field(default_factory=dict, description="Options of the memory.")


class Episode(DerivingStrategy):
    """A user comes back to the agent: with a decision that was put off, or with another need after a booking.

    Conversation Chronicles has five sessions an episode, with hours to years between them. Here each session is a
    dialogue of its own, with its number and the time since the one before, planned like any other from what both
    remember; what changed in between is what the versions of the knowledge base say: the first session is held with
    those that held before. Left out: relations other than customer and adviser, and what a user lives through between
    sessions.
    """

    NAME: ClassVar[str] = "episode"
    KIND: ClassVar[StrategyKind] = "derive"
    FAMILY: ClassVar[str] = "memory"
    PAPERS: ClassVar[tuple[str, ...]] = ("Conversation Chronicles (arXiv 2310.13420)", "LoCoMo (arXiv 2402.17753)")
    Options = EpisodeOptions

    def __init__(self, options: StrategyOptions | None = None) -> None:
        super().__init__(options)
        known = self.options.memory
        self._memory = open_memory(known, self.options.memory_options) if known else None

    def derive(
        self, dialogue: Dialogue, user: UserPersona, knowledge: Knowledge, rng: random.Random
    ) -> Sequence[Continuation]:
        """Return nothing: a session follows from all those before it, see `go_on`."""
        return ()

    def go_on(self, chain: Sequence[Dialogue], setting: Setting, rng: random.Random) -> Sequence[Continuation]:
        """Return the next session; nothing after the last one, or where no path leads on."""
        last = chain[-1]
        if len(chain) >= self.options.sessions:
            return ()
        path = _draw_path(last.outcome, setting.blueprint, rng)
        user = setting.user
        others = _list_next(chain, setting) if last.outcome == "success" else []
        if path is None or (last.outcome == "success" and not others):
            return ()
        user = combine_users(user, rng.choice(others[:NEAREST])) if others else user
        gap = rng.choices(list(GAPS), list(GAPS.values()))[0]
        session = Session(episode=chain[0].id, number=len(chain) + 1, gap=gap)
        memory = self._memory
        if memory is None:
            return (Continuation(user, path=path, session=session),)
        kept = note_changes(memory.keep(chain), setting.knowledge)
        advisers: tuple[AdvisingStrategy, ...] = (Recalling(memory, "user"), Recalling(memory, "agent"))
        return (Continuation(user, path=path, session=session, memory=kept, advisers=advisers),)

    def look_back(self, agent: AgentPersona) -> AgentPersona:
        """Return the agent as it was before its knowledge came to what holds now."""
        rows = tuple(_list_earlier(agent.knowledge, agent.other_versions))
        return agent.model_copy(update={"knowledge": rows}) if rows != agent.knowledge else agent


def open_memory(name: str, options: Mapping[str, JsonValue] | None = None) -> MemoryStrategy:
    """Return a memory by its name.

    Raises:
        ConfigurationError: If there is none of that name, or an option is wrong.
    """
    memory = open_strategy(name, options)
    if not isinstance(memory, MemoryStrategy):
        raise ConfigurationError(
            f"strategy episode: memory: {name} is of the kind {memory.KIND}.", fix="name one of the kind memory: facts"
        )
    return memory


def _list_next(chain: Sequence[Dialogue], setting: Setting) -> list[UserPersona]:
    """Return whose need the user of an episode may have next, the most alike first: nobody's it had already."""
    had = {dialogue.user_persona_id for dialogue in chain}
    begun = next((user for user in setting.users if user.id == chain[0].user_persona_id), setting.user)
    new = [
        other
        for other in rank_compatible(setting.user, setting.users, setting.knowledge)
        if other.id not in had and not any(name_combined(name, other) in had for name in had)
    ]
    agreeing = {other.id for other in rank_compatible(begun, new, setting.knowledge)}
    return [other for other in new if other.id in agreeing]


def _draw_path(outcome: Outcome, blueprint: Blueprint, rng: random.Random) -> str | None:
    wanted = rng.choice(NEXT[outcome])
    paths = [path.name for path in blueprint.paths if path.outcome == wanted]
    paths = paths or [path.name for path in blueprint.paths if path.outcome in NEXT[outcome]]
    return rng.choice(paths) if paths else None


def _list_earlier(rows: Iterable[KnowledgeRow], versions: Sequence[KnowledgeRow]) -> Iterator[KnowledgeRow]:
    """Yield rows of knowledge, each in its last earlier version of an earlier date where it has one."""
    for row in rows:
        before = [
            one
            for one in versions
            # What a viewer claims was never what the account said.
            if one.replaced_by == row.id
            and one.confidence >= HOST_CONFIDENCE
            and one.observed_at
            and one.observed_at[:10] < (row.observed_at or "")[:10]
        ]
        if before:
            last = max(before, key=lambda one: one.observed_at or "")
            yield last.model_copy(update={"replaced_by": None, "gone_since": None})
        else:
            yield row

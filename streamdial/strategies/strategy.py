"""What a strategy is: a named mechanism with options, of a kind that says where it is called."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from streamdial.models import ChatModel
from streamdial.personas import Knowledge
from streamdial.records import (
    AgentPersona,
    Blueprint,
    Dialogue,
    KnowledgeRow,
    Lineage,
    Outcome,
    Recall,
    Role,
    Session,
    Turn,
    UserPersona,
)
from streamdial.strategies.directive import Directive
from streamdial.strategies.mined import Mined, MinedRecording
from streamdial.strategies.view import TalkView

StrategyKind = Literal["user", "agent", "planner", "miner", "derive", "memory", "rewriter"]
Task = TypeVar("Task")


class StrategyOptions(BaseModel):
    """Options of a strategy: frozen, and an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(BaseModel):
    """What a reviewer says of a dialogue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reason: str = ""
    decision: Literal["keep", "drop", "redo"] = "keep"
    turn: int = Field(default=-1, description="Number of the turn to be said again, with `redo`.")
    fault: str = Field(default="", description="What a dialogue is counted under that is dropped, if not reviewed_out.")


class Strategy:
    """A mechanism that makes dialogues better in one respect.

    A class of one's own names itself by NAME and is registered as a plugin `strategy.NAME`, or by an entry point of the
    group `streamdial.strategies`.

    Args:
        options: Its options; the defaults of `Options` if None.
    """

    NAME: ClassVar[str]
    """What it is chosen by."""
    KIND: ClassVar[StrategyKind]
    """Where it is called."""
    FAMILY: ClassVar[str] = ""
    """What family of mechanisms it belongs to."""
    PAPERS: ClassVar[tuple[str, ...]] = ()
    """Where it comes from."""
    VERSION: ClassVar[str] = "1"
    """Changes when what it does changes."""
    OFFLINE: ClassVar[bool] = True
    """Whether it acts without a language model."""
    Options: ClassVar[type[StrategyOptions]] = StrategyOptions

    def __init__(self, options: StrategyOptions | None = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    def trace(self, by: Sequence[Sequence[str]]) -> Lineage:
        """Return its part in a dialogue.

        Args:
            by: The names of the strategies that each turn follows, turn by turn.
        """
        turns = tuple(number for number, names in enumerate(by) if self.NAME in names)
        options = self.options.model_dump(mode="json", exclude_defaults=True)
        return Lineage(kind=self.KIND, name=self.NAME, version=self.VERSION, options=options, turns=turns)


class AdvisingStrategy(Strategy, ABC):
    """A strategy that says before a turn what it should do: of the kind `user` or `agent`."""

    @property
    def role(self) -> Role:
        """Whose turns it advises on."""
        return "user" if self.KIND == "user" else "agent"

    @abstractmethod
    def advise(self, view: TalkView) -> Directive | None:
        """Return what the next turn is to do, or None for nothing.

        It is asked several times for one turn, also while a storyline is simulated without words: the same view must
        give the same answer.
        """

    def advise_other(self, view: TalkView) -> Directive | None:
        """Return what the next turn of the other side is to do about this strategy's; nothing by default."""
        return None

    def explain(self, turn: Turn, view: TalkView) -> dict[str, str]:
        """Return hidden state to be exported with a turn of its side that was just made; nothing by default.

        Args:
            turn: The turn.
            view: The dialogue before it.
        """
        return {}

    def direct(self, view: TalkView) -> Directive | None:
        """Return the advice for the view's side under this strategy's name."""
        found = self.advise(view) if view.role == self.role else self.advise_other(view)
        return replace(found, by=(self.NAME,)) if found is not None else None


class SearchingStrategy(AdvisingStrategy, ABC):
    """A strategy that chooses among the plans that are possible, by what each leads to."""

    cost: ClassVar[float] = 0.01
    """What a turn costs."""

    @property
    @abstractmethod
    def shallow(self) -> int:
        """Turns every plan is looked ahead."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """Turns those are that are close to the best one."""

    @property
    @abstractmethod
    def margin(self) -> float:
        """How far from the best value one is close."""

    @abstractmethod
    def value(self, view: TalkView, outcome: Outcome | None, wanted: Outcome) -> float:
        """Return what a dialogue that was looked ahead to is worth.

        Args:
            view: The dialogue as it would be then.
            outcome: How it ended; None where it has not.
            wanted: How its path ends.
        """


def explain_turn(turn: Turn, view: TalkView, strategies: Iterable[AdvisingStrategy]) -> dict[str, Any]:
    """Return the fields `by` and `inner` of a turn with what strategies of its side say of it; nothing for none."""
    told = {one.NAME: found for one in strategies if one.role == turn.role and (found := one.explain(turn, view))}
    inner = {name: value for found in told.values() for name, value in found.items()}
    by = tuple(dict.fromkeys((*turn.by, *told)))
    return {"by": by, "inner": {**turn.inner, **inner}} if told else {}


class PlanningStrategy(Strategy, ABC):
    """A strategy that changes what a dialogue is planned to be, before it is made: of the kind `planner`."""

    @abstractmethod
    def arrange(self, assignment: Task, pool: Sequence[Any]) -> Task:
        """Return the assignment as it is to be made.

        Args:
            assignment: A `streamdial.dialogues.Assignment`.
            pool: All user personas of the run.
        """


def arrange_assignment(assignment: Task, strategies: Sequence[Strategy], pool: Sequence[Any]) -> Task:
    """Return an assignment as its strategies of the kind `planner` have it, one after another."""
    for strategy in strategies:
        if isinstance(strategy, PlanningStrategy):
            assignment = strategy.arrange(assignment, pool)
    return assignment


class MiningStrategy(Strategy, ABC):
    """A strategy that finds readers in what pages say: of the kind `miner`."""

    @abstractmethod
    def mine(self, knowledge: Knowledge, rng: random.Random) -> Sequence[tuple[KnowledgeRow, ...]]:
        """Return walks over an account's knowledge: the facts a reader asks for, in order.

        Args:
            knowledge: The account's knowledge base.
            rng: Draws what is left open.
        """


class RecordingStrategy(Strategy, ABC):
    """A strategy that mines a recording further than SSI does: of the kind `miner`, or of another one beside."""

    @abstractmethod
    def mine(self, recording: MinedRecording) -> Mined:
        """Return the dialogues it finds, and the pairs that are none.

        Args:
            recording: What SSI has made of the recording. The same must give the same.
        """


@dataclass(frozen=True)
class Continuation:
    """A dialogue that is to go on from a given beginning.

    Attributes:
        user: Who asks.
        history: The turns it begins with.
        first: What the first new turn is to do; None leaves it open.
        path: Name of the blueprint's path; that of the dialogue it comes from where it is empty.
        session: Its place among the sessions of its user, where it is a dialogue of its own.
        memory: What both sides remember of earlier sessions.
        advisers: Strategies that advise on its turns.
    """

    user: UserPersona
    history: tuple[Turn, ...] = ()
    first: Directive | None = None
    path: str = ""
    session: Session | None = None
    memory: tuple[Recall, ...] = ()
    advisers: tuple[AdvisingStrategy, ...] = ()

    @property
    def later(self) -> int:
        """How many sessions were before it: each is dealt other wordings."""
        return self.session.number - 1 if self.session is not None else 0


@dataclass(frozen=True)
class Setting:
    """Who and what a dialogue that is derived from is about.

    Attributes:
        user: Its user.
        users: All users of the run who speak its language.
        knowledge: What its agent knows now.
        blueprint: Its blueprint.
    """

    user: UserPersona
    users: tuple[UserPersona, ...]
    knowledge: Knowledge
    blueprint: Blueprint


class DerivingStrategy(Strategy, ABC):
    """A strategy that makes further dialogues out of a finished one: of the kind `derive`."""

    @abstractmethod
    def derive(
        self, dialogue: Dialogue, user: UserPersona, knowledge: Knowledge, rng: random.Random
    ) -> Sequence[Continuation]:
        """Return what further dialogues begin with and are about.

        Args:
            dialogue: A usable dialogue.
            user: Its user.
            knowledge: The agent's knowledge base.
            rng: Draws what is left open.
        """

    def go_on(self, chain: Sequence[Dialogue], setting: Setting, rng: random.Random) -> Sequence[Continuation]:
        """Return what comes after a dialogue and those derived from it one after another, the last one last.

        Args:
            chain: Usable dialogues, each derived from the one before it.
            setting: What the last of them is about.
            rng: Draws what is left open.
        """
        return self.derive(chain[-1], setting.user, setting.knowledge, rng) if len(chain) == 1 else ()

    def finish(self, made: Dialogue, parent: Dialogue) -> tuple[Dialogue, str | None]:
        """Return a derived dialogue as it is kept, and why it is not where it is not what was wanted.

        Args:
            made: The derived dialogue, usable by itself.
            parent: What it was derived from.
        """
        return made, None

    def look_back(self, agent: AgentPersona) -> AgentPersona:
        """Return the agent as it is in the dialogue that is derived from; as it is now by default."""
        return agent


class RewritingStrategy(Strategy, ABC):
    """A strategy that reads a finished dialogue and may drop it or have a turn said again: of the kind `rewriter`."""

    @property
    def reviewer(self) -> str:
        """Who reads, as the dialogue's revisions name it."""
        return self.NAME

    @property
    def rounds(self) -> int:
        """How often a dialogue is read at most; again only after a turn was said again."""
        return 1

    def accepts(self, turn: Turn, state: Any) -> bool:  # noqa: ANN401
        """Tell whether a turn that was said again is what it wanted; any is by default.

        Args:
            turn: The turn in other words.
            state: The finished dialogue, with the turn as it was.
        """
        return True

    @property
    def wants_model(self) -> str | None:
        """Name of the model it reads with, empty for the agent's; None without one."""
        return None

    def bind(self, model: ChatModel) -> None:
        """Be given the model it reads with; needed before `review` where `wants_model` is not None."""

    @abstractmethod
    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Return what is to become of a dialogue, or None where nothing usable was said of it.

        Args:
            state: The finished `streamdial.planning.DialogueState`.

        Raises:
            ModelError: If its model failed for good.
        """


class FirstTurn(AdvisingStrategy):
    """What a continuation wants of its first new turn.

    Args:
        continuation: The continuation, with a directive.
        name: Name of the strategy it comes from.
    """

    def __init__(self, continuation: Continuation, name: str) -> None:
        super().__init__()
        self._continuation = continuation
        self.NAME = name  # type: ignore[misc]
        begun = bool(continuation.history) and continuation.history[-1].role == "user"
        self.KIND = "agent" if begun else "user"  # type: ignore[misc]

    def advise(self, view: TalkView) -> Directive | None:
        """Return what the first new turn is to do; nothing for any other."""
        return self._continuation.first if len(view.turns) == len(self._continuation.history) else None


def merge_lineage(parts: Iterable[Lineage]) -> tuple[Lineage, ...]:
    """Return the parts of a dialogue's lineage, those of one strategy that advised both sides as one."""
    merged: dict[str, Lineage] = {}
    for part in parts:
        before = merged.get(part.name)
        turns = tuple(sorted({*part.turns, *(before.turns if before else ())}))
        merged[part.name] = part.model_copy(update={"turns": turns})
    return tuple(merged.values())

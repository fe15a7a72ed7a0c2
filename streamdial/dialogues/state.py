"""The state of a dialogue while it is made, and the plan of its next turn."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from streamdial.blueprints import BlueprintRunner
from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.records import (
    AgentPersona,
    Blueprint,
    Constraint,
    Language,
    Outcome,
    ReachedGoal,
    Revision,
    Role,
    Turn,
    UserPersona,
    accumulate_state,
)
from streamdial.slots import DONT_CARE, find_numbers
from streamdial.text import tokenize

Value = tuple[str, str | None]
"""A canonical slot value with its unit."""


@dataclass(frozen=True)
class TurnPlan:
    """What a turn is to do, decided before anything is worded.

    Attributes:
        inform: Slot values the user states.
        request: Slots asked for.
        tell: Slot values the agent states of `entity`.
        tell_other: Slot values the agent states of `other`.
        evidence: Ids of the signals and rows of knowledge the plan rests on.
        own_words: A real utterance of this persona that says just this, where there is one.
    """

    role: Role
    act: str
    stage: str
    strategy: str = ""
    entity: str = ""
    other: str = ""
    inform: dict[str, Value] = field(default_factory=dict)
    request: tuple[str, ...] = ()
    tell: dict[str, Value] = field(default_factory=dict)
    tell_other: dict[str, Value] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    own_words: str = ""

    @property
    def values(self) -> dict[str, Value]:
        """All facts the turn must state of its own entity."""
        return {**self.inform, **self.tell}


@dataclass
class DialogueState:
    """One dialogue while it is being made.

    Attributes:
        conflict: Wishes that do not go together, where the dialogue is to show what becomes of them; one of them may
            be another viewer's.
        focus: What the dialogue is about at present.
        told: (entity, slot) pairs the agent has stated.
        used: Evidence ids of lines used so far; none is used twice.
        figures: Numbers said so far, by either role.
        words: What was said, turn by turn, as tokens.
        failed_checks: How often each check failed.
        strategy: Strategy the agent prefers where the dialogue allows it.
        goal_start: Number of the turn the current goal began at.
        reached: Goals reached before the current one.
        revisions: Turns that were said again after a review.
    """

    pack: DomainPack
    language: Language
    user: UserPersona
    agent: AgentPersona
    knowledge: Knowledge
    blueprint: Blueprint
    runner: BlueprintRunner
    rng: random.Random
    seed: int
    conflict: tuple[Constraint, ...] = ()
    turns: list[Turn] = field(default_factory=list)
    focus: str = ""
    told: set[tuple[str, str]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    figures: set[float] = field(default_factory=set)
    words: list[list[str]] = field(default_factory=list)
    failed_checks: dict[str, int] = field(default_factory=dict)
    strategy: str = ""
    goal_start: int = 0
    reached: list[ReachedGoal] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)

    @property
    def wishes(self) -> tuple[Constraint, ...]:
        """The user's wishes, and a borrowed one where the dialogue is to show a conflict."""
        own = {wish.slot for wish in self.user.constraints}
        return (*self.user.constraints, *(wish for wish in self.conflict if wish.slot not in own))

    @property
    def last(self) -> Turn | None:
        """The last turn, or None at the start."""
        return self.turns[-1] if self.turns else None

    @property
    def goal_turns(self) -> list[Turn]:
        """The turns of the current goal."""
        return self.turns[self.goal_start :]

    @property
    def informed(self) -> dict[str, str]:
        """The dialogue state: all slot values the user has stated."""
        return accumulate_state(self.turns)

    @property
    def stated_wishes(self) -> dict[str, str]:
        """What the user has stated so far that a thing can meet or break; days, hours and "no preference" are not."""
        slots = self.pack.slots
        return {
            slot: value
            for slot, value in accumulate_state(self.goal_turns).items()
            if value != DONT_CARE and slots[slot].constraint and not slots[slot].booking
        }

    def count_failure(self, check: str) -> None:
        """Note that a wording did not pass a check."""
        self.failed_checks[check] = self.failed_checks.get(check, 0) + 1

    def add(self, turn: Turn) -> None:
        """Append a turn and let focus, told facts, used lines and the blueprint's position follow it."""
        self.turns.append(turn)
        self.words.append(tokenize(turn.utterance))
        if turn.entity:
            # What is gone is talked about no more, where something else was offered.
            self.focus = turn.other if turn.act == "check_stock" and turn.other else turn.entity
        self.told |= {(turn.entity, slot) for slot in turn.tell} | {(turn.other, slot) for slot in turn.tell_other}
        self.used |= set(turn.evidence)
        self.figures |= {number.value for number in find_numbers(turn.utterance)}
        self.runner.observe(turn)

    def is_gone(self, entity: str) -> bool:
        """Tell whether it was said in the dialogue that a thing cannot be had."""
        slot = self.pack.stock_slot
        row = self.knowledge.get(entity, slot) if slot and (entity, slot) in self.told else None
        return slot is not None and row is not None and row.value in self.pack.slots[slot].gone

    def has_spoken(self, role: Role, act: str) -> int:
        """Return how often a role has done an act since the current goal began."""
        return sum(turn.role == role and turn.act == act for turn in self.goal_turns)

    def begin_goal(self, user: UserPersona, runner: BlueprintRunner, outcome: Outcome) -> None:
        """Note that a goal was reached and go on with the next.

        Args:
            user: Whose wishes and questions come next.
            runner: The position on the next path, at its start.
            outcome: How the goal that ends here came out.
        """
        self.reached.append(
            ReachedGoal(
                first_turn=self.goal_start, user_persona_id=self.user.id, path=self.runner.path.name, outcome=outcome
            )
        )
        self.user, self.runner, self.conflict = user, runner, ()
        self.goal_start = len(self.turns)

    def rewind(self, turn: int) -> DialogueState:
        """Return the state as it was before a turn of the current goal."""
        runner = BlueprintRunner(self.blueprint, self.runner.path.name, self.pack, self.runner.behaviours)
        earlier = replace(
            self,
            runner=runner,
            turns=list(self.turns[: self.goal_start]),
            focus=next((t.entity for t in reversed(self.turns[: self.goal_start]) if t.entity), ""),
            told=set(),
            # Nothing said anywhere in the dialogue is said again.
            used=set(self.used),
            figures=set(),
            words=list(self.words[: self.goal_start]),
            failed_checks=self.failed_checks,
        )
        for said in self.turns[self.goal_start : turn]:
            earlier.add(said)
        return earlier

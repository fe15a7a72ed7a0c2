"""The state of a dialogue while it is made: what was said, what is known, and what it is worth to the customer."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from streamdial.blueprints import BlueprintRunner
from streamdial.domains import DomainPack
from streamdial.environment.world import World, open_world
from streamdial.personas import Knowledge
from streamdial.personas.verdicts import Verdict, judge_fact
from streamdial.planning.answers import MinedAnswers
from streamdial.planning.storyline import Storyline
from streamdial.records import (
    AgentPersona,
    Blueprint,
    Constraint,
    Language,
    Outcome,
    ReachedGoal,
    Recall,
    RefusedWords,
    Revision,
    Role,
    Turn,
    UserPersona,
    Variant,
    accumulate_state,
)
from streamdial.slots import DONT_CARE
from streamdial.strategies import AdvisingStrategy
from streamdial.text import tokenize


@dataclass
class DialogueState:
    """One dialogue while it is being made.

    Attributes:
        answers: What the account really answered to questions like this user's.
        storyline: What the dialogue is to come to, and by which causes; None where nothing was drawn.
        number: Number of the dialogue in its run: the wordings of a run are dealt out by it.
        focus: What the dialogue is about at present.
        told: (entity, slot) pairs the agent has stated.
        used: Evidence ids of lines used so far; none is used twice.
        words: What was said, turn by turn, as tokens.
        failed_checks: How often each check failed.
        phrases: How many phrases of each key were used.
        strategy: Strategy the agent prefers where the dialogue allows it.
        goal_start: Number of the turn the current goal began at.
        reached: Goals reached before the current one.
        revisions: Turns that were said again after a review.
        refused: Words of a model that broke a check, by the number of the turn they were for.
        variants: Variants of exchanges with known answers.
        advisers: Strategies that say before a turn what it is to do.
        memory: What both remember of earlier dialogues.
        written: The lines of the whole dialogue, where one call of a model wrote them; None where none was asked.
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
    answers: MinedAnswers = field(default_factory=MinedAnswers)
    storyline: Storyline | None = None
    number: int = 0
    turns: list[Turn] = field(default_factory=list)
    focus: str = ""
    told: set[tuple[str, str]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    words: list[list[str]] = field(default_factory=list)
    failed_checks: dict[str, int] = field(default_factory=dict)
    phrases: Counter[str] = field(default_factory=Counter)
    strategy: str = ""
    goal_start: int = 0
    reached: list[ReachedGoal] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    refused: list[RefusedWords] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    advisers: tuple[AdvisingStrategy, ...] = ()
    memory: tuple[Recall, ...] = ()
    written: tuple[tuple[Role, str], ...] | None = None

    def __post_init__(self) -> None:
        """Let what was told before and still holds count as told."""
        self.told |= {(one.entity, one.slot) for one in self.memory if one.kind == "told" and not one.now}

    @property
    def wishes(self) -> tuple[Constraint, ...]:
        """The user's wishes."""
        return self.user.constraints

    @property
    def world(self) -> World:
        """What can be had, when and on which terms."""
        return open_world(self.knowledge, self.language)

    def find_currency(self, slot: str) -> str | None:
        """Return the money the account tells a slot in; None where it tells none."""
        return next((row.unit for row in self.knowledge.rows if row.slot == slot and row.unit), None)

    @property
    def held_wishes(self) -> dict[str, Constraint]:
        """The wishes this user holds on to, by slot: a wish that was changed has its new value, a day is none."""
        slots, informed = self.pack.slots, accumulate_state(self.goal_turns)
        held = {}
        for wish in self.user.constraints:
            if slots[wish.slot].booking or not slots[wish.slot].constraint:
                continue
            value = informed.get(wish.slot, wish.value)
            if value != DONT_CARE:
                held[wish.slot] = wish if value == wish.value else wish.model_copy(update={"value": value})
        return held

    @property
    def recalled(self) -> dict[str, str]:
        """Slot values the user stated in earlier dialogues and still wishes."""
        held = {(wish.slot, wish.value) for wish in self.user.constraints}
        return {one.slot: one.value for one in self.memory if one.kind == "wish" and (one.slot, one.value) in held}

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
        """The dialogue state: all slot values the user has stated, in earlier dialogues too."""
        return {**self.recalled, **accumulate_state(self.turns)}

    @property
    def stated_wishes(self) -> dict[str, str]:
        """What the user has stated so far that a thing can meet or break.

        Days, hours, "no preference" and an amount in a currency that nothing is sold in are not.
        """
        slots = self.pack.slots
        foreign = {wish.slot for wish in self.user.constraints if not self.knowledge.compares(wish)}
        return {
            slot: value
            for slot, value in {**self.recalled, **accumulate_state(self.goal_turns)}.items()
            if value != DONT_CARE and slots[slot].constraint and not slots[slot].booking and slot not in foreign
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
        self.runner.observe(turn)

    def is_gone(self, entity: str) -> bool:
        """Tell whether it was said in the dialogue that a thing cannot be had."""
        return (entity, self.pack.stock_slot or "") in self.told and self.world.is_gone(entity)

    def judge(self, turn: Turn) -> list[Verdict]:
        """Return the verdicts on what a turn of the agent tells, in its order."""
        if turn.role != "agent" or turn.act in ("confirm", "hold", "refuse"):
            return []
        wishes = self.held_wishes
        found = []
        for entity, values in ((turn.entity, turn.tell), (turn.other, turn.tell_other)):
            for slot, value in values.items():
                row = self.knowledge.get(entity, slot)
                if entity and slot in self.pack.slots:
                    unit = row.unit if row else None
                    found.append(judge_fact(self.knowledge, wishes, entity, slot, value, unit))
        return found

    def list_misses(self, entity: str) -> list[Verdict]:
        """Return the verdicts on told facts of a thing that miss a wish still held, the hardest wish first."""
        wishes = self.held_wishes
        missed = []
        for slot in wishes:
            row = self.knowledge.get(entity, slot) if (entity, slot) in self.told else None
            if row is not None:
                verdict = judge_fact(self.knowledge, wishes, entity, slot, row.value, row.unit)
                if verdict.misses:
                    missed.append(verdict)
        order = ("must", "prefer", "flexible")
        return sorted(missed, key=lambda verdict: (order.index(verdict.hardness), -verdict.distance))

    def has_objected(self, slot: str, entity: str) -> bool:
        """Tell whether it is on the table that a thing misses a wish: the user objected, or the agent owned up."""
        price = self.pack.price_slot
        for turn in (turn for turn in self.goal_turns if turn.entity == entity):
            if turn.act == "object" and slot in turn.request:
                return True
            if turn.role == "user" and turn.act == "negotiate" and slot == price:
                return True
            if turn.act in ("recover", "explain_conflict") and slot in turn.tell:
                return True
        return False

    @property
    def offered(self) -> tuple[str, ...]:
        """The things the agent put forward since the current goal began."""
        acts = ("recommend", "recover", "explain_conflict", "upsell", "propose")
        named = [turn.entity for turn in self.goal_turns if turn.role == "agent" and turn.act in acts and turn.entity]
        named += [turn.other for turn in self.goal_turns if turn.act == "check_stock" and turn.other]
        return tuple(dict.fromkeys(named))

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
        self.user, self.runner, self.storyline = user, runner, None
        self.goal_start = len(self.turns)

    def rewind(self, turn: int) -> DialogueState:
        """Return the state as it was before a turn of the current goal."""
        runner = BlueprintRunner(self.blueprint, self.runner.path.name, self.pack, self.runner.behaviours)
        earlier = replace(
            self,
            runner=runner,
            turns=list(self.turns[: self.goal_start]),
            focus=next((t.entity for t in reversed(self.turns[: self.goal_start]) if t.entity), ""),
            told=set(),  # what is remembered is added by itself
            # Nothing said anywhere in the dialogue is said again.
            used=set(self.used),
            words=list(self.words[: self.goal_start]),
            failed_checks=self.failed_checks,
        )
        for said in self.turns[self.goal_start : turn]:
            earlier.add(said)
        return earlier

"""A dialogue with tools as strategies see it, and what they advise for its next turn."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.planning import OWN_WORDS
from streamdial.records import Constraint, Inquiry, Language, Recall, Role, Turn, UserPersona
from streamdial.strategies import AdvisingStrategy, Directive, Strategy, explain_turn, merge_directives, trace_directive
from streamdial.tooluse.conversion import convert_turn
from streamdial.tooluse.records import Act, TaskWish, ToolTurn, accumulate_acts

Advise = Callable[[Sequence[ToolTurn]], Directive | None]
"""Returns what strategies advise for the turn that comes next."""
Explain = Callable[[ToolTurn, Sequence[ToolTurn]], ToolTurn]
"""Returns a turn with what strategies say of it, and is shown the turns before it."""


@dataclass(frozen=True)
class ToolView:
    """The view of a dialogue with tools; see `streamdial.strategies.TalkView`.

    The user's wishes and questions are those of its tasks; what they rest on is not known here.
    """

    said: Sequence[ToolTurn]
    role: Role
    pack: DomainPack
    language: Language
    tasks: Sequence[TaskWish]
    knowledge: Knowledge | None
    seed: int
    persona: UserPersona | None = None

    @cached_property
    def turns(self) -> Sequence[Turn]:
        """The turns under their main acts."""
        return tuple(convert_turn(turn, self.pack) for turn in self.said)

    @property
    def last(self) -> Turn | None:
        """The last turn, or None at the start."""
        return self.turns[-1] if self.turns else None

    @property
    def wishes(self) -> Sequence[Constraint]:
        """The wishes of all tasks, bookings left out."""
        slots = self.pack.slots
        values = {slot: (value, task.id) for task in self.tasks for slot, value in task.wishes.items()}
        return tuple(
            Constraint(slot=slot, value=value, evidence=(task,))
            for slot, (value, task) in values.items()
            if slot in slots and not slots[slot].booking
        )

    @property
    def user(self) -> UserPersona | None:
        """Who asks, where the tasks are somebody's."""
        return self.persona

    @property
    def own_lines(self) -> Sequence[str]:
        """Nothing: what is said is what the tasks want."""
        return ()

    @property
    def memory(self) -> Sequence[Recall]:
        """Nothing: there is no session before."""
        return ()

    @property
    def questions(self) -> Sequence[Inquiry]:
        """What the tasks ask for."""
        return tuple(Inquiry(text="", asks=(slot,), evidence=(task.id,)) for task in self.tasks for slot in task.asks)

    @property
    def told(self) -> AbstractSet[tuple[str, str]]:
        """(thing, slot) pairs the agent has stated."""
        acts = [act for turn in self.said if turn.role == "agent" for act in turn.acts]
        own = {(act.entity, slot) for act in acts for slot in act.tell}
        return own | {(act.other, slot) for act in acts for slot in act.tell_other}

    @property
    def informed(self) -> dict[str, str]:
        """Slot values the user has stated."""
        return accumulate_acts(self.said)

    @property
    def focus(self) -> str:
        """The thing named last."""
        return next((turn.entity for turn in reversed(self.turns) if turn.entity), "")

    @property
    def stage(self) -> str:
        """Stage of the last turn."""
        return self.turns[-1].stage if self.turns else ""

    @property
    def path(self) -> str:
        """Nothing: a dialogue with tools follows tasks."""
        return ""

    @property
    def storyline(self) -> Any:  # noqa: ANN401
        """Nothing, likewise."""
        return None

    @property
    def rng(self) -> random.Random:
        """Draws of this turn."""
        return random.Random(f"{self.seed}/strategies/{len(self.said)}/{self.role}")


def build_advice(
    strategies: Sequence[Strategy],
    role: Role,
    *,
    pack: DomainPack,
    language: Language,
    tasks: Sequence[TaskWish],
    knowledge: Knowledge | None,
    seed: int,
    persona: UserPersona | None = None,
) -> Advise | None:
    """Return what asks the strategies of a side before each of its turns; None where there are none.

    Args:
        strategies: Those of the dialogue.
        role: Whose turns.
        pack: The domain pack.
        language: Language of the dialogue.
        tasks: What the user wants.
        knowledge: What is known of the things on sale, where there is a knowledge base.
        seed: Seed of the dialogue.
        persona: Who asks, where the tasks are somebody's.
    """
    advisers = [one for one in strategies if isinstance(one, AdvisingStrategy) and one.role == role]
    if not advisers:
        return None

    def advise(turns: Sequence[ToolTurn]) -> Directive | None:
        view = ToolView(turns, role, pack, language, tasks, knowledge, seed, persona)
        return merge_directives(advice for one in advisers if (advice := one.direct(view)) is not None)

    return advise


def build_explanations(
    strategies: Sequence[Strategy],
    *,
    pack: DomainPack,
    language: Language,
    tasks: Sequence[TaskWish],
    knowledge: Knowledge | None,
    seed: int,
    persona: UserPersona | None = None,
) -> Explain:
    """Return what has strategies explain turns that were made; see `build_advice`."""
    advisers = [one for one in strategies if isinstance(one, AdvisingStrategy)]

    def explain(turn: ToolTurn, before: Sequence[ToolTurn]) -> ToolTurn:
        view = ToolView(before, turn.role, pack, language, tasks, knowledge, seed, persona)
        told = explain_turn(convert_turn(turn, pack), view, advisers) if advisers else {}
        return turn.model_copy(update=told) if told else turn

    return explain


def list_act_slots(acts: Iterable[Act]) -> tuple[str, ...]:
    """Return the slots some acts state, tell or ask for."""
    parts = ((*act.inform, *act.request, *act.tell, *act.tell_other) for act in acts)
    return tuple(dict.fromkeys(slot for part in parts for slot in part))


def mark_tool_turn(turn: ToolTurn, directive: Directive | None, count: Callable[[str], None]) -> ToolTurn:
    """Return a turn with the names of the strategies it follows; one that it breaks is counted."""
    acts, slots = [act.act for act in turn.acts], list_act_slots(turn.acts)
    swapped = directive is not None and bool(directive.swaps) and OWN_WORDS in turn.rules
    traced = trace_directive(directive, acts, slots, realisation=turn.realisation, count=count, worded=swapped)
    return turn.model_copy(update=traced) if traced else turn

"""A dialogue that is being made, as strategies see it, and what they advise for its next turn."""

from __future__ import annotations

import random
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.planning.moves import OWN_WORDS, TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline
from streamdial.records import Constraint, Inquiry, Language, Recall, Role, Turn, UserPersona
from streamdial.strategies import ATTACK, OWN_LINES, Directive, explain_turn, merge_directives, trace_directive


@dataclass(frozen=True)
class StateView:
    """The view of a dialogue's state; see `streamdial.strategies.TalkView`."""

    state: DialogueState
    role: Role

    @property
    def pack(self) -> DomainPack:
        """The vertical."""
        return self.state.pack

    @property
    def language(self) -> Language:
        """Language of the dialogue."""
        return self.state.language

    @property
    def turns(self) -> Sequence[Turn]:
        """The turns of the current goal."""
        return tuple(self.state.goal_turns)

    @property
    def last(self) -> Turn | None:
        """The last turn of the current goal, or None at its start."""
        return self.turns[-1] if self.turns else None

    @property
    def wishes(self) -> Sequence[Constraint]:
        """The user's wishes, bookings left out."""
        slots = self.state.pack.slots
        return tuple(wish for wish in self.state.wishes if not slots[wish.slot].booking)

    @property
    def user(self) -> UserPersona:
        """Who asks."""
        return self.state.user

    @property
    def own_lines(self) -> Sequence[str]:
        """All that the one viewer wrote whom the user comes from; empty where several are, or nothing was mined."""
        own = [question for question in self.state.user.primary_inquiries if question.origin == "own"]
        keys = {f"{OWN_LINES}{source}" for question in own for source in question.evidence}
        found = {tuple(text for text, _ in self.state.answers.small_talk.get(key, ())) for key in keys}
        return next(iter(found)) if len(found) == 1 else ()

    @property
    def questions(self) -> Sequence[Inquiry]:
        """The questions of the storyline; those of the persona where none was drawn."""
        storyline = self.state.storyline
        return storyline.questions if storyline is not None else self.state.user.primary_inquiries

    @property
    def knowledge(self) -> Knowledge:
        """What is known of the things on sale."""
        return self.state.knowledge

    @property
    def told(self) -> AbstractSet[tuple[str, str]]:
        """(thing, slot) pairs the agent has stated."""
        return frozenset(self.state.told)

    @property
    def informed(self) -> dict[str, str]:
        """Slot values the user has stated."""
        return self.state.informed

    @property
    def focus(self) -> str:
        """What the dialogue is about at present."""
        return self.state.focus

    @property
    def stage(self) -> str:
        """Stage of the pack the dialogue is in."""
        return self.state.runner.stage

    @property
    def path(self) -> str:
        """Name of the blueprint's path."""
        return self.state.runner.path.name

    @property
    def storyline(self) -> Storyline | None:
        """The storyline that is followed."""
        return self.state.storyline

    @property
    def memory(self) -> Sequence[Recall]:
        """What both remember of earlier dialogues."""
        return self.state.memory

    @property
    def rng(self) -> random.Random:
        """Draws of this turn."""
        return random.Random(f"{self.state.seed}/strategies/{len(self.state.turns)}/{self.role}")


def find_directive(state: DialogueState, role: Role, plan: TurnPlan | None = None) -> Directive | None:
    """Return what the dialogue's strategies advise for the next turn of a side, as one; None where they say nothing.

    Args:
        state: The dialogue so far.
        role: Whose turn.
        plan: What was planned by it: an attack that has no place in the plan is left out.
    """
    if not state.advisers:
        return None
    view = StateView(state, role)
    found = [advice for adviser in state.advisers if (advice := adviser.direct(view)) is not None]
    if plan is not None:
        made = {move.key for move in plan.moves}
        found = [one for one in found if {key for key in one.moves if key.startswith(ATTACK)} <= made]
    return merge_directives(found)


def list_turn_slots(turn: Turn) -> tuple[str, ...]:
    """Return the slots a turn states, tells or asks for."""
    return tuple(dict.fromkeys((*turn.inform, *turn.request, *turn.tell, *turn.tell_other)))


def mark_turn(turn: Turn, directive: Directive | None, state: DialogueState) -> Turn:
    """Return a turn with the names of the strategies it follows and their hidden state; one it breaks is counted."""
    slots = list_turn_slots(turn)
    swapped = directive is not None and bool(directive.swaps) and f"bridge:{OWN_WORDS}" in turn.moves
    traced = trace_directive(
        directive,
        (turn.act,),
        slots,
        realisation=turn.realisation,
        count=state.count_failure,
        asks=turn.request,
        worded=bool(turn.recalls) or swapped,
        moves=turn.moves,
    )
    turn = turn.model_copy(update=traced) if traced else turn
    told = explain_turn(turn, StateView(state, turn.role), state.advisers)
    return turn.model_copy(update=told) if told else turn

"""A language model as a state tracker, without or with a few examples, under the same protocol."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from streamdial.domains import DomainPack
from streamdial.evaluation.dst.protocol import Trial, summarise_trial
from streamdial.evaluation.dst.scores import score_states
from streamdial.evaluation.dst.states import State, StateDialogue, StateTurn
from streamdial.evaluation.dst.values import Normaliser, normalise_value
from streamdial.models import ChatMessage, ChatModel, ChatRequest
from streamdial.models.structured import run_together, try_structured
from streamdial.prompts import render_prompt
from streamdial.records import FrozenModel, Language


class SlotChange(FrozenModel):
    """A slot the user set in a turn."""

    slot: str
    value: str
    """Its value; empty where the user takes it back."""


class StateChange(FrozenModel):
    """What one turn changes: the answer a model gives."""

    changes: tuple[SlotChange, ...] = Field(default=())


@dataclass
class Misses:
    """What a prompted tracker could not use.

    Attributes:
        turns: Turns it was asked about.
        unusable: Turns whose answer fitted the schema in neither of two tries; the state stays as it was.
        unknown_slots: Changes of slots that are not in the schema; left out.
    """

    turns: int = 0
    unusable: int = 0
    unknown_slots: int = 0


@dataclass(frozen=True)
class PromptedTracker:
    """Asks a language model what each turn changes; it sees its own state so far, never the true one.

    Args:
        model: The model.
        slots: Slot to a description a model understands; see `describe_slots`.
        examples: Turns of other dialogues with what they change; none for zero-shot.
        misses: Counts what could not be used.
    """

    model: ChatModel
    slots: Mapping[str, str]
    examples: Sequence[tuple[State, StateTurn, State]] = ()
    misses: Misses = field(default_factory=Misses)

    async def predict(self, dialogue: StateDialogue) -> list[State]:
        """Return the state after each user turn.

        Raises:
            ModelError: If a call fails; an answer that does not fit is counted in `misses` instead.
        """
        states: list[State] = []
        state: dict[str, str] = {}
        for turn in dialogue.turns:
            for change in await self._ask(turn, state, dialogue.language):
                if change.slot not in self.slots:
                    self.misses.unknown_slots += 1
                elif change.value:
                    state[change.slot] = change.value
                else:
                    state.pop(change.slot, None)
            states.append(dict(state))
        return states

    async def _ask(self, turn: StateTurn, state: State, language: Language) -> tuple[SlotChange, ...]:
        self.misses.turns += 1
        system = render_prompt("track_state", language, slots=self.slots, examples=self.examples)
        asked = render_prompt("track_state_turn", language, state=state, turn=turn)
        request = ChatRequest(
            messages=(ChatMessage(role="system", content=system), ChatMessage(role="user", content=asked)),
            max_tokens=300,
            temperature=0.0,
            purpose="track_state",
        )
        answer = await try_structured(self.model, request, StateChange)
        if answer is None:
            self.misses.unusable += 1
            return ()
        return answer.changes


def describe_slots(pack: DomainPack, language: Language) -> dict[str, str]:
    """Return the slots of a pack with their names and, for categories, the values they can have."""
    described = {}
    for name, slot in pack.slots.items():
        values = f" ({', '.join(slot.values)})" if slot.values else ""
        described[name] = f"{slot.names.get(language, name)}{values}"
    return described


def choose_examples(dialogues: Sequence[StateDialogue], shots: int, seed: int) -> list[tuple[State, StateTurn, State]]:
    """Return turns that change the state, with the state before and the change, drawn from different dialogues."""
    rng = random.Random(f"{seed}/shots")
    chosen: list[tuple[State, StateTurn, State]] = []
    for dialogue in rng.sample(list(dialogues), len(dialogues)):
        changes = dialogue.list_changes()
        places = [place for place, change in enumerate(changes) if change]
        if places and len(chosen) < shots:
            place = rng.choice(places)
            before = dialogue.turns[place - 1].state if place else {}
            chosen.append((before, dialogue.turns[place], changes[place]))
    return chosen


async def run_prompted_protocol(
    model: ChatModel,
    train: Sequence[StateDialogue],
    test: Sequence[StateDialogue],
    slots: Mapping[str, str],
    *,
    shots: Sequence[int] = (0, 4),
    seeds: Sequence[int] = (0, 1, 2),
    normalise: Normaliser = normalise_value,
) -> tuple[list[Trial], Misses]:
    """Score a language model on real dialogues, zero- and few-shot; zero-shot has no draw and runs once.

    Args:
        model: The model.
        train: Real dialogues examples are drawn from.
        test: Real dialogues to score on.
        slots: Slot to description.
        shots: Numbers of examples.
        seeds: Seeds of the draws.
        normalise: How values are made comparable.

    Raises:
        ModelError: If a call fails.
    """
    misses = Misses()
    trials = []
    for count in shots:
        scores = []
        for seed in seeds if count else (0,):
            tracker = PromptedTracker(model, slots, choose_examples(train, count, seed), misses)
            states = await run_together(tracker.predict(dialogue) for dialogue in test)
            scores.append(score_states(test, states, tuple(slots), normalise=normalise))
        name = f"{model.model_id.partition('@')[0]}, {count} example{'s' * (count != 1)}"  # without the weights' hash
        trials.append(summarise_trial(name, 0.0, count, 0, scores))
    return trials, misses

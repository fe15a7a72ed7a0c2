"""The messages of a prompt: what never changes first, then the dialogue, roles in strict alternation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Protocol

from streamdial.models import ChatMessage
from streamdial.planning import DialogueState
from streamdial.prompts import render_prompt
from streamdial.records import Language, Role


def number_call(seed: int, turn: int, attempt: int) -> int:
    """Return the seed of a call of a strong model: another one for each dialogue, turn and attempt.

    Args:
        seed: Seed of the dialogue.
        turn: Number of the turn that is asked for, from 0 and below 100; 0 where it is a whole dialogue.
        attempt: Which try it is, from 0 and below 10.
    """
    return seed % 100_000 * 1000 + turn * 10 + attempt


def read_call(seed: int) -> tuple[int, int]:
    """Return turn and attempt of a call by its seed, see `number_call`."""
    return seed % 1000 // 10, seed % 10


class GoalPrompt:
    """The part of a prompt that stays for as long as the goal does."""

    def __init__(self) -> None:
        self._written: tuple[tuple[str, str], str] | None = None

    def get(self, state: DialogueState, write: Callable[[DialogueState], str]) -> str:
        """Return the part for the current goal, written once.

        Args:
            state: The dialogue so far.
            write: Writes it. It is not kept: a policy would hold itself, and its prompts, until a look for cycles.
        """
        goal = (state.user.id, state.runner.path.name)
        if self._written is None or self._written[0] != goal:
            self._written = (goal, write(state))
        return self._written[1]


def alternate(messages: Iterable[ChatMessage]) -> tuple[ChatMessage, ...]:
    """Return messages in which no two neighbours are of one role: their texts are put together, in order."""
    merged: list[ChatMessage] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            content = f"{merged[-1].content}\n\n{message.content}"
            merged[-1] = merged[-1].model_copy(update={"content": content})
        else:
            merged.append(message)
    return tuple(merged)


class Said(Protocol):
    """A turn of either generator, as far as it was heard."""

    @property
    def role(self) -> Role:
        """Who spoke."""
        ...

    @property
    def utterance(self) -> str:
        """What was said."""
        ...


def write_history(turns: Iterable[Said], role: Role, language: Language) -> list[ChatMessage]:
    """Return a dialogue as messages, one's own turns as the assistant's.

    Where one's own side speaks first, a line that says so stands before it, as the first message is the user's.
    """
    messages: list[ChatMessage] = []
    for turn in turns:
        speaker: Literal["assistant", "user"] = "assistant" if turn.role == role else "user"
        if not messages and speaker == "assistant":
            messages.append(_build_message("user", render_prompt("chat_opening", language)))
        messages.append(_build_message(speaker, turn.utterance))
    return messages


@lru_cache(maxsize=4096)
def _build_message(speaker: Literal["assistant", "user"], text: str) -> ChatMessage:
    # Each turn of a dialogue stands in the prompts of all that follow it.
    return ChatMessage(role=speaker, content=text)


def count_alternation_errors(messages: Iterable[ChatMessage]) -> int:
    """Return how often two neighbours are of one role, or the first after the system's part is not the user's."""
    roles = [message.role for message in messages if message.role != "system"]
    errors = sum(left == right for left, right in pairwise(roles))
    return errors + (bool(roles) and roles[0] != "user")

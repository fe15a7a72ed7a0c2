"""Memory between sessions: what is kept of a dialogue, and what of it a later turn takes up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from streamdial.records import Dialogue, Recall, Role
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, Strategy
from streamdial.strategies.view import TalkView


class MemoryStrategy(Strategy, ABC):
    """A strategy by which sessions remember those before them: of the kind `memory`, an option of `episode`."""

    @abstractmethod
    def keep(self, dialogues: Sequence[Dialogue]) -> tuple[Recall, ...]:
        """Return what is worth to be remembered of the sessions so far, the first one first."""

    @abstractmethod
    def recall(self, view: TalkView) -> Directive | None:
        """Return what of `view.memory` the next turn takes up, and what need not be asked; None for nothing."""


class Recalling(AdvisingStrategy):
    """A memory that advises on the turns of one side.

    Args:
        memory: The memory.
        role: Whose turns.
    """

    def __init__(self, memory: MemoryStrategy, role: Role) -> None:
        super().__init__(memory.options)
        self._memory = memory
        self._role: Role = role
        self.NAME, self.KIND, self.VERSION = memory.NAME, memory.KIND, memory.VERSION  # type: ignore[misc]

    @property
    def role(self) -> Role:
        """Whose turns it advises on."""
        return self._role

    def advise(self, view: TalkView) -> Directive | None:
        """Return what the memory has to say to the next turn."""
        return self._memory.recall(view)

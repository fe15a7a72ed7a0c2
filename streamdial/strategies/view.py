"""A dialogue as a strategy sees it, in either generator; it can only be read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.records import Constraint, Inquiry, Language, Recall, Role, Turn, UserPersona


class TalkView(Protocol):
    """The dialogue before the turn that is advised. What a strategy says must follow from it alone."""

    @property
    def role(self) -> Role:
        """Whose turn it is."""
        ...

    @property
    def pack(self) -> DomainPack:
        """The vertical."""
        ...

    @property
    def language(self) -> Language:
        """Language of the dialogue."""
        ...

    @property
    def turns(self) -> Sequence[Turn]:
        """What was said; a turn of a dialogue with tools under its main act. Utterances are empty in a simulation."""
        ...

    @property
    def last(self) -> Turn | None:
        """The last turn, or None at the start."""
        ...

    @property
    def wishes(self) -> Sequence[Constraint]:
        """The user's wishes."""
        ...

    @property
    def user(self) -> UserPersona | None:
        """Who asks; None where a task stands for it alone."""
        ...

    @property
    def own_lines(self) -> Sequence[str]:
        """All that the one viewer wrote whom the user comes from, where a strategy mined it; else empty."""
        ...

    @property
    def questions(self) -> Sequence[Inquiry]:
        """What the user means to ask, in order."""
        ...

    @property
    def knowledge(self) -> Knowledge | None:
        """What is known of the things on sale; None where a database stands for it alone."""
        ...

    @property
    def told(self) -> AbstractSet[tuple[str, str]]:
        """(thing, slot) pairs the agent has stated."""
        ...

    @property
    def informed(self) -> dict[str, str]:
        """Slot values the user has stated."""
        ...

    @property
    def focus(self) -> str:
        """What the dialogue is about at present; empty for nothing."""
        ...

    @property
    def stage(self) -> str:
        """Stage of the pack the dialogue is in."""
        ...

    @property
    def path(self) -> str:
        """Name of the blueprint's path; empty where there is none."""
        ...

    @property
    def storyline(self) -> Any:  # noqa: ANN401
        """The storyline that is followed; None where there is none."""
        ...

    @property
    def memory(self) -> Sequence[Recall]:
        """What both sides remember of earlier dialogues; empty in the first one."""
        ...

    @property
    def rng(self) -> random.Random:
        """Draws of this turn: the same each time it is asked for, and apart from all other draws."""
        ...

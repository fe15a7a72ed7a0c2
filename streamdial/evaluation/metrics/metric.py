"""What a metric is: figures of one set that need no language model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.models import Embedder
from streamdial.records import Language


@dataclass(frozen=True)
class Limits:
    """Sizes two sets have in common: what depends on size is measured on as much of each.

    Attributes:
        dialogues: Dialogues.
        languages: By language: tokens, turns long enough for BLEU-4, dialogues.
    """

    dialogues: int
    languages: Mapping[Language, tuple[int, int, int]]

    def get(self, language: Language) -> tuple[int, int, int]:
        """Return tokens, turns and dialogues of a language; of one that neither has, nothing."""
        return self.languages.get(language, (0, 0, 0))


@dataclass(frozen=True)
class Measured:
    """What is measured, and how.

    Attributes:
        known: The set.
        embedder: Encoder; None for none.
        pack: Domain pack, for what needs slots; None for none.
        limits: Sizes to measure on, where it is compared with another set.
        languages: Languages to tell apart, in order.
        seed: Seed of samples and resamples.
    """

    known: DialogueSet
    embedder: Embedder | None
    pack: DomainPack | None
    limits: Limits | None
    languages: tuple[Language, ...]
    seed: int

    @property
    def size(self) -> int | None:
        """Dialogues to measure on; None for all."""
        return self.limits.dialogues or None if self.limits else None


@dataclass(frozen=True)
class Metric:
    """A metric: figures under one heading.

    Attributes:
        section: Heading its figures stand under.
        measure: Returns the figures; one that cannot be measured has a reason instead of a value.
    """

    section: str
    measure: Callable[[Measured], Iterable[Statistic]]

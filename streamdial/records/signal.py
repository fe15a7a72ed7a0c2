"""The five kinds of signal that SSI extracts from a recording."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamdial.records._base import FrozenModel, Record


class Correction(FrozenModel):
    """One change to a recognised text, with both texts and the reason."""

    before: str
    after: str
    """Empty when the span was removed."""
    reason: Literal[
        "lexicon_exact", "lexicon_phonetic", "lexicon_fuzzy", "evidence", "figure", "model", "inconsistent", "caption"
    ]
    """`caption`: the burnt-in caption says otherwise; `lexicon_exact`: the term, cut into other words; `figure`: said
    in words, written in digits."""
    evidence: tuple[str, ...] = ()


class UserQuestion(Record):
    """Something a viewer really asked or asked for."""

    text: str
    raw_text: str
    """Text before repeats were folded and widths normalised (personal data masked in both)."""
    asker: str | None = None
    time: float | None = None
    act: str
    """User act: ask, inform, object, negotiate, ..."""
    asks: tuple[str, ...] = ()
    """Slots the viewer wants to know."""
    slots: dict[str, str] = Field(default_factory=dict)
    """Normalised slot values the viewer stated."""
    entities: tuple[str, ...] = ()
    echoes: int = 0
    """How many other viewers wrote the same within two minutes: evidence of demand."""


class AgentResponse(Record):
    """Something the host or the account said that can answer a viewer."""

    text: str
    raw_text: str
    """Text before correction."""
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    channel: Literal["speech", "reply", "page"] = "speech"
    tells: dict[str, str] = Field(default_factory=dict)
    """Normalised slot values the host stated."""
    entities: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()


class PairScore(FrozenModel):
    """The three parts of a pairing score and their weighted sum, each 0 to 1."""

    time: float
    meaning: float
    entities: float
    total: float


class QAPair(Record):
    """A question and a response to it."""

    question_id: str
    response_id: str
    question: str
    answer: str
    lag: float | None = None
    """Seconds from question to the start of the response."""
    score: PairScore
    answerer: str | None = None
    """Pseudonym of the viewer who answered, empty where nobody knows; None: the account did."""


class DialogueStrategy(Record):
    """The strategy an expert's response follows."""

    response_id: str
    text: str
    strategy: str
    """A key of the domain pack's strategies, or `other`."""
    stage: str
    confidence: float
    """How sure it is, 0 to 1."""
    reason: str = ""
    """Why, where a chat model decided."""


class AccountMetadata(Record):
    """Who the account is and what it may sell."""

    account: str
    name: str
    platform: str = ""
    bio: str = ""
    certification: str = ""
    categories: tuple[str, ...] = ()
    followers: int | None = None
    location: str = ""
    services: tuple[str, ...] = ()
    standing: Literal["official", "certified", "claimed", "unknown"] = "unknown"
    """Who vouches for the account: the platform as an official one or as one of the trade, itself, or nobody."""
    boundaries: tuple[str, ...] = ()
    """What it says it sells, where, and what it does not do, each as it says it."""


Signal = UserQuestion | AgentResponse | QAPair | DialogueStrategy | AccountMetadata

"""Source records: what readers make of files and pages; personal data is masked, nothing is judged yet."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamdial.records._base import FrozenModel


class Word(FrozenModel):
    """One recognised word with its place in the speech."""

    text: str
    start: float
    end: float
    probability: float | None = None
    """Recogniser's confidence, 0 to 1."""


class Segment(FrozenModel):
    """A stretch of speech (or one subtitle line)."""

    id: str
    source_id: str
    start: float
    """Seconds from the start of the stream."""
    end: float
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    confidence: float | None = None
    """Mean word probability where the recogniser gives one, 0 to 1."""
    heard: str = ""
    """What the recogniser made of it, where the text is that of a burnt-in caption; empty where nothing was heard."""
    shown: str = ""
    """The burnt-in caption that was seen meanwhile, where the text is what was heard."""


class Message(FrozenModel):
    """A line of bullet chat, live chat, or a comment."""

    id: str
    source_id: str
    text: str
    time: float | None = None
    """Seconds from the start of the stream; None for a comment below the recording."""
    author: str | None = None
    """Salted pseudonym, never the name or number the platform shows."""
    kind: Literal["chat", "comment", "paid", "call"] = "chat"
    parent: str | None = None
    """Id of the message this one answers."""
    mention: str | None = None
    """Pseudonym of whom it is for, where it begins with their name."""
    likes: int | None = None
    by_host: bool = False
    """Whether the account itself wrote it."""
    url: str | None = None
    """Page of the line alone, where its platform gives it one."""


class Table(FrozenModel):
    """A table of a page: `rows` are as wide as `header`."""

    caption: str = ""
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    char_start: int | None = None
    """Place of the table in the page's text, in characters."""
    about: str | None = None
    """Of names and values on a card: the thing they are about, empty where nobody knows; None of any other table."""


class Shown(FrozenModel):
    """Where something stands on the screen of a recording, or in a picture."""

    start: float | None = None
    """Seconds from the start of the stream; None in a picture."""
    end: float | None = None
    box: tuple[float, float, float, float]
    """Left, top, right and bottom, as shares of the picture."""
    headings: tuple[str, ...] = ()
    """Lines that may name what it is about, the tallest first."""
    crop: bytes | None = Field(default=None, repr=False)
    """A small JPEG of it, without personal data."""


class Page(FrozenModel):
    """The readable part of a web page, of a picture, or of a card on the screen."""

    id: str
    source_id: str
    url: str
    title: str
    text: str
    tables: tuple[Table, ...] = ()
    published: str | None = None
    """ISO date the page gives for itself."""
    shown: Shown | None = None
    """Of a card on the screen or a picture: where it stands."""


class Profile(FrozenModel):
    """An account as the platform shows it."""

    id: str
    source_id: str
    name: str
    platform: str = ""
    bio: str = ""
    certification: str = ""
    categories: tuple[str, ...] = ()
    followers: int | None = None
    location: str = ""
    services: tuple[str, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    """Everything else the profile says, as text."""

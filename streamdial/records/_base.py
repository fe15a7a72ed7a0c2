"""The base of all records: frozen models, provenance, content-addressed ids."""

from __future__ import annotations

from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Language = Literal["en", "zh"]
"""Languages the prompts, packs and normalisers know."""

Role = Literal["user", "agent"]


class FrozenModel(BaseModel):
    """A value: it cannot be changed, and a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Empty(dict[str, Any]):
    """The dictionary of all records that have nothing in one; it refuses to be filled, a copy of it does not."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a record is never changed: make another with model_copy(update=...)")

    __setitem__ = setdefault = update = __ior__ = _refuse

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[()]]:
        return dict, ()


_EMPTY = _Empty()
_FIELD_SETS: dict[frozenset[str], set[str]] = {}


def share_parts(record: FrozenModel) -> None:
    """Let a record share what many have alike: the set of the fields it was given, and empty dictionaries.

    Pydantic keeps such a set with each record, two kilobytes of it with each turn that was read from a file: as much
    as all that the turn says. A turn's empty dictionaries are as large as its words. A record is never changed, and a
    copy gets a set of its own.
    """
    given = record.model_fields_set
    object.__setattr__(record, "__pydantic_fields_set__", _FIELD_SETS.setdefault(frozenset(given), given))
    fields = vars(record)
    for name, value in fields.items():
        if type(value) is dict and not value:
            fields[name] = _EMPTY


class Layout(FrozenModel):
    """How a document given from outside was laid out, so that a record read from it can be written back as it came."""

    places: dict[str, str] = Field(default_factory=dict)
    """JSON pointer in the document -> pointer of the record's field that holds the text of that place."""
    rest: dict[str, JsonValue] = Field(default_factory=dict)
    """JSON pointer -> what stands there and has no field in the record."""


class Provenance(FrozenModel):
    """Where a record comes from, down to the second of the stream or the characters of the page."""

    source_id: str
    """Id of the recording, file or page."""
    start: float | None = None
    """Seconds from the start of the stream."""
    end: float | None = None
    """Seconds from the start of the stream; equals `start` for a moment."""
    url: str | None = None
    char_start: int | None = None
    char_end: int | None = None
    derived_from: tuple[str, ...] = ()
    """Ids of the records this one was made from."""
    prompt_hash: str | None = None
    """SHA-256 of the prompt template, when a model took part."""
    model_id: str | None = None
    box: tuple[float, float, float, float] | None = Field(default=None, exclude_if=lambda box: box is None)
    """Of what stands on a screen or in a picture: left, top, right and bottom, as shares of the picture."""


class Record(FrozenModel):
    """Base of everything that crosses a phase boundary."""

    id: str
    domain: str
    language: Language
    provenance: Provenance

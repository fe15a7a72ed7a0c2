"""The Protocols of chat, embedding, speech and picture models. Anything with these methods fits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from streamdial.models.failures import Finish
from streamdial.records import FrozenModel, Language, Segment

Vectors = NDArray[np.float32]
"""Row vectors of unit length, shape (texts, dimensions)."""
Picture = NDArray[np.uint8]
"""A picture in colour, shape (height, width, 3), channels blue, green, red."""
Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a rectangle in pixels; right and bottom lie outside."""


class FunctionCall(FrozenModel):
    """A call of a function, as a model asks for it."""

    id: str
    name: str
    arguments: str
    """JSON text, as the model wrote it: nobody has checked that it is JSON."""


class ChatMessage(FrozenModel):
    """One message of a prompt."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[FunctionCall, ...] = ()
    """Of the assistant: the functions it called; the content may be empty then."""
    tool_call_id: str = ""
    """Of a `tool` message: the call it answers."""


class ChatRequest(BaseModel):
    """What is asked of a language model; all of it enters the cache key except `purpose`."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    messages: tuple[ChatMessage, ...]
    max_tokens: int = 512
    temperature: float = 0.7
    seed: int = 0
    stop: tuple[str, ...] = ()
    json_schema: dict[str, Any] | None = None
    """JSON schema the answer must follow, or None for free text."""
    tools: tuple[dict[str, Any], ...] = ()
    """Functions the model may call, in the OpenAI format."""
    tool_choice: Literal["auto", "required"] | None = None
    """Whether it must call one; None leaves it to the endpoint."""
    purpose: str = ""
    """What the call is for (`user_turn`, `persona`, ...): counted, not sent."""


class ChatReply(FrozenModel):
    """What a language model answered."""

    text: str
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens the endpoint served from its prefix cache."""
    finish_reason: Finish = "stop"
    """How the answer ended; anything but `stop` is no wording."""
    cost: float = 0.0
    """US dollars, where a price is known."""
    from_cache: bool = False
    tool_calls: tuple[FunctionCall, ...] = ()
    """Functions the model asks to be called; the text may be empty then."""


@runtime_checkable
class ChatModel(Protocol):
    """A language model."""

    @property
    def model_id(self) -> str:
        """Name of the model as it enters fingerprints and provenance."""
        ...

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a prompt.

        Raises:
            ModelError: If the call fails; `transient` says whether trying again may help.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections and processes."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """A sentence encoder."""

    @property
    def model_id(self) -> str:
        """Name of the model as it enters fingerprints and provenance."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text, shape (texts, dimensions)."""
        ...


@runtime_checkable
class Transcriber(Protocol):
    """A speech recogniser."""

    @property
    def model_id(self) -> str:
        """Name of the model as it enters fingerprints and provenance."""
        ...

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return segments with word times, in order; an empty list where nobody speaks.

        Raises:
            SourceError: If the file cannot be decoded.
        """
        ...


@runtime_checkable
class PictureReader(Protocol):
    """Reads text in pictures, in two steps that are asked apart: finding lines is dear, reading one is cheap."""

    @property
    def model_id(self) -> str:
        """Name of the model as it enters provenance."""
        ...

    def find_lines(self, picture: Picture) -> list[Box]:
        """Return the lines of text in a picture, from top to bottom; none where there is no text."""
        ...

    def read_lines(self, pictures: Sequence[Picture]) -> list[tuple[str, float]]:
        """Return text and confidence (0 to 1) of pictures that hold a line each; an empty text where none is read."""
        ...

"""Review of finished dialogues: a reader may drop one, or have a turn said again; what stood there before is kept."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.planning import DialogueState
from streamdial.prompts import render_prompt

MAX_TOKENS = 300


class Verdict(BaseModel):
    """What a reviewer says of a dialogue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reason: str = ""
    decision: Literal["keep", "drop", "redo"] = "keep"
    turn: int = Field(default=-1, description="Number of the turn to be said again, with `redo`.")


class Reviewer(Protocol):
    """Reads a finished dialogue; a model, a rule or a person."""

    @property
    def name(self) -> str:
        """Who it is, as the dialogue's lineage names it."""
        ...

    async def review(self, state: DialogueState) -> Verdict | None:
        """Return what is to become of a dialogue, or None where nothing usable was said of it.

        Raises:
            ModelError: If its model failed for good.
        """
        ...


class ModelReviewer:
    """A model that reads the dialogue as a critic.

    Args:
        model: The model.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.model_id

    async def review(self, state: DialogueState) -> Verdict | None:
        """Return the model's verdict, or None where it gave none in two tries."""
        prompt = render_prompt(
            "review", state.language, domain=state.pack.names[state.language], user=state.user, turns=state.turns
        )
        request = ChatRequest(
            messages=(ChatMessage(role="user", content=prompt),),
            max_tokens=MAX_TOKENS,
            temperature=0.0,
            seed=state.seed % 100_000,
            purpose="review",
        )
        return await try_structured(self._model, request, Verdict)

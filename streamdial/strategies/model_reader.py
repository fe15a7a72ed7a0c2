"""What strategies share that read a finished dialogue with a model."""

from __future__ import annotations

from abc import ABC
from typing import Any, TypeVar

from pydantic import BaseModel

from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.strategies.strategy import RewritingStrategy, StrategyOptions

Answer = TypeVar("Answer", bound=BaseModel)


class ModelReader(RewritingStrategy, ABC):
    """A rewriter that may read with the model its option `model` names; by rules alone where none is named."""

    def __init__(self, options: StrategyOptions | None = None) -> None:
        super().__init__(options)
        self._model: ChatModel | None = None

    @property
    def wants_model(self) -> str | None:
        """Name of the model that reads; None for rules alone."""
        return str(self.options.model) or None

    def bind(self, model: ChatModel) -> None:
        """Be given the model that reads."""
        self._model = model

    async def ask(
        self,
        model: ChatModel,
        prompt: str,
        schema: type[Answer],
        *,
        state: Any,  # noqa: ANN401
        purpose: str,
        max_tokens: int,
    ) -> Answer | None:
        """Return what a model says of a dialogue, the same for the same one; None without a usable answer in two tries.

        Args:
            model: The model.
            prompt: What it is shown.
            schema: What it answers by.
            state: The finished dialogue.
            purpose: What the call is counted as.
            max_tokens: Longest answer.

        Raises:
            ModelError: If the call failed for good.
        """
        request = ChatRequest(
            messages=(ChatMessage(role="user", content=prompt),),
            max_tokens=max_tokens,
            temperature=0.0,
            seed=state.seed % 100_000,
            purpose=purpose,
        )
        return await try_structured(model, request, schema)

"""A model reads each finished dialogue as a critic: it may be dropped, or a turn said again."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from streamdial.errors import ConfigurationError
from streamdial.models import ChatModel
from streamdial.prompts import render_prompt
from streamdial.strategies.model_reader import ModelReader
from streamdial.strategies.strategy import StrategyKind, StrategyOptions, Verdict

MAX_TOKENS = 300


class ReviewOptions(StrategyOptions):
    """Options of `review`."""

    model: str = Field(default="", description="Model that reviews; the agent's if empty.")


class Review(ModelReader):
    """A model that reads the dialogue as a critic.

    MARA has agents of several roles refine one response after another; here one reader sees the whole dialogue. The
    same as the setting `review`. Left out: several readers in turn, and a turn refined more than once.
    """

    NAME: ClassVar[str] = "review"
    KIND: ClassVar[StrategyKind] = "rewriter"
    FAMILY: ClassVar[str] = "judges and rewriting"
    PAPERS: ClassVar[tuple[str, ...]] = ("MARA (arXiv 2511.08319)",)
    OFFLINE: ClassVar[bool] = False
    Options = ReviewOptions

    @property
    def reviewer(self) -> str:
        """The model's name."""
        return self._require().model_id

    @property
    def wants_model(self) -> str | None:
        """Name of the model that reviews."""
        return str(self.options.model)

    def _require(self) -> ChatModel:
        if self._model is None:
            raise ConfigurationError("strategy review has no model.", fix="give it one with bind()")
        return self._model

    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Return the model's verdict, or None where it gave none in two tries."""
        prompt = render_prompt(
            "review", state.language, domain=state.pack.names[state.language], user=state.user, turns=state.turns
        )
        return await self.ask(self._require(), prompt, Verdict, state=state, purpose="review", max_tokens=MAX_TOKENS)

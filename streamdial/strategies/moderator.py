"""A moderator reads each finished dialogue as a whole and drops those nobody should learn from."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.prompts import render_prompt
from streamdial.strategies.house_rules import find_unfit
from streamdial.strategies.strategy import RewritingStrategy, StrategyKind, StrategyOptions, Verdict

MAX_TOKENS = 200


class ModeratorOptions(StrategyOptions):
    """Options of `moderator`."""

    model: str = Field(default="", description="Model that reads too; rules alone if empty.")


class Finding(BaseModel):
    """What a model finds in a dialogue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reason: str = ""
    finding: Literal["none", "unsafe", "personal_data", "pressure"] = "none"


class Moderator(RewritingStrategy):
    """The whole dialogue is read, and dropped with a reason: unsafe, personal data of the user, or pressure to decide.

    Safety agents read generated dialogues before they are released (ProsocialDialog, RedCoder's moderation); turns that
    are harmless by themselves are judged together. Rules read always; a model named by the option `model` reads what
    they pass. What is dropped is counted under its reason. Left out: dialogues rewritten to be safe.
    """

    NAME: ClassVar[str] = "moderator"
    KIND: ClassVar[StrategyKind] = "rewriter"
    FAMILY: ClassVar[str] = "pressure"
    PAPERS: ClassVar[tuple[str, ...]] = ("ProsocialDialog (arXiv 2205.12688)", "RedCoder (arXiv 2507.22063)")
    Options = ModeratorOptions

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

    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Return the verdict; None where the model gave no usable one in two tries."""
        found = find_unfit(state.turns)
        if found is not None:
            return Verdict(decision="drop", turn=found[0], reason=found[1], fault=found[1])
        if self._model is None:
            return Verdict()
        prompt = render_prompt("moderate", state.language, domain=state.pack.names[state.language], turns=state.turns)
        request = ChatRequest(
            messages=(ChatMessage(role="user", content=prompt),),
            max_tokens=MAX_TOKENS,
            temperature=0.0,
            seed=state.seed % 100_000,
            purpose="moderate",
        )
        said = await try_structured(self._model, request, Finding)
        if said is None:
            return None
        dropped = said.finding != "none"
        return Verdict(decision="drop", reason=said.reason, fault=said.finding) if dropped else Verdict()

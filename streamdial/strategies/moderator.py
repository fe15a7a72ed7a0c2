"""A moderator reads each finished dialogue as a whole and drops those nobody should learn from."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from streamdial.prompts import render_prompt
from streamdial.strategies.house_rules import find_unfit
from streamdial.strategies.model_reader import ModelReader
from streamdial.strategies.strategy import StrategyKind, StrategyOptions, Verdict

MAX_TOKENS = 200


class ModeratorOptions(StrategyOptions):
    """Options of `moderator`."""

    model: str = Field(default="", description="Model that reads too; rules alone if empty.")


class Finding(BaseModel):
    """What a model finds in a dialogue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reason: str = ""
    finding: Literal["none", "unsafe", "personal_data", "pressure"] = "none"


class Moderator(ModelReader):
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

    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Return the verdict; None where the model gave no usable one in two tries."""
        found = find_unfit(state.turns)
        if found is not None:
            return Verdict(decision="drop", turn=found[0], reason=found[1], fault=found[1])
        if self._model is None:
            return Verdict()
        prompt = render_prompt("moderate", state.language, domain=state.pack.names[state.language], turns=state.turns)
        said = await self.ask(self._model, prompt, Finding, state=state, purpose="moderate", max_tokens=MAX_TOKENS)
        if said is None:
            return None
        dropped = said.finding != "none"
        return Verdict(decision="drop", reason=said.reason, fault=said.finding) if dropped else Verdict()

"""A turn of the agent that goes against a rule of the house is said again until it keeps it."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from streamdial.records import Turn
from streamdial.strategies.house_rules import REASONS, find_unprincipled, open_reader
from streamdial.strategies.strategy import RewritingStrategy, StrategyKind, StrategyOptions, Verdict


class PrincipleOptions(StrategyOptions):
    """Options of `principle`."""

    most: int = Field(default=3, ge=1, le=10, description="Turns of a dialogue that are said again.")
    rules: tuple[str, ...] = Field(
        default=tuple(REASONS["en"]), min_length=1, description="Rules that are kept, by name; all by default."
    )


class Principle(RewritingStrategy):
    """The agent's last turn that breaks a rule is said again, with the same act and facts, in words that keep it.

    Constitutional AI has a model criticise its last answer by a principle and revise it. Here rules find the turn:
    presses nobody, answers what was asked, names what it puts forward, asks one thing at a time; whoever words turns
    says it again, phrases or the agent's model. The words before stand in `Dialogue.revisions`, so each is a pair to
    learn a preference from. Left out: principles written as free text, and training on the pairs.
    """

    NAME: ClassVar[str] = "principle"
    KIND: ClassVar[StrategyKind] = "rewriter"
    FAMILY: ClassVar[str] = "judges and rewriting"
    PAPERS: ClassVar[tuple[str, ...]] = ("Constitutional AI (arXiv 2212.08073)",)
    Options = PrincipleOptions

    @property
    def rounds(self) -> int:
        """How often a dialogue is read."""
        return int(self.options.most)

    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Return which turn is to be said again, the last one first; keep where all rules are kept."""
        gone = {revision.turn_id for revision in state.revisions if revision.reviewer == self.NAME}
        broken = [
            (number, rule)
            for number, rule in find_unprincipled(state.turns, open_reader(state))
            if rule in self.options.rules and number not in gone and number >= state.goal_start
        ]
        if not broken:
            return Verdict()
        number, rule = broken[-1]
        return Verdict(decision="redo", turn=number, reason=REASONS[state.language][rule])

    def accepts(self, turn: Turn, state: Any) -> bool:  # noqa: ANN401
        """Tell whether a turn said again keeps the rules."""
        said = [*state.turns[: turn.turn_id], turn]
        return all(number != turn.turn_id for number, _ in find_unprincipled(said, open_reader(state)))

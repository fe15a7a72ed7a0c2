"""A user from a region says things in its words."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import ClassVar

from pydantic import Field

from streamdial.files import load_yaml
from streamdial.records import Language
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView

NOTE: dict[Language, str] = {
    "en": "Now and then you use a word of the region you are from, as you do in your own lines.",
    "zh": "你偶尔会带一点家乡话的词，像你自己的话里那样。",
}


class DialectOptions(StrategyOptions):
    """Options of `dialect`."""

    rate: float = Field(default=0.7, gt=0, le=1, description="Share of the user's turns that may have such words.")
    seen: bool = Field(default=False, description="Only words this persona really wrote, and none other of the region.")


class Dialect(AdvisingStrategy):
    """A persona in whose messages dialect words were seen goes on using words of that region.

    PersonaLens and the user simulators of MirrorBench ask that style be kept over a dialogue. A word stands in the
    place of the common one only where all values and questions of the line are read as before; a model is told it by
    a note. Nobody speaks a dialect in whose messages none was seen. Left out: grammar and sounds of a dialect.
    """

    NAME: ClassVar[str] = "dialect"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "persona and belief"
    PAPERS: ClassVar[tuple[str, ...]] = ("MirrorBench", "USP (arXiv 2502.18968)")
    Options = DialectOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return which words the turn says in another way."""
        user = view.user
        if user is None or user.language != view.language or not user.style.dialect:
            return None
        known = load_dialects().get(view.language, {})
        seen = {word for habit in user.style.dialect for word in habit.words}
        swaps = {
            word: own
            for habit in user.style.dialect
            for word, own in known.get(habit.kind, {}).items()
            if own in seen or not self.options.seen
        }
        if not swaps or view.rng.random() >= self.options.rate:
            return None
        return Directive(swaps=swaps, note=NOTE[view.language])


@cache
def load_dialects() -> dict[Language, dict[str, dict[str, str]]]:
    """Return the words of each region: language -> region -> common word -> own word."""
    file = resources.files("streamdial.strategies").joinpath("_dialects.yaml")
    found: dict[Language, dict[str, dict[str, str]]] = load_yaml(file.read_text(encoding="utf-8"))
    return found

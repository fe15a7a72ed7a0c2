"""An answer goes on to something new: a fact as unlike those told as there is, of the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.records import KnowledgeRow, Language
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView
from streamdial.text import tokenize

NOTE: dict[Language, str] = {
    "en": "Beside the answer name one more thing about it that has not come up yet; repeat nothing.",
    "zh": "回答之外，再说一点还没提过的情况；说过的不要重复。",
}


class FreshFactsOptions(StrategyOptions):
    """Options of `fresh_facts`."""

    rate: float = Field(default=0.5, gt=0, le=1, description="Share of the answers that tell one fact more.")


class FreshFacts(AdvisingStrategy):
    """Beside an answer the agent tells a further fact of the thing, chosen for its difference from what was told.

    DiffKS scores knowledge by its difference from what the last turns used, so that it is new, and related to them.
    Here a fact is of the thing talked about; one that bears on a stated wish comes first, then the one that shares
    fewest words with all that was told of it, and none is told twice. Left out: the trained selector.
    """

    NAME: ClassVar[str] = "fresh_facts"
    KIND: ClassVar[StrategyKind] = "agent"
    FAMILY: ClassVar[str] = "sources to dialogue"
    PAPERS: ClassVar[tuple[str, ...]] = ("DiffKS (arXiv 2009.09378)",)
    Options = FreshFactsOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return the facts an answer may go on with, the most different first; nothing where all was told."""
        last, knowledge = view.last, view.knowledge
        if last is None or last.act != "ask" or knowledge is None or not view.focus:
            return None
        if view.rng.random() >= self.options.rate:
            return None
        told = [slot for thing, slot in view.told if thing == view.focus]
        fresh = rank_facts(view.focus, (*told, *last.request), knowledge, view.pack, view.informed)
        return Directive(adds=fresh, note=NOTE[view.language]) if fresh else None


def rank_facts(
    thing: str, told: Iterable[str], knowledge: Knowledge, pack: DomainPack, wished: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the attributes of a thing that were not told, those that bear on a wish first, then the most different.

    Args:
        thing: The thing.
        told: Attributes that were told of it, or are being asked for.
        knowledge: What is known.
        pack: The domain pack.
        wished: Attributes the user has a wish about.
    """
    known, first = set(told), set(wished)
    rows = [row for row in knowledge.list_rows(thing) if row.entity and row.slot in pack.slots]
    free = [row for row in rows if row.slot not in known and _can_be_told(row, pack, first)]
    said = [row for row in rows if row.slot in known]
    order = {row.slot: (row.slot not in first, measure_overlap(row, said, pack)) for row in free}
    return tuple(sorted(order, key=lambda slot: order[slot]))


def measure_overlap(row: KnowledgeRow, others: Sequence[KnowledgeRow], pack: DomainPack) -> float:
    """Return the largest share of words, of name and value together, that a fact has in common with one of others."""
    words = _list_words(row, pack)
    return max((len(words & (there := _list_words(one, pack))) / len(words | there) for one in others), default=0.0)


def _list_words(row: KnowledgeRow, pack: DomainPack) -> set[str]:
    return {*tokenize(f"{pack.slots[row.slot].names[row.language]} {row.text}".lower())}


def _can_be_told(row: KnowledgeRow, pack: DomainPack, wished: set[str]) -> bool:
    """Tell whether a fact is one to go on with: what customers choose by; what a thing lacks is told when asked for."""
    slot = pack.slots[row.slot]
    chosen_by = slot.mined or row.slot in wished or row.slot == pack.price_slot
    return chosen_by and not (slot.stock or slot.booking or slot.type in ("text", "entity") or row.value in slot.lacks)

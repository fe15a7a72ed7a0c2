"""Pages without chat become dialogues: a walk over what a page says is what a reader asks for."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from streamdial.personas import Knowledge
from streamdial.records import KnowledgeRow
from streamdial.strategies.strategy import MiningStrategy, StrategyKind, StrategyOptions

NEXT = 3.0
"""Weight of the row beside the last one, on the same page and of the same thing."""
SAME_THING = 1.0
OTHER_THING = 0.5
"""Weight of the same attribute of another thing: who compares goes there."""


class DocumentsOptions(StrategyOptions):
    """Options of `documents`."""

    walks: int = Field(default=12, ge=1, le=1000, description="Readers an account's pages get.")
    length: int = Field(default=4, ge=2, le=12, description="Facts a reader asks for.")


class Documents(MiningStrategy):
    """Readers of a page: each asks for what a walk over the page's facts comes by.

    DocTalk makes 730,000 dialogues of clusters of pages: paragraphs are a graph, a walk over it is the agenda of a
    dialogue. Here the nodes are the rows of knowledge that pages gave, edges lead to the next row of a thing, its other
    rows and the same attribute of another thing. Every question so made has its answer on the page. Left out: links
    between pages.
    """

    NAME: ClassVar[str] = "documents"
    KIND: ClassVar[StrategyKind] = "miner"
    FAMILY: ClassVar[str] = "sources to dialogue"
    PAPERS: ClassVar[tuple[str, ...]] = ("DocTalk (arXiv 2507.05750)",)
    Options = DocumentsOptions

    def mine(self, knowledge: Knowledge, rng: random.Random) -> Sequence[tuple[KnowledgeRow, ...]]:
        """Return the walks, each the rows it comes by, in order; each begins at another row while there are some."""
        rows = list(_list_rows(knowledge))
        starts = rng.sample(rows, len(rows))
        walks = []
        for number in range(self.options.walks if rows else 0):
            walk = [starts[number % len(starts)]]
            while len(walk) < self.options.length:
                free = [row for row in rows if row not in walk and _weigh(row, walk[-1], rows)]
                if not free:
                    break
                walk.append(rng.choices(free, [_weigh(row, walk[-1], rows) for row in free])[0])
            if len(walk) > 1:
                walks.append(tuple(walk))
        return walks


def _list_rows(knowledge: Knowledge) -> Iterator[KnowledgeRow]:
    """Yield the rows somebody may ask for: those of a thing, which the pack has a question for."""
    for row in knowledge.rows:
        slot = knowledge.pack.slots[row.slot]
        asked = bool(slot.ask.get(row.language)) and not slot.booking and slot.type != "entity"
        if row.entity and asked:
            yield row


def _weigh(row: KnowledgeRow, last: KnowledgeRow, rows: Sequence[KnowledgeRow]) -> float:
    if row.entity == last.entity:
        return NEXT if abs(rows.index(row) - rows.index(last)) == 1 else SAME_THING
    return OTHER_THING if row.slot == last.slot else 0.0

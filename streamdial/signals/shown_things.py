"""What a card on the screen shows while the host speaks: the thing that is meant where no name is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from streamdial.domains import DomainPack
from streamdial.records import AgentResponse, Language, Page
from streamdial.slots import Fact, read_table

REACH = 2.0
"""Seconds before a card is seen and after it is gone in which the host still talks about it."""


def is_said_meanwhile(response: AgentResponse, start: float | None, end: float | None) -> bool:
    """Tell whether an answer is given while something is shown.

    Args:
        response: The answer.
        start: Second from which on it is shown; None for what has no time.
        end: Second until which it is shown.
    """
    if None in (start, end, response.start, response.end):
        return False
    assert start is not None and end is not None and response.start is not None and response.end is not None
    return response.start <= end + REACH and response.end >= start - REACH


def name_shown_things(
    responses: Iterable[AgentResponse], pages: Sequence[Page], pack: DomainPack, language: Language
) -> Iterator[AgentResponse]:
    """Yield answers, those that name no thing with the one whose card is shown meanwhile and says the same value.

    "Today it is 568" is about the room whose card says 568; where the card says another value nobody knows.

    Args:
        responses: The host's answers.
        pages: Pages of the recording; those that are cards with seconds are looked at.
        pack: The domain pack.
        language: Language of the recording.
    """
    cards: list[tuple[Page, list[Fact]]] = [
        (page, [fact for table in page.tables for fact in read_table(pack, table, language)[0] if fact.entity])
        for page in pages
        if page.shown is not None and page.shown.start is not None
    ]
    for response in responses:
        if not response.entities and response.tells:
            meant = {
                fact.entity
                for page, facts in cards
                if page.shown and is_said_meanwhile(response, page.shown.start, page.shown.end)
                for fact in facts
                if response.tells.get(fact.slot) == fact.value
            }
            if len(meant) == 1:
                response = response.model_copy(update={"entities": tuple(meant)})
        yield response

"""Readers of pages: the walks that strategies find over an account's facts, as questions with their evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.phrases import Inventory, load_inventory
from streamdial.phrases.composing import tidy
from streamdial.records import KnowledgeRow, Language, UserQuestion
from streamdial.slots import format_value
from streamdial.strategies import MiningStrategy


def mine_readers(
    strategies: Sequence[MiningStrategy],
    knowledge: Knowledge,
    pack: DomainPack,
    language: Language,
    *,
    recording: str,
    seed: int,
) -> list[UserQuestion]:
    """Return the questions of the readers of an account's pages.

    Each reader states what kind of thing it is after, where the first fact's thing has such an attribute, and asks for
    the facts of its walk in order. A question names the row that answers it as what it was made from.

    Args:
        strategies: Strategies of the run that mine.
        knowledge: The account's knowledge base.
        pack: The domain pack.
        language: Language of the account.
        recording: Recording the pages belong to.
        seed: Seed of the run.
    """
    inventory = load_inventory(pack, language)
    questions = []
    for strategy in strategies:
        rng = random.Random(f"{seed}/{strategy.NAME}/{recording}")
        for number, walk in enumerate(strategy.mine(knowledge, rng)):
            asker = f"{strategy.NAME}-{recording}-{number}"
            wish = _find_wish(knowledge, walk[0])
            wanted = [(row, False) for row in walk] if wish is None else [(wish, True), *((row, False) for row in walk)]
            for place, (row, states) in enumerate(wanted):
                text = _word(row, states, inventory, pack, rng)
                if text:
                    questions.append(_build_question(row, states, text, asker, place, recording))
    return questions


def _find_wish(knowledge: Knowledge, row: KnowledgeRow) -> KnowledgeRow | None:
    """Return what a reader of this fact is after: an attribute of the thing that is a wish in words."""
    slots = knowledge.pack.slots
    names = [name for name in knowledge.pack.list_slots(mined=True) if slots[name].type in ("category", "count")]
    found = (knowledge.get(row.entity, name) for name in names if name != row.slot)
    return next((one for one in found if one is not None), None)


def _word(row: KnowledgeRow, states: bool, inventory: Inventory, pack: DomainPack, rng: random.Random) -> str:
    """Return a wish or a question about a row in words of the inventory; empty where none names the thing."""
    language = row.language
    if states:
        phrases = [one.text for one in inventory.list_slot(row.slot, "wish") if "{value}" in one.text]
        value = format_value(pack, row.slot, row.value, language, row.unit)
        return tidy(rng.choice(phrases).replace("{value}", value), language) if phrases else ""
    phrases = [one.text for one in inventory.list_slot(row.slot, "ask") if "{it" in one.text]
    if not phrases:
        return ""
    its = f"{row.entity}的" if language == "zh" else f"the {row.entity}'s"
    it = row.entity if language == "zh" else f"the {row.entity}"
    return tidy(rng.choice(phrases).replace("{its}", its).replace("{it}", it), language)


def _build_question(row: KnowledgeRow, states: bool, text: str, asker: str, place: int, recording: str) -> UserQuestion:
    return UserQuestion(
        id=make_id("reader_question", recording, asker, place, row.id),
        domain=row.domain,
        language=row.language,
        provenance=row.provenance.model_copy(update={"source_id": recording, "derived_from": (row.id,)}),
        text=text,
        raw_text=text,
        asker=asker,
        act="inform" if states else "ask",
        asks=() if states else (row.slot,),
        slots={row.slot: row.value} if states else {},
        entities=() if states else (row.entity,),
    )

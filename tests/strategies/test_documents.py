from __future__ import annotations

import random
from itertools import pairwise

from streamdial.personas import Knowledge
from streamdial.pipeline.readers import mine_readers
from streamdial.slots import SlotReader
from streamdial.strategies import MiningStrategy, open_strategy
from tests.dialogues import material


def open_documents(**options: int) -> MiningStrategy:
    strategy = open_strategy("documents", options)
    assert isinstance(strategy, MiningStrategy)
    return strategy


def test_a_walk_goes_from_a_row_to_one_beside_it_or_to_the_same_of_another_thing() -> None:
    knowledge = material.build_knowledge()
    walks = open_documents(walks=20, length=5).mine(knowledge, random.Random(1))
    assert len(walks) == 20
    assert len({walk[0].id for walk in walks}) == min(20, len({row.id for walk in walks for row in walk[:1]}))
    for walk in walks:
        assert len(walk) == len({row.id for row in walk})
        for left, right in pairwise(walk):
            assert left.entity == right.entity or left.slot == right.slot
        assert all(row.entity and not knowledge.pack.slots[row.slot].booking for row in walk)


def test_nothing_is_asked_where_a_page_says_nothing() -> None:
    empty = Knowledge([], material.PACK)
    assert list(open_documents().mine(empty, random.Random(1))) == []


def test_readers_ask_in_words_that_are_read_back_and_rest_on_the_row_that_answers() -> None:
    for language in ("en", "zh"):
        knowledge = material.build_knowledge(language)
        reader = SlotReader(material.PACK, language, knowledge.entities)
        strategies = [open_documents(walks=6)]
        questions = mine_readers(strategies, knowledge, material.PACK, language, recording="r", seed=1)
        assert len({question.asker for question in questions}) == 6
        rows = {row.id: row for row in knowledge.rows}
        for question in questions:
            (source,) = question.provenance.derived_from
            row = rows[source]
            if question.act == "ask":
                assert question.asks == (row.slot,) and question.entities == (row.entity,)
                assert row.slot in reader.find_asks(question.text), question.text
                assert row.entity in reader.find_entities(question.text)
            else:
                assert question.slots == {row.slot: row.value}
        assert questions == mine_readers(strategies, knowledge, material.PACK, language, recording="r", seed=1)

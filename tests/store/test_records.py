from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from streamdial.errors import StoreError
from streamdial.ids import make_id
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    AgentStyle,
    Blueprint,
    Correction,
    Dialogue,
    DialogueStrategy,
    FlowPath,
    Inquiry,
    KnowledgeRow,
    MatchScore,
    Observed,
    PairScore,
    Provenance,
    QAPair,
    Record,
    SeedDialogue,
    Stage,
    StrategyUse,
    Turn,
    UserPersona,
    UserQuestion,
    UserStyle,
    Utterance,
)
from streamdial.store import EdgeStore, Range, RecordStore, VectorStore

SOURCE = Provenance(source_id="stream-1", start=12.5, end=14.0, derived_from=("m1", "m2"))
ROW = KnowledgeRow(
    id=make_id("row", 1),
    domain="automotive",
    language="zh",
    provenance=SOURCE,
    entity="宋 L",
    slot="price",
    value="135800",
    number=135800.0,
    unit="CNY",
    text="13.58 万",
)


def observe(text: str) -> Observed:
    return Observed(text=text, evidence=("q1",))


def make_records() -> dict[str, list[Record]]:
    base = {"domain": "automotive", "language": "zh", "provenance": SOURCE}
    return {
        "signals": [
            UserQuestion(
                id=make_id("q", 1), text="多少钱", raw_text="多少钱钱钱", time=12.5, act="ask", asks=("price",), **base
            ),
            AgentResponse(
                id=make_id("r", 1),
                text="十三万五千八",
                raw_text="十三万五千吧",
                tells={"price": "135800"},
                corrections=(Correction(before="吧", after="八", reason="lexicon_phonetic"),),
                **base,
            ),
            QAPair(
                id=make_id("p", 1),
                question_id="q1",
                response_id="r1",
                question="多少钱",
                answer="十三万五千八",
                lag=3.25,
                score=PairScore(time=1, meaning=0.5, entities=0.25, total=0.6),
                **base,
            ),
            DialogueStrategy(
                id=make_id("s", 1),
                response_id="r1",
                text="今天下订送充电桩",
                strategy="promotion",
                stage="offer",
                confidence=0.7,
                **base,
            ),
            AccountMetadata(id=make_id("a", 1), account="shop", name="某某旗舰店 🚗", categories=("汽车",), **base),
        ],
        "knowledge": [ROW],
        "personas": [
            UserPersona(
                id=make_id("u", 1),
                objective=observe("买车"),
                primary_inquiries=(Inquiry(text="多少钱", evidence=("q1",)),),
                potential_utterances=tuple(
                    Utterance(text=line, origin="own", evidence=("q1",)) for line in "一二三四五"
                ),
                style=UserStyle(mean_length=4.5),
                **base,
            ),
            AgentPersona(
                id=make_id("g", 1),
                account="shop",
                identity=observe("主播"),
                style=AgentStyle(description="快"),
                strategies=(StrategyUse(strategy="promotion", count=3, share=1.0, evidence=("s1",)),),
                knowledge=(ROW,),
                **base,
            ),
        ],
        "blueprints": [
            Blueprint(
                id=make_id("b", 1),
                account="shop",
                title="卖车",
                stages=(Stage(name="opening", title="开场", goal="问需求", key_result="预算"),),
                paths=(FlowPath(name="main", outcome="success", stages=("opening",)),),
                **base,
            )
        ],
        "dialogues": [
            Dialogue(
                id=make_id("d", 1),
                user_persona_id="u1",
                agent_persona_id="g1",
                blueprint_id="b1",
                turns=(Turn(turn_id=0, role="user", utterance="你好\n“吗”", act="greet", inform={"city": "北京"}),),
                outcome="success",
                stop_reason="blueprint_end",
                match=MatchScore(expertise=0.5, answerable=1, covered=0, alpha=0.4, beta=0.3, gamma=0.3, total=0.5),
                seed=7,
                **base,
            )
        ],
    }


def make_vectors(collection: str, count: int) -> dict[str, NDArray[np.float32]]:
    names = ("user", "agent") if collection == "dialogues" else ("text",)
    return {name: np.eye(count, 6, dtype=np.float32) for name in names}


def make_rows(count: int) -> list[KnowledgeRow]:
    return [
        ROW.model_copy(update={"id": make_id("row", number), "slot": f"slot{number % 2}", "number": float(number)})
        for number in range(count)
    ]


def test_every_type_of_record_comes_back_as_it_was(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    for collection, records in make_records().items():
        assert kept.put(collection, records, make_vectors(collection, len(records))) == len(records)
        for record in records:
            assert kept.get(collection, type(record)) == [record]
        assert kept.count(collection) == len(records)


def test_a_seed_dialogue_without_provenance_can_be_kept(store: VectorStore) -> None:
    turn = Turn(turn_id=0, role="agent", utterance="Hello!", act="greet")
    seed = SeedDialogue(id=make_id("seed", 1), domain="hotel", language="en", turns=(turn,))
    kept = RecordStore(store, 6)
    kept.put("exemplars", [seed], make_vectors("exemplars", 1), lambda record: {"role": record.turns[0].role})
    assert kept.get("exemplars", SeedDialogue, conditions={"role": "agent"}) == [seed]
    assert kept.get("exemplars", SeedDialogue, conditions={"role": "user"}) == []


def test_putting_twice_keeps_one(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    for _ in range(2):
        kept.put("knowledge", make_rows(6), make_vectors("knowledge", 6))
    assert kept.count("knowledge") == 6


def test_records_come_sorted_by_id_and_chosen_by_payload(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    kept.put("knowledge", make_rows(6), make_vectors("knowledge", 6))
    rows = kept.get("knowledge", KnowledgeRow)
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    assert len(rows) == 6
    chosen = kept.get(
        "knowledge", KnowledgeRow, conditions={"slot": "slot1", "number": Range(gte=2), "source_id": "stream-1"}
    )
    assert sorted(row.number or 0 for row in chosen) == [3, 5]
    assert kept.count("knowledge", KnowledgeRow, conditions={"slot": "slot0"}) == 3
    assert kept.count("knowledge", UserQuestion) == 0


def test_account_is_a_condition_where_the_record_has_one(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    records = make_records()["personas"]
    kept.put("personas", records, make_vectors("personas", 2))
    assert kept.get("personas", AgentPersona, conditions={"account": "shop"}) == [records[1]]
    assert kept.get("personas", UserPersona, conditions={"account": "shop"}) == []


def test_find_gives_the_nearest_records_with_cosines(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    rows = make_rows(6)
    kept.put("knowledge", rows, make_vectors("knowledge", 6))
    query = np.asarray([0, 3, 4, 0, 0, 0], dtype=np.float32)
    found = kept.find("knowledge", KnowledgeRow, query, limit=2)
    assert [record for record, _ in found] == [rows[2], rows[1]]
    assert [score for _, score in found] == pytest.approx([0.8, 0.6])
    (only,) = kept.find("knowledge", KnowledgeRow, query, limit=1, conditions={"slot": "slot1"})
    assert only[0] == rows[1]


def test_dialogues_are_found_by_either_side(store: VectorStore) -> None:
    kept = RecordStore(store, 2)
    dialogues = make_records()["dialogues"]
    sides = {"user": np.asarray([[1, 0]], dtype=np.float32), "agent": np.asarray([[0, 1]], dtype=np.float32)}
    kept.put("dialogues", dialogues, sides)
    query = np.asarray([0, 1], dtype=np.float32)
    assert kept.find("dialogues", Dialogue, query, limit=1, using="agent")[0][1] == pytest.approx(1)
    assert kept.find("dialogues", Dialogue, query, limit=1, using="user")[0][1] == pytest.approx(0)


def test_vectors_that_do_not_fit_are_refused(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    with pytest.raises(StoreError, match=r"shape \(2, 6\), expected \(3, 6\)"):
        kept.put("knowledge", make_rows(3), make_vectors("knowledge", 2))
    with pytest.raises(StoreError, match=r"needs the vectors \['agent', 'user'\], got \['text'\]"):
        kept.put("dialogues", make_records()["dialogues"], make_vectors("knowledge", 1))


def test_an_unknown_collection_and_a_taken_field_are_refused(store: VectorStore) -> None:
    kept = RecordStore(store, 6)
    with pytest.raises(StoreError, match="there are: signals, knowledge"):
        kept.get("cars", KnowledgeRow)
    with pytest.raises(StoreError, match="'body'"):
        kept.put("knowledge", make_rows(1), make_vectors("knowledge", 1), lambda _: {"body": "x"})


def test_another_embedder_on_the_same_store_is_refused(store: VectorStore) -> None:
    RecordStore(store, 6).count("knowledge")
    with pytest.raises(StoreError, match="embedder"):
        RecordStore(store, 7).count("knowledge")


def test_records_survive_reopening(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path)
    RecordStore(store, 6).put("knowledge", make_rows(6), make_vectors("knowledge", 6))
    store.close()
    again = EdgeStore(tmp_path)
    assert RecordStore(again, 6).get("knowledge", KnowledgeRow) == sorted(make_rows(6), key=lambda row: row.id)
    again.close()

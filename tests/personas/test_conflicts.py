from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.personas import Knowledge
from streamdial.personas.conflicts import find_conflicts
from streamdial.personas.constraints import collect_wishes
from streamdial.records import Conflict, KnowledgeRow, Provenance, UserQuestion
from streamdial.slots import SlotReader
from tests.personas.test_constraints import ENTITIES, write

FACTS = {
    "Meridian": {"price": "46900", "seats": "7"},
    "Cascade": {"price": "36000", "seats": "5"},
}
PACK = load_pack("automotive")
K = Knowledge(
    [
        KnowledgeRow(
            id=f"{entity}-{slot}", domain="automotive", language="en", provenance=Provenance(source_id="page"),
            entity=entity, slot=slot, value=value, number=float(value), text=value,
        )
        for entity, facts in FACTS.items()
        for slot, value in facts.items()
    ],
    PACK,
)  # fmt: skip


def check(*questions: UserQuestion, known: list[Knowledge] | None = None) -> tuple[Conflict, ...]:
    wishes = collect_wishes(questions, SlotReader(PACK, "en", ENTITIES["en"]))
    return find_conflicts(questions, wishes, [K] if known is None else known, PACK, "en")


@pytest.mark.parametrize(
    ("said", "asked", "kinds"),
    [
        ("my budget is 40000 dollars", "how far does the Meridian go?", ["asked_breaks_wish"]),
        ("my budget is 48000 dollars", "how far does the Meridian go?", []),
        ("i want 7 seats", "price of the Cascade?", ["asked_breaks_wish"]),
        ("we are a family of six", "price of the Cascade?", ["asked_breaks_wish"]),
        ("we are a family of six, i want 5 seats", "price of the Meridian?", ["party_exceeds_wish"]),
        ("must have 7 seats, max 40000 dollars", "what do you have?", ["nothing_fits"]),
        ("must have 7 seats, around 40000 dollars", "what do you have?", []),
    ],
)
def test_conflicts_are_found_against_k_and_against_what_was_said(said: str, asked: str, kinds: list[str]) -> None:
    assert [conflict.kind for conflict in check(write(said), write(asked, "ask"))] == kinds


def test_a_family_no_slot_holds_is_set_against_the_room_it_asks_about() -> None:
    pack = load_pack("hotel")
    row = KnowledgeRow(
        id="room-guests", domain="hotel", language="zh", provenance=Provenance(source_id="page"),
        entity="望湖大床房", slot="guests", value="2", number=2.0, unit="人", text="2人",
    )  # fmt: skip
    said, asked = write("我们一家四口", language="zh"), write("望湖大床房多少钱", "ask", "zh")
    wishes = collect_wishes([said, asked], SlotReader(pack, "zh", ENTITIES["zh"]))
    (conflict,) = find_conflicts([said, asked], wishes, [Knowledge([row], pack)], pack, "zh")
    assert (conflict.kind, conflict.text) == ("party_exceeds_capacity", "有4个人，却在问望湖大床房（2人）")
    assert conflict.evidence == (said.id, asked.id, "room-guests")


def test_a_conflict_rests_on_the_messages_and_the_row() -> None:
    budget, question = write("my budget is 40000 dollars"), write("how far does the Meridian go?", "ask")
    (conflict,) = check(budget, question)
    assert conflict.evidence == (budget.id, question.id, "Meridian-price")
    assert conflict.text == "price: wants $40,000, but asks about the Meridian ($46,900)"


def test_a_comparison_is_open_on_both_sides() -> None:
    assert check(write("my budget is 40000 dollars"), write("Meridian or Cascade?", "compare")) == ()


def test_without_k_only_what_was_said_can_conflict() -> None:
    over = write("46900 dollars for the Meridian is over my budget", "object")
    assert [conflict.kind for conflict in check(write("max 40000 dollars"), over, known=[])] == ["over_budget"]


def test_a_conflict_with_k_must_be_one_with_each_account_that_was_asked() -> None:
    asked = (write("my budget is 40000 dollars"), write("how far does the Meridian go?", "ask"))
    assert check(*asked, known=[K, Knowledge([], PACK)]) == ()

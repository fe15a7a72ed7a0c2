from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.ids import make_id
from streamdial.personas.constraints import collect_wishes, find_party
from streamdial.records import Language, Provenance, UserQuestion
from streamdial.slots import SlotReader

DOMAIN: dict[Language, str] = {"en": "automotive", "zh": "hotel"}
ENTITIES = {"en": ("Meridian", "Cascade"), "zh": ("望湖大床房",)}


def write(
    text: str, act: str = "inform", language: Language = "en", asker: str = "anna", at: float = 0
) -> UserQuestion:
    reader = SlotReader(load_pack(DOMAIN[language]), language, ENTITIES[language])
    return UserQuestion(
        id=make_id("q", asker, text),
        domain=DOMAIN[language],
        language=language,
        provenance=Provenance(source_id="rec", start=at),
        text=text,
        raw_text=text,
        asker=asker,
        time=at,
        act=act,
        asks=reader.find_asks(text) if act in ("ask", "object") else (),
        slots={m.slot: m.value for m in reader.find_values(text) if m.slot != reader.pack.entity_slot},
        entities=reader.find_entities(text),
    )


def read(*questions: UserQuestion, language: Language = "en") -> dict[str, tuple[str, str]]:
    reader = SlotReader(load_pack(DOMAIN[language]), language, ENTITIES[language])
    return {wish.slot: (wish.value, wish.hardness) for wish in collect_wishes(questions, reader).constraints}


@pytest.mark.parametrize(
    ("text", "language", "wishes"),
    [
        ("must be electric, budget around 40000 dollars", "en",
         {"energy": ("electric", "must"), "price": ("40000", "flexible")}),
        ("looking for an electric suv, max 42000 dollars", "en",
         {"energy": ("electric", "prefer"), "body_type": ("suv", "prefer"), "price": ("42000", "must")}),
        ("i need 7 seats and ideally awd", "en", {"seats": ("7", "must"), "drive": ("awd", "flexible")}),
        ("i need 7 seats and awd", "en", {"seats": ("7", "must"), "drive": ("awd", "must")}),
        ("i need 7 seats and my budget is 40000 dollars", "en",
         {"seats": ("7", "must"), "price": ("40000", "prefer")}),
        ("ideally under 40000 dollars", "en", {"price": ("40000", "flexible")}),
        ("any suv with 5 seats? doesnt have to be electric", "en",
         {"body_type": ("suv", "prefer"), "seats": ("5", "prefer")}),
        ("预算700左右,必须含早", "zh", {"price": ("700", "flexible"), "breakfast": ("included", "must")}),
        ("600以内,最好湖景", "zh", {"price": ("600", "must"), "view": ("lake", "flexible")}),
        ("想要大床 不超过500元", "zh", {"bed_type": ("king", "prefer"), "price": ("500", "must")}),
    ],
)  # fmt: skip
def test_hardness_is_judged_by_the_words_around_each_value(
    text: str, language: Language, wishes: dict[str, tuple[str, str]]
) -> None:
    assert read(write(text, language=language), language=language) == wishes


def test_a_later_value_replaces_the_earlier_one_and_the_change_is_kept() -> None:
    first, second = write("budget 40000 dollars", at=1), write("ok budget is 45000 dollars then", at=9)
    reader = SlotReader(load_pack("automotive"), "en")
    (wish,) = collect_wishes([first, second], reader).constraints
    assert (wish.value, wish.evidence) == ("45000", (second.id,))
    assert [(old.text, old.evidence) for old in wish.changed_from] == [("40000", (first.id,))]


def test_a_wish_keeps_the_currency_it_names_and_the_end_of_a_range_that_bounds_it() -> None:
    reader = SlotReader(load_pack("automotive"), "en")
    for text, told in (
        ("my budget is £40,000", ("40000", "GBP")),
        ("my budget is 40k", ("40000", None)),
        ("my budget is $30-40k", ("40000", "USD")),
    ):
        (wish,) = collect_wishes([write(text)], reader).constraints
        assert (wish.value, wish.unit) == told


def test_two_viewers_who_want_different_things_contradict_each_other() -> None:
    reader = SlotReader(load_pack("automotive"), "en")
    mixed = [write("i want an suv", asker="anna"), write("i want a sedan", asker="ben")]
    assert collect_wishes(mixed, reader).contradictory == ("body_type",)


def test_two_values_of_one_slot_in_one_message_are_a_conflict_unless_they_are_alternatives() -> None:
    reader = SlotReader(load_pack("hotel"), "zh")
    (conflict,) = collect_wishes([write("要大床 双床 谢谢", language="zh")], reader).conflicts
    assert (conflict.kind, conflict.slots) == ("two_values", ("bed_type",))
    assert collect_wishes([write("大床或者双床都行", language="zh")], reader).conflicts == ()


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("is the Cascade all-wheel drive?", {}),
        ("any small electric hatchback?", {"energy": ("electric", "prefer"), "body_type": ("hatchback", "prefer")}),
        ("can i test drive the Meridian on Saturday?", {"visit_date": ("Saturday", "prefer")}),
        ("we drive long trips every weekend, is the Meridian ok?", {}),
        ("my old SUV does 350 km, is that normal?", {}),
        ("is 350 km normal?", {}),
    ],
)
def test_in_a_question_a_wish_is_told_from_what_is_asked(text: str, wishes: dict[str, tuple[str, str]]) -> None:
    assert read(write(text, "ask")) == wishes


def test_what_is_said_in_an_objection_is_no_wish() -> None:
    assert read(write("46900 dollars is too expensive for me", "object")) == {}


@pytest.mark.parametrize(
    ("text", "people"),
    [("一家四口", 4), ("两大一小", 3), ("we are a family of five", 5), ("四个人,预算500", None)],
)
def test_a_family_counts_its_people(text: str, people: int | None) -> None:
    assert find_party(text) == people

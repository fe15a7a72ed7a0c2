from __future__ import annotations

import pytest

from streamdial.domains import Slot, load_pack
from streamdial.slots import SlotReader


def read(domain: str, language: str, text: str, *entities: str) -> dict[str, str]:
    """Slot to canonical value of what a text states."""
    reader = SlotReader(load_pack(domain), language, entities)  # type: ignore[arg-type]
    return {mention.slot: mention.value for mention in reader.find_values(text)}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a budget of $30,000", {"price": "30000"}),
        ("under 40k", {"price": "40000"}),
        ("it is 45,000 dollars", {"price": "45000"}),
        ("thirty eight thousand nine hundred dollars", {"price": "38900"}),
        ("an SUV please", {"body_type": "suv"}),
        ("plug-in hybrid", {"energy": "plug_in_hybrid"}),
        ("seven seats", {"seats": "7"}),
        ("a 7-seater", {"seats": "7"}),
        ("for a family of five", {"seats": "5"}),
        ("it goes 620 km", {"range": "620"}),
        ("82 kWh battery", {"battery": "82"}),
        ("charges in 28 minutes", {"charging_time": "28"}),
        ("delivery in 6 weeks", {"delivery": "6"}),
        ("480 litres of trunk", {"trunk": "480"}),
        ("480 L", {"trunk": "480"}),
        ("all-wheel drive", {"drive": "awd"}),
        ("the Aster has 5 seats", {"model": "Aster", "seats": "5"}),
        ("Thursday at 5:30 pm", {"visit_date": "Thursday", "visit_time": "5:30 pm"}),
        ("next saturday, noon", {"visit_date": "next saturday", "visit_time": "noon"}),
        ("0 to 100 km/h in 4 s", {"acceleration": "4"}),
        ("it does 210 km/h", {}),
        ("it weighs 300 lbs", {}),
        ("10 lines of text", {}),
        ("300 miles of range", {"range": "482.8"}),
        ("it charges in half an hour", {"charging_time": "30"}),
        ("a 5 hour drive", {}),
        ("4.8 metres long", {}),
        ("budget 30-40k", {"price": "40000"}),
        ("at least 480-620 km", {"range": "480"}),
        ("does it have a 4k video screen", {}),
        ("a 950 W speaker", {}),
        ("3:49", {}),
        ("at 3:49 in the video", {}),
        ("0:35 lol", {}),
        ("3:30 works", {"visit_time": "3:30"}),
        ("Jana 50", {}),
        ("Jan 5", {"visit_date": "Jan 5"}),
    ],
)
def test_english_car_talk(text: str, values: dict[str, str]) -> None:
    assert read("automotive", "en", text, "Aster") == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("预算30万以内", {"price": "300000"}),
        ("28.8万能落地吗", {"price": "288000"}),
        ("预算30万7座", {"price": "300000", "seats": "7"}),
        ("要7座的SUV", {"seats": "7", "body_type": "suv"}),
        ("家里五口人", {"seats": "5"}),
        ("家里五六口人", {"seats": "6"}),
        ("纯电的", {"energy": "electric"}),
        ("插电混动", {"energy": "plug_in_hybrid"}),
        ("续航620公里", {"range": "620"}),
        ("续航500千米", {"range": "500"}),
        ("电池82千瓦时", {"battery": "82"}),
        ("快充28分钟", {"charging_time": "28"}),
        ("后备箱480升", {"trunk": "480"}),
        ("云帆是四驱", {"model": "云帆", "drive": "awd"}),
        ("周六下午两点半", {"visit_date": "周六", "visit_time": "下午两点半"}),
        ("12月3日上午10点", {"visit_date": "12月3日", "visit_time": "上午10点"}),
        ("三点九万", {"price": "39000"}),
        ("预算12-16万", {"price": "160000"}),
        ("续航500到600公里", {"range": "500"}),
        ("预算950w", {"price": "9500000"}),
        ("快充半小时", {"charging_time": "30"}),
        ("换一天", {}),
    ],
)
def test_chinese_car_talk(text: str, values: dict[str, str]) -> None:
    assert read("automotive", "zh", text, "云帆") == values


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "2 guests, king bed, lake view", {"guests": "2", "bed_type": "king", "view": "lake"}),
        ("en", "with breakfast for $120", {"breakfast": "included", "price": "120"}),
        ("en", "no breakfast", {"breakfast": "not_included"}),
        ("en", "35 square metres", {"room_area": "35"}),
        ("en", "3 nights from Friday", {"nights": "3", "check_in_date": "Friday"}),
        ("zh", "两位入住，大床，湖景", {"guests": "2", "bed_type": "king", "view": "lake"}),
        ("zh", "388一晚含双早", {"price": "388", "breakfast": "included"}),
        ("zh", "住一晚，一晚多少钱", {"nights": "1"}),
        ("zh", "一晚388元，不含早", {"price": "388", "breakfast": "not_included"}),
        ("zh", "35平米的房间", {"room_area": "35"}),
        ("zh", "周五入住，住两晚", {"check_in_date": "周五", "nights": "2"}),
    ],
)
def test_hotel_talk(language: str, text: str, values: dict[str, str]) -> None:
    assert read("hotel", language, text) == values


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "a table for 4 people, not spicy", {"people": "4", "spice": "none"}),
        ("en", "party of six", {"people": "6"}),
        ("en", "is there free parking? it is $88", {"parking": "free", "price": "88"}),
        ("en", "a table for two hours", {}),
        ("en", "a table for two at 19:30", {"people": "2", "visit_time": "19:30"}),
        ("en", "we are open from 10 am to 9 pm", {}),
        ("zh", "四个人，微辣", {"people": "4", "spice": "mild"}),
        ("zh", "人均100左右", {"price": "100"}),
        ("zh", "有包间，免费停车", {"private_room": "available", "parking": "free"}),
    ],
)
def test_restaurant_talk(language: str, text: str, values: dict[str, str]) -> None:
    assert read("restaurant", language, text) == values


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "not electric"),
        ("en", "no SUV"),
        ("en", "I don't want an SUV"),
        ("en", "without a hybrid"),
        ("zh", "不要油车"),
        ("zh", "别SUV"),
        ("zh", "不考虑纯电"),
    ],
)
def test_what_is_not_wanted_is_no_wish(language: str, text: str) -> None:
    assert read("automotive", language, text) == {}


def test_a_word_that_only_ends_like_a_negation_negates_nothing() -> None:
    assert read("automotive", "zh", "B级别SUV") == {"body_type": "suv"}
    assert read("automotive", "en", "a casino SUV") == {"body_type": "suv"}


@pytest.mark.parametrize(
    ("language", "text", "currency"),
    [
        ("en", "$30,000", "USD"),
        ("en", "30,000 yuan", "CNY"),
        ("en", "¥30,000", "CNY"),
        ("en", "under 30k", "USD"),
        ("zh", "30万", "CNY"),
        ("zh", "30万美元", "USD"),
        ("zh", "388块", "CNY"),
        ("zh", "$300", "USD"),
        ("en", "£25k", "GBP"),
        ("en", "30,000 €", "EUR"),
        ("en", "Rs. 1.47 lakh", "INR"),
        ("zh", "5万日元", "JPY"),
    ],
)
def test_amounts_have_a_currency(language: str, text: str, currency: str) -> None:
    reader = SlotReader(load_pack("automotive"), language)  # type: ignore[arg-type]
    (mention,) = reader.find_values(text)
    assert (mention.slot, mention.unit) == ("price", currency)


def test_what_the_pack_has_as_a_value_is_no_amount() -> None:
    cars = load_pack("automotive")
    screen = Slot.model_validate(
        {"type": "category", "names": {"en": "screen", "zh": "屏幕"}, "values": {"4k": {"en": ["4K"], "zh": ["4K"]}}}
    )
    pack = cars.model_copy(update={"slots": {**cars.slots, "screen": screen}})
    assert [(m.slot, m.value) for m in SlotReader(pack, "en").find_values("is it 4k?")] == [("screen", "4k")]


def test_a_range_is_marked_and_what_may_be_two_values_is_listed() -> None:
    reader = SlotReader(load_pack("automotive"), "en")
    (mention,) = reader.find_values("about $30-40k")
    assert (mention.surface, mention.is_range) == ("$30-40k", True)
    assert list(reader.list_unclear("it does 1.234 km and costs 500 kr")) == ["ambiguous_number", "ambiguous_unit"]


def test_a_mention_says_where_it_stands() -> None:
    text = "The aster has 480 L of trunk"
    reader = SlotReader(load_pack("automotive"), "en", ["Aster"])
    assert [(m.slot, text[m.start : m.end], m.unit) for m in reader.find_values(text)] == [
        ("model", "aster", None),
        ("trunk", "480 L", "L"),
    ]


def test_names_are_found_longest_first_and_with_their_digits() -> None:
    reader = SlotReader(load_pack("automotive"), "en", ["Model 3", "Model 3 Max"])
    assert reader.find_entities("the model 3 max against the Model 3") == ("Model 3 Max", "Model 3")
    assert [mention.slot for mention in reader.find_values("the Model 3 Max")] == ["model"]
    assert reader.find_entities("a remodel 35") == ()


@pytest.mark.parametrize(
    ("domain", "language", "text", "asks"),
    [
        ("automotive", "en", "How much is the Aster?", ("price",)),
        ("automotive", "en", "What's the range and the warranty?", ("range", "warranty")),
        ("automotive", "en", "how much down payment?", ("down_payment",)),
        ("automotive", "zh", "续航多少，充电要多久？", ("range", "charging_time")),
        ("hotel", "zh", "含早吗，能带狗吗", ("breakfast", "pets")),
        ("restaurant", "en", "is it too spicy?", ("spice",)),
        ("automotive", "en", "lovely", ()),
    ],
)
def test_asking_phrases_name_their_slots_in_order(domain: str, language: str, text: str, asks: tuple[str, ...]) -> None:
    assert SlotReader(load_pack(domain), language).find_asks(text) == asks  # type: ignore[arg-type]

"""The phrases that come with the package: enough of each, nothing of their own stated, read back as what they say."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pytest
import yaml

from streamdial.domains import DomainPack, load_pack
from streamdial.domains._loading import PackFile, merge_files
from streamdial.errors import ConfigurationError
from streamdial.phrases import Inventory, Phrase, load_inventory
from streamdial.phrases.deriving import derive_slots
from streamdial.phrases.inventory import _parse, _read_packaged, deal
from streamdial.records import Language
from streamdial.slots import SlotReader, format_value
from streamdial.strategies.attack_lines import KINDS
from streamdial.strategies.support import NOTES

FILES = sorted(file.name for file in resources.files("streamdial.phrases").iterdir() if file.name.endswith(".yaml"))
LANGUAGES: tuple[Language, ...] = ("en", "zh")
VERTICALS = sorted({name.partition(".")[0] for name in FILES} - {"_shared", "_service"})
ALL = [(domain, language) for domain in VERTICALS for language in LANGUAGES]
NAMES: dict[Language, str] = {"en": "Meridian", "zh": "启程"}

FREQUENT = 40
"""Wordings of a move that comes in nearly every dialogue."""
OTHERS = 20
"""Wordings of any other move."""
WARM = (
    {"user.greet_warm": 12}
    | {f"{start}small_talk.{kind}": 12 for start in ("user.", "agent.react.") for kind in ("arrival", "praise", "mood")}
    | dict.fromkeys((f"user.react.mood.{way}" for way in ("up", "down", "relief")), 12)
    | {"agent.adds": 12, "agent.react.holds": 12, "user.doubt_fact": 12, "user.doubt_again": 12}
    | dict.fromkeys((f"agent.react.support.{label}" for label in NOTES["en"]), 12)
    | {f"{start}.{kind}": 12 for start in ("user.react.attack", "agent.react.refusal") for kind in KINDS}
)
"""Moves that a strategy alone asks for."""
COMPARED = (
    *("agent.compare.wish", "agent.compare.wish_other", "agent.compare.cheaper", "agent.compare.cheaper_other"),
    *("user.react.keeps", "user.react.sum_up"),
)
RARE = (
    WARM
    | dict.fromkeys(COMPARED, 12)
    | {"user.leave.unheld": 12, "agent.propose_day": 12, "user.book_party": 15, "agent.confirm_party": 15}
)
"""Moves a run has few of; those of a party are only where a booking counts people or nights."""
LATER = 8
"""Wordings of what only later sessions and goals have."""
OF_A_SLOT = 5
"""Wordings of any list of a slot."""
BY_KEY = {"ask": 14, "tell": 14, "wish": 14, "wish_short": 10, "need": 8, "object": 10, "request": 16, "concede": 8}
SPOKEN_OFTEN = {
    "user": (
        *("greet", "state", "state_offer", "ask_offer", "react.fits", "react.better", "react.neutral", "react.offer"),
        *("react.request", "object.over", "bargain", "insist", "compare", "accept", "thank.success", "thank.deferral"),
        *("thank.hand_over", "no_preference", "why_ask"),
    ),
    "agent": (
        *("greet", "react.need", "react.question", "react.revise", "why_request", "recommend", "fits", "better"),
        *("offer_more", "no_answer", "no_answer_open", "compare_frame", "explain_conflict", "recover", "check_stock"),
        *("negotiate_offer", "negotiate_none", "upsell", "hold", "hand_over", "follow_up"),
        *("close.success", "close.deferral", "close.drop_out", "close.hand_over"),
    ),
}
TELLING = {
    **{f"user.{key}": {"need"} for key in ("state", "state_offer", "concede.slot", "insist", "why_ask")},
    **{
        f"agent.{key}": {"entity", "facts"}
        for key in ("recommend", "recommend_again", "recover", "recover_count", "upsell")
    },
    "agent.explain_conflict": {"entity", "facts", "slot"},
    "agent.recommend_focus": {"facts"},
    "agent.answer_generic": {"facts"},
    "agent.objection_support": {"facts"},
    "agent.negotiate_offer": {"facts"},
    "agent.compare_frame": {"entity", "other", "facts", "other_facts"},
    **{"user.ask_free": {"day"}, "user.book_day": {"when"}, "agent.say_free": {"day"}},
    "agent.check_stock": {"value"},
    "agent.check_stock_other": {"value", "other", "other_value"},
    "agent.refuse_hold": {"value"},
    "agent.refuse_day": {"other_when"},
    "agent.refuse_closed": {"other_when"},
    "agent.hold": {"when"},
    "agent.confirm": {"when"},
    "agent.confirm_party": {"when", "party"},
    "user.book": {"when"},
    "user.book_party": {"when", "party"},
    "user.ask_hold": {"when"},
    "user.rebook": {"when"},
    "user.compare": {"other"},
    "user.ask_generic": {"slot"},
    "agent.request_generic": {"slot"},
    "agent.no_answer": {"slot"},
    "agent.follow_up_asked": {"slot"},
    "user.no_preference": {"slot"},
    "user.doubt_fact": {"value"},
    "user.doubt_again": {"value"},
    **{f"agent.react.support.{label}": {"need"} for label in ("restatement", "question")},
}
"""Gaps every phrase of a move must have: what the turn's labels say has to be said."""
VERDICT_GAPS = {"gap", "wish", "value"}
MAY = {
    "user.recall.told": {"facts"},
    "agent.recall.wish": {"need"},
    "agent.recall.changed": {"facts", "value"},
    "agent.recall.was": {"value"},
    "agent.recall.gone": {"facts"},
    **dict.fromkeys((f"user.react.{kind}" for kind in ("over", "short", "other")), VERDICT_GAPS),
    **dict.fromkeys((f"user.object.{kind}" for kind in ("over", "short", "other")), VERDICT_GAPS),
    **{key: {"gap", "value"} for key in (f"user.concede.{kind}" for kind in ("over", "short", "other"))},
    **{key: {"gap", "wish"} for key in (f"user.leave.{kind}" for kind in ("over", "short", "other"))},
    **{key: {"gap", "wish"} for key in (f"agent.react.objection.{kind}" for kind in ("over", "short", "other"))},
    **{key: {"gap", "wish"} for key in (f"agent.{kind}" for kind in ("fits", "better", "over", "short", "other"))},
    "agent.react.need": {"wish"},
    "user.bargain": {"value"},
    "user.change_mind": {"need"},
    "agent.refuse_day": {"when"},
    "agent.refuse_closed": {"when"},
    "agent.refuse_hour": {"open", "close", "other_when"},
    "agent.hold": {"it"},
}
"""Gaps a phrase of a move may have beside those and the names of what is talked about."""
THINGS = {"it", "its", "entity", "other"}
SLOT_GAPS = {
    "ask": {"it", "its"},
    "tell": {"it", "its", "entity", "value"},
    **{key: {"value"} for key in ("predicate", "wish", "wish_short", "need")},
    "fits": {"wish"},
    **{key: {"wish", "gap"} for key in ("better", "miss", "react_fits", "react_miss", "react_better")},
    "object": {"value", "gap", "wish"},
    "concede": {"value", "gap"},
    "request": set(),
}
NEEDS = {"price_told", "second_thing", "booked", "many_wishes", "asked_much", "first", "bare"}
PROMISES = {"callback", "check", "keep"}
STATING = ("tell", "predicate", "wish", "wish_short", "need")
NOT_READ: frozenset[str] = frozenset()
"""Phrases that the slot reader cannot read back, and that are worth keeping all the same."""


@lru_cache(maxsize=16)
def load(domain: str, language: Language) -> tuple[Inventory, DomainPack, SlotReader]:
    pack = load_pack(domain)
    return load_inventory(pack, language), pack, SlotReader(pack, language, [NAMES[language]])


def list_moves(domain: str, language: Language) -> dict[str, tuple[Phrase, ...]]:
    inventory = load(domain, language)[0]
    keys = [key.split(".", 1) for key in inventory.list_keys()]
    return {f"{role}.{key}": inventory.list_moves(role, key) for role, key in keys if role in ("user", "agent")}  # type: ignore[arg-type]


def list_slots(domain: str, language: Language) -> dict[tuple[str, str], tuple[Phrase, ...]]:
    inventory, pack, _ = load(domain, language)
    keys = [key.split(".", 1) for key in inventory.list_keys()]
    return {(slot, key): inventory.list_slot(slot, key) for slot, key in keys if slot in pack.slots}


def list_samples(pack: DomainPack, slot: str, language: Language) -> list[tuple[str, str | None]]:
    """Values of a slot with their units; none for free text."""
    schema = pack.slots[slot]
    if schema.values:
        return [(value, None) for value in schema.values]
    if schema.type == "money":
        amount = {"automotive": {"en": "46900", "zh": "268000"}}.get(pack.id, {"en": "180", "zh": "480"})[language]
        return [(amount, pack.currency[language])]
    own = [unit for unit in schema.units if unit.isascii() == (language == "en")]
    unit = next(iter(own or schema.units), None)
    return {"count": [("7", unit)], "quantity": [("30", unit)]}.get(schema.type, [])


def fill(phrase: Phrase, language: Language, **texts: str) -> str:
    named = dict.fromkeys(("it", "its", "entity"), NAMES[language])
    return phrase.fill({**dict.fromkeys(phrase.gaps, ""), **named, **texts})


def test_the_built_in_verticals_have_phrases_of_their_own_in_both_languages() -> None:
    assert {"automotive", "hotel"} <= set(VERTICALS)
    assert set(FILES) == {
        f"{name}.{language}.yaml" for name in ("_shared", "_service", *VERTICALS) for language in LANGUAGES
    }


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_phrases_can_be_read(name: str) -> None:
    body = _read_packaged(name)
    moves = body if name.startswith("_shared") else body.get("moves", {})
    lists = [listed for role in ("user", "agent") for listed in moves.get(role, {}).values()]
    lists += [listed for keys in body.get("slots", {}).values() for listed in keys.values()]
    for listed in lists:
        for given in listed:
            assert isinstance(given, str) or set(given) <= {"say", "needs", "promises", "value"}, given


def test_a_file_that_is_no_mapping_is_refused_with_its_name() -> None:
    with pytest.raises(ConfigurationError, match="no mapping"):
        _parse("- a\n- b\n", "x.yaml")
    with pytest.raises(ConfigurationError, match="not valid YAML"):
        _parse("a: [", "x.yaml")


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_each_move_has_wordings_enough(domain: str, language: Language) -> None:
    moves = list_moves(domain, language)
    often = {f"{role}.{key}" for role, keys in SPOKEN_OFTEN.items() for key in keys}
    assert often <= set(moves)
    later = {key: LATER for key in moves if ".recall." in key or key.endswith(".next_need")}
    least = {key: FREQUENT if key in often else {**RARE, **later}.get(key, OTHERS) for key in moves}
    assert {key: len(moves[key]) for key in moves if len(moves[key]) < least[key]} == {}


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_each_slot_can_be_asked_told_wished_and_judged(domain: str, language: Language) -> None:
    _, pack, _ = load(domain, language)
    listed = list_slots(domain, language)
    for slot, schema in pack.slots.items():
        if schema.booking or schema.type == "entity":
            continue
        keys = ["ask", "tell", "predicate"]
        if schema.constraint:
            keys += ["wish", "wish_short", "need", "fits", "miss", "react_fits", "react_miss", "object", "concede"]
        keys += ["request"] if schema.mined else []
        for key in keys:
            assert len(listed.get((slot, key), ())) >= BY_KEY.get(key, OF_A_SLOT), (slot, key)


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_no_phrase_is_there_twice(domain: str, language: Language) -> None:
    lists = {**list_moves(domain, language), **{".".join(key): v for key, v in list_slots(domain, language).items()}}
    for key, phrases in lists.items():
        plain = Counter(re.sub(r"[\W_]", "", re.sub(r"\{\w+\}", "#", phrase.text).lower()) for phrase in phrases)
        assert [text for text, count in plain.items() if count > 1] == [], key


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_a_phrase_has_no_figure_of_its_own_and_only_gaps_that_are_filled(domain: str, language: Language) -> None:
    lists = [
        (key, phrase, THINGS | TELLING.get(key, set()) | MAY.get(key, set()), TELLING.get(key, set()))
        for key, phrases in list_moves(domain, language).items()
        for phrase in phrases
    ]
    lists += [
        (".".join(key), phrase, SLOT_GAPS[key[1]], {"value"} if key[1] in STATING and not phrase.value else set())
        for key, phrases in list_slots(domain, language).items()
        for phrase in phrases
    ]
    for key, phrase, allowed, required in lists:
        assert required <= phrase.gaps <= allowed, (key, phrase.text)
        bare = re.sub(r"\{\w+\}", "", phrase.text)
        assert not re.search(r"[\d{}]", bare), (key, phrase.text)
        assert phrase.needs <= NEEDS and phrase.promises <= PROMISES, (key, phrase.text)
        assert phrase.text == phrase.text.strip()


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_only_a_reaction_goes_on_behind_a_comma(domain: str, language: Language) -> None:
    for key, phrases in list_moves(domain, language).items():
        if ".react." not in key:
            assert [p.text for p in phrases if p.text.endswith((",", "，"))] == [], key


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_a_question_is_read_as_one_for_its_slot_alone(domain: str, language: Language) -> None:
    _, _, reader = load(domain, language)
    things = {"it": "it", "its": "its"} if language == "en" else {"it": "", "its": ""}
    for (slot, key), phrases in list_slots(domain, language).items():
        for phrase in phrases:
            if key == "ask" and phrase.text not in NOT_READ:
                assert reader.find_asks(phrase.fill(things)) == (slot,), phrase.text


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_what_states_a_value_is_read_back_as_it(domain: str, language: Language) -> None:
    _, pack, reader = load(domain, language)
    for (slot, key), phrases in list_slots(domain, language).items():
        if key not in STATING:
            continue
        for value, unit in list_samples(pack, slot, language):
            written = format_value(pack, slot, value, language, unit)
            for phrase in phrases:
                if phrase.text in NOT_READ or phrase.value not in ("", value):
                    continue
                text = fill(phrase, language, value=written)
                read = {(m.slot, m.value) for m in reader.find_values(text) if m.slot != pack.entity_slot}
                assert read == {(slot, value)}, text


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_what_a_fact_means_says_nothing_of_another_slot(domain: str, language: Language) -> None:
    _, pack, reader = load(domain, language)
    for (slot, key), phrases in list_slots(domain, language).items():
        samples = list_samples(pack, slot, language)
        if key in STATING or key == "ask" or not samples:
            continue
        value, unit = samples[0]
        written = format_value(pack, slot, value, language, unit)
        for phrase in phrases:
            text = fill(phrase, language, value=written, wish=written, gap=written)
            read = {m.slot for m in reader.find_values(text)} - {pack.entity_slot}
            assert read <= {slot}, (slot, key, text)


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_a_move_names_no_value_of_its_own(domain: str, language: Language) -> None:
    _, pack, reader = load(domain, language)
    for key, phrases in list_moves(domain, language).items():
        for phrase in phrases:
            read = [m for m in reader.find_values(fill(phrase, language)) if m.slot != pack.entity_slot]
            if key.endswith(".gone"):
                read = [m for m in read if m.slot != pack.stock_slot]
            assert [m.surface for m in read] == [], (key, phrase.text)


# How they are dealt


def test_every_phrase_comes_equally_often_over_a_run() -> None:
    phrases = [Phrase(f"phrase {number}") for number in range(21)]
    for place in (0, 1, 2, 5):
        first = Counter(deal(phrases, "user.greet", number, place)[0].text for number in range(21 * 4))
        assert set(first.values()) == {4} and len(first) == 21


def test_one_dialogue_does_not_say_the_same_phrase_twice_before_many_others() -> None:
    phrases = [Phrase(f"phrase {number}") for number in range(40)]
    for number in range(40):
        said = [deal(phrases, "agent.answer", number, place)[0].text for place in range(6)]
        assert len(set(said)) == 6


def test_dealing_only_turns_the_order_and_each_key_has_its_own() -> None:
    phrases = [Phrase(f"phrase {number}") for number in range(20)]
    dealt = deal(phrases, "user.greet", 7, 0)
    assert sorted(p.text for p in dealt) == sorted(p.text for p in phrases)
    assert dealt == deal(phrases, "user.greet", 7, 0) != deal(phrases, "user.state", 7, 0)
    assert deal([], "user.greet", 7, 0) == []


def test_the_vertical_comes_before_what_all_share_and_a_phrase_counts_once() -> None:
    shared = {"user": {"accept": ["Deal.", "Fine."]}}
    own = {
        "moves": {"user": {"accept": ["I'll drive it.", "Deal."]}},
        "it": ["这款"],
        "slots": {"range": {"ask": ["?"]}},
    }
    inventory = Inventory(shared, own, "en")
    assert [phrase.text for phrase in inventory.list_moves("user", "accept")] == ["I'll drive it.", "Deal.", "Fine."]
    assert inventory.list_keys() == {"user.accept": 3, "range.ask": 1}
    assert (inventory.list_moves("agent", "accept"), inventory.list_slot("range", "tell")) == ((), ())
    assert inventory.demonstratives == ("这款",)


def test_a_vertical_without_phrases_of_its_own_has_the_shared_ones_and_what_its_pack_makes() -> None:
    phones = load_pack(str(Path(__file__).parents[1] / "domains" / "packs" / "phones.yaml"))
    inventory, hotel = load_inventory(phones, "zh"), load_inventory(load_pack("hotel"), "zh")
    assert inventory.list_moves("user", "accept")[-1] == hotel.list_moves("user", "accept")[-1]
    assert "{it}什么时候发货？" in [phrase.text for phrase in inventory.list_slot("delivery", "ask")]
    assert [phrase.text for phrase in inventory.list_slot("storage", "request")] == ["内存要多大的？"]
    assert inventory.list_slot("storage", "predicate")[0].fill({"value": "256GB"}) == "内存256GB"
    assert inventory.list_slot("screen", "tell", "flat")[0].fill({"it": "这款"}) == "这款直屏。"


def test_values_are_derived_as_what_a_thing_has_or_is() -> None:
    body = {
        "type": "category",
        "names": "viewfinder",
        "values": {"none": "no viewfinder", "electronic": "electronic one"},
    }
    slots = derive_slots(make_pack(finder=body), "en")
    assert [phrase["say"] for phrase in slots["finder"]["predicate"]] == ["has no viewfinder", "is electronic one"]
    assert "room" not in slots


def make_pack(**slots: object) -> DomainPack:
    """A small pack with some slots."""
    body = merge_files((PackFile("small", yaml.safe_dump({"id": "small", "names": "Small"})),)).body
    thing = {"type": "entity", "names": "room"}
    more = {"entity_slot": "room", "screening": {"keywords": "room"}, "slots": {"room": thing, **slots}}
    return DomainPack.model_validate(body | more)

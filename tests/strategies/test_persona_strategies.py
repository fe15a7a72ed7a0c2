"""What a persona knows is not asked, what it does not know is, and its words are those of its region."""

from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.personas.habits import load_habits
from streamdial.phrases import load_inventory
from streamdial.planning.talk_view import StateView
from streamdial.policies.typing_style import swap_word
from streamdial.records import Dialogue, Habit, Inquiry, Language, Observed, Turn
from streamdial.slots import SlotReader
from streamdial.strategies import open_strategy
from streamdial.strategies.beliefs import list_beliefs
from streamdial.strategies.dialect import load_dialects
from tests.dialogues import material
from tests.strategies.test_contract import make

KNOWLEDGE = material.build_knowledge()


def believe(*texts: str) -> tuple[Observed, ...]:
    return tuple(Observed(text=text, evidence=("q0",)) for text in texts)


@pytest.mark.parametrize(
    ("text", "about", "right"),
    [
        ("takes for granted of the Aster: range 480 km", {"range"}, {"range"}),
        ("takes for granted of the Aster: range 700 km", {"range"}, set()),
        ("not sure, the range of the Aster is 480 km", {"range"}, set()),
        ("takes for granted of the Calder: range 640 km", set(), set()),
        ("price", {"price"}, set()),
        ("has heard of the Aster", set(), set()),
    ],
)
def test_beliefs_are_read_with_their_thing_and_their_truth(text: str, about: set[str], right: set[str]) -> None:
    assert list_beliefs(believe(text), "Aster", KNOWLEDGE, "en") == about
    assert list_beliefs(believe(text), "Aster", KNOWLEDGE, "en", true=True) == right


def test_what_is_known_is_not_asked_and_what_is_not_known_is_asked_before_all_is_settled() -> None:
    strategy = open_strategy("beliefs")
    answer = Turn(turn_id=1, role="agent", utterance="It is electric.", act="answer", entity="Calder")
    user = material.build_user(
        knows=believe("takes for granted of the Calder: price $37,200"), does_not_know=believe("range of the Calder")
    )
    state = material.build_state(turns=[answer], user=user)
    advice = strategy.advise(StateView(state, "user"))
    assert advice is not None
    assert (advice.settled, advice.say) == (("price",), ("range",)) and "accept" in advice.forbid
    told = answer.model_copy(update={"tell": {"range": "640"}})
    later = strategy.advise(StateView(material.build_state(turns=[told], user=user), "user"))
    assert later is not None and (later.settled, later.say, later.forbid) == (("price",), (), ())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what's a heat pump?", "It has a heat pump."),
        ("what does preconditioning mean", "Preconditioning is included."),
        ("什么是热泵？", "这款带热泵。"),
        ("热泵是什么意思", "这款带热泵。"),
    ],
)
def test_a_term_nobody_explained_is_asked_about_once_it_was_used(question: str, said: str) -> None:
    user = material.build_user(primary_inquiries=(Inquiry(text=question, evidence=("q9",)),))
    used = Turn(turn_id=1, role="agent", utterance=said, act="recommend", entity="Calder")
    other = used.model_copy(update={"utterance": "It has five seats."})
    strategy = open_strategy("beliefs")
    advice = strategy.advise(StateView(material.build_state(turns=[used], user=user), "user"))
    assert advice is not None and advice.prefer == ("ask",)
    assert strategy.advise(StateView(material.build_state(turns=[other], user=user), "user")) is None


def test_regions_are_those_the_habits_tell_apart() -> None:
    habits = load_habits().dialect
    assert {language: set(regions) for language, regions in load_dialects().items()} == {
        language: set(regions) for language, regions in habits.items()
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_region_has_words_the_inventory_uses(language: Language) -> None:
    inventory = load_inventory(load_pack("automotive"), language)
    texts = [phrase.text for (role, _), phrases in inventory.moves.items() if role == "user" for phrase in phrases]
    for region, words in load_dialects()[language].items():
        changed = [text for text in texts if any(swap_word(text, *pair, language) != text for pair in words.items())]
        assert len(changed) >= 20, region


@pytest.mark.parametrize(("language", "region"), [("en", "british"), ("zh", "sichuan")])
def test_dialect_words_change_no_label_and_no_reading(language: Language, region: str) -> None:
    strategy, reader = open_strategy("dialect", {"rate": 1.0}), SlotReader(material.PACK, language, [])
    plain, own = make([], language), make([strategy], language)
    words = set(load_dialects()[language][region].values())

    def list_labels(made: list[Dialogue]) -> list[object]:
        return [(turn.act, turn.inform, turn.request, turn.tell) for one in made for turn in one.turns]

    assert list_labels(plain) == list_labels(own)
    changed = [
        (before.utterance, after.utterance)
        for one, other in zip(plain, own, strict=True)
        for before, after in zip(one.turns, other.turns, strict=True)
        if "dialect" in after.by
    ]
    assert all(reader.find_asks(before) == reader.find_asks(after) for before, after in changed)
    assert changed and all(before != after for before, after in changed)
    assert all(any(word.lower() in after.lower() for word in words) for _, after in changed)


def test_who_wrote_no_dialect_speaks_none_and_seen_words_alone_where_wished() -> None:
    state = material.build_state(user=material.build_user())
    assert open_strategy("dialect", {"rate": 1.0}).advise(StateView(state, "user")) is None
    style = material.build_user().style.model_copy(
        update={"dialect": (Habit(kind="british", words=("cheers",), evidence=("q0",)),)}
    )
    state = material.build_state(user=material.build_user(style=style))
    advice = open_strategy("dialect", {"rate": 1.0, "seen": True}).advise(StateView(state, "user"))
    assert advice is not None and advice.swaps == {"thanks": "cheers"}

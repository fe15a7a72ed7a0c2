"""A planned turn in words: what is named and what stood for, what comes before and behind, what may be said at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from material import PACK, build_state, plan, say

from streamdial.dialogues import DialogueState, LineBank, TurnPlan
from streamdial.dialogues.phrase_picking import PhrasePicker
from streamdial.dialogues.phrasing import ALONE_FROM, Phraser
from streamdial.dialogues.realising import Realiser
from streamdial.phrases import Inventory, Phrase, load_inventory
from streamdial.planning import AgentPlanner, Move, UserPlanner, Verdict, draw_storyline
from streamdial.records import Language, Turn
from streamdial.slots import SlotReader
from streamdial.testing import HashingEmbedder
from tests.planning.random_worlds import MAX_TURNS, Case, draw_cases

ABOUT = {"en": "Calder", "zh": "青岚"}
OVER = Verdict("over", "Calder", "price", "37200", "USD", wish="36000", gap=1200, distance=0.03)


def word(what: TurnPlan, shared: dict[str, Any], state: DialogueState | None = None, **own: Any) -> str:
    """The words of a plan out of a small inventory; empty where it has none."""
    state = state or build_state()
    inventory = Inventory(shared, own, state.language)
    found = Phraser(inventory, PACK, state.language).word(what, state, 0)
    return found[0] if found else ""


def talk_about(language: Language = "en") -> DialogueState:
    return build_state(language, turns=(say("user", "ask", "how about it?", entity=ABOUT[language]),))


@pytest.mark.parametrize(
    ("language", "named", "stood_for"),
    [("en", "The Calder does 640 km.", "It does 640 km."), ("zh", "青岚续航640km。", "续航640km。")],
)
def test_a_thing_is_named_when_it_is_new_and_stood_for_once_it_is_talked_about(
    language: Language, named: str, stood_for: str
) -> None:
    tell = {"en": "{it} does {value}.", "zh": "{it}续航{value}。"}[language]
    answer = plan("agent", "answer", entity=ABOUT[language], tell={"range": ("640", "km")})
    slots = {"range": {"tell": [tell]}}
    assert word(answer, {}, build_state(language), slots=slots).replace("公里", "km") == named
    assert word(answer, {}, talk_about(language), slots=slots).replace("公里", "km") == stood_for


def test_of_several_facts_the_first_names_the_thing() -> None:
    answer = plan("agent", "answer", entity="Calder", tell={"range": ("640", "km"), "seats": ("5", "seats")})
    slots = {"range": {"tell": ["{it} does {value}."]}, "seats": {"tell": ["{it} has {value}."]}}
    assert word(answer, {}, slots=slots) == "The Calder does 640 km. It has 5 seats."


def test_a_phrase_that_names_the_thing_is_taken_where_it_is_new() -> None:
    answer = plan("agent", "answer", entity="Calder", tell={"range": ("640", "km")})
    slots = {"range": {"tell": ["{value}, that's the range.", "{its} range is {value}."]}}
    for number in range(4):
        state = build_state()
        state.number = number
        assert word(answer, {}, state, slots=slots) == "The Calder's range is 640 km."


def test_a_reaction_stands_before_and_a_bridge_behind() -> None:
    moves = (Move("react", "react.question"), Move("bridge", "offer_more"))
    answer = plan("agent", "answer", entity="Calder", tell={"range": ("640", "km")}, moves=moves)
    shared = {"agent": {"react.question": ["Good question,"], "offer_more": ["Anything else?"]}}
    slots = {"range": {"tell": ["{it} does {value}."]}}
    state = talk_about()
    assert word(answer, shared, state, slots=slots) == "Good question, it does 640 km. Anything else?"
    phraser = Phraser(Inventory(shared, {"slots": slots}, "en"), PACK, "en")
    alone = phraser.word(answer, state, ALONE_FROM)
    assert alone is not None and alone[0] == "It does 640 km."


def test_a_bridge_says_what_a_fact_means_by_its_verdict() -> None:
    miss = Move("bridge", "miss", slot="price", verdict=OVER)
    answer = plan("agent", "answer", entity="Calder", tell={"price": ("37200", "USD")}, moves=(miss,))
    shared = {"agent": {"over": ["That is {gap} above your {wish}."], "fits": ["That fits."]}}
    slots = {"price": {"tell": ["{it} costs {value}."]}}
    said = "The Calder costs $37,200. That is $1,200 above your $36,000."
    assert word(answer, shared, slots=slots) == said
    own = {**slots["price"], "miss": ["A bit over {wish}, I know."]}
    assert word(answer, {}, slots={"price": own}) == "The Calder costs $37,200. A bit over $36,000, I know."


def test_an_article_fits_the_value_behind_it() -> None:
    wish = plan("user", "inform", inform={"body_type": ("suv", None)})
    slots = {"body_type": {"wish": ["I want a {value}."]}}
    assert word(wish, {}, slots=slots) == "I want an SUV."
    assert word(plan("user", "inform", inform={"body_type": ("sedan", None)}), {}, slots=slots) == "I want a sedan."


def pick(*phrases: Phrase, act: str = "answer", turns: tuple[Turn, ...] = (), role: str = "agent") -> str:
    state = build_state(turns=turns)
    picker = PhrasePicker(Inventory({}, {}, "en"), state, plan(role, act), 0, [], state.rng, state.pack)
    return picker.pick("key", phrases, {})


def test_nobody_says_hello_in_the_middle() -> None:
    hello, plain = Phrase("Hi there, what's the range?"), Phrase("What's the range?")
    middle = tuple(say("user", "ask", number=n) for n in range(2))
    assert {pick(hello, plain, act="ask", turns=middle) for _ in range(4)} == {plain.text}
    assert pick(hello, act="ask") == hello.text
    assert pick(hello, act="greet", turns=middle) == hello.text


@pytest.mark.parametrize(
    ("promise", "act", "turns", "allowed"),
    [
        ("callback", "close", (), False),
        ("callback", "hand_over", (), True),
        ("callback", "close", (say("agent", "hand_over"),), True),
        ("check", "no_answer", (), False),
        ("keep", "close", (), False),
        ("keep", "hold", (), True),
        ("keep", "close", (say("agent", "hold"),), True),
    ],
)
def test_a_promise_is_made_only_where_the_dialogue_keeps_it(
    promise: str, act: str, turns: tuple[Turn, ...], allowed: bool
) -> None:
    promising, plain = Phrase("They'll call you.", promises=frozenset({promise})), Phrase("Bye.")
    assert pick(promising, act=act, turns=turns) == (promising.text if allowed else "")
    if not allowed:
        assert pick(promising, plain, act=act, turns=turns) == plain.text


@pytest.mark.parametrize(
    ("need", "turns"),
    [
        ("price_told", (say("agent", "answer", entity="Aster", tell={"price": "28900"}),)),
        (
            "second_thing",
            (
                say(
                    "agent",
                    "compare",
                    entity="Aster",
                    other="Calder",
                    tell={"range": "480"},
                    tell_other={"range": "640"},
                ),
            ),
        ),
        ("booked", (say("agent", "confirm"),)),
        ("many_wishes", (say("user", "inform", inform={"price": "1", "seats": "5"}),)),
        ("asked_much", tuple(say("user", "ask", number=n) for n in range(3))),
        ("of some other kind", ()),
    ],
)
def test_what_presupposes_something_waits_until_it_is_so(need: str, turns: tuple[Turn, ...]) -> None:
    phrase = Phrase("As I said.", needs=frozenset({need}))
    assert pick(phrase) == ""
    assert pick(phrase, turns=turns) == (phrase.text if turns else "")


def test_only_the_first_turn_of_a_role_is_its_first() -> None:
    phrase = Phrase("First time here.", needs=frozenset({"first"}))
    assert pick(phrase, role="user") == pick(phrase, role="user", turns=(say("agent", "greet"),)) == phrase.text
    assert pick(phrase, role="user", turns=(say("user", "greet"),)) == ""


def test_a_phrase_whose_gap_nothing_fills_is_left() -> None:
    assert pick(Phrase("It has {value}."), Phrase("It does.")) == "It does."


def test_phrases_are_dealt_out_over_the_dialogues_of_a_run() -> None:
    shared = {"user": {"greet": [f"Hello number {word}." for word in ("one", "two", "three", "four", "five")]}}
    said = []
    for number in range(20):
        state = build_state()
        state.number = number
        said.append(word(plan("user", "greet"), shared, state))
    assert set(Counter(said).values()) == {4}


def test_a_booking_names_day_hour_and_party() -> None:
    book = plan("user", "book", inform={"visit_date": ("Saturday", None), "visit_time": ("2 pm", None)})
    assert word(book, {"user": {"book": ["See you {when}."]}}) == "See you Saturday at 2 pm."
    refuse = plan(
        "agent",
        "refuse",
        key="refuse_hour",
        tell={"visit_date": ("Saturday", None), "visit_time": ("7 pm", None)},
        gaps={"open": "9 am", "close": "8 pm"},
    )
    shared = {"agent": {"refuse_hour": ["We open at {open} and close at {close}; {other_when}?"]}}
    assert word(refuse, shared) == "We open at 9 am and close at 8 pm; Saturday at 7 pm?"


def test_a_doubt_says_the_wish_where_it_was_not_said_yet() -> None:
    doubt = plan(
        "user",
        "object",
        key="object.over",
        entity="Calder",
        request=("price",),
        inform={"price": ("36000", None)},
        verdict=OVER,
    )
    shared = {"user": {"object.over": ["Too much for me."]}}
    own = {"price": {"wish": ["I have {value}."]}}
    assert word(doubt, shared, talk_about(), slots=own) == "Too much for me. I have $36,000."
    said = {"user": {"object.over": ["Too much, I have {wish}."]}}
    assert word(doubt, said, talk_about(), slots=own) == "Too much, I have $36,000."


def test_a_bargain_may_name_the_price() -> None:
    bargain = plan("user", "negotiate", key="bargain", entity="Calder", verdict=OVER)
    shared = {"user": {"bargain": ["Is {value} the last word?"]}}
    assert word(bargain, shared, talk_about()) == "Is $37,200 the last word?"


# Whole storylines


def talk(case: Case) -> list[tuple[TurnPlan, Turn]]:
    """The plans of a dialogue with the turns they became."""
    state = case.open_state()
    state.storyline = drawn = draw_storyline(case.user, case.world, case.outcome, str(case.seed), lent=case.lent)
    user, agent = UserPlanner(case.user, drawn), AgentPlanner(max_requests=drawn.mines, seed=drawn.seed)
    reader = SlotReader(case.pack, "en", case.knowledge.entities)
    realiser = Realiser(LineBank([], HashingEmbedder()), reader, None)
    found = []
    while len(state.turns) < MAX_TURNS:
        what = user.plan(state) if len(state.turns) % 2 == 0 else agent.plan(state)
        if what is None:
            break
        turn = asyncio.run(realiser.realise(what, state))
        found.append((what, turn))
        state.add(turn)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draw_cases())
def test_whatever_is_planned_finds_words_and_no_gap_is_left(case: Case) -> None:
    for what, turn in talk(case):
        assert "{" not in turn.utterance and turn.utterance.strip(), what
        assert "  " not in turn.utterance
        if case.pack.id == "automotive":
            assert turn.realisation != "template", (what, turn.utterance)


def test_every_key_the_planners_use_has_phrases() -> None:
    inventory = {language: load_inventory(PACK, language) for language in ("en", "zh")}
    reasons = [f"want_time.{reason}" for reason in ("family", "see_first", "payday", "compare", "sleep")]
    leaves = [f"leave.{kind}" for kind in ("over", "short", "other", "gone", "unknown", "day", "unheld")]
    user = [*reasons, *leaves, "acknowledge", "change_mind", "alternative", "rebook", "chit", "why_ask"]
    agent = ["refuse_day", "refuse_closed", "refuse_hour", "refuse_hold", "objection_none", "recommend_focus"]
    for language, phrases in inventory.items():
        for role, keys in (("user", user), ("agent", agent)):
            for key in keys:
                assert phrases.list_moves(role, key), (language, role, key)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(12))
def test_of_two_facts_at_most_one_is_a_kind(number: int) -> None:
    state = build_state(turns=(say("user", "inform", "hm"),))
    state.number = number
    both = plan("agent", "recommend", entity="Aster", tell={"energy": ("electric", None), "body_type": ("suv", None)})
    text, _ = Phraser(load_inventory(PACK, "en"), PACK, "en").word(both, state, 0) or ("", [])
    assert "SUV" in text and "electric" in text and "electric car" not in text

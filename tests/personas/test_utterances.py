from __future__ import annotations

from streamdial.domains import load_pack
from streamdial.personas.constraints import collect_wishes
from streamdial.personas.utterances import LinePool, collect_utterances
from streamdial.records import Inquiry, SeedDialogue, Turn, UserQuestion, Utterance
from streamdial.slots import SlotReader
from tests.personas.test_constraints import ENTITIES, write

PACK = load_pack("automotive")


def seed(utterance: str, act: str, entity: str = "", **slots: str) -> SeedDialogue:
    asks = {"request": {slots.pop("asks"): "?"}} if "asks" in slots else {}
    turn = Turn(turn_id=0, role="user", utterance=utterance, act=act, entity=entity, inform=slots, **asks)
    return SeedDialogue(id="seed", domain="automotive", language="en", turns=(turn,))


def collect(
    own: list[UserQuestion], *, others: tuple[UserQuestion, ...] = (), seeds: tuple[SeedDialogue, ...] = ()
) -> tuple[Utterance, ...]:
    pool = LinePool([*own, *others], seeds, PACK, "en")
    inquiries = [
        Inquiry(text=q.text, asks=q.asks, act=q.act, entities=q.entities, evidence=(q.id,))
        for q in own
        if q.act != "inform"
    ]
    return collect_utterances(own, [], inquiries, collect_wishes(own, SlotReader(PACK, "en", ENTITIES["en"])), pool)


def pick(lines: tuple[Utterance, ...], origin: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(line.text, line.evidence) for line in lines if line.origin == origin]


def test_a_line_of_another_viewer_is_about_this_ones_thing() -> None:
    own, other = write("how far does the Meridian go?", "ask"), write("range of the Cascade?", "ask", asker="ben")
    lines = collect([own], others=(other,))
    assert pick(lines, "own") == [("how far does the Meridian go?", (own.id,))]
    assert pick(lines, "same_need") == [("range of the Meridian?", (other.id,))]


def test_a_seed_line_states_this_ones_values() -> None:
    own = write("my budget is 38000 dollars")
    lines = collect([own], seeds=(seed("Not more than $45,000 please.", "inform", price="45000"),))
    assert pick(lines, "seed") == [("Not more than $38,000 please.", ("seed#0", own.id))]


def test_a_line_with_a_fact_that_cannot_be_replaced_is_not_borrowed() -> None:
    own = write("how far does the Meridian go?", "ask")
    for utterance in (
        "How far does it go, I drive 300 km a day?",  # a figure nobody said
        "My wife asks how far it goes.",  # somebody else's wife
        "How far does it go? And the noise worries us a lot.",  # says more
    ):
        assert pick(collect([own], seeds=(seed(utterance, "ask", asks="range"),)), "seed") == []


def test_people_are_not_made_seats() -> None:
    own = write("looking for 7 seats")
    assert pick(collect([own], seeds=(seed("We are 5 people.", "inform", seats="5"),)), "seed") == []
    lines = collect([own], seeds=(seed("It should have 5 seats.", "inform", seats="5"),))
    assert pick(lines, "seed") == [("It should have 7 seats.", ("seed#0", own.id))]


def test_templates_word_the_rest_out_of_what_is_in_evidence() -> None:
    own = [write("my budget is 38000 dollars"), write("warranty?", "ask")]
    worded = pick(collect(own), "worded")
    assert ("I'm thinking of a budget of $38,000.", (own[0].id,)) in worded
    assert ("What about the warranty?", (own[1].id,)) in worded


def test_thanks_and_greetings_fill_nothing_up() -> None:
    own = write("mm", "object")
    thanks = seed("Thanks, that's all.", "thank")
    assert [line.text for line in collect([own], seeds=(thanks,))] == ["mm"]

"""Two dialogues are joined where one person could have had both, and nowhere else."""

from __future__ import annotations

import pytest

from streamdial.dialogues import join_dialogues
from streamdial.phrases import load_inventory
from streamdial.records import Dialogue, Turn
from streamdial.strategies.join import Join, Seam, find_incoherence
from tests.dialogues import material
from tests.strategies.test_contract import make

KNOWLEDGE = material.build_knowledge()


def turn(number: int, utterance: str, act: str, **more: object) -> Turn:
    role = "agent" if number % 2 else "user"
    return Turn.model_validate({"turn_id": number, "role": role, "utterance": utterance, "act": act, **more})


def build(identity: str, *turns: Turn, user: str = "user-en") -> Dialogue:
    made = make([])[0]
    update = {"id": identity, "turns": turns, "outcome": "success", "user_persona_id": user, "goals": (), "lineage": ()}
    return made.model_copy(update=update)


@pytest.fixture(scope="module")
def first() -> Dialogue:
    return build(
        "first",
        turn(0, "An electric one, please.", "inform", inform={"energy": "electric"}),
        turn(1, "The Calder is electric.", "recommend", entity="Calder", tell={"energy": "electric"}),
        turn(2, "Saturday then.", "book", inform={"visit_date": "Saturday"}),
        turn(3, "See you Saturday.", "confirm", tell={"visit_date": "Saturday"}),
        turn(4, "Thanks!", "thank"),
        turn(5, "Bye.", "close"),
    )


def build_second(wish: tuple[str, str] = ("seats", "7"), thing: str = "Model 7", **asked: object) -> Dialogue:
    return build(
        "second",
        turn(0, "Hello!", "greet"),
        turn(1, "Hi, how can I help?", "greet"),
        turn(2, "We also need seven seats.", "inform", inform=dict([wish])),
        turn(3, f"Take the {thing}.", "recommend", entity=thing, tell={"seats": "7"}),
        turn(4, "How far does it go?", "ask", **{"entity": thing, "request": {"range": "?"}, **asked}),
        turn(5, "It goes 180 km.", "answer", entity=thing, tell={"range": "180"}),
        turn(6, "I'll think about it.", "defer"),
        turn(7, "Of course.", "close"),
        user="other",
    )


def test_a_second_need_follows_where_the_first_is_settled(first: Dialogue) -> None:
    second = build_second()
    users = {"user-en": material.build_user(), "other": material.build_user(id="other")}
    (seam,) = Join().pair(first, [first, second], users, KNOWLEDGE)
    assert (seam.cut, seam.start) == (4, 2)
    joined = join_dialogues(seam, load_inventory(material.PACK, "en"), name="join")
    assert joined is not None
    assert [one.turn_id for one in joined.turns] == list(range(10))
    assert [one.role for one in joined.turns] == ["user", "agent"] * 5
    bridge = joined.turns[4]
    assert bridge.utterance.endswith("We also need seven seats.") and len(bridge.utterance) > len(
        "We also need seven seats."
    )
    assert (bridge.by, bridge.inform) == (("join",), {"seats": "7"})
    assert [goal.outcome for goal in joined.goals] == ["success"] and joined.user_persona_id == "other"
    assert joined.id not in (first.id, second.id)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (build_second(("energy", "plug_in_hybrid")), "wishes"),
        (build_second(("energy", "electric")), "same_need"),
        (build_second(thing="Calder"), "same_need"),
        (build_second(entity="Calder", request={"energy": "?"}), "asked_again"),
    ],
)
def test_what_one_person_would_not_say_is_not_joined(first: Dialogue, second: Dialogue, reason: str) -> None:
    assert find_incoherence(Seam(first, second, 4, 2), KNOWLEDGE) == reason


def test_a_fact_with_two_values_a_line_said_twice_and_one_hour_for_two_things_are_seen(first: Dialogue) -> None:
    def change(place: int, **update: object) -> Dialogue:
        second = build_second()
        turns = [one.model_copy(update=update) if one.turn_id == place else one for one in second.turns]
        return second.model_copy(update={"turns": tuple(turns)})

    other_value = change(5, entity="Calder", tell={"energy": "plug_in_hybrid"})
    assert find_incoherence(Seam(first, other_value, 4, 2), KNOWLEDGE) == "facts"
    assert find_incoherence(Seam(first, change(2, utterance="An electric one please"), 4, 2), KNOWLEDGE) == "repeated"
    twice = change(6, act="book", inform={"visit_date": "Saturday"})
    assert find_incoherence(Seam(first, twice, 4, 2), KNOWLEDGE) == "same_time"


def test_nothing_follows_where_nothing_is_settled(first: Dialogue) -> None:
    users = {"user-en": material.build_user(), "other": material.build_user(id="other")}
    unsettled = first.model_copy(update={"outcome": "deferral"})
    assert Join().pair(unsettled, [build_second()], users, KNOWLEDGE) == []

import random
from dataclasses import replace

import pytest

from streamdial.errors import StreamDialError
from streamdial.evaluation.dst.baselines import LookupTracker, MajorityTracker
from streamdial.evaluation.dst.linear_tracker import LinearTracker, TrackerOptions, split_name
from streamdial.evaluation.dst.scores import list_slots, score_states
from streamdial.evaluation.dst.spans import Scene, describe_shape, describe_span, list_spans, split_tokens
from streamdial.evaluation.dst.states import State, StateDialogue, StateTurn

pytest.importorskip("sklearn", reason="the extra `evaluate` is not installed")

AREAS = ("north", "south", "east", "west")
STREETS = tuple(
    f"{first} {last}"
    for first in ("Mill", "High", "King", "Abbey", "Castle", "Station", "Green", "Bridge", "Park", "Victoria")
    for last in ("Road", "Street", "Lane", "Walk", "Hill")
)


def make_talk(number: int, *, zh: bool = False) -> StateDialogue:
    """Return a talk about a room: where, how many nights, for whom, with parking or not."""
    rng = random.Random(number)
    area, nights, people = rng.choice(AREAS), str(rng.randint(1, 6)), str(rng.randint(1, 6))
    street, park = rng.choice(STREETS), rng.random() < 0.5
    if zh:
        price = f"{rng.randint(2, 9)}00元"
        turns = [
            StateTurn("", f"您好，想找一家{price}左右的酒店", {"price": price}),
            StateTurn("住几晚？", f"住{nights}晚，{people}个人", {"price": price, "nights": nights, "people": people}),
        ]
        return StateDialogue(f"zh{number}", "zh", tuple(turns))
    first: State = {"area": area}
    second = {**first, "nights": nights, "people": people}
    third: State = {**second, "street": street, **({"parking": "yes"} if park else {})}
    turns = [
        StateTurn("", f"I need a room in the {area}.", first),
        StateTurn("How long, and for how many?", f"{nights} nights for {people} people.", second),
        StateTurn(
            f"There is one in {street}.", "Yes, take it. I come by car." if park else "Yes, take it please.", third
        ),
    ]
    return StateDialogue(f"en{number}", "en", tuple(turns))


def train(language: str) -> tuple[LinearTracker, list[StateDialogue]]:
    talks = [make_talk(number, zh=language == "zh") for number in range(60)]
    tracker = LinearTracker(TrackerOptions())
    tracker.fit(talks[:45])
    return tracker, talks[45:]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_learns_what_is_said_meant_and_accepted(language: str) -> None:
    tracker, unseen = train(language)
    scores = score_states(unseen, [tracker.predict(talk) for talk in unseen], list_slots(unseen))
    assert scores.jga is not None
    assert scores.jga > 0.9


def test_it_takes_over_values_it_never_saw() -> None:
    tracker, _ = train("en")
    turns = (
        StateTurn("", "I need a room in the north.", {}),
        StateTurn("How long, and for how many?", "9 nights for 8 people.", {}),
        StateTurn("There is one in Orchard Close.", "Yes, take it please.", {}),
    )
    states = tracker.predict(StateDialogue("new", "en", turns))
    assert states[1] == {"area": "north", "nights": "9", "people": "8"}
    assert states[2]["street"] == "orchard close"


def test_it_sees_no_true_state_and_gives_the_same_twice() -> None:
    tracker, unseen = train("en")
    blind = [StateDialogue(t.id, t.language, tuple(StateTurn(x.agent, x.user, {}) for x in t.turns)) for t in unseen]
    assert [tracker.predict(talk) for talk in blind] == [tracker.predict(talk) for talk in unseen]
    again, _ = train("en")
    assert [again.predict(talk) for talk in unseen] == [tracker.predict(talk) for talk in unseen]


def test_domains_that_share_an_attribute_are_told_apart_by_what_is_talked_about() -> None:
    talks = []
    for number in range(30):
        area, other = random.Random(number).sample(AREAS, 2)
        first = {"hotel-area": area}
        turns = (
            StateTurn("", f"I need a hotel in the {area}.", first),
            StateTurn("Done.", f"And a restaurant in the {other}.", {**first, "restaurant-area": other}),
        )
        talks.append(StateDialogue(str(number), "en", turns))
    tracker = LinearTracker()
    tracker.fit(talks[:24])
    scores = score_states(talks[24:], [tracker.predict(talk) for talk in talks[24:]], list_slots(talks))
    assert scores.jga == 1


def test_without_any_state_there_is_nothing_to_learn() -> None:
    with pytest.raises(StreamDialError, match="nothing to learn"):
        LinearTracker().fit([StateDialogue("d", "en", (StateTurn("", "Hi", {}),))])


def test_one_dialogue_is_enough_to_train_on() -> None:
    tracker = LinearTracker()
    tracker.fit([make_talk(1)])
    assert len(tracker.predict(make_talk(2))) == 3


def test_a_slot_has_a_domain_where_its_name_says_so() -> None:
    assert split_name("hotel-area") == ("hotel", "area")
    assert split_name("check_in_date") == ("", "check_in_date")


def test_tokens_are_words_numbers_and_marks_of_both_languages() -> None:
    assert [token.text for token in split_tokens("At 18:30, Joe's bar")] == ["At", "18:30", ",", "Joe's", "bar"]
    assert [token.text for token in split_tokens("评分4.5分以上的酒店")] == ["评分", "4.5", "分", "以上", "的", "酒店"]


def test_spans_do_not_cross_sentences_and_begin_and_end_with_a_word() -> None:
    texts = [span.text for span in list_spans("Yes. In the north!", "user")]
    assert "the north" in texts
    assert not any("." in text or "!" in text for text in texts)
    assert "小吃店(总店)" in [span.text for span in list_spans("去小吃店(总店)。", "agent")]


def test_features_name_the_words_around_a_span_and_what_was_asked() -> None:
    scene = Scene("How many nights?", "For 3 please", {"people": "3"})
    span = next(span for span in list_spans(scene.user, "user") if span.text == "3")
    found = describe_span(span, scene, ("stars",), "3")
    assert {"u|b1=for", "u|a1=please", "asked=nights", "u|knows=stars", "held=people", "u|shape=9"} <= set(found)
    assert describe_shape("King Lane 12b") == "Aa 9 a"


def test_the_majority_is_the_constant_state_that_serves_best() -> None:
    # Of four turns three have area north and one stars 4: north alone gives F1 6/8, both 8/12.
    states: list[State] = [{"area": "north"}, {"area": "north"}, {"area": "north", "stars": "4"}, {}]
    dialogue = StateDialogue("d", "en", tuple(StateTurn("", "", state) for state in states))
    tracker = MajorityTracker()
    tracker.fit([dialogue])
    assert tracker.predict(dialogue) == [{"area": "north"}] * 4


def test_the_look_up_takes_what_stands_in_the_users_words() -> None:
    turns = (StateTurn("", "the north please", {"area": "north"}), StateTurn("south?", "no", {"area": "north"}))
    tracker = LookupTracker()
    tracker.fit([StateDialogue("d", "en", turns)])
    new = StateDialogue("e", "en", (StateTurn("", "North, northern", {}), StateTurn("", "ok", {})))
    assert tracker.predict(new) == [{"area": "north"}] * 2


def test_a_set_that_does_not_annotate_a_slot_is_no_example_against_it() -> None:
    def say(key: str, text: str, **state: str) -> StateDialogue:
        return StateDialogue(key, "en", (StateTurn("", text, state),))

    places = ("north", "south", "east", "west")
    real = [say(f"r{n}", f"A table in the {places[n % 4]} for {n % 3 + 2}.", area=places[n % 4]) for n in range(8)]
    ours = [
        say(f"o{n}", f"Are you in the {places[n % 4]}? We are {n % 5 + 2}.", people=str(n % 5 + 2)) for n in range(60)
    ]
    asked = say("t", "Are you in the north? A table in the north, please.", area="north")

    def read(dialogues: list[StateDialogue]) -> str:
        tracker = LinearTracker()
        tracker.fit(dialogues)
        return tracker.predict(asked)[0].get("area", "")

    told = [replace(one, annotated=frozenset({"people"})) for one in ours]
    assert read([*real, *told]) == "north"
    alone, mixed = LinearTracker(), LinearTracker()
    alone.fit(real)
    mixed.fit([*real, *told])
    assert mixed.predict(real[0]) == alone.predict(real[0])

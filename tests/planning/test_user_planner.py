"""What a customer does next follows from what was told, and what that is worth to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamdial.blueprints import BehaviourPlan
from streamdial.planning import DialogueState, Storyline, TurnPlan, UserPlanner
from streamdial.planning.turns import keep_first
from streamdial.planning.wishes import list_left_wishes
from streamdial.records import Constraint, Inquiry, Observed, Outcome, Turn, UserPersona
from tests.dialogues.material import TEXTS, build_state, build_user, plan, say

BOOKING = {"visit_date": "Friday", "visit_time": "3 pm"}
SEEDS = range(12)
STATED = (say("user", "inform", inform={wish.slot: wish.value for wish in build_user().constraints}),)
"""All wishes of the customer of the tests, said."""


def follow(
    *turns: Turn,
    outcome: Outcome = "success",
    user: UserPersona | None = None,
    behaviours: BehaviourPlan | None = None,
    **story: object,
) -> TurnPlan | None:
    """What a customer does behind some turns."""
    state = build_state(outcome=outcome, user=user, turns=turns)
    state.runner.behaviours = behaviours or BehaviourPlan()
    told: dict[str, object] = {"questions": state.user.primary_inquiries, "booking": BOOKING, **story}
    state.storyline = Storyline(outcome=outcome, **told)  # type: ignore[arg-type]
    return UserPlanner(state.user, state.storyline).plan(state)


def do(*turns: Turn, **more: object) -> TurnPlan:
    found = follow(*turns, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def want(slot: str, value: str, hardness: str = "prefer") -> UserPersona:
    wish = Constraint(slot=slot, value=value, hardness=hardness, evidence=("w",))  # type: ignore[arg-type]
    return build_user(constraints=(wish,), primary_inquiries=())


def offer(entity: str = "Calder", **told: str) -> Turn:
    return say("agent", "recommend", entity=entity, tell=told)


# Opening


def test_a_talk_is_opened_as_the_storyline_has_it() -> None:
    assert do(opening="greet").act == "greet"
    assert (do(opening="state").act, do(opening="ask_offer").act) == ("inform", "ask_offer")
    asked = do(opening="ask")
    assert (asked.act, asked.entity, asked.request[0]) == ("ask", "Aster", "range")


def test_as_many_wishes_are_stated_at_first_as_the_storyline_has_and_in_its_order() -> None:
    assert list(do(opening="state", first=1, wishes=("energy", "price")).inform) == ["energy"]
    assert list(do(opening="state", first=2, wishes=("energy", "price")).inform) == ["energy", "price"]


def test_who_wants_nothing_in_particular_greets() -> None:
    bare = build_user(constraints=(), primary_inquiries=())
    assert {do(opening=opening, user=bare).act for opening in ("greet", "state", "ask_offer", "ask")} == {"greet"}


# Wishes


def test_a_wish_that_was_asked_for_is_told_as_it_was_observed() -> None:
    told = do(say("agent", "request", request={"price": "?"}))
    assert (told.act, told.inform["price"], told.evidence[0]) == ("inform", ("40000", None), "q0")


def test_what_was_never_observed_is_not_invented() -> None:
    told = do(say("agent", "request", request={"seats": "?"}))
    assert (told.act, told.inform) == ("no_preference", {"seats": ("dontcare", None)})


def test_each_wish_is_told_once() -> None:
    ask = say("agent", "request", request={"price": "?"})
    again = do(ask, say("user", "inform", inform={"price": "40000"}), ask)
    assert "price" not in again.inform


def test_own_words_are_reused_only_where_they_say_just_the_same() -> None:
    words = Observed(text="under 40 grand please", evidence=("q0",))
    user = build_user(basic_information=(words,), constraints=build_user().constraints[:1])
    ask = say("agent", "request", request={"price": "?"})
    assert do(ask, user=user).own_words == "under 40 grand please"
    both = build_user(
        basic_information=(words,),
        constraints=(*user.constraints, Constraint(slot="seats", value="5", evidence=("q0",))),
    )
    for seed in SEEDS:
        told = do(ask, user=both, seed=str(seed))
        assert set(told.inform) == {"price", "seats"} or told.own_words == ""


def test_a_mind_is_changed_once_there_is_something_to_be_judged_by_it() -> None:
    first = Observed(text="30000", evidence=("q0",))
    wish = Constraint(slot="price", value="40000", evidence=("q1",), changed_from=(first,))
    user = build_user(constraints=(wish,))
    assert do(opening="state", user=user).inform == {"price": ("30000", None)}
    stated = say("user", "inform", inform={"price": "30000"})
    changed = do(stated, offer(price="37200"), user=user)
    assert (changed.act, changed.inform, changed.evidence) == ("revise", {"price": ("40000", None)}, ("q1",))


def test_a_day_is_no_wish_to_be_stated() -> None:
    user = build_user(constraints=(Constraint(slot="visit_date", value="Monday", evidence=("b",)),))
    assert list_left_wishes(Storyline("success"), build_state(user=user)) == []


# Questions


def test_after_a_recommendation_the_own_questions_come() -> None:
    asked = do(*STATED, offer("Aster"))
    assert (asked.act, asked.entity, asked.request[0]) == ("ask", "Aster", "range")
    assert asked.evidence[0] == "q2"


def test_own_words_are_kept_where_they_ask_just_this() -> None:
    assert any(do(*STATED, offer("Aster"), seed=str(seed)).own_words == TEXTS["en"]["ask"][0] for seed in SEEDS)
    about_another = do(*STATED, offer("Calder"))
    assert (about_another.entity, about_another.own_words) == ("Calder", "")


def test_what_was_told_already_is_not_asked() -> None:
    assert do(*STATED, offer("Aster", range="480")).request == ("warranty",)


def test_what_nobody_knows_is_asked_once_even_beside_something_that_was_told() -> None:
    both = Inquiry(text="price and colours?", asks=("price", "colour"), evidence=("q",))
    user = build_user(constraints=(), primary_inquiries=(both,))
    turns = (
        offer("Calder", price="37200"),
        say("user", "ask", entity="Calder", request={"colour": "?"}),
        say("agent", "no_answer", entity="Calder", request={"colour": "?"}),
    )
    assert do(turns[0], user=user).request == ("colour",)
    assert do(*turns, user=user).act == "accept"


def test_a_comparison_takes_what_was_named_or_offered() -> None:
    user = build_user(constraints=(), primary_inquiries=(Inquiry(text="which?", act="compare", evidence=("q",)),))
    turns = (offer("Aster"), say("user", "acknowledge"), offer("Calder"))
    compared = do(*turns, user=user)
    assert (compared.act, compared.entity, compared.other) == ("compare", "Calder", "Aster")
    assert do(offer("Calder"), user=user).act == "accept"  # nothing to compare it with


def test_bargaining_waits_for_a_price() -> None:
    user = build_user(constraints=(), primary_inquiries=(Inquiry(text="discount?", act="negotiate", evidence=("q",)),))
    assert do(offer("Calder", range="640"), user=user).act == "accept"
    assert do(offer("Calder", price="37200"), user=user).act == "negotiate"
    avoids = BehaviourPlan(avoided=frozenset({"negotiation"}))
    assert do(offer("Calder", price="37200"), user=user, behaviours=avoids).act == "accept"


# Verdicts


@pytest.mark.parametrize(
    ("user", "told", "act", "key"),
    [
        (want("price", "37000"), {"price": "37200"}, "object", "object.over"),
        (want("range", "700"), {"range": "640"}, "object", "object.short"),
        (want("body_type", "suv"), {"body_type": "sedan"}, "object", "object.other"),
        (want("price", "37200"), {"price": "37200"}, "accept", ""),  # heard, and right: nothing is left to state
        (want("price", "20000"), {"range": "640"}, "inform", ""),  # the price was never told
    ],
)
def test_only_what_was_told_and_misses_a_wish_is_objected_to(
    user: UserPersona, told: dict[str, str], act: str, key: str
) -> None:
    avoids = BehaviourPlan(avoided=frozenset({"negotiation"}))
    found = do(offer("Calder", **told), user=user, behaviours=avoids)
    assert (found.act, found.key) == (act, key)
    if act == "object":
        (slot,) = found.request
        assert found.verdict is not None and found.verdict.misses and found.inform[slot][0] == found.verdict.wish


def behind_an_objection(user: UserPersona, **told: str) -> Callable[..., TurnPlan]:
    slot = user.constraints[0].slot
    objected = say("user", "object", entity="Calder", request={slot: "?"}, inform={slot: user.constraints[0].value})
    met = say("agent", "handle_objection", entity="Calder", tell={"warranty": "eight years on the battery"})
    avoids = BehaviourPlan(avoided=frozenset({"negotiation"}))
    return lambda **more: do(offer("Calder", **told), objected, met, user=user, behaviours=avoids, **more)


def test_a_wish_is_given_up_only_as_far_as_it_is_hard() -> None:
    near, must = want("range", "700"), want("range", "700", "must")
    conceded = behind_an_objection(near, range="640")()
    assert (conceded.act, conceded.key, conceded.inform) == ("revise", "concede.short", {"range": ("640", "km")})
    assert behind_an_objection(near, range="640")(firm=True).act == "ask_offer"
    assert behind_an_objection(must, range="640")().act == "ask_offer"
    assert behind_an_objection(want("range", "900"), range="640")().act == "ask_offer"


def test_something_else_is_asked_for_once_and_then_there_is_a_cause_to_leave() -> None:
    user = want("body_type", "suv", "must")
    first = behind_an_objection(user, body_type="sedan")()
    assert (first.act, first.key, first.entity) == ("ask_offer", "alternative", "Calder")
    turns = (
        offer("Calder", body_type="sedan"),
        say("user", "object", entity="Calder", request={"body_type": "?"}, inform={"body_type": "suv"}),
        say("agent", "handle_objection", entity="Calder"),
        say("user", "ask_offer", entity="Calder"),
        say("agent", "recover", entity="Calder", tell={"body_type": "sedan"}),
    )
    left = do(*turns, user=user)
    assert (left.act, left.key, left.cause) == ("leave", "leave.other", "body_type other")
    assert do(*turns, user=user, outcome="deferral").act == "defer"


def test_near_the_budget_a_customer_may_bargain_but_not_twice() -> None:
    user = want("price", "36000", "must")
    wants = BehaviourPlan(frozenset({"negotiation"}))
    bargained = do(offer("Calder", price="37200"), user=user, behaviours=wants)
    assert (bargained.act, bargained.key) == ("negotiate", "bargain")
    turns = (
        offer("Calder", price="37200"),
        say("user", "negotiate", entity="Calder"),
        say("agent", "negotiate", entity="Calder"),
    )
    assert do(*turns, user=user, behaviours=wants).act == "ask_offer"
    far = want("price", "20000", "must")
    assert do(offer("Calder", price="37200"), user=far, behaviours=wants).act == "object"


def test_what_is_gone_is_left_for_something_else() -> None:
    gone = say("agent", "check_stock", entity="Aster", tell={"availability": "sold_out"})
    user = build_user(primary_inquiries=())
    found = do(gone, user=user)
    assert (found.act, found.key, found.cause) == ("ask_offer", "alternative", "availability gone")
    asked = say("user", "ask_offer", entity="Aster")
    again = say("agent", "answer", entity="Aster", tell={"availability": "sold_out"})
    assert do(asked, again, user=user).key == "leave.gone"


def test_a_wish_asked_about_is_given_up_or_insisted_on_and_then_left_for() -> None:
    asked = say("agent", "explain_conflict", entity="Calder", tell={"range": "640"}, request={"range": "?"})
    soft, must = want("range", "700"), want("range", "700", "must")
    assert (do(asked, user=soft).act, do(asked, user=soft).key) == ("revise", "concede.slot")
    # Where nothing has it, insisting would only bring the same answer again.
    assert (do(asked, user=must).act, do(asked, user=must).key) == ("leave", "leave.short")
    near = say("agent", "explain_conflict", entity="Aster", tell={"range": "480"}, request={"range": "?"})
    insisted = do(near, user=want("range", "600", "must"))
    assert (insisted.act, insisted.inform) == ("insist", {"range": ("600", None)})
    again = do(say("user", "insist", inform={"range": "700"}), asked, user=must)
    assert (again.act, again.key) == ("leave", "leave.short")


def test_who_is_to_drop_out_may_do_so_for_want_of_an_answer() -> None:
    turns = (
        *(say("user", "greet"), say("agent", "greet"), say("user", "ask_offer")),
        offer("Calder"),
        say("user", "ask", entity="Calder", request={"trunk": "?"}),
        say("agent", "no_answer", entity="Calder", request={"trunk": "?"}),
    )
    user = build_user(constraints=(), primary_inquiries=())
    assert do(*turns, user=user).act == "accept"
    assert do(*turns, user=user, outcome="drop_out").key == "leave.unknown"


# Coming to an end


@pytest.mark.parametrize(("act", "expected"), [("confirm", "thank"), ("hand_over", "thank"), ("close", None)])
def test_the_end_of_a_talk_is_answered_politely(act: str, expected: str | None) -> None:
    found = follow(say("agent", act))
    assert (found.act if found else None) == expected


@pytest.mark.parametrize(
    ("outcome", "acts"),
    [
        ("success", {"accept"}),
        ("deferral", {"defer"}),
        ("drop_out", {"accept"}),
        ("hand_over", {"ask", "ask_person"}),
    ],
)
def test_without_a_cause_nobody_drops_out_and_a_colleague_is_asked_what_k_lacks(
    outcome: Outcome, acts: set[str]
) -> None:
    user = build_user(primary_inquiries=(), constraints=())
    plans = [do(offer("Calder"), outcome=outcome, user=user, seed=str(seed)) for seed in SEEDS]
    assert {plan.act for plan in plans} == acts
    asked = {slot for plan in plans for slot in plan.request}
    assert all(build_state().knowledge.get("Calder", slot) is None for slot in asked)


def test_what_was_not_offered_is_not_accepted() -> None:
    user = build_user(primary_inquiries=(), constraints=())
    answered = say("agent", "answer", entity="Calder", tell={"range": "640"})
    assert do(answered, user=user).act == "acknowledge"


def test_a_proposal_is_booked_for_the_day_of_the_storyline() -> None:
    user = build_user(constraints=(), primary_inquiries=())
    propose = say("agent", "propose", entity="Calder", request={"visit_date": "?", "visit_time": "?"})
    booked = do(propose, user=user, booking_evidence=("b1",))
    assert (booked.act, booked.entity, booked.evidence) == ("book", "Calder", ("b1",))
    assert booked.inform == {"visit_date": ("Friday", None), "visit_time": ("3 pm", None)}
    assert do(propose, user=user, booking={}).act == "defer"
    assert do(propose, user=user, outcome="deferral").act == "defer"
    assert do(propose, user=user, outcome="hand_over").act == "ask_person"


def test_what_misses_a_wish_is_not_booked() -> None:
    user = want("price", "20000", "must")
    turns = (offer("Calder", price="37200"), say("user", "acknowledge"), say("agent", "propose", entity="Calder"))
    assert do(*turns, user=user).act == "object"


def test_another_day_is_taken_unless_only_one_will_do() -> None:
    refused = say("agent", "refuse", entity="Calder", tell={"visit_date": "Saturday", "visit_time": "3 pm"})
    booked = say("user", "book", entity="Calder", inform=BOOKING)
    again = do(booked, refused)
    assert (again.act, again.key, again.inform["visit_date"]) == ("book", "rebook", ("Saturday", None))
    left = do(booked, refused, day_is_fixed=True)
    assert (left.act, left.key) == ("leave", "leave.day")
    held = say("agent", "refuse", entity="Model 7", tell={"availability": "on_order"})
    assert do(say("user", "ask_hold", entity="Model 7"), held).key == "leave.unheld"


def test_who_wants_time_has_it_kept_where_that_is_planned() -> None:
    user = build_user(constraints=(), primary_inquiries=())
    keeps = BehaviourPlan(frozenset({"reservation_holding"}))
    held = do(offer("Calder"), user=user, outcome="deferral", behaviours=keeps)
    assert (held.act, held.inform["visit_date"]) == ("ask_hold", ("Friday", None))
    assert do(offer("Calder"), user=user, outcome="deferral", reason="payday").key == "want_time.payday"


def test_something_dearer_is_taken_only_where_it_misses_nothing() -> None:
    liked = (offer("Calder", price="37200"), say("user", "acknowledge", entity="Calder"))
    upsell = say("agent", "upsell", entity="Model 7", tell={"price": "45900"})
    acts = {do(*liked, upsell, user=want("price", "40000"), seed=str(seed)).key for seed in SEEDS}
    assert acts == {"decline_upsell"}
    acts = {do(*liked, upsell, user=want("price", "50000"), seed=str(seed)).key for seed in SEEDS}
    assert acts == {"accept_upsell", "decline_upsell"}
    assert all(do(*liked, upsell, user=want("price", "1"), seed=str(s)).entity == "Calder" for s in SEEDS)


# Moves


def reactions(*turns: Turn, **more: object) -> set[str]:
    found = [do(*turns, seed=str(seed), **more) for seed in range(30)]
    return {move.key for plan in found for move in plan.moves if move.kind == "react"}


def test_a_told_fact_is_taken_for_what_it_is_worth() -> None:
    avoids = BehaviourPlan(avoided=frozenset({"negotiation"}))
    told = offer("Calder", price="37200")
    assert reactions(told, user=want("price", "38000")) == {"react.fits"}
    assert reactions(told, user=want("price", "60000")) == {"react.better"}
    assert reactions(told, user=want("price", "20000"), behaviours=avoids) <= {"react.over"}
    assert reactions(offer("Calder"), user=want("seats", "5")) == {"react.offer"}
    answered = say("agent", "no_answer", entity="Calder", request={"trunk": "?"})
    assert reactions(offer("Calder"), say("user", "ask"), answered, user=want("seats", "5")) == {"react.unknown"}


def test_a_price_that_stays_as_it_is_answers_no_worry() -> None:
    haggle = say("user", "negotiate", entity="Calder")
    firm, terms = (say("agent", "negotiate", entity="Calder", tell=tell) for tell in ({}, {"warranty": "eight years"}))
    user = want("seats", "5")
    assert reactions(offer("Calder"), haggle, firm, user=user) == {"react.neutral"}
    assert reactions(offer("Calder"), haggle, terms, user=user) == {"react.answered"}


def test_a_turn_has_three_moves_at_most() -> None:
    for seed in SEEDS:
        for turn in (offer("Aster"), offer("Calder", price="37200"), say("agent", "request", request={"price": "?"})):
            assert len(do(turn, seed=str(seed)).move_names) <= 3


def test_small_steps_keep_one_wish_and_one_question() -> None:
    many = plan("user", "inform", inform={"price": ("1", None), "seats": ("5", None)}, own_words="x")
    assert (list(keep_first(many).inform), keep_first(many).own_words) == (["price"], "")
    assert keep_first(plan("user", "ask", request=("range", "trunk"))).request == ("range",)
    one = plan("user", "greet")
    assert keep_first(one) is one


def test_a_second_goal_begins_with_what_it_is_about() -> None:
    state: DialogueState = build_state(turns=(say("user", "book"), say("agent", "confirm")))
    other = build_user(id="other", constraints=(Constraint(slot="seats", value="7", evidence=("q9",)),))
    state.begin_goal(other, state.runner, "success")
    state.storyline = Storyline("drop_out")
    found = UserPlanner(other, state.storyline).plan(state)
    assert found is not None and found.inform == {"seats": ("7", None)}


def test_what_was_heard_and_is_right_is_not_wished_for_afterwards() -> None:
    told = (
        say("user", "ask", entity="Calder", request={"range": "?"}),
        say("agent", "answer", entity="Calder", tell={"range": "640"}),
    )
    stated = {slot for seed in range(12) for slot in do(*told, user=want("range", "600"), seed=seed).inform}
    assert stated == set()
    missed = {slot for seed in range(12) for slot in do(*told, user=want("range", "700"), seed=seed).inform}
    assert missed == {"range"}


def test_whom_everything_delights_does_not_put_it_off_in_the_same_breath() -> None:
    turns = (say("user", "ask", entity="Calder", request={"price": "?"}), offer("Calder", price="37200"))
    for seed in range(20):
        plan = do(*turns, user=want("price", "60000"), outcome="deferral", seed=seed)
        assert plan.act != "defer" or not {"react.fits", "react.better"} & {move.key for move in plan.moves}


def test_who_asked_to_be_called_asks_for_a_person_in_those_words() -> None:
    call = Inquiry(text="can someone call me about it", act="ask", evidence=("q9",))
    user = build_user(constraints=(), primary_inquiries=(call,))
    turns = (
        say("user", "ask", entity="Calder", request={"price": "?"}),
        offer("Calder", price="37200"),
        say("agent", "propose", entity="Calder"),
    )
    plan = do(*turns, user=user, outcome="hand_over")
    assert (plan.act, plan.own_words, plan.evidence) == ("ask_person", call.text, ("q9",))


def test_all_wishes_are_stated_before_anything_is_asked() -> None:
    wishes = tuple(Constraint(slot=slot, value=v, evidence=(slot,)) for slot, v in (("seats", "5"), ("range", "400")))
    user = build_user(constraints=(*build_user().constraints, *wishes))
    turns = [say("user", "inform", inform={"price": "40000"}), offer("Calder", price="37200")]
    first = do(*turns, user=user)
    assert (first.act, len(first.inform)) == ("inform", 2)
    turns += [say("user", "inform", inform=dict.fromkeys(first.inform, "1")), offer("Calder")]
    assert len(do(*turns, user=user).inform) == 1


def test_a_wish_that_is_left_may_be_said_with_the_question_about_it() -> None:
    price = Inquiry(text="", asks=("range",), evidence=("range",))
    user = build_user(constraints=want("range", "400").constraints, primary_inquiries=(price,))
    plans = [do(offer("Calder"), user=user, seed=str(seed)) for seed in range(30)]
    assert {plan.act for plan in plans} == {"ask", "inform"}
    assert all(plan.inform == {"range": ("400", None)} for plan in plans)


def test_who_is_to_be_offered_something_dearer_does_not_decide_before() -> None:
    user = want("seats", "5")
    sells = BehaviourPlan(planned=frozenset({"upselling"}))
    assert do(offer("Calder", seats="5"), user=user).act == "accept"
    likes = do(offer("Calder", seats="5"), user=user, behaviours=sells)
    assert likes.act == "acknowledge"
    liked = (offer("Calder", seats="5"), say("user", "acknowledge", entity="Calder"))
    assert do(*liked, say("agent", "propose", entity="Calder"), user=user, behaviours=sells).act == "book"


def test_an_acceptance_says_what_it_rests_on() -> None:
    told = offer("Calder", seats="5", price="37200")
    fits = do(told, say("user", "ask"), told, user=want("seats", "5"))
    assert fits.act == "accept"
    assert [(move.key, move.slot) for move in fits.moves] == [("react.fits", "seats")]
    # Told some turns ago it is summed up: a joy over it now would follow from nothing.
    later = do(told, say("user", "ask"), offer("Calder"), user=want("seats", "5"))
    assert [move.key for move in later.moves] == ["react.sum_up"]
    nobody = build_user(constraints=(), primary_inquiries=())
    asked = (offer("Calder"), say("user", "ask", entity="Calder", request={"range": "?"}), offer("Calder"))
    assert [move.key for move in do(*asked, user=nobody).moves] == ["react.informed"]
    assert do(offer("Calder"), user=nobody).moves == ()


def test_who_has_given_way_asks_the_rest_before_booking() -> None:
    question = Inquiry(text="how long is the warranty?", asks=("warranty",), evidence=("q2",))
    user = build_user(constraints=(), primary_inquiries=(question,))
    told = (offer("Calder"), say("user", "revise", entity="Calder"), say("agent", "propose", entity="Calder"))
    assert do(*told, user=user).request == ("warranty",)
    liked = (offer("Calder"), say("user", "acknowledge"), say("agent", "propose", entity="Calder"))
    assert do(*liked, user=user).act == "book"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("silver is the best color", False),
        ("which car has the longest range", False),
        ("is the range ok?", True),
        ("range of the Calder", True),
        ("which colours does it come in", True),
    ],
)
def test_an_opinion_or_a_question_about_all_is_not_asked_of_one_thing_in_these_words(text: str, kept: bool) -> None:
    user = build_user(constraints=(), primary_inquiries=(Inquiry(text=text, asks=("range",), evidence=("q",)),))
    asked = do(offer("Calder"), user=user)
    assert (asked.request, bool(asked.own_words)) == (("range",), kept)


def test_what_nothing_that_is_sold_has_is_not_asked_to_get_a_colleague() -> None:
    user = build_user(constraints=(), primary_inquiries=())
    asked = {do(offer("Aster"), user=user, outcome="hand_over", seed=str(seed)).request for seed in range(40)}
    assert asked == {("drive",), ()}  # the Aster's is on no page, the Calder's is; or a person is asked for

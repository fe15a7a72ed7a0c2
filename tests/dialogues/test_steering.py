from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import MATCH, PACK, TEXTS, build_bank, build_expert, build_knowledge, build_user

from streamdial.blueprints import BehaviourPlan
from streamdial.blueprints.behaviours import BEHAVIOURS
from streamdial.dialogues import (
    BehaviourQuotas,
    Borrowed,
    DialogueMaker,
    GenerationOptions,
    assign_dialogues,
    borrow,
    find_conflict,
    list_feasible,
)
from streamdial.personas import Knowledge
from streamdial.records import Behaviour, Constraint, Dialogue, Hardness, Inquiry, Language, UserPersona
from streamdial.testing import HashingEmbedder


def wish(slot: str, value: str, source: str = "w", *, hard: Hardness = "prefer") -> Constraint:
    return Constraint(slot=slot, value=value, hardness=hard, evidence=(source,))


def lend(language: Language) -> Borrowed:
    texts = TEXTS[language]
    doubt = {"en": "isn't the range too short?", "zh": "续航会不会太短？"}[language]
    return Borrowed(
        bookings=(wish("visit_date", texts["date"]), wish("visit_time", texts["time"])),
        inquiries=(Inquiry(text=doubt, act="object", asks=("range",), evidence=("o",)),),
    )


def want(language: Language, *wishes: Constraint) -> UserPersona:
    return build_user(language, constraints=wishes)


def find_customer(language: Language, behaviour: Behaviour) -> UserPersona:
    """A customer whose own wishes are a cause for a behaviour."""
    dear = {"en": "60000", "zh": "500000"}[language]
    near = {"en": "36000", "zh": "230000"}[language]
    wishes = {
        # Nothing electric has seven seats; what there is else is near enough to be taken.
        "constraint_conflict": (wish("energy", "electric", hard="flexible"), wish("seats", "7", hard="must")),
        "recovery": (wish("energy", "electric", hard="flexible"), wish("seats", "7", hard="must")),
        "objection_handling": (wish("price", near, hard="flexible"),),
        "upselling": (wish("price", dear),),
    }
    return want(language, *wishes[behaviour]) if behaviour in wishes else build_user(language)


def test_the_fewest_wishes_that_clash_are_named_and_all_are_the_users_own() -> None:
    knowledge = build_knowledge()
    own = build_user(constraints=(wish("price", "30000"), wish("energy", "electric"), wish("seats", "7")))
    # Nothing electric has seven seats; the only thing with seven seats costs 45,900.
    assert {c.slot for c in find_conflict(own, knowledge)} in ({"energy", "seats"}, {"price", "seats"})
    assert find_conflict(build_user(), knowledge) == ()
    alone = build_user(constraints=(wish("seats", "12"), wish("visit_date", "Monday")))
    assert find_conflict(alone, knowledge) == (wish("seats", "12"),)


def test_what_is_feasible_depends_on_k_persona_and_path() -> None:
    knowledge, asks = build_knowledge(), Inquiry(text="7?", entities=("Model 7",), evidence=("q",))
    rich = build_user(constraints=(wish("price", "40000"),), primary_inquiries=(asks,))
    everything = list_feasible(rich, knowledge, "success", lend("en"), conflict=True)
    assert everything == set(BEHAVIOURS) - {"reservation_holding"}
    deferred = list_feasible(rich, knowledge, "deferral", lend("en"), conflict=False)
    assert "reservation_holding" in deferred and not {"upselling", "constraint_conflict", "recovery"} & deferred
    assert "reservation_holding" not in list_feasible(rich, knowledge, "deferral", Borrowed(), conflict=False)
    unknown = list_feasible(build_user(constraints=()), Knowledge((), PACK), "success", lend("en"), conflict=False)
    assert unknown == frozenset()


def test_a_doubt_needs_something_that_misses_an_own_wish_not_somebody_elses_doubt() -> None:
    easy, asks = want("en", wish("price", "60000")), Inquiry(text="7?", entities=("Model 7",), evidence=("q",))
    assert "objection_handling" not in list_feasible(easy, build_knowledge(), "success", lend("en"), conflict=False)
    for doubter in (
        build_user(
            constraints=(wish("price", "40000"),), primary_inquiries=(asks,)
        ),  # too dear for what is asked about
        want("en", wish("price", "40000"), wish("seats", "7")),  # what is cheap enough is too small
    ):
        assert "objection_handling" in list_feasible(doubter, build_knowledge(), "success", Borrowed(), conflict=False)


def test_what_is_gone_meets_no_wish_and_is_no_upgrade() -> None:
    knowledge = build_knowledge()
    # The Aster alone is an electric SUV, and it is sold out.
    assert {w.slot for w in find_conflict(want("en", wish("energy", "electric"), wish("body_type", "suv")), knowledge)}
    # Only the Calder is left below 40,000, and what is above it is not electric.
    electric = want("en", wish("price", "40000"), wish("energy", "electric"))
    assert "upselling" not in list_feasible(electric, knowledge, "success", Borrowed(), conflict=False)


def test_what_viewers_lend_each_other_is_listed_once_bookings_apart() -> None:
    people = [build_user(constraints=(wish("price", "40000"), wish("visit_date", "Friday"))) for _ in range(2)]
    lent = borrow(people, PACK)
    assert [c.slot for c in lent.wishes] == ["price"]
    assert [c.slot for c in lent.bookings] == ["visit_date"]
    assert len(lent.inquiries) == 4


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_each_behaviour_is_brought_about_on_purpose_and_done_without_otherwise(
    language: Language, behaviour: Behaviour
) -> None:
    expert = build_expert(language)
    outcome = "deferral" if behaviour == "reservation_holding" else "success"
    path = next(path.name for path in expert.blueprint.paths if path.outcome == outcome)
    options = GenerationOptions(max_turns=30)
    maker = DialogueMaker(PACK, language, expert, build_bank(language), None, borrowed=lend(language), options=options)
    others = frozenset(BEHAVIOURS) - {behaviour}

    def make(plan: BehaviourPlan, seed: int) -> tuple[Dialogue, str | None]:
        return asyncio.run(
            maker.make(
                find_customer(language, behaviour), path=path, seed=seed, record_id="d", match=MATCH, behaviours=plan
            )
        )

    for seed in range(6):
        shown, fault = make(BehaviourPlan(frozenset({behaviour}), others), seed)
        assert fault is None
        assert behaviour in shown.behaviours, [turn.act for turn in shown.turns]
        assert shown.planned_behaviours == (behaviour,)
        assert shown.outcome == outcome
        # A thing that is gone is told with what can be had instead, and a conflict ends with the nearest: recovery.
        ends_in_recovery = behaviour in ("inventory_check", "constraint_conflict")
        assert set(shown.behaviours) <= ({behaviour, "recovery"} if ends_in_recovery else {behaviour})
        if behaviour == "recovery":
            continue  # that nothing meets all wishes is owned up to whatever the plan
        without, _ = make(BehaviourPlan(avoided=frozenset({behaviour})), seed)
        assert behaviour not in without.behaviours, [turn.act for turn in without.turns]


def make_one(user: UserPersona, outcome: str, plan: BehaviourPlan, borrowed: Borrowed, seed: int) -> Dialogue:
    expert = build_expert()
    path = next(path.name for path in expert.blueprint.paths if path.outcome == outcome)
    maker = DialogueMaker(PACK, "en", expert, build_bank(), None, borrowed=borrowed)
    made, _ = asyncio.run(maker.make(user, path=path, seed=seed, record_id="d", match=MATCH, behaviours=plan))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_a_user_who_named_nothing_asks_what_there_is(seed: int) -> None:
    bare = build_user(constraints=(), primary_inquiries=(Inquiry(text="nice ones?", act="ask", evidence=("q",)),))
    made = make_one(bare, "success", BehaviourPlan(), lend("en"), seed)
    acts = [turn.act for turn in made.turns]
    assert "ask_offer" in acts or "request" in acts
    assert made.outcome == "success" and "recommend" in acts
    assert all(
        "{" not in turn.utterance and "have in mind" not in turn.utterance for turn in made.turns if turn.role == "user"
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_talk_to_be_handed_over_is_even_where_k_knows_everything(seed: int) -> None:
    assert make_one(build_user(), "hand_over", BehaviourPlan(), lend("en"), seed).outcome == "hand_over"


def test_a_behaviour_comes_to_its_share_of_the_dialogues() -> None:
    shares: dict[Behaviour, float] = {
        "inventory_check": 0.5,
        "upselling": 0.2,
        "constraint_conflict": 0.2,
        "recovery": 0.1,
        "reservation_holding": 0.1,
        "negotiation": 0.3,
        "requirement_mining": 0.6,
    }
    times = (wish("visit_date", "Saturday"), wish("visit_time", "3 pm"))
    people = [build_user(id=f"user-{n}", constraints=(wish("price", "40000"), *times)) for n in range(4)]
    clash = find_customer("en", "recovery").constraints
    people += [build_user(id=f"other-{n}", constraints=(*clash, *times)) for n in range(4)]
    expert = build_expert()
    made = assign_dialogues(
        people,
        [expert],
        HashingEmbedder(),
        count=100,
        seed=3,
        shares={"success": 0.6, "deferral": 0.4},
        behaviour_shares=shares,
    )
    planned = Counter(behaviour for assignment in made for behaviour in assignment.behaviours.planned)
    for behaviour, share in shares.items():
        assert planned[behaviour] == pytest.approx(100 * share, abs=1), behaviour
    maker = DialogueMaker(
        PACK, "en", expert, build_bank(), None, borrowed=borrow(people, PACK), options=GenerationOptions(max_turns=40)
    )

    async def make_all() -> list[Dialogue]:
        dialogues = []
        for a in made:
            dialogue, _ = await maker.make(
                a.user, path=a.path, seed=a.seed, record_id=a.id, match=a.match, behaviours=a.behaviours
            )
            dialogues.append(dialogue)
        return dialogues

    shown = Counter(behaviour for dialogue in asyncio.run(make_all()) for behaviour in dialogue.behaviours)
    for behaviour, share in shares.items():
        # A plan chooses storylines and bends none: nearly all come about, and some that nobody planned.
        assert shown[behaviour] >= 100 * share * 0.8, (behaviour, shown)


@given(
    st.dictionaries(st.sampled_from(BEHAVIOURS), st.floats(0, 1), min_size=1),
    st.lists(st.sets(st.sampled_from(BEHAVIOURS)), min_size=1, max_size=60),
)
def test_a_quota_plans_only_what_is_feasible_and_never_overshoots(
    shares: dict[Behaviour, float], feasible: list[set[Behaviour]]
) -> None:
    quotas, longer = BehaviourQuotas(shares), BehaviourQuotas(shares)
    planned: Counter[Behaviour] = Counter()
    for number, possible in enumerate(feasible, start=1):
        plan = quotas.plan(possible)
        assert plan == longer.plan(possible)  # the first of many are those of few
        assert plan.planned <= possible & set(shares)
        assert plan.avoided == set(shares) - plan.planned
        planned.update(plan.planned)
        assert all(planned[behaviour] <= share * number + 1 for behaviour, share in shares.items())

from __future__ import annotations

from collections import Counter as Tally

import pytest
from pydantic import ValidationError
from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.environment.matching import build_filters, is_met, rank_rows
from streamdial.errors import NothingLeftError
from streamdial.records import Constraint, Inquiry, Observed, Provenance, UserPersona, UserStyle, Utterance
from streamdial.tooluse import TaskOptions, TaskPlan, ToolTask
from streamdial.tooluse.verification import passes_reference

ACCOUNT = Account()
PLANS: dict[str, list[TaskPlan]] = {}


def make_plans(name: str = "hotel_en", count: int = 60) -> list[TaskPlan]:
    if name not in PLANS:
        account = Account(name)
        PLANS[name] = [account.maker.make(seed, Counts("tasks")) for seed in range(count)]
    return PLANS[name]


def list_tasks(name: str = "hotel_en") -> list[ToolTask]:
    return [task for plan in make_plans(name) for task in plan.tasks]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_reference_run_of_every_plan_ends_as_its_rubrics_say(name: str) -> None:
    maker = Account(name).maker
    assert all(passes_reference(plan.tasks, maker.database, maker.toolbox) for plan in make_plans(name))


def test_a_reference_run_that_does_less_does_not_pass() -> None:
    plan = next(plan for plan in make_plans() if any(task.wish.kind == "book" for task in plan.tasks))
    lazy = [
        task.model_copy(update={"reference": task.reference[:-1]}) if task.wish.kind == "book" else task
        for task in plan.tasks
    ]
    assert not passes_reference(lazy, ACCOUNT.database, ACCOUNT.toolbox)


def test_a_seed_decides_the_plan() -> None:
    first, again = (Account().maker.make(5, Counts("tasks")) for _ in range(2))
    assert first == again != ACCOUNT.maker.make(6, Counts("tasks"))


def test_every_kind_and_both_recoveries_come_about() -> None:
    kinds = Tally((task.wish.kind, task.rubric.recovery) for task in list_tasks())
    for kind in ("find", "compare", "details", "availability", "book", "hold", "change", "cancel"):
        assert kinds[kind, None], kind
    assert kinds["find", "nearest"] and kinds["book", "waitlist"]


def test_ids_differ_and_each_task_comes_after_what_it_depends_on() -> None:
    for plan in make_plans():
        ids = [task.wish.id for task in plan.tasks]
        assert len(set(ids)) == len(ids) and set(plan.base) <= set(ids)
        for place, task in enumerate(plan.tasks):
            assert not task.wish.after or task.wish.after in ids[:place]


def test_what_may_be_offered_meets_all_wishes_and_is_free_on_the_day_it_is_booked() -> None:
    free = {(entity, day): units for entity, day, units in ACCOUNT.contents.stock}
    rows = {row["room"]: row for row in ACCOUNT.contents.rows}
    for task in list_tasks():
        if task.wish.kind == "find" and task.solvable:
            for room in task.rubric.offers:
                for slot, value in task.wish.wishes.items():
                    column = ACCOUNT.schema.get_column(slot)
                    assert column is not None and is_met(column, rows[room][slot], value)
        if task.wish.kind == "book":
            rooms = task.rubric.changes[0].values["room"]
            day = task.wish.wishes["check_in_date"]
            assert all(bool(free[str(room), day]) == task.solvable for room in rooms)


def test_nothing_meets_the_wishes_of_a_task_that_must_end_with_the_nearest() -> None:
    hard = [task for task in list_tasks() if task.rubric.recovery == "nearest"]
    assert hard
    for task in hard:
        filters = build_filters(ACCOUNT.schema, task.wish.wishes)
        assert len(filters) == len(task.wish.wishes)
        ranked = rank_rows(ACCOUNT.schema, ACCOUNT.contents.rows, task.wish.wishes)
        assert all(entry.broken for entry in ranked)
        assert ranked[0].row["room"] in task.rubric.offers
        assert not task.rubric.changes


def test_the_nearest_breaks_fewest_wishes_and_misses_by_least() -> None:
    ranked = rank_rows(ACCOUNT.schema, ACCOUNT.contents.rows, {"price": "200", "view": "lake"})
    # Lake King misses 200 by 5 %, Lake Family by 40 %; the garden and city rooms within the budget miss the view.
    assert [(entry.row["room"], entry.broken, entry.miss) for entry in ranked[:2]] == [
        ("Lake King", ("price",), 0.05),
        ("Lake Family", ("price",), 0.4),
    ]
    assert ranked[2].broken == ("view",) and ranked[2].miss == 1.0


def test_the_users_part_of_a_task_says_nothing_of_tools() -> None:
    for plan in make_plans()[:20]:
        for task in plan.tasks:
            told = task.wish.model_dump_json()
            assert not any(tool.name in told for tool in ACCOUNT.toolbox.tools if tool.name != task.wish.kind)
            assert "reference" not in told and "rubric" not in told


def build_persona(*wishes: tuple[str, str], asks: tuple[str, ...] = (), entities: tuple[str, ...] = ()) -> UserPersona:
    return UserPersona(
        id="user",
        domain="hotel",
        language="en",
        provenance=Provenance(source_id="s"),
        objective=Observed(text="a room", evidence=("q",)),
        primary_inquiries=(Inquiry(text="?", asks=asks, entities=entities, evidence=("q",)),),
        constraints=tuple(Constraint(slot=slot, value=value, evidence=("q",)) for slot, value in wishes),
        potential_utterances=tuple(Utterance(text="hi", origin="own", evidence=("q",)) for _ in range(5)),
        style=UserStyle(mean_length=4),
    )


def test_a_personas_wishes_and_questions_are_taken() -> None:
    persona = build_persona(("view", "lake"), ("pets", "allowed"), ("arrival_time", "9 pm"), asks=("cancellation",))
    plan = Account(shapes={"book": 1.0}).maker.make(2, Counts("tasks"), persona)
    find = plan.tasks[0]
    assert find.wish.wishes == {"view": "lake", "pets": "allowed"}
    assert find.rubric.offers == ("Lake Family",)
    details = [task for task in plan.tasks if task.wish.kind == "details" and task.wish.after == find.wish.id]
    assert all(task.wish.asks == ("cancellation",) for task in details)


def test_a_booking_is_what_the_persona_said_of_it() -> None:
    persona = build_persona(("view", "lake"), ("arrival_time", "9 pm"), ("nights", "4"))
    for seed in range(10):
        plan = Account(shapes={"book": 1.0}).maker.make(seed, Counts("tasks"), persona)
        booked = [task.wish.wishes for task in plan.tasks if task.wish.kind == "book"]
        assert booked and all((wish["arrival_time"], wish["nights"]) == ("9 pm", "4") for wish in booked)


def test_who_asked_about_a_thing_by_its_name_asks_about_that() -> None:
    for shape, kind, name in (
        ("book", "book", "City Twin"),
        ("hold", "hold", "City Twin"),
        ("waitlist", "book", "Tower Suite"),
    ):
        persona = build_persona(asks=("price", "view", "availability"), entities=(name,))
        plan = Account(shapes={shape: 1.0}).maker.make(3, Counts("tasks"), persona)
        asked = plan.tasks[0]
        assert (asked.wish.kind, asked.wish.entity, asked.wish.asks) == ("details", name, ("price", "view"))
        base = {task.wish.id: task for task in plan.tasks if task.wish.id in plan.base}
        assert [task.wish.kind for task in base.values()] == ["details", kind]
        assert [task.solvable for task in base.values()] == [True, shape != "waitlist"]


def test_wishes_of_a_persona_that_nothing_meets_become_a_task_of_recovery() -> None:
    persona = build_persona(("view", "lake"), ("price", "90"))
    plan = Account(shapes={"nearest": 1.0}).maker.make(2, Counts("tasks"), persona)
    assert plan.tasks[0].wish.wishes == {"view": "lake", "price": "90"}
    assert plan.tasks[0].rubric.offers == ("Lake King",)


def test_a_database_on_which_nothing_can_be_done_says_why() -> None:
    account = Account(shapes={"waitlist": 1.0})
    for key in account.maker._free:
        account.maker._free[key] = 1
    with pytest.raises(NothingLeftError, match="tasks kept nothing"):
        account.maker.make(1, Counts("tasks"))


def test_drafts_add_up() -> None:
    counts = Counts("drafts of tasks")
    maker = Account().maker
    for seed in range(40):
        maker.make(seed, counts)
    assert counts.kept == 40 < counts.asked == counts.kept + sum(counts.dropped.values())
    assert counts.made == counts.asked - counts.dropped["unsuited"] >= counts.kept


def test_shapes_that_cannot_be_drawn_are_refused() -> None:
    for shapes, told in (
        ({"book": 0.0, "hold": 0}, "all 0"),
        ({}, "all 0"),
        ({"book": 1, "hold": -1}, "greater than or equal to 0"),
        ({"book": float("inf")}, "finite"),
    ):
        with pytest.raises(ValidationError, match=told):
            TaskOptions.model_validate({"shapes": shapes})


def test_who_looked_for_a_menu_for_some_comes_with_as_many() -> None:
    booked = 0
    for plan in make_plans("menus_zh"):
        wishes = {task.wish.id: task.wish.wishes for task in plan.tasks}
        for task in plan.tasks:
            if task.wish.kind == "book" and "people" in wishes.get(task.wish.after, {}):
                booked += 1
                assert task.wish.wishes["party_size"] == wishes[task.wish.after]["people"]
    assert booked


def test_no_two_bookings_of_a_plan_are_for_one_day() -> None:
    for name in ACCOUNTS:
        day = Account(name).schema.day
        for plan in make_plans(name):
            held = {task.wish.id for task in plan.tasks if task.wish.kind == "hold"}
            days = [
                task.wish.wishes[day]
                for task in plan.tasks
                if task.wish.kind in ("book", "hold", "change")
                and day in task.wish.wishes
                and task.wish.after not in held
            ]
            assert len(set(days)) == len(days)

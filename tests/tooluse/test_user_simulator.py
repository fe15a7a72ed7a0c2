from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from tool_material import Account

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.policies import HumanRates, HumanRules, load_human_rules
from streamdial.records import Habit, UserStyle
from streamdial.tooluse import (
    Act,
    PhraseWording,
    TaskPlan,
    TaskWish,
    ToolTurn,
    UserSimulator,
)

ACCOUNT = Account()
FIND = TaskWish(
    id="f", kind="find", wishes={"view": "lake", "pets": "allowed", "guests": "4"}, first={"view": "garden"}
)
BOOK = TaskWish(
    id="b",
    kind="book",
    after="f",
    wishes={"check_in_date": "Friday", "nights": "2", "arrival_time": "3 pm"},
    first={"check_in_date": "Sunday"},
)
ASK = TaskWish(id="d", kind="details", after="f", asks=("cancellation", "room_area"))
EVERYTHING = dict.fromkeys(HumanRates.model_fields, 1.0)


def build(
    *wishes: TaskWish, base: tuple[str, ...] = ("f", "b", "d"), task_oriented: bool = False, **rates: float
) -> UserSimulator:
    return UserSimulator(
        wishes,
        base,
        ACCOUNT.pack,
        ACCOUNT.schema,
        PhraseWording(ACCOUNT.schema, ACCOUNT.pack),
        rules=HumanRules(rates=HumanRates(**rates)),
        mode="task-oriented" if task_oriented else "user-oriented",
        seed=4,
    )


def say(role: str, *acts: Act, text: str = "...") -> ToolTurn:
    return ToolTurn.model_validate({"turn_id": 0, "role": role, "utterance": text, "acts": acts})


def tell(act: str, task: str = "f", **more: object) -> ToolTurn:
    return say("agent", Act.model_validate({"act": act, "task": task, **more}))


def user(act: str, task: str = "f", **more: object) -> ToolTurn:
    return say("user", Act.model_validate({"act": act, "task": task, **more}))


def plan_one(simulator: UserSimulator, *turns: ToolTurn) -> Act:
    plan = simulator.plan(turns)
    assert plan is not None
    return plan.acts[0]


def test_the_task_oriented_user_says_everything_at_once() -> None:
    plan = build(FIND, BOOK, ASK, task_oriented=True, **EVERYTHING).plan(())
    assert plan is not None
    assert [(act.act, act.inform, act.request) for act in plan.acts] == [
        ("ask_offer", FIND.wishes, ()),
        ("book", BOOK.wishes, ()),
        ("ask", {}, ASK.asks),
    ]
    assert plan.rules == () and plan.prefixes == ()


def test_a_user_with_rules_is_vague_first() -> None:
    act = plan_one(build(FIND, vague_first=1.0))
    assert (act.act, act.inform) == ("ask_offer", {})


def test_whoever_is_not_vague_still_keeps_a_wish_back() -> None:
    assert len(plan_one(build(FIND, vague_first=0.0, small_steps=0.0)).inform) == 2
    assert len(plan_one(build(FIND, vague_first=0.0, small_steps=1.0)).inform) == 1


def test_a_question_is_answered_with_what_was_asked_and_no_preference_where_there_is_no_wish() -> None:
    opened = user("ask_offer")
    simulator = build(FIND)
    assert plan_one(simulator, opened, tell("request", request=("guests",))).inform == {"guests": "4"}
    assert plan_one(simulator, opened, tell("request", request=("price",))).inform == {"price": "dontcare"}


def test_an_offer_is_followed_by_the_wishes_that_were_kept_back() -> None:
    turns = (user("ask_offer", inform={"view": "lake", "guests": "4"}), tell("recommend", entity="Lake Family"))
    act = plan_one(build(FIND), *turns)
    assert (act.act, act.inform) == ("inform", {"pets": "allowed"})


def test_second_thoughts_begin_with_another_value_and_end_with_the_right_one() -> None:
    simulator = build(FIND, second_thoughts=1.0, small_steps=1.0)
    first = plan_one(simulator, user("ask_offer"), tell("request", request=("view",)))
    assert first.inform == {"view": "garden"}
    said = user("inform", inform={**FIND.wishes, "view": "garden"})
    act = plan_one(simulator, user("ask_offer"), said, tell("recommend", entity="Garden Twin"))
    assert (act.act, act.inform) == ("revise", {"view": "lake"})


def test_corrections_put_a_wrong_day_right_in_the_same_breath() -> None:
    done = (user("ask_offer", inform=FIND.wishes), tell("recommend", entity="Lake Family"))
    act = plan_one(build(FIND, BOOK, corrections=1.0, small_steps=0.0), *done)
    assert act.inform == BOOK.wishes and act.slip == {"check_in_date": "Sunday"}
    assert plan_one(build(FIND, BOOK, corrections=0.0, small_steps=0.0), *done).slip == {}


async def test_a_slip_is_heard_and_never_holds() -> None:
    done = (user("ask_offer", inform=FIND.wishes), tell("recommend", entity="Lake Family"))
    turn = await build(FIND, BOOK, corrections=1.0).speak(done)
    assert turn is not None and "Sunday" in turn.utterance and "Friday" in turn.utterance
    assert turn.state["check_in_date"] == "Friday"


def test_follow_ups_are_taken_up_by_the_rule_of_additions_alone() -> None:
    assert build(FIND, BOOK, ASK, base=("f", "b"), additions=0.0).list_taken() == ("f", "b")
    assert build(FIND, BOOK, ASK, base=("f", "b"), additions=1.0).list_taken() == ("f", "b", "d")
    assert build(FIND, BOOK, ASK, base=("f", "b"), additions=1.0, task_oriented=True).list_taken() == ("f", "b")


def test_what_was_found_is_spoken_of_by_its_name() -> None:
    done = (user("ask_offer", inform=FIND.wishes), tell("recommend", entity="Lake Family"))
    act = plan_one(build(FIND, ASK, small_steps=1.0), *done)
    assert (act.act, act.entity, act.request) == ("ask", "Lake Family", ("cancellation",))


def test_the_waitlist_is_taken_where_it_is_offered() -> None:
    turns = (
        user("ask_offer", inform=FIND.wishes),
        tell("recommend", entity="Lake Family"),
        user("book", "b", inform=BOOK.wishes),
        tell("offer_waitlist", "b", entity="Lake Family"),
    )
    assert plan_one(build(FIND, BOOK), *turns).act == "ask_waitlist"


def test_tools_that_fail_try_ones_patience_once() -> None:
    done = (user("ask_offer"), tell("trouble"))
    failed = {"call_id": "c", "name": "x", "failure": {"kind": "timeout", "message": "", "transient": True}}
    step = {"reasoning": "", "call": {"id": "c", "name": "x"}, "result": failed}
    slow = ToolTurn.model_validate({**done[1].model_dump(), "steps": [step]})
    plan = build(FIND, impatience=1.0, small_steps=1.0).plan((done[0], slow))
    assert plan is not None and plan.rules[0] == "impatience" and plan.prefixes
    hurried = done[0].model_copy(update={"rules": ("impatience",)})
    again = build(FIND, impatience=1.0).plan((hurried, slow))
    assert again is not None and "impatience" not in again.rules


def test_it_thanks_when_all_is_done_and_leaves_when_the_agent_said_goodbye() -> None:
    done = (user("ask_offer", inform=FIND.wishes), tell("recommend", entity="Lake Family"))
    simulator = build(FIND)
    assert plan_one(simulator, *done).act == "thank"
    assert simulator.plan((*done, user("thank", ""), tell("close", ""))) is None
    assert not simulator.has_open(done)


def test_nobody_is_thanked_for_bad_news() -> None:
    user = build(TaskWish(id="a", kind="availability", entity="Lake King"), ASK, base=("a", "d"), thanks=1.0)
    for act, thanked in (("say_free", True), ("say_full", False), ("no_answer", False)):
        talk = [say("user", Act(act="ask_free", task="a")), tell(act, "a", entity="Lake King")]
        plan = user.plan(talk)
        assert plan is not None and ("thanks" in plan.rules) is thanked, act


def test_rules_of_a_file_are_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    for rate in (0.0, 1.0):
        path.write_text(f"rates: {{additions: {rate}}}", encoding="utf-8")
        assert load_human_rules(str(path)).rates.additions == rate


def test_a_task_that_takes_too_long_is_given_up() -> None:
    turns = [turn for _ in range(13) for turn in (user("inform"), tell("request", request=("price",)))]
    assert plan_one(build(FIND), *turns).act == "thank"


def test_the_simulator_is_given_wishes_and_neither_tools_nor_rubrics() -> None:
    names = " ".join(inspect.signature(UserSimulator.__init__).parameters)
    assert "tool" not in names and "rubric" not in names and "task" not in names.replace("task_", "")
    assert not {"rubric", "reference", "allowed"} & set(TaskWish.model_fields)


def test_rules_of_a_file_of_ones_own_are_read_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rates: {small_steps: 0.5}\npatience: 3\n", encoding="utf-8")
    rules = load_human_rules(str(path))
    assert (rules.rates.small_steps, rules.rates.feedback, rules.patience) == (0.5, 0.0, 3)
    path.with_name("bad.yaml").write_text("rates: {small_steps: 2}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_human_rules(str(path.with_name("bad.yaml")))


def test_the_packages_own_rules_switch_everything_on() -> None:
    rates = load_human_rules().rates.model_dump()
    assert all(0 < rate < 1 for rate in rates.values())


def test_a_plan_selects_its_tasks_in_order() -> None:
    plan: TaskPlan = ACCOUNT.maker.make(1, Counts("tasks"))
    ids = [task.wish.id for task in plan.tasks]
    assert [task.wish.id for task in plan.select(tuple(reversed(ids)))] == ids


async def test_a_persona_types_as_it_was_seen_to_and_names_stay() -> None:
    style = UserStyle(mean_length=4, habits=(Habit(kind="lower_case", evidence=("q",)),))
    done = (user("ask_offer", inform=FIND.wishes), tell("recommend", entity="Lake Family"))
    wording = PhraseWording(ACCOUNT.schema, ACCOUNT.pack)
    said = set()
    for seed in range(20):
        simulator = UserSimulator(
            (FIND, ASK), ("f", "d"), ACCOUNT.pack, ACCOUNT.schema, wording, seed=seed, style=style
        )
        turn = await simulator.speak(done)
        assert turn is not None and "lake family" not in turn.utterance
        said.add(turn.utterance.replace("Lake Family", "").islower())
    assert said == {True, False}


def test_wishes_come_one_by_one_only_until_something_was_offered() -> None:
    small = build(FIND, small_steps=1.0)
    first = plan_one(small)
    assert len(first.inform) == 1
    turns = (user("ask_offer", inform=first.inform), tell("recommend", entity="Lake room"))
    assert set(plan_one(small, *turns).inform) == set(FIND.wishes) - set(first.inform)


def test_thanks_alone_are_no_answer_to_a_letdown_or_to_an_offer_that_misses_a_wish() -> None:
    def take(value: str, offered: str, *more: ToolTurn, feedback: float = 1.0) -> list[str]:
        find = TaskWish(id="f", kind="find", wishes={"view": "lake"})
        asks = TaskWish(id="d", kind="details", after="f", asks=("pets",))
        turns = (
            user("ask_offer", inform=find.wishes),
            tell("recover", entity="Garden room", tell={"view": offered}),
            user("ask", "d", entity="Garden room", request=("pets",)),
            tell("answer", "d", entity="Garden room", tell={"pets": value}),
            *more,
        )
        plan = build(find, asks, base=("f", "d"), feedback=feedback).plan(turns)
        assert plan is not None and plan.acts[0].act == "thank"
        return [move.key for move in plan.moves]

    assert take("not_allowed", "lake") == ["react.lacks"]
    assert take("allowed", "garden") == ["want_time.compare"]
    assert take("allowed", "lake") == take("not_allowed", "garden", feedback=0.0) == []
    assert take("allowed", "garden", user("book"), tell("confirm", entity="Garden room")) == []

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.environment import DomainDatabase, FaultRates
from streamdial.errors import ConfigurationError
from streamdial.policies import HumanRules, load_human_rules
from streamdial.records import Dialogue, MatchScore, Provenance, Turn
from streamdial.tooluse import (
    Act,
    Speech,
    ToolDialogue,
    ToolEnvironment,
    ToolTurn,
    adopt_turns,
    run_tool_dialogue,
)
from streamdial.tooluse.agent import Caller
from streamdial.tooluse.density import measure_density, measure_leak
from streamdial.tooluse.messages import build_messages
from streamdial.tooluse.records import Mode

COUNT = 200


@cache
def _remember(name: str, mode: Mode, faulty: bool) -> list[ToolDialogue]:
    return []


async def make_all(
    name: str = "hotel_en", mode: Mode = "user-oriented", *, faulty: bool = False, count: int = COUNT
) -> list[ToolDialogue]:
    """The scripted dialogues all tests look at."""
    known = _remember(name, mode, faulty)
    account = Account(name)
    rates = FaultRates(error=0.1, timeout=0.1, empty=0.1) if faulty else FaultRates()
    world = account.build_environment(faults=rates)
    for seed in range(len(known), count):
        plan = account.maker.make(seed, Counts("tasks"))
        known.append(await run_tool_dialogue(world, plan, seed=seed, mode=mode))
    return known[:count]


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_the_user_oriented_mode_is_denser_at_equal_verification(name: str) -> None:
    oriented = measure_density(await make_all(name, count=100))
    baseline = measure_density(await make_all(name, "task-oriented", count=100))
    assert oriented.turns >= 2 * baseline.turns
    assert oriented.completed >= 1.5 * baseline.completed
    assert oriented.corrections > 0.2 > baseline.corrections
    assert oriented.clarifications > baseline.clarifications
    assert oriented.verified_tasks >= 0.99 and baseline.verified_tasks >= 0.99


async def test_the_simulator_never_leaks_its_goal_in_one_go() -> None:
    leaks = [measure_leak(dialogue) for dialogue in await make_all()]
    assert len(leaks) == COUNT and max(leaks) < 1
    assert sum(leaks) / COUNT < 0.25
    baseline = [measure_leak(dialogue) for dialogue in await make_all(mode="task-oriented")]
    assert min(baseline) == 1


async def test_no_search_is_begun_with_all_its_wishes() -> None:
    for dialogue in await make_all():
        wishes = {task.wish.id: task.wish.wishes for task in dialogue.tasks if task.wish.kind == "find"}
        first: dict[str, Act] = {}
        for turn in dialogue.turns:
            for act in turn.acts:
                first.setdefault(act.task, act)
        assert all(len(first[task].inform) < len(wanted) for task, wanted in wishes.items())


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_what_cannot_be_met_ends_in_recovery_and_not_in_a_made_up_success(name: str) -> None:
    hard = [
        (dialogue, verdict)
        for dialogue in await make_all(name, count=100)
        for verdict in dialogue.verdicts
        if verdict.recovery
    ]
    assert {verdict.recovery for _, verdict in hard} == {"nearest", "waitlist"}
    for dialogue, verdict in hard:
        assert verdict.passed, verdict.reasons
        acts = [act.act for turn in dialogue.turns for act in turn.acts if act.task == verdict.task]
        assert "confirm" not in acts
        assert ("recover" if verdict.recovery == "nearest" else "waitlisted") in acts


async def test_tools_that_fail_are_tried_again_and_what_is_claimed_stays_true() -> None:
    dialogues = await make_all(faulty=True, count=100)
    density = measure_density(dialogues)
    assert density.failed_calls > 0.5
    assert density.verified_tasks >= 0.97
    reasons = {reason for dialogue in dialogues for verdict in dialogue.verdicts for reason in verdict.reasons}
    assert not {"made_up_success", "replay_differs"} & reasons
    hurried = [turn for dialogue in dialogues for turn in dialogue.turns if "impatience" in turn.rules]
    assert hurried


async def test_every_rule_acts_in_two_hundred_dialogues() -> None:
    dialogues = [*await make_all(), *await make_all(faulty=True, count=100)]
    acted = {rule for dialogue in dialogues for turn in dialogue.turns for rule in turn.rules}
    # The last three are rules of dialogues without tools.
    assert acted == set(load_human_rules().rates.model_dump()) - {"additions", "silence", "leaving", "slips"}


async def test_the_same_seed_gives_the_same_dialogue() -> None:
    account = Account()
    plan = account.maker.make(7, Counts("tasks"))
    first, again = [await run_tool_dialogue(account.build_environment(), plan, seed=7) for _ in range(2)]
    assert first == again and first.id != (await make_all())[8].id


@pytest.mark.parametrize(("name", "seed"), [("hotel_en", 3), ("hotel_zh", 11), ("cars_en", 5)])
async def test_a_dialogue_cut_anywhere_goes_on_as_it_did(name: str, seed: int) -> None:
    account = Account(name)
    world = account.build_environment(faults=FaultRates(error=0.1, timeout=0.1, empty=0.1))
    plan = account.maker.make(seed, Counts("tasks"))
    whole = await run_tool_dialogue(world, plan, seed=seed)
    for cut in range(len(whole.turns)):
        rest = await run_tool_dialogue(world, plan, seed=seed, history=whole.turns[:cut])
        assert rest == whole


async def test_another_user_may_go_on_from_any_turn() -> None:
    account = Account()
    world = account.build_environment()
    (whole,) = (await make_all())[4:5]
    plan = account.maker.make(4, Counts("tasks"))
    for cut in range(0, len(whole.turns), 3):
        other = await run_tool_dialogue(world, plan, seed=99, history=whole.turns[:cut])
        assert other.turns[:cut] == whole.turns[:cut] and other.stop_reason == "done"
        assert other.verified


async def test_more_tasks_can_be_added_to_a_finished_dialogue() -> None:
    account = Account()
    world = account.build_environment()
    plan = account.maker.make(12, Counts("tasks"))
    short = await run_tool_dialogue(world, plan, seed=12, mode="task-oriented")
    more = plan.model_copy(update={"base": tuple(task.wish.id for task in plan.tasks)})
    longer = await run_tool_dialogue(world, more, seed=12, history=short.turns)
    assert len(longer.tasks) == len(plan.tasks) > len(short.tasks)
    assert longer.turns[: len(short.turns)] == short.turns and longer.verified


def build_stream_dialogue() -> Dialogue:
    turns = (
        Turn(turn_id=0, role="user", utterance="Hi, how much is the Lake King?", act="ask", entity="Lake King"),
        Turn(turn_id=1, role="agent", utterance="$210.", act="answer", entity="Lake King", tell={"price": "210"}),
        Turn(turn_id=2, role="user", utterance="Up to $300, please.", act="inform", inform={"price": "300"}),
    )
    return Dialogue(
        id="d",
        domain="hotel",
        language="en",
        provenance=Provenance(source_id="s"),
        user_persona_id="u",
        agent_persona_id="a",
        blueprint_id="b",
        turns=turns,
        outcome="success",
        stop_reason="blueprint_end",
        match=MatchScore(expertise=1, answerable=1, covered=1, alpha=1, beta=1, gamma=1, total=1),
        seed=0,
    )


async def test_a_dialogue_made_without_tools_goes_on_with_them() -> None:
    history = adopt_turns(build_stream_dialogue().turns)
    assert [turn.given for turn in history] == [True] * 3 and history[2].state == {"price": "300"}
    account = Account()
    for cut in (2, 3):
        plan = account.maker.make(3, Counts("tasks"))
        dialogue = await run_tool_dialogue(account.build_environment(), plan, seed=3, history=history[:cut])
        assert dialogue.turns[:cut] == history[:cut]
        assert dialogue.turns[cut].role == ("agent" if cut == 3 else "user")
        assert dialogue.verified and dialogue.stop_reason == "done"


async def test_a_history_of_another_database_is_refused() -> None:
    whole = (await make_all(count=1))[0]
    account = Account()
    rows = tuple({**row, "price": 1.0} for row in account.contents.rows)
    other = DomainDatabase(account.schema, account.contents.model_copy(update={"rows": rows}))
    world = ToolEnvironment(other, account.toolbox, account.pack)
    with pytest.raises(ConfigurationError, match="of the history brings other rows"):
        await run_tool_dialogue(world, account.maker.make(1, Counts("tasks")), seed=1, history=whole.turns)


async def test_dialogues_on_one_database_leave_it_as_it_was() -> None:
    account = Account()
    before = account.database.hash_contents()
    world = account.build_environment()
    for seed in range(5):
        await run_tool_dialogue(world, account.maker.make(seed, Counts("tasks")), seed=seed)
    assert account.database.hash_contents() == before


async def test_an_agent_that_lies_fails_its_tasks_and_is_kept_apart() -> None:
    class Liar:
        async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
            task = turns[-1].acts[0].task
            act = Act(act="confirm", task=task, entity="Lake King", reference="B1001")
            return Speech("It's booked! The number is B1001.", (act,), "I say what they want to hear.")

    account = Account(shapes={"book": 1.0})
    plan = account.maker.make(1, Counts("tasks"))
    dialogue = await run_tool_dialogue(account.build_environment(), plan, seed=1, mode="task-oriented", agent=Liar())
    assert not dialogue.verified
    assert any("made_up_success" in verdict.reasons for verdict in dialogue.verdicts)


async def test_an_agent_that_calls_what_there_is_not_gets_an_error_and_no_crash() -> None:
    class Guesser:
        async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
            arguments: Mapping[str, str] = {"sql": "DROP TABLE entities"}
            step = await call("run_sql", arguments, "Let me try.", "")
            assert step.result.failure is not None
            return Speech("", (), "")

    account = Account()
    plan = account.maker.make(1, Counts("tasks"))
    dialogue = await run_tool_dialogue(account.build_environment(), plan, seed=1, agent=Guesser())
    assert dialogue.stop_reason == "silent" and not dialogue.verified


async def test_a_talk_that_does_not_end_is_cut() -> None:
    account = Account()
    plan = account.maker.make(1, Counts("tasks"))
    dialogue = await run_tool_dialogue(account.build_environment(), plan, seed=1, max_turns=5)
    assert (len(dialogue.turns), dialogue.stop_reason) == (5, "turn_cap")


async def test_tools_that_are_down_for_good_are_admitted_and_nothing_is_claimed() -> None:
    account = Account()
    rules = HumanRules(patience=3)
    world = account.build_environment(faults=FaultRates(error=1.0, most_in_a_row=10**6), rules=rules)
    dialogue = await run_tool_dialogue(world, account.maker.make(1, Counts("tasks")), seed=1)
    acts = {act.act for turn in dialogue.turns for act in turn.acts if turn.role == "agent"}
    assert "trouble" in acts and not acts & {"confirm", "recommend", "recover", "hold"}
    assert not dialogue.verified and dialogue.stop_reason == "done"


async def test_reasoning_calls_and_speech_are_apart_in_openai_messages() -> None:
    dialogue = next(d for d in await make_all() if any(turn.steps for turn in d.turns))
    messages = build_messages(dialogue.turns)
    names = {str(tool["function"]["name"]) for tool in dialogue.tools}  # type: ignore[index, call-overload]
    open_call = ""
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == open_call
            assert set(json.loads(message["content"])) in ({"results"}, {"error", "message"})
            open_call = ""
        elif calls := message.get("tool_calls"):
            assert message["content"] is None and message["reasoning_content"]
            assert calls[0]["function"]["name"] in names
            assert isinstance(json.loads(calls[0]["function"]["arguments"]), dict)
            open_call = calls[0]["id"]
        else:
            assert not open_call and message["content"]
    spoken = [m["content"] for m in messages if m["role"] != "tool" and m["content"]]
    assert spoken == [turn.utterance for turn in dialogue.turns]
    assert not any("reasoning_content" in m for m in build_messages(dialogue.turns, reasoning=False))


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_no_sentence_has_a_hole_in_it(name: str) -> None:
    for dialogue in await make_all(name, count=100):
        for turn in dialogue.turns:
            assert turn.utterance.strip()
            for text in (turn.utterance, turn.reasoning, *(step.reasoning for step in turn.steps)):
                assert "{" not in text and "}" not in text
                assert "  " not in text and " ," not in text and " ." not in text.replace("...", "")


async def test_the_dialogue_state_follows_what_the_user_said() -> None:
    for dialogue in (await make_all())[:50]:
        state: dict[str, str] = {}
        for turn in dialogue.turns:
            for act in turn.acts if turn.role == "user" else ():
                state |= act.inform
            assert turn.state == {slot: value for slot, value in state.items() if value}


async def test_records_survive_json() -> None:
    dialogue = (await make_all(faulty=True, count=100))[3]
    assert ToolDialogue.model_validate_json(dialogue.model_dump_json()) == dialogue

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.models import ChatRequest
from streamdial.strategies import Directive
from streamdial.testing import ScriptedChatModel
from streamdial.tooluse import Act, ToolDialogue, ToolTurn, run_tool_dialogue
from streamdial.tooluse.direct_user import DirectToolUser
from streamdial.tooluse.plans import TaskPlan
from streamdial.tooluse.policies import ToolUserParts, build_direct_user
from streamdial.tooluse.wording import PhraseWording

ACCOUNT = Account()


def write_turn(utterance: str, *acts: Act) -> str:
    """A turn as a model hands it over."""
    written = [
        {
            "act": act.act,
            "task": act.task,
            "inform": [{"slot": slot, "value": value} for slot, value in act.inform.items()],
            "request": list(act.request),
        }
        for act in acts
    ]
    return json.dumps({"utterance": utterance, "acts": written}, ensure_ascii=False)


def play(made: ToolDialogue) -> Callable[[ChatRequest], str]:
    """A model that reads off a dialogue what comes next; the opening line is no turn of the agent."""
    spoken = [turn for turn in made.turns if turn.role == "user"]

    def answer(request: ChatRequest) -> str:
        said = sum(message.role == "assistant" for message in request.messages)
        return write_turn(spoken[said].utterance, *spoken[said].acts)

    return answer


def build_user(account: Account, plan: TaskPlan, model: ScriptedChatModel, **more: Any) -> DirectToolUser:
    world = account.build_environment()
    wording = PhraseWording(account.schema, account.pack, reader=account.reader)
    parts = ToolUserParts(world, plan, wording, 0, "user-oriented", model=model, checks=Counter(), **more)
    return build_direct_user(parts)


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_a_user_played_by_a_model_says_what_it_wants_and_its_tasks_verify(name: str) -> None:
    account = Account(name)
    world = account.build_environment()
    taken = 0
    for seed in range(6):
        plan = account.maker.make(seed, Counts("tasks"))
        planned = await run_tool_dialogue(world, plan, seed=seed)
        model = ScriptedChatModel(play(planned))
        wording = PhraseWording(account.schema, account.pack, number=seed, reader=account.reader)
        checks = Counter[str]()
        user = build_direct_user(ToolUserParts(world, plan, wording, seed, "user-oriented", model=model, checks=checks))
        played = await run_tool_dialogue(world, plan, seed=seed, user=user)
        assert played.verified, (played.verdicts, checks)
        assert [turn.acts for turn in played.turns] == [turn.acts for turn in planned.turns]
        assert [turn.utterance for turn in played.turns] == [turn.utterance for turn in planned.turns]
        assert not checks
        taken += sum(turn.realisation == "direct" for turn in played.turns)
    assert taken > 20


async def speak(
    *answers: str, turns: Sequence[ToolTurn] = (), seed: int = 0, **more: Any
) -> tuple[ToolTurn | None, DirectToolUser, ScriptedChatModel, TaskPlan]:
    plan = ACCOUNT.maker.make(seed, Counts("tasks"))
    model = ScriptedChatModel(answers)
    user = build_user(ACCOUNT, plan, model, **more)
    return await user.speak(turns), user, model, plan


def find_seed(kind: str) -> tuple[int, str, dict[str, str]]:
    """A plan that begins with a wish of a kind: its seed, the wish's id and its values."""
    for seed in range(60):
        plan = ACCOUNT.maker.make(seed, Counts("tasks"))
        user = build_user(ACCOUNT, plan, ScriptedChatModel([]))
        first = user.simulator.wishes[0]
        if first.kind == kind and "price" in first.wishes:
            return seed, first.id, first.wishes
    raise AssertionError(kind)


SEED, TASK, WISHES = find_seed("find")


def ask(utterance: str, **inform: str) -> str:
    return write_turn(utterance, Act(act="ask_offer", task=TASK, inform=inform))


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        (ask("Something under $9 a night?", price="9"), "unknown_value"),
        (ask("What do you have?", price=WISHES["price"]), "unsaid_value"),
        (ask("A room with 7 guests for $12?"), "unstated_value"),
        (ask("What about the Lake King?"), "unknown_name"),
        (write_turn("Thanks, bye!", Act(act="thank")), "open_wish"),
        (write_turn("What is there?", Act(act="ask_offer", task="nothing")), "unknown_wish"),
        (write_turn("Yes please.", Act(act="affirm", task=TASK)), "unknown_act"),
        (write_turn("What is there?"), "no_act"),
        (ask("I am an AI assistant."), "out_of_role"),
    ],
)  # fmt: skip
async def test_what_a_user_does_not_want_is_refused_with_the_reason(answer: str, check: str) -> None:
    good = ask("Hi, what do you have?")
    turn, user, model, _ = await speak(answer, good, seed=SEED)
    assert turn is not None
    assert (dict(user.checks), turn.utterance, turn.realisation) == ({check: 1}, "Hi, what do you have?", "direct")
    assert check in model.requests[1].messages[-1].content


async def test_the_simulator_speaks_where_a_model_says_nothing_usable() -> None:
    wrong = write_turn("Thanks, bye!", Act(act="thank"))
    turn, user, model, _ = await speak(wrong, wrong, wrong, seed=SEED)
    assert turn is not None and turn.realisation == "template"
    assert (len(model.requests), user.checks["open_wish"]) == (3, 3)


async def test_a_user_knows_its_wishes_and_no_tools() -> None:
    good = ask("Hi, what do you have?")
    turn, _, model, _ = await speak(good, seed=SEED)
    system, *_, last = (message.content for message in model.requests[0].messages)
    assert TASK in system and WISHES["price"] in system
    assert "search_rooms" not in system + last
    assert turn is not None and turn.rules == ("vague_first",)


async def test_a_strategy_that_withholds_a_wish_is_obeyed() -> None:
    def advise(turns: Sequence[ToolTurn]) -> Directive:
        return Directive(withhold=tuple(WISHES), note="Stay vague.", by=("hidden_context",))

    broken = ask(f"Anything up to ${WISHES['price']}?", price=WISHES["price"])
    good = ask("Hi, what do you have?")
    turn, user, model, _ = await speak(broken, good, seed=SEED, advise=advise)
    assert turn is not None and turn.acts[0].inform == {}
    assert user.checks == {"directive": 1}
    assert "Stay vague." in model.requests[0].messages[-1].content

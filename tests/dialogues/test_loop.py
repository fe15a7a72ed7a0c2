from __future__ import annotations

import pytest
from material import MATCH, build_state, say

from streamdial.dialogues import DialogueState, ScriptedPolicy, run_dialogue
from streamdial.dialogues.loop import build_dialogue, find_stop
from streamdial.dialogues.validation import find_faults
from streamdial.errors import ModelError
from streamdial.planning import judge_outcome
from streamdial.records import Turn


class Failing:
    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def speak(self, state: DialogueState) -> Turn | None:
        raise ModelError("no", transient=False, kind=self._kind)


def close(number: int = 0) -> Turn:
    return say("agent", "close", f"goodbye {number}", stage="closing")


async def talk(user: list[Turn], agent: list[Turn], *, max_turns: int = 24) -> tuple[list[Turn], str]:
    return await run_dialogue(build_state(), ScriptedPolicy(user), ScriptedPolicy(agent), max_turns=max_turns)


async def test_a_talk_ends_when_the_agent_has_closed_it() -> None:
    turns, reason = await talk([say("user", "greet"), say("user", "thank")], [say("agent", "greet"), close()])
    assert reason == "blueprint_end"
    assert [(turn.turn_id, turn.role, turn.act) for turn in turns] == [
        (0, "user", "greet"),
        (1, "agent", "greet"),
        (2, "user", "thank"),
        (3, "agent", "close"),
    ]


async def test_the_user_speaks_first_and_roles_alternate() -> None:
    turns, _ = await talk([say("user", "a"), say("user", "b")], [say("agent", "c"), say("agent", "d")])
    assert [turn.act for turn in turns] == ["a", "c", "b", "d"]


async def test_three_farewells_in_a_row_are_a_loop() -> None:
    early = say("agent", "close", "bye then")  # without the closing stage the blueprint is not at its end
    turns, reason = await talk([say("user", "thank", "ok thanks"), say("user", "defer", "later then")], [early])
    assert (reason, len(turns)) == ("farewell_loop", 3)


async def test_a_side_that_leaves_ends_the_talk() -> None:
    turns, reason = await talk([say("user", "greet")], [say("agent", "greet")])
    assert (reason, len(turns)) == ("left", 2)


async def test_a_side_that_says_the_same_words_twice_repeats_itself() -> None:
    users = [say("user", "ask", "How far?"), say("user", "ask", "how far")]
    turns, reason = await talk(users, [say("agent", "answer", "far")])
    assert (reason, len(turns)) == ("repetition", 3)


async def test_the_other_side_may_say_the_same() -> None:
    _, reason = await talk([say("user", "greet", "hi")], [say("agent", "greet", "hi"), close()], max_turns=2)
    assert reason == "turn_cap"


async def test_a_talk_is_cut_after_its_maximum_of_turns() -> None:
    users = [say("user", "ask", f"question {number}") for number in range(9)]
    agents = [say("agent", "answer", f"answer {number}") for number in range(9)]
    turns, reason = await talk(users, agents, max_turns=7)
    assert (reason, len(turns)) == ("turn_cap", 7)


async def test_a_used_up_budget_stops_the_talk_and_another_failure_leaves_it() -> None:
    state = build_state()
    turns, reason = await run_dialogue(state, ScriptedPolicy([say("user", "greet")]), Failing("budget"))
    assert (reason, len(turns)) == ("budget", 1)
    with pytest.raises(ModelError):
        await run_dialogue(build_state(), ScriptedPolicy([say("user", "greet")]), Failing("server"))


async def test_a_talk_can_be_taken_up_in_the_middle() -> None:
    state = build_state(turns=(say("user", "greet", "hi", 0), say("agent", "greet", "hello", 1)))
    turns, reason = await run_dialogue(state, ScriptedPolicy([say("user", "thank")]), ScriptedPolicy([close()]))
    assert (reason, len(turns), turns[2].turn_id) == ("blueprint_end", 4, 2)


def test_nothing_stops_a_talk_that_has_not_begun_and_a_user_alone_does_not_end_it() -> None:
    assert find_stop(build_state(), max_turns=5) is None
    state = build_state(turns=(say("user", "thank", stage="closing"),))
    assert find_stop(state, max_turns=5) is None


@pytest.mark.parametrize(
    ("acts", "outcome"),
    [
        (["accept", "confirm", "close"], "success"),
        (["ask", "hand_over", "close"], "hand_over"),
        (["ask", "defer", "close"], "deferral"),
        (["ask", "close"], "drop_out"),
        (["defer", "confirm"], "success"),
        (["hold", "close"], "deferral"),
        (["leave", "close"], "drop_out"),
    ],
)
def test_the_outcome_is_what_really_happened(acts: list[str], outcome: str) -> None:
    assert judge_outcome(say("agent", act) for act in acts) == outcome


def test_a_talk_that_cannot_be_used_says_why() -> None:
    good = [say("user", "a"), say("agent", "b"), say("user", "c"), say("agent", "d")]
    assert find_faults(good, min_turns=4) is None
    assert find_faults(good, min_turns=5) == "too_short"
    assert find_faults([*good, say("agent", "e")], min_turns=4) == "roles_do_not_alternate"
    assert find_faults([*good, say("user", "ask", request={"range": "?"})], min_turns=4) == "open_question"


def test_a_record_names_everything_its_turns_rest_on() -> None:
    state = build_state(turns=(say("user", "ask", evidence=("q1",)), say("agent", "answer", evidence=("k1", "q1"))))
    state.count_failure("invented_number")
    state.count_failure("invented_number")
    dialogue = build_dialogue(state, "turn_cap", record_id="d1", match=MATCH, model_id="m")
    assert dialogue.provenance.derived_from == ("q1", "k1")
    assert dialogue.checks == {"invented_number": 2}
    assert (dialogue.id, dialogue.path, dialogue.stop_reason) == ("d1", "Success", "turn_cap")


def test_a_state_follows_its_turns() -> None:
    state = build_state(
        turns=(
            say("user", "inform", inform={"price": "1"}, evidence=("q1",)),
            say("agent", "compare", entity="Aster", other="Calder", tell={"range": "480"}, tell_other={"range": "640"}),
            say("user", "inform", inform={"price": "2", "seats": "5"}),
        )
    )
    assert state.informed == {"price": "2", "seats": "5"}
    assert state.focus == "Aster"
    assert state.told == {("Aster", "range"), ("Calder", "range")}
    assert state.used == {"q1"}
    assert state.has_spoken("user", "inform") == 2

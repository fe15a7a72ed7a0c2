from __future__ import annotations

from streamdial.blueprints import BlueprintRunner, locate_stage
from streamdial.testing import ScriptedChatModel
from tests.blueprints.blueprint_material import PACK, make_blueprint, turn

TURNS = [turn(0, "user", "ask", ""), turn(1, "agent", "answer", "")]


async def test_a_model_says_which_stage_a_talk_is_in_from_its_words() -> None:
    model = ScriptedChatModel(['{"stage": "clarification"}'])
    assert await locate_stage(model, make_blueprint(), TURNS) == "clarification"
    asked = model.requests[0]
    assert "customer: «ask 0»" in asked.messages[0].content
    assert (asked.json_schema or {})["properties"]["stage"]["enum"] == ["opening", "clarification", "closing"]


async def test_an_answer_that_names_no_stage_and_a_talk_not_begun_are_nowhere() -> None:
    model = ScriptedChatModel(['{"stage": "flying"}', "no idea"])
    assert await locate_stage(model, make_blueprint(), TURNS) == ""
    assert await locate_stage(ScriptedChatModel([]), make_blueprint(), []) == ""


async def test_a_runner_asks_a_model_and_only_moves_forward() -> None:
    runner = BlueprintRunner(make_blueprint(), "path 0", PACK)
    for said in TURNS:
        runner.observe(said.model_copy(update={"act": "", "stage": ""}))
    assert runner.place == "opening"
    model = ScriptedChatModel(['{"stage": "clarification"}', '{"stage": "opening"}', "no idea", "no idea"])
    assert [await runner.locate(model) for _ in range(3)] == ["clarification"] * 3

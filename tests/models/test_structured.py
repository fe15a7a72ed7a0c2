from __future__ import annotations

import pytest
from pydantic import BaseModel

from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatReply, ChatRequest, complete_structured
from streamdial.models.structured import parse_answer
from streamdial.testing import ScriptedChatModel


class Answer(BaseModel):
    act: str
    seats: int = 0


REQUEST = ChatRequest(messages=(ChatMessage(role="user", content="go"),), max_tokens=50)


def cut(text: str) -> ChatReply:
    return ChatReply(text=text, model="scripted", finish_reason="length")


async def test_the_schema_goes_with_the_request() -> None:
    model = ScriptedChatModel(['{"act": "ask", "seats": 7}'])
    answer, reply = await complete_structured(model, REQUEST, Answer)
    assert (answer, reply.text) == (Answer(act="ask", seats=7), '{"act": "ask", "seats": 7}')
    assert model.requests[0].json_schema == Answer.model_json_schema()


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"act": "ask", "seats": 7}\n```',
        "{'act': 'ask', 'seats': 7,}",
        '{"act": "ask", "seats": 7',
        'Sure! {"act": "ask", "seats": "7"}',
    ],
)
def test_small_damage_is_repaired(text: str) -> None:
    assert parse_answer(text, Answer) == Answer(act="ask", seats=7)


async def test_a_malformed_answer_is_asked_for_once_more_with_the_error() -> None:
    model = ScriptedChatModel(['{"seats": "many"}', '{"act": "ask"}'])
    answer, _ = await complete_structured(model, REQUEST, Answer)
    assert answer.act == "ask"
    first, second = model.requests
    assert second.messages[:1] == first.messages
    assert second.messages[1] == ChatMessage(role="assistant", content='{"seats": "many"}')
    assert "act: Field required" in second.messages[2].content
    assert "seats:" in second.messages[2].content
    assert second.max_tokens == 50


async def test_a_truncated_answer_is_asked_for_with_twice_the_room_and_no_blame() -> None:
    model = ScriptedChatModel([cut('{"act": "as'), '{"act": "ask"}'])
    answer, _ = await complete_structured(model, REQUEST, Answer)
    assert answer.act == "ask"
    assert model.requests[1].max_tokens == 100
    assert model.requests[1].messages == REQUEST.messages


async def test_a_truncated_answer_is_not_closed_by_repair() -> None:
    """`as` would pass as an act, but the model meant to go on."""
    model = ScriptedChatModel([cut('{"act": "as')] * 2)
    with pytest.raises(ModelError) as failure:
        await complete_structured(model, REQUEST, Answer)
    assert (failure.value.kind, failure.value.transient) == ("truncated", False)


async def test_an_answer_that_ends_just_in_time_is_taken() -> None:
    answer, _ = await complete_structured(ScriptedChatModel([cut('{"act": "ask"}')]), REQUEST, Answer)
    assert answer.act == "ask"


async def test_two_malformed_answers_are_a_failure_that_says_why() -> None:
    with pytest.raises(ModelError) as failure:
        await complete_structured(ScriptedChatModel(["I cannot", "no"]), REQUEST, Answer)
    assert (failure.value.kind, failure.value.transient) == ("malformed", False)
    assert "no usable Answer in two tries" in failure.value.what


async def test_an_empty_answer_is_asked_for_once_more_with_another_seed() -> None:
    empty = ModelError("nothing", transient=False, kind="empty")
    model = ScriptedChatModel([empty, '{"act": "ask"}'])
    answer, _ = await complete_structured(model, REQUEST, Answer)
    assert answer.act == "ask"
    assert [request.seed for request in model.requests] == [0, 1]
    with pytest.raises(ModelError, match="nothing"):
        await complete_structured(ScriptedChatModel([empty, empty]), REQUEST, Answer)


async def test_other_failures_pass_through() -> None:
    model = ScriptedChatModel([ModelError("down", transient=True, kind="server")])
    with pytest.raises(ModelError, match="down"):
        await complete_structured(model, REQUEST, Answer)
    assert len(model.requests) == 1

"""The baseline of one prompt a dialogue: its lines are read into turns, and nothing else is asked."""

from __future__ import annotations

import asyncio

import pytest
from material import MATCH, PACK, build_bank, build_expert, build_user

from streamdial.dialogues import DialogueMaker, GenerationOptions
from streamdial.dialogues.one_prompt import read_lines
from streamdial.models import ChatReply, ChatRequest
from streamdial.records import Dialogue, Language
from streamdial.testing import ScriptedChatModel

WRITTEN: dict[Language, str] = {
    "en": """Here is the chat:
Adviser: Welcome!
**Customer:** Hi, I need something electric.
Adviser: Then look at the Aster. It costs $28,900.
Adviser: It has 5 seats.
2. Customer: How far does the Aster go? Call me on 555-201-9988.
Adviser: 480 km on one charge.
Customer: Great, I'll think about it, thanks.
Adviser: You're welcome, goodbye!
""",
    "zh": "顾问：您好\n顾客：你好，想看纯电的\n顾问：推荐您看星野。\n客户：续航多少？\n客服: 续航可以看页面。\n",
}


def test_lines_are_read_by_role_the_user_first_and_lines_in_a_row_are_one() -> None:
    found = list(read_lines(WRITTEN["en"]))
    assert [role for role, _ in found] == ["user", "agent", "user", "agent", "user", "agent"]
    assert found[0] == ("user", "Hi, I need something electric.")
    assert found[1] == ("agent", "Then look at the Aster. It costs $28,900. It has 5 seats.")
    assert [role for role, _ in read_lines(WRITTEN["zh"])] == ["user", "agent", "user", "agent"]
    assert list(read_lines("I cannot do that.")) == []
    assert list(read_lines("Adviser: Hello?")) == []


def make(text: str, finish: str = "stop", language: Language = "en") -> tuple[Dialogue, str | None, list[ChatRequest]]:
    asked: list[ChatRequest] = []

    def answer(request: ChatRequest) -> ChatReply:
        asked.append(request)
        return ChatReply(text=text, model="m", finish_reason=finish)

    options = GenerationOptions(
        realisation="direct", user_policy="one_prompt", agent_policy="one_prompt", min_turns=2, simulates=False
    )
    expert = build_expert(language)
    maker = DialogueMaker(PACK, language, expert, build_bank(language), ScriptedChatModel(answer), options=options)
    path = expert.blueprint.paths[0].name
    made = asyncio.run(maker.make(build_user(language), path=path, seed=3, record_id="d", match=MATCH))
    return *made, asked


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_dialogue_is_one_call_and_its_turns_are_read(language: Language) -> None:
    dialogue, _, asked = make(WRITTEN[language], language=language)
    assert len(asked) == 1
    assert asked[0].purpose == "one_prompt"
    assert {turn.realisation for turn in dialogue.turns} == {"direct"}
    assert dialogue.turns[0].role == "user"
    if language == "en":
        assert dialogue.turns[0].inform == {"energy": "electric"}
        assert dialogue.turns[1].tell["price"] == "28900"
        assert dialogue.turns[2].request == {"range": "?"}
        assert "9988" not in dialogue.turns[2].utterance, "personal data is masked"


def test_what_was_cut_off_is_no_line_and_an_answer_without_lines_is_counted() -> None:
    cut, _, _ = make("Customer: Hi, I need something electric.\nAdviser: Then look at the Aster.\nCust", "length")
    assert [turn.role for turn in cut.turns] == ["user"]
    nothing, fault, _ = make("I cannot do that.")
    assert nothing.turns == ()
    assert fault is not None
    assert nothing.checks == {"one_prompt_unusable": 1}

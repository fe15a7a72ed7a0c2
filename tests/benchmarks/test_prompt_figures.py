from __future__ import annotations

from benchmarks.strong_prompts import count_tokens, find_uncorrected
from streamdial.dialogues.messages import alternate, count_alternation_errors
from streamdial.models import ChatMessage, ChatRequest
from streamdial.records import AgentResponse, Provenance


def write(role: str, content: str) -> ChatMessage:
    return ChatMessage(role=role, content=content)  # type: ignore[arg-type]


def respond(raw: str, text: str) -> AgentResponse:
    return AgentResponse(
        id=raw, domain="hotel", language="en", provenance=Provenance(source_id="s"), text=text, raw_text=raw
    )


def test_a_token_is_four_characters_or_one_chinese_one() -> None:
    assert count_tokens([write("user", "abcdefgh"), write("user", "一晚四字")]) == 6


def test_roles_that_do_not_alternate_are_counted() -> None:
    system, user, assistant = write("system", "s"), write("user", "u"), write("assistant", "a")
    assert count_alternation_errors([system, user, assistant, user]) == 0
    assert count_alternation_errors([system, user, user]) == 1
    assert count_alternation_errors([system, assistant, user]) == 1
    merged = alternate([system, user, user, assistant])
    assert [message.role for message in merged] == ["system", "user", "assistant"]
    assert merged[1].content == "u\n\nu"


def test_speech_as_it_was_misheard_is_found_in_a_prompt() -> None:
    responses = [
        respond("0 to 105.2 seconds", "0 to 100 in 5.2 seconds"),
        respond("the junior period", "the Juniper"),
        respond("it is blue", "it is blue."),
    ]
    prompt = ChatRequest(messages=(write("user", "say: «it is blue» and 0  to 105.2 seconds"),))
    assert find_uncorrected([prompt], responses) == ["0 to 105.2 seconds"]

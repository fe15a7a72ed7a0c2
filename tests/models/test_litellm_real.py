"""The real litellm against the mock endpoint: names, errors and usage as it really gives them."""

from __future__ import annotations

import pytest

from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.litellm_api import LiteLLMChatModel
from streamdial.testing import Fault, MockEndpoint

REQUEST = ChatRequest(messages=(ChatMessage(role="user", content="say «hello»"),), max_tokens=5)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")


@pytest.mark.slow
async def test_an_answer_comes_through_with_its_tokens() -> None:
    async with MockEndpoint(tokens=(11, 3)) as endpoint:
        reply = await LiteLLMChatModel("openai/mock", api_base=endpoint.url).complete(REQUEST)
    assert reply.text == "hello"
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 3)
    assert endpoint.count == 1


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit"), (500, "server"), (503, "server"), (401, "key")])
async def test_errors_are_told_apart_and_not_retried_inside(status: int, kind: str) -> None:
    async with MockEndpoint(faults=lambda *_: Fault("status", status=status)) as endpoint:
        with pytest.raises(ModelError) as caught:
            await LiteLLMChatModel("openai/mock", api_base=endpoint.url).complete(REQUEST)
    assert caught.value.kind == kind
    assert caught.value.transient is (kind != "key")
    assert "sk-test" not in str(caught.value)
    assert endpoint.count == 1

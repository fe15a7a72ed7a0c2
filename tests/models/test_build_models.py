from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from streamdial.errors import ConfigurationError, MissingExtraError
from streamdial.models import ChatMessage, ChatRequest, build_chat_model
from streamdial.models.litellm_api import LiteLLMChatModel
from streamdial.models.llama_server import LocalChatModel
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.testing import MockEndpoint


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("OPENAI", "HOSTED_VLLM", "LM_STUDIO"):
        monkeypatch.delenv(f"{prefix}_API_BASE", raising=False)
        monkeypatch.delenv(f"{prefix}_API_KEY", raising=False)


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "my-model.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    return path


@pytest.mark.parametrize("provider", ["openai", "hosted_vllm", "lm_studio", "custom_openai"])
def test_compatible_endpoints_take_the_lean_path(provider: str) -> None:
    choice = build_chat_model(f"{provider}/some-model", api_base="http://127.0.0.1:1/v1")
    assert isinstance(choice.model, OpenAIChatModel)
    assert (choice.model.model_id, choice.realisation) == (f"{provider}/some-model", "guided")


@pytest.mark.parametrize("name", ["anthropic/some-model", "ollama/qwen2.5", "openai/gpt-x", "openrouter/a/b"])
def test_other_providers_go_through_litellm(name: str) -> None:
    choice = build_chat_model(name)
    assert isinstance(choice.model, LiteLLMChatModel)
    assert (choice.model.model_id, choice.realisation) == (name, "guided")


async def test_an_endpoint_gets_the_key_of_its_own_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("HOSTED_VLLM_API_KEY", "vllm-key")
    seen = []
    async with MockEndpoint("hi") as endpoint:
        for provider in ("openai", "hosted_vllm", "lm_studio"):
            monkeypatch.setenv("OPENAI_API_BASE", endpoint.url)
            monkeypatch.setenv("HOSTED_VLLM_API_BASE", endpoint.url)
            monkeypatch.setenv("LM_STUDIO_API_BASE", endpoint.url)
            model = build_chat_model(f"{provider}/m").model
            await model.complete(ChatRequest(messages=(ChatMessage(role="user", content="hi"),)))
            await model.aclose()
            seen.append((endpoint.headers.get("Authorization"), endpoint.bodies[-1]["model"]))
    assert seen == [("Bearer sk-openai", "m"), ("Bearer vllm-key", "m"), (None, "m")]


def test_a_name_without_provider_is_refused_with_what_to_write() -> None:
    with pytest.raises(ConfigurationError, match=r"'gpt-x' names no provider.*local/qwen2.5-coder-1.5b"):
        build_chat_model("gpt-x")


def test_a_gguf_file_is_a_planned_model_named_by_its_bytes(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", ModuleType("xllamacpp"))
    choice = build_chat_model(str(gguf))
    assert isinstance(choice.model, LocalChatModel)
    assert choice.realisation == "planned"
    assert choice.concurrency == choice.model.slots
    assert choice.model.model_id.startswith("local/my-model@")
    gguf.write_bytes(b"GGUF" + bytes(99) + b"x")
    assert build_chat_model(str(gguf)).model.model_id != choice.model.model_id


def test_pulled_weights_are_found_by_their_short_name(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", ModuleType("xllamacpp"))
    monkeypatch.setenv("STREAMDIAL_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"models pull qwen2.5-coder-0.5b"):
        build_chat_model("local/qwen2.5-coder-0.5b")
    folder = tmp_path / "models" / "qwen2.5-coder-0.5b"
    folder.mkdir(parents=True)
    gguf.rename(folder / "model.gguf")
    (folder / "verified").write_text("ok")
    assert build_chat_model("local/qwen2.5-coder-0.5b").model.model_id.startswith("local/qwen2.5-coder-0.5b@")


def test_a_path_that_is_no_model_is_told(tmp_path: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="there is no model file"):
        build_chat_model(str(tmp_path / "absent.gguf"))
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"PK\x03\x04")
    with pytest.raises(ConfigurationError, match="is not a GGUF file"):
        build_chat_model(str(fake))
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtraError, match=r"streamdial\[local\]"):
        build_chat_model(str(gguf))

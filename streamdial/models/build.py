"""Builds a model from its name on the command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streamdial.errors import ConfigurationError
from streamdial.models._protocols import ChatModel
from streamdial.models.batch_api import AT_ONCE, BatchedChatModel
from streamdial.models.batch_services import (
    LITELLM_PROVIDERS,
    AnthropicBatches,
    BatchService,
    LiteLLMBatches,
    OpenAIBatches,
)
from streamdial.models.litellm_api import LiteLLMChatModel
from streamdial.models.llama_server import LocalChatModel
from streamdial.models.openai_api import JSONMode, OpenAIChatModel
from streamdial.models.weights import REGISTRY, require_weights

LEAN_PROVIDERS = {
    "openai": "OPENAI",
    "hosted_vllm": "HOSTED_VLLM",
    "lm_studio": "LM_STUDIO",
    "custom_openai": "OPENAI",
}
"""litellm providers that are an OpenAI-compatible endpoint; with an address they take the lean path.

Each with the prefix of its `..._API_BASE` and `..._API_KEY`, so that no endpoint gets another one's key.
"""
OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "anthropic"
ANTHROPIC_ADDRESS = "https://api.anthropic.com"
BATCH_PROVIDERS = (*LEAN_PROVIDERS, ANTHROPIC, *LITELLM_PROVIDERS)

Mode = Literal["planned", "reworded", "guided", "direct"]
"""How turns are made: decided and worded by code; the same, and reworded by the model; decided by code and worded by a
strong model; decided and worded by the model."""
GuidedBy = Literal["turn", "dialogue"]
"""What a strong model words in one call in the mode `guided`."""
STRONG_MODES: tuple[Mode, ...] = ("guided", "direct")
"""Modes in which a strong model is there."""


@dataclass(frozen=True)
class ModelChoice:
    """A model, and the mode in which dialogues are made with it by default.

    Attributes:
        model: The model.
        realisation: The mode: `planned` for small local models, `guided` for the others.
        concurrency: Calls in flight that make sense for it.
    """

    model: ChatModel
    realisation: Mode
    concurrency: int


def is_local(name: str) -> bool:
    """Tell whether a name is that of weights on this machine, which word nothing unless they are asked to."""
    return name.startswith("local/") or name.endswith(".gguf")


def build_chat_model(
    name: str, *, api_base: str | None = None, timeout: float = 120.0, batches: Path | None = None
) -> ModelChoice:
    """Return a chat model by name.

    Args:
        name: `local/NAME` for pulled weights, the path of a GGUF file, else a litellm model name
            (`openai/...`, `ollama/...`, `hosted_vllm/...`, ...).
        api_base: Address of the endpoint, where there is one.
        timeout: Seconds one call may take.
        batches: File that keeps which call is in which batch; without it each call is asked for by itself.

    Raises:
        ConfigurationError: If the name says no provider, local weights are not there, or a model takes no batches.
    """
    if batches is not None:
        return _build_batched(name, api_base, timeout, batches)
    if name.startswith("local/"):
        short = name.removeprefix("local/")
        local = LocalChatModel(require_weights(short) / "model.gguf", short)
        return ModelChoice(local, "planned", local.slots)
    if name.endswith(".gguf"):
        local = LocalChatModel(Path(name), Path(name).stem)
        return ModelChoice(local, "planned", local.slots)
    provider, _, rest = name.partition("/")
    if not rest:
        raise ConfigurationError(
            f"model {name!r} names no provider.",
            fix=f"write PROVIDER/MODEL (openai/..., ollama/...), the path of a .gguf file, or one of "
            f"{', '.join('local/' + known for known in REGISTRY if REGISTRY[known].kind == 'chat')}",
        )
    address, key = _find_endpoint(provider, api_base)
    if address:
        return ModelChoice(OpenAIChatModel(rest, address, api_key=key, model_id=name, timeout=timeout), "guided", 64)
    return ModelChoice(LiteLLMChatModel(name, api_base=api_base, timeout=timeout), "guided", 32)


def _find_endpoint(provider: str, api_base: str | None) -> tuple[str, str]:
    """Return address and key of a provider with an interface of its own here; empty where they are not known."""
    prefix = LEAN_PROVIDERS.get(provider)
    if prefix is None:
        return "", ""
    return api_base or os.environ.get(f"{prefix}_API_BASE", ""), os.environ.get(f"{prefix}_API_KEY", "")


def _build_batched(name: str, api_base: str | None, timeout: float, journal: Path) -> ModelChoice:
    """Return a model whose calls go in batches.

    Raises:
        ConfigurationError: If its provider has none that are known, or it is not said where it is or what key it takes.
    """
    provider, _, rest = name.partition("/")
    if not rest or provider not in BATCH_PROVIDERS:
        raise ConfigurationError(
            f"--batch: {name} takes no batches that are known here.",
            fix=f"name a model of one of {', '.join(BATCH_PROVIDERS)}, or leave --batch out",
        )
    address, key = _find_endpoint(provider, api_base)
    service: BatchService
    if provider in LITELLM_PROVIDERS:
        LiteLLMChatModel(name, api_base=api_base).check()
        service = LiteLLMBatches(name, api_base=api_base, timeout=timeout)
    elif provider == ANTHROPIC:
        key = os.environ.get("ANTHROPIC_API_KEY", "")
        if not key:
            raise ConfigurationError(
                f"--batch: {name} needs ANTHROPIC_API_KEY, which the environment does not have.",
                fix="export ANTHROPIC_API_KEY=...",
            )
        address = api_base or os.environ.get("ANTHROPIC_API_BASE") or ANTHROPIC_ADDRESS
        service = AnthropicBatches(address, api_key=key, model_id=name, timeout=timeout)
    else:
        address = address or (OPENAI if provider == "openai" else "")
        if not address:
            raise ConfigurationError(f"--batch: where is {name} served?", fix="give --api-base")
        service = OpenAIBatches(address, api_key=key, model_id=name, timeout=timeout)
    # A schema becomes a function there, and the answer a call of it: the prompt says what is wanted as well.
    json_mode: JSONMode = "none" if provider == ANTHROPIC else "schema"
    model = BatchedChatModel(rest, service, journal, api_key=key, model_id=name, json_mode=json_mode)
    return ModelChoice(model, "guided", AT_ONCE)

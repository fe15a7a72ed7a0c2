"""Every other provider, through litellm (imported on first use: it costs seconds)."""

from __future__ import annotations

import os
from typing import Any

from streamdial.errors import ConfigurationError, ModelError
from streamdial.models._protocols import ChatReply, ChatRequest
from streamdial.models.chat_format import join_chunks, read_answer, write_options
from streamdial.models.endpoint_calls import read_wait, tell_failure
from streamdial.models.peculiarities import EndpointHabits, Options, ask_until_taken


def import_litellm() -> Any:  # noqa: ANN401
    """Import litellm, silent and without telling anybody."""
    # Without these it fetches a price list at import and reports usage to a third party.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    litellm.callbacks = []
    return litellm


class LiteLLMChatModel:
    """A model by litellm's name for it, such as `anthropic/...` or `ollama/...`.

    Args:
        model: litellm's model name.
        api_base: Address of the endpoint, where the provider needs one.
        timeout: Seconds one call may take.

    Attributes:
        habits: What was learnt of the provider.
    """

    def __init__(self, model: str, *, api_base: str | None = None, timeout: float = 120.0) -> None:
        self.model_id = model
        self.habits = EndpointHabits(model)
        self._api_base = api_base
        self._timeout = timeout

    def check(self) -> None:
        """Ask litellm whether it knows the provider and finds its key.

        Raises:
            ConfigurationError: If it does not.
        """
        litellm = import_litellm()
        try:
            litellm.get_llm_provider(self.model_id, api_base=self._api_base)
        except Exception as error:
            raise ConfigurationError(
                f"litellm does not know the provider of {self.model_id!r}.", fix="write PROVIDER/MODEL as litellm does"
            ) from error
        found = litellm.validate_environment(self.model_id, api_base=self._api_base)
        # An address that is not set has a default or is given; a key has none. All of a provider's names are listed
        # where one is missing.
        listed = [name for name in found.get("missing_keys", ()) if not name.endswith("_API_BASE")]
        if missing := [name for name in listed if not os.environ.get(name)]:
            raise ConfigurationError(
                f"{self.model_id} needs {', '.join(missing)}, which the environment does not have.",
                fix=f"export {missing[0]}=...",
            )

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a prompt; a provider that does not take the call as it is gets it in the way it takes.

        Raises:
            ModelError: With `transient` set for rate limits, timeouts, connection and server errors.
        """
        return await ask_until_taken(self._ask, request, write_options(request), self.habits)

    async def _ask(self, request: ChatRequest, options: Options) -> ChatReply | None:
        """Ask once; return None where what was answered is to be asked for in another way."""
        litellm = import_litellm()
        try:
            answer = await litellm.acompletion(
                model=self.model_id,
                api_base=self._api_base,
                timeout=self._timeout,
                num_retries=0,
                max_retries=0,
                **options,
            )
            if options.get("stream"):
                body = join_chunks([chunk.model_dump() async for chunk in answer])
            else:
                body = answer.model_dump()
        except Exception as error:
            raise convert_error(self.model_id, error) from error
        reply = read_answer(body, request, self.habits, model_id=self.model_id)
        return reply.model_copy(update={"cost": self._compute_cost(answer)}) if reply else None

    def _compute_cost(self, answer: Any) -> float:  # noqa: ANN401
        try:
            return float(import_litellm().completion_cost(completion_response=answer) or 0.0)
        except Exception:
            return 0.0  # models litellm has no price for

    async def aclose(self) -> None:
        """Nothing to give back: litellm keeps its own clients."""


def convert_error(model_id: str, error: Exception) -> ModelError:
    """Return the error of a failed call by what litellm raised."""
    name = type(error).__name__
    kinds = {
        "RateLimitError": "rate_limit",
        "Timeout": "timeout",
        "APIConnectionError": "connection",
        "InternalServerError": "server",
        "ServiceUnavailableError": "server",
        "BadGatewayError": "server",
        "ContextWindowExceededError": "context",
        "ContentPolicyViolationError": "filtered",
    }
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    said = str(error).strip()
    first = (said.splitlines() or [name])[0]
    return tell_failure(
        getattr(error, "status_code", None),
        f"{model_id}: {first[:300]}",
        said,
        retry_after=read_wait(headers),
        fix="check the model's name, the provider's key in the environment and --api-base",
        kind=kinds.get(name, ""),
    )

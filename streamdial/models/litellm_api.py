"""Every other provider, through litellm (imported on first use: it costs seconds)."""

from __future__ import annotations

import os
from typing import Any

from streamdial.errors import ConfigurationError, ModelError
from streamdial.models._protocols import ChatReply, ChatRequest
from streamdial.models.chat_format import read_calls, read_finish, refuse_empty, write_message
from streamdial.models.endpoint_calls import TRANSIENT_STATUS, parse_retry_after


class LiteLLMChatModel:
    """A model by litellm's name for it, such as `anthropic/...` or `ollama/...`.

    Args:
        model: litellm's model name.
        api_base: Address of the endpoint, where the provider needs one.
        timeout: Seconds one call may take.
    """

    def __init__(self, model: str, *, api_base: str | None = None, timeout: float = 120.0) -> None:
        self.model_id = model
        self._api_base = api_base
        self._timeout = timeout
        self._litellm: Any = None

    def _import(self) -> Any:  # noqa: ANN401
        if self._litellm is None:
            # Without these it fetches a price list at import and reports usage to a third party.
            os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
            import litellm

            litellm.telemetry = False
            litellm.suppress_debug_info = True
            litellm.drop_params = True
            litellm.callbacks = []
            self._litellm = litellm
        return self._litellm

    def check(self) -> None:
        """Ask litellm whether it knows the provider and finds its key.

        Raises:
            ConfigurationError: If it does not.
        """
        litellm = self._import()
        try:
            litellm.get_llm_provider(self.model_id, api_base=self._api_base)
        except Exception as error:
            raise ConfigurationError(
                f"litellm does not know the provider of {self.model_id!r}.", fix="write PROVIDER/MODEL as litellm does"
            ) from error
        found = litellm.validate_environment(self.model_id, api_base=self._api_base)
        # An address that is not set has a default; a key has none.
        if missing := [name for name in found.get("missing_keys", ()) if not name.endswith("_API_BASE")]:
            raise ConfigurationError(
                f"{self.model_id} needs {', '.join(missing)}, which the environment does not have.",
                fix=f"export {missing[0]}=...",
            )

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a prompt by one call.

        Raises:
            ModelError: With `transient` set for rate limits, timeouts, connection and server errors.
        """
        litellm = self._import()
        options: dict[str, Any] = {}
        if request.stop:
            options["stop"] = list(request.stop)
        if request.json_schema is not None:
            schema = {"name": "answer", "schema": request.json_schema, "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}
        if request.tools:
            options["tools"] = list(request.tools)
            if request.tool_choice is not None:
                options["tool_choice"] = request.tool_choice
        try:
            answer = await litellm.acompletion(
                model=self.model_id,
                messages=[write_message(message) for message in request.messages],
                max_tokens=request.max_tokens,
                temperature=request.temperature,
                seed=request.seed,
                api_base=self._api_base,
                timeout=self._timeout,
                num_retries=0,
                max_retries=0,
                **options,
            )
        except Exception as error:
            raise self._convert_error(error) from error
        return self._convert_reply(answer)

    def _convert_error(self, error: Exception) -> ModelError:
        name = type(error).__name__
        kinds = {
            "RateLimitError": "rate_limit",
            "Timeout": "timeout",
            "APIConnectionError": "connection",
            "InternalServerError": "server",
            "ServiceUnavailableError": "server",
            "BadGatewayError": "server",
        }
        status = getattr(error, "status_code", None)
        kind = kinds.get(name, "server" if status in TRANSIENT_STATUS else "request")
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        first = (str(error).strip().splitlines() or [name])[0]
        return ModelError(
            f"{self.model_id}: {first[:300]}",
            transient=kind != "request",
            kind=kind,
            retry_after=parse_retry_after(headers.get("retry-after")),
            fix="check the model's name, the provider's key in the environment and --api-base"
            if kind == "request"
            else None,
        )

    def _convert_reply(self, answer: Any) -> ChatReply:  # noqa: ANN401
        choice = answer.choices[0]
        usage = getattr(answer, "usage", None)
        text, finish = choice.message.content or "", choice.finish_reason
        calls = read_calls(
            {"id": call.id, "function": {"name": call.function.name, "arguments": call.function.arguments}}
            for call in getattr(choice.message, "tool_calls", None) or ()
        )
        refuse_empty(self.model_id, text, finish, calls)
        details = getattr(usage, "prompt_tokens_details", None)
        try:
            cost = float(self._litellm.completion_cost(completion_response=answer) or 0.0)
        except Exception:
            cost = 0.0  # models litellm has no price for
        return ChatReply(
            text=text,
            model=str(answer.model or self.model_id),
            prompt_tokens=int(getattr(usage, "prompt_tokens", 0) or 0),
            completion_tokens=int(getattr(usage, "completion_tokens", 0) or 0),
            cached_tokens=int(getattr(details, "cached_tokens", 0) or 0),
            finish_reason=read_finish(finish),
            cost=cost,
            tool_calls=calls,
        )

    async def aclose(self) -> None:
        """Nothing to give back: litellm keeps its own clients."""

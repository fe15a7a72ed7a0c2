"""The batch interfaces of providers behind one Protocol: OpenAI's own, Anthropic's, and others through litellm.

See platform.openai.com/docs/guides/batch, docs.anthropic.com (Message Batches) and docs.litellm.ai/docs/batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from streamdial.models.endpoint_calls import KeptSession, describe_failure, post_once
from streamdial.models.litellm_api import convert_error, import_litellm

ENDPOINT = "/v1/chat/completions"
COMPLETION_WINDOW = "24h"
FIX = "check the key, and that the endpoint takes batches"
LITELLM_PROVIDERS = ("azure", "bedrock", "gemini", "mistral", "vertex_ai", "xai")
"""Providers whose files and batches litellm speaks, beside those of `LEAN_PROVIDERS`."""
_JSON = {"Content-Type": "application/json"}
_ANTHROPIC_VERSION = "2023-06-01"


class BatchService(Protocol):
    """Where batches are made and looked at.

    Every method raises `ModelError` where the provider refuses or cannot be reached.
    """

    async def upload(self, calls: Mapping[str, bytes]) -> str:
        """Send calls, by their ids bodies of OpenAI's form, and return the name of their file."""
        ...

    async def submit(self, file: str) -> str:
        """Make a batch of a file and return its name."""
        ...

    async def find(self, file: str) -> str | None:
        """Return the batch that was made of a file, where the provider tells of one."""
        ...

    async def look(self, batch: str) -> dict[str, Any]:
        """Return the state of a batch as OpenAI tells it: `status`, `request_counts`, `output_file_id`, ..."""
        ...

    async def read(self, file: str) -> bytes:
        """Return a file of answers, a line of JSON each as OpenAI writes them."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class _HTTPBatches:
    """What is common to batch interfaces that are asked over HTTP with a session of their own."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], *, model_id: str, key: str = "", timeout: float = 120.0
    ) -> None:
        self._base = base_url.rstrip("/")
        self._model_id, self._key = model_id, key
        self._session = KeptSession(timeout, headers)

    async def _fetch(self, path: str, data: Any = None) -> bytes:  # noqa: ANN401
        """Return the body of the answer to one request: a POST where there is something to send."""
        status, retry_after, content = await post_once(
            self._session.open(),
            self._base + path,
            data,
            model_id=self._model_id,
            setting="the api base",
            method="GET" if data is None else "POST",
            # A file is uploaded as a form, whose type is its own.
            headers=_JSON if isinstance(data, bytes) else None,
        )
        if status >= 300:
            raise describe_failure(status, retry_after, content, model_id=self._model_id, key=self._key, fix=FIX)
        return content

    async def _ask(self, path: str, data: Any = None) -> dict[str, Any]:  # noqa: ANN401
        body: dict[str, Any] = orjson.loads(await self._fetch(path, data))
        return body

    async def aclose(self) -> None:
        """Close the session."""
        await self._session.aclose()


class OpenAIBatches(_HTTPBatches):
    """`/files` and `/batches` of an OpenAI-compatible endpoint.

    Args:
        base_url: Address up to and with `/v1`.
        api_key: Sent as a bearer token.
        model_id: Name of the model in errors.
        timeout: Seconds one request may take.
    """

    def __init__(self, base_url: str, *, api_key: str = "", model_id: str, timeout: float = 120.0) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        super().__init__(base_url, headers, model_id=model_id, key=api_key, timeout=timeout)

    async def upload(self, calls: Mapping[str, bytes]) -> str:
        """Upload a file of calls."""
        import aiohttp

        form = aiohttp.FormData()
        form.add_field("purpose", "batch")
        form.add_field("file", _write_lines(calls), filename="calls.jsonl", content_type="application/jsonl")
        return str((await self._ask("/files", form))["id"])

    async def submit(self, file: str) -> str:
        """Make a batch of a file."""
        wanted = {"input_file_id": file, "endpoint": ENDPOINT, "completion_window": COMPLETION_WINDOW}
        return str((await self._ask("/batches", orjson.dumps(wanted)))["id"])

    async def find(self, file: str) -> str | None:
        """Return the batch of a file among the last hundred."""
        return _find_batch((await self._ask("/batches?limit=100")).get("data") or [], file)

    async def look(self, batch: str) -> dict[str, Any]:
        """Return the state of a batch."""
        return await self._ask(f"/batches/{batch}")

    async def read(self, file: str) -> bytes:
        """Return a file of answers."""
        return await self._fetch(f"/files/{file}/content")


class AnthropicBatches(_HTTPBatches):
    """Anthropic's Message Batches; bodies and answers are converted by litellm.

    Calls are sent with the batch that is made of them, so its name stands for the file, too. Calls that expired or were
    cancelled are left out of the answers: they are asked again.

    Args:
        base_url: Address without `/v1`.
        api_key: Sent as `x-api-key`.
        model_id: Name of the model in errors.
        timeout: Seconds one request may take.
    """

    def __init__(self, base_url: str, *, api_key: str, model_id: str, timeout: float = 120.0) -> None:
        headers = {"x-api-key": api_key, "anthropic-version": _ANTHROPIC_VERSION}
        super().__init__(base_url, headers, model_id=model_id, key=api_key, timeout=timeout)

    async def upload(self, calls: Mapping[str, bytes]) -> str:
        """Make a batch of calls; its name is that of the file."""
        requests = [{"custom_id": call, "params": _write_anthropic(orjson.loads(data))} for call, data in calls.items()]
        return str((await self._ask("/v1/messages/batches", orjson.dumps({"requests": requests})))["id"])

    async def submit(self, file: str) -> str:
        """Return the batch, which was made with its calls."""
        return file

    async def find(self, file: str) -> str | None:
        """Return the batch, which was made with its calls."""
        return file

    async def look(self, batch: str) -> dict[str, Any]:
        """Return the state of a batch."""
        state = await self._ask(f"/v1/messages/batches/{batch}")
        counts: dict[str, int] = state.get("request_counts") or {}
        ended = state.get("processing_status") == "ended"
        left = {"output_file_id": batch} if ended else {}
        done = sum(count for kind, count in counts.items() if kind != "processing")
        told = {"completed": done, "total": sum(counts.values())}
        return {"status": "completed" if ended else "in_progress", "request_counts": told, **left}

    async def read(self, file: str) -> bytes:
        """Return the answers of a batch."""
        lines = (await self._fetch(f"/v1/messages/batches/{file}/results")).splitlines()
        converted = (_read_anthropic(orjson.loads(line)) for line in lines if line.strip())
        return b"\n".join(orjson.dumps(line) for line in converted if line is not None)


class LiteLLMBatches:
    """Files and batches of another provider through litellm, which converts bodies and answers.

    Not every provider lists its batches; where one does not, a batch that a process submitted just before it died is
    not found again and its calls are sent anew.

    Args:
        model_id: litellm's name of the model, with its provider.
        api_base: Address of the endpoint, where the provider needs one.
        timeout: Seconds one request may take.
    """

    def __init__(self, model_id: str, *, api_base: str | None = None, timeout: float = 120.0) -> None:
        self._model_id = model_id
        self._given = {"custom_llm_provider": model_id.partition("/")[0], "api_base": api_base, "timeout": timeout}

    async def _ask(self, function: str, **arguments: Any) -> Any:  # noqa: ANN401
        litellm = import_litellm()
        try:
            return await getattr(litellm, function)(**self._given, **arguments)
        except Exception as error:
            raise convert_error(self._model_id, error) from error

    async def upload(self, calls: Mapping[str, bytes]) -> str:
        """Upload a file of calls."""
        named = ("calls.jsonl", _write_lines(calls), "application/jsonl")
        return str((await self._ask("acreate_file", file=named, purpose="batch")).id)

    async def submit(self, file: str) -> str:
        """Make a batch of a file."""
        found = await self._ask(
            "acreate_batch",
            completion_window=COMPLETION_WINDOW,
            endpoint=ENDPOINT,
            input_file_id=file,
            model=self._model_id,
        )
        return str(found.id)

    async def find(self, file: str) -> str | None:
        """Return the batch of a file among the last hundred, where the provider lists them."""
        from litellm.types.utils import LIST_BATCHES_SUPPORTED_PROVIDERS

        if self._given["custom_llm_provider"] not in LIST_BATCHES_SUPPORTED_PROVIDERS:
            return None
        listed = (await self._ask("alist_batches", limit=100)).model_dump().get("data") or []
        return _find_batch(listed, file)

    async def look(self, batch: str) -> dict[str, Any]:
        """Return the state of a batch."""
        state: dict[str, Any] = (await self._ask("aretrieve_batch", batch_id=batch, model=self._model_id)).model_dump()
        return state

    async def read(self, file: str) -> bytes:
        """Return a file of answers."""
        content: bytes = (await self._ask("afile_content", file_id=file)).content
        return content

    async def aclose(self) -> None:
        """Nothing to give back: litellm keeps its own clients."""


def _write_lines(calls: Mapping[str, bytes]) -> bytes:
    """Return the file of calls, as OpenAI reads it."""
    lines = (
        orjson.dumps({"custom_id": call, "method": "POST", "url": ENDPOINT, "body": orjson.Fragment(data)})
        for call, data in calls.items()
    )
    return b"\n".join(lines)


def _find_batch(listed: list[dict[str, Any]], file: str) -> str | None:
    return next((str(one["id"]) for one in listed if one.get("input_file_id") == file), None)


def _write_anthropic(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body of OpenAI's form as one of Anthropic's."""
    config = import_litellm().AnthropicConfig()
    model, messages = body.pop("model"), body.pop("messages")
    options = config.map_openai_params(non_default_params=body, optional_params={}, model=model, drop_params=True)
    written: dict[str, Any] = config.transform_request(
        model=model, messages=messages, optional_params=options, litellm_params={}, headers={}
    )
    return written


def _read_anthropic(line: dict[str, Any]) -> dict[str, Any] | None:
    """Return a line of Anthropic's results as OpenAI writes it; None for a call that was not answered."""
    import httpx

    litellm = import_litellm()
    result = line["result"]
    if result["type"] == "errored":
        # The error stands in an error.
        inside = result.get("error") or {}
        error = inside.get("error") or inside
        status = 400 if error.get("type") == "invalid_request_error" else 500
        return {"custom_id": line["custom_id"], "response": {"status_code": status, "body": {"error": error}}}
    if result["type"] != "succeeded":
        return None
    answer = litellm.AnthropicConfig().transform_parsed_response(
        completion_response=result["message"],
        raw_response=httpx.Response(200),
        model_response=litellm.ModelResponse(),
    )
    body = answer.model_dump(exclude_none=True)
    return {"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}}

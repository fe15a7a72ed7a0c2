"""A mock of an OpenAI-compatible endpoint, with latency, faults and peculiarities on order."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from aiohttp import web

from streamdial.testing.fakes import read_quoted_line
from streamdial.testing.peculiarities import PECULIARITIES


@dataclass(frozen=True)
class Fault:
    """How a call to the mock endpoint fails.

    Attributes:
        kind: `status` (an error answer), `reset` (the connection breaks), `truncated` (half of the JSON), `empty`
            (an answer without text), `timeout` (no answer before the client gives up), `peculiar` (see `name`).
        status: HTTP status of the error answer.
        retry_after: Value of its Retry-After header.
        message: Text of its error.
        name: Which of `PECULIARITIES` it shows.
    """

    kind: Literal["status", "reset", "truncated", "empty", "timeout", "peculiar"]
    status: int = 500
    retry_after: str | None = None
    message: str = "scripted fault"
    name: str = ""


Faults = Sequence[Fault | None] | Callable[[int, Mapping[str, Any]], Fault | None]


def _echo_body(body: Mapping[str, Any]) -> str:
    return read_quoted_line(str(body["messages"][-1]["content"]))


class MockEndpoint:
    """An OpenAI-compatible endpoint on 127.0.0.1 with latency and faults on order.

    Use it as `async with MockEndpoint() as endpoint` in the test's own event loop, or as `with MockEndpoint() as
    endpoint`, where it runs in a thread and serves other processes too.

    Args:
        answer: Text of every answer, or a function of the request's JSON that returns the text, or the whole message
            where it calls functions (`{"content": None, "tool_calls": [...]}`); by default it echoes the line of a
            reword prompt. A call for a transcription gets the function's mapping as its JSON.
        latency: Seconds before every answer.
        faults: What goes wrong, call by call (None: nothing; a call after the last goes well), or a function of the
            call's number, from 0, and its JSON.
        tokens: Prompt and completion tokens reported for every answer.

    Attributes:
        count: Calls so far, failed ones included.
        in_flight: Calls being answered now; `max_in_flight` is the most there were at once.
        body_hashes: SHA-256 of each call's body, in order.
        bodies: JSON of each call, in order; of a form its fields, of a file its name.
        headers: HTTP headers of the last call.
    """

    def __init__(
        self,
        answer: str | Callable[[Mapping[str, Any]], str | Mapping[str, Any]] | None = None,
        *,
        latency: float = 0.0,
        faults: Faults = (),
        tokens: tuple[int, int] = (10, 5),
    ) -> None:
        self.count = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self.body_hashes: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self._answer = answer if answer is not None else _echo_body
        self._latency = latency
        self._faults = faults
        self._tokens = tokens
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Address up to and with `/v1`."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> MockEndpoint:
        """Start serving on a free port; on the same one where it has served before."""
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/chat/completions", self._serve)
        app.router.add_post("/v1/audio/transcriptions", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving; calls in flight break."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def __enter__(self) -> MockEndpoint:
        """Start serving from a thread of its own."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mock-endpoint", daemon=True)
        self._thread.start()
        self._run(self.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and end the thread."""
        self._run(self.__aexit__(None, None, None))
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
            self._loop.close()
        self._loop = self._thread = None

    def _run(self, work: Awaitable[object]) -> None:
        async def wait() -> None:
            await work

        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(wait(), self._loop).result(timeout=30)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any]
        if request.content_type.startswith("multipart/"):
            body = await _read_form(request)
            content = json.dumps(body).encode()
        else:
            content = await request.read()
            body = json.loads(content)
        number = self.count
        self.count += 1
        self.body_hashes.append(hashlib.sha256(content).hexdigest())
        self.bodies.append(body)
        self.headers = dict(request.headers)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            if self._latency:
                await asyncio.sleep(self._latency)
            return await self._respond(request, body, self._choose_fault(number, body))
        finally:
            self.in_flight -= 1

    def _choose_fault(self, number: int, body: Mapping[str, Any]) -> Fault | None:
        if callable(self._faults):
            return self._faults(number, body)
        return self._faults[number] if number < len(self._faults) else None

    async def _respond(self, request: web.Request, body: Mapping[str, Any], fault: Fault | None) -> web.StreamResponse:
        if fault is not None and fault.kind == "status":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            return web.json_response({"error": {"message": fault.message}}, status=fault.status, headers=headers)
        if fault is not None and fault.kind == "timeout":
            await asyncio.sleep(3600)
        if fault is not None and fault.kind == "reset":
            _break_connection(request)
            return web.Response()
        said = "" if fault is not None and fault.kind == "empty" else self._write_answer(body)
        if fault is not None and fault.kind == "peculiar":
            return PECULIARITIES[fault.name].play(body, self._wrap(said, body))
        answer = json.dumps(self._wrap(said, body), ensure_ascii=False)
        if fault is not None and fault.kind == "truncated":
            answer = answer[: len(answer) // 2]
        return web.Response(text=answer, content_type="application/json")

    def _write_answer(self, body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        return self._answer(body) if callable(self._answer) else self._answer

    def _wrap(self, said: str | Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        if "file" in body:
            return dict(said) if isinstance(said, Mapping) else {"text": said}
        prompt, completion = self._tokens
        message = {"role": "assistant", **({"content": said} if isinstance(said, str) else said)}
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        return {
            "object": "chat.completion",
            "model": body.get("model", "mock"),
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
        }


async def _read_form(request: web.Request) -> dict[str, Any]:
    """Return the fields of a form; of a file its name, of a field given more than once all values."""
    form = await request.post()
    values = {name: [getattr(each, "filename", each) for each in form.getall(name)] for name in form}
    return {name: each if len(each) > 1 else each[0] for name, each in values.items()}


def _break_connection(request: web.Request) -> None:
    if request.transport is None:
        return
    # With SO_LINGER at zero the kernel sends RST instead of FIN, as a crashed server does.
    if (connection := request.transport.get_extra_info("socket")) is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()

"""The fakes this project ships: scripted chat, speech and embedding models, and a mock endpoint with faults."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np
from aiohttp import web

from streamdial.models import ChatReply, ChatRequest, Vectors
from streamdial.models.speech import build_segment
from streamdial.records import Language, Segment
from streamdial.text import tokenize

_QUOTED = re.compile(r"«([^«»]*)»")
_REFUSED = ("not like this", "不要这样写")


def read_quoted_line(prompt: str) -> str:
    """Return the line a reword prompt asks about: the last text between « and », refused ones left out.

    A prompt without such a line is returned as it is.
    """
    lines = [line for line in prompt.splitlines() if not line.lower().startswith(_REFUSED)]
    found = [match[1] for line in lines for match in _QUOTED.finditer(line)]
    return found[-1] if found else prompt


class ScriptedChatModel:
    """A chat model that says what a test tells it to.

    Args:
        replies: Answers in order (an exception is raised instead), or a function of the request.
        model_id: Name for cache keys and provenance.

    Attributes:
        requests: Everything it was asked, in order.
    """

    def __init__(
        self,
        replies: Sequence[str | Exception | ChatReply] | Callable[[ChatRequest], str | ChatReply],
        model_id: str = "scripted",
    ) -> None:
        self.model_id = model_id
        self.requests: list[ChatRequest] = []
        self.closed = False
        self._replies = replies if callable(replies) else list(replies)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the next answer; tokens are counted as words of prompt and answer.

        Raises:
            AssertionError: If more is asked than was scripted.
            Exception: The scripted one, where the next reply is an exception.
        """
        self.requests.append(request)
        if callable(self._replies):
            reply: str | Exception | ChatReply = self._replies(request)
        elif self._replies:
            reply = self._replies.pop(0)
        else:
            raise AssertionError(f"{self.model_id} was asked {len(self.requests)} times; its script is over")
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, ChatReply):
            return reply
        prompt_tokens = sum(len(tokenize(message.content)) for message in request.messages)
        return ChatReply(
            text=reply, model=self.model_id, prompt_tokens=prompt_tokens, completion_tokens=len(tokenize(reply))
        )

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.closed = True


class EchoChatModel(ScriptedChatModel):
    """A chat model that answers a reword prompt with the very line it was to reword."""

    def __init__(self, model_id: str = "echo") -> None:
        super().__init__(lambda request: read_quoted_line(request.messages[-1].content), model_id)


_TURN = re.compile(r"^(\d+)\. (?:customer|adviser|顾客|顾问)(?:: |：)(?!already written|已写好)(.*)$", re.MULTILINE)
_NEXT = re.compile(r"^\[(?:Your next line: |你的下一句：)(.*)\]$", re.MULTILINE)
_WANTED = re.compile(r"\| (?:say: |说出：)([^|]*)")
_OPENERS: dict[Language, str] = {
    "en": "right okay well good sure fine so alright true indeed anyway yes hm oh ah great lovely nice fair listen",
    "zh": "好的 行 嗯 那好 对 哦 是的 明白 可以 好嘞 当然 确实 也对 原来如此 哎 这样啊 没错 好吧 知道了 那么",
}
GuidedFault = Literal["wrong_figure", "missing_value", "other_thing", "ai_phrase", "empty"]


class ObedientModel(ScriptedChatModel):
    """A strong model that words the turns of a guided prompt just as told, plainly; or one that disobeys.

    Anything else it is asked it answers with an empty object.

    Args:
        fault: How it disobeys; None for never. A turn without a value cannot miss one.
        stubborn: Whether it disobeys again when it is asked again.
        thing: What it names where it names another thing.
        every: It disobeys in every turn whose number this divides.
    """

    def __init__(
        self, fault: GuidedFault | None = None, *, stubborn: bool = True, thing: str = "", every: int = 1
    ) -> None:
        super().__init__(self._answer_guided, "obedient" if fault is None else f"disobedient-{fault}")
        self._fault, self._stubborn, self._thing, self._every = fault, stubborn, thing, every

    def _answer_guided(self, request: ChatRequest) -> str:
        prompt = request.messages[-1].content
        if told := _NEXT.search(prompt):
            return json.dumps({"utterance": self._word(told[1], 24 + len(self.requests), prompt)}, ensure_ascii=False)
        turns = [(int(match[1]), match[2]) for match in _TURN.finditer(prompt)]
        if not turns:
            return "{}"
        lines = [{"turn": number, "utterance": self._word(text, number, prompt)} for number, text in turns]
        return json.dumps({"turns": lines}, ensure_ascii=False)

    def _word(self, text: str, number: int, prompt: str) -> str:
        chinese = "顾客" in prompt or "你的下一句" in prompt
        again = "refused" in prompt or "不合格" in prompt
        fault = self._fault if number % self._every == 0 and (self._stubborn or not again) else None
        wanted = [value for part in _WANTED.findall(text) for value in _QUOTED.findall(part)]
        if fault == "empty":
            return ""
        if fault == "missing_value":
            wanted = wanted[:-1]
        more = {"wrong_figure": "777", "other_thing": self._thing}.get(fault or "", "")
        wanted += [more] if more else []
        asks = "as a question" in text or "（用问句）" in text
        openers = _OPENERS["zh" if chinese else "en"].split()
        opener = openers[number % len(openers)]
        opener += (
            ("，" if chinese else " then ") + openers[number // len(openers) % len(openers)]
            if number >= len(openers)
            else ""
        )
        if chinese:
            opener = f"作为AI语言模型，{opener}" if fault == "ai_phrase" else opener
            return "，".join([opener, "说一下", *wanted]) + ("可以吗？" if asks else "。")
        opener = f"As an AI language model, {opener}" if fault == "ai_phrase" else opener
        return f"{opener}, this is about it{': ' if wanted else ''}{' and '.join(wanted)}{'?' if asks else '.'}"


class HashingEmbedder:
    """A deterministic bag of tokens: equal texts have cosine 1, texts that share words are near.

    Args:
        dimensions: Length of a vector; few of them let different words collide.
    """

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.model_id = f"hashing-{dimensions}"
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text; a text without tokens counts as one token."""
        self.texts.extend(texts)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for token in tokenize(text) or [text]:
                digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
                vectors[row, int.from_bytes(digest[:8], "big") % self.dimensions] += 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


class ScriptedTranscriber:
    """A recogniser that hears given segments in every file.

    Args:
        segments: (start, end, text) in seconds.
    """

    model_id = "scripted-speech"

    def __init__(self, segments: Sequence[tuple[float, float, str]]) -> None:
        self._segments = tuple(segments)
        self.paths: list[Path] = []

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return the given segments, whatever the file holds."""
        self.paths.append(path)
        return [build_segment(source_id, start, end, text, ()) for start, end, text in self._segments]


@dataclass(frozen=True)
class Fault:
    """How a call to the mock endpoint fails.

    Attributes:
        kind: `status` (an error answer), `reset` (the connection breaks), `truncated` (half of the JSON), `empty`
            (an answer without text), `timeout` (no answer before the client gives up).
        status: HTTP status of the error answer.
        retry_after: Value of its Retry-After header.
        message: Text of its error.
    """

    kind: Literal["status", "reset", "truncated", "empty", "timeout"]
    status: int = 500
    retry_after: str | None = None
    message: str = "scripted fault"


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
        """Start serving on a free port."""
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/chat/completions", self._serve)
        app.router.add_post("/v1/audio/transcriptions", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
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

"""A mock OpenAI-compatible endpoint in a process of its own, that plays both sides of whole dialogues.

It answers after a fixed time, fails on order, and counts what an endpoint with a prefix cache would have served from
it: blocks of 64 characters that an earlier prompt began with, as vLLM counts blocks of 16 tokens.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from streamdial.testing import read_quoted_line

BLOCK = 64
FAULTS = ("429", "500", "timeout", "malformed")
_WORDS = {
    "opener": ("honestly", "well", "so", "right", "anyway", "okay", "hmm", "actually", "sure", "then"),
    "verb": ("wonder about", "think about", "care about", "hear about", "read about", "look at", "talk about"),
    "thing": (
        "the seats", "the mirrors", "the paint", "the trunk", "the carpets", "the handles", "the dashboard", "the roof",
        "the lights", "the windows", "the horn", "the wipers",
    ),
    "tail": ("most of the time", "now and then", "in the morning", "at night", "on long trips", "in the rain"),
}  # fmt: skip


@dataclass(frozen=True)
class EndpointOptions:
    """What the endpoint does.

    Attributes:
        latency: Seconds before every answer.
        fault_share: Share of calls that fail, the four kinds in equal parts.
        turns: Turns of a dialogue; the last two are thanks and goodbye. Of two numbers each dialogue takes one.
    """

    latency: float = 0.1
    fault_share: float = 0.0
    turns: tuple[int, ...] = (16,)


def write_sentence(seed: int) -> str:
    """Return a harmless sentence; two seeds hardly ever give the same one."""
    draw = random.Random(seed)
    words = {name: draw.sample(listed, 2) for name, listed in _WORDS.items()}
    first, second = zip(*words.values(), strict=True)
    once = f"{first[0]}, people {first[1]} {first[2]} {first[3]}"
    return f"{once}, and {second[0]} they {second[1]} {second[2]} {second[3]}."


def answer_tools(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the next message of an agent with tools: after the customer's words a search, after its result a reply."""
    names = [tool["function"]["name"] for tool in tools]
    if messages[-1]["role"] == "user":
        called = {"name": next(name for name in names if name.startswith("search")), "arguments": "{}"}
    else:
        said = sum(message["role"] == "user" for message in messages)
        digest = int.from_bytes(hashlib.blake2b(messages[1]["content"].encode(), digest_size=8).digest(), "big")
        reply = {"reasoning": "", "utterance": write_sentence(digest + said), "acts": [{"act": "anything_else"}]}
        called = {"name": names[-1], "arguments": json.dumps(reply)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": f"c{len(messages)}", "type": "function", "function": called}],
    }


def answer_turn(messages: list[dict[str, str]], turns: tuple[int, ...], side: str, seed: int) -> str:
    """Return the next turn of a dialogue as JSON: its number is read from the prompt.

    The customer's prompt has a line of ours before its own first turn; the last line heard stands in the message that
    asks for the next turn.

    Args:
        messages: The prompt.
        turns: Lengths a dialogue may have.
        side: Name of the schema that is asked for.
        seed: Of the call: another one, another sentence.
    """
    if side not in ("UserAnswer", "AgentAnswer"):
        if messages and "«" in messages[-1]["content"] and "json" not in messages[-1]["content"].lower():
            return read_quoted_line(messages[-1]["content"])  # a line to reword
        return "{}"  # not a turn of a dialogue: whoever asks does without
    agent = side == "AgentAnswer"
    number = len(messages) - 1 if agent else max(0, len(messages) - 2)
    digest = int.from_bytes(hashlib.blake2b(messages[-1]["content"].encode(), digest_size=8).digest(), "big")
    # The first line of a dialogue decides its length, on both sides alike.
    first = messages[1 if agent else 2]["content"].partition("\n")[0] if number else ""
    whole = turns[len(first) % len(turns)]
    last, middle = ("close", "answer") if agent else ("defer", "inform")
    act = last if number >= whole - 2 else middle
    text = write_sentence(digest + number + seed)
    return json.dumps({"act": act, "utterance": text, "entity": "", "inform": [], "request": [], "tell": []})


class _Endpoint:
    def __init__(self, options: EndpointOptions) -> None:
        self._options = options
        self._draw = random.Random(11)
        self._kinds = itertools.cycle(FAULTS)
        self.reset()

    def reset(self) -> None:
        self.calls = 0
        self.first: float | None = None
        self.last = 0.0
        self.in_flight = 0
        self.most = 0
        self.whole = 0
        self.reused = 0
        self.seen: set[bytes] = set()

    def count_prefix(self, messages: list[dict[str, str]]) -> None:
        text = "".join(f"{m['role']}\n{m['content']}\n" for m in messages).encode()
        blocks, known, digest = len(text) // BLOCK, True, hashlib.blake2b(digest_size=12)
        for block in range(blocks):
            digest.update(text[block * BLOCK : (block + 1) * BLOCK])
            key = digest.digest()
            known = known and key in self.seen
            self.reused += BLOCK * known
            self.seen.add(key)
        self.whole += len(text)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = orjson.loads(await request.read())
        now = time.time()
        self.first = self.first or now
        self.calls += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            fault = next(self._kinds) if self._draw.random() < self._options.fault_share else None
            if fault == "timeout":
                await asyncio.sleep(30)
            if self._options.latency:
                await asyncio.sleep(self._options.latency)
            if fault in ("429", "500"):
                return web.json_response({"error": {"message": "later"}}, status=int(fault))
            messages = body["messages"]
            self.count_prefix(messages)
            if tools := body.get("tools"):
                message = answer_tools(messages, tools)
            else:
                schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
                text = answer_turn(messages, self._options.turns, schema.get("title", ""), body.get("seed", 0))
                message = {"role": "assistant", "content": text}
            usage = {
                "prompt_tokens": sum(len(m["content"] or "") for m in messages) // 4,
                "completion_tokens": len(message["content"] or "") // 4,
            }
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            content = orjson.dumps({"model": "mock", "choices": [choice], "usage": usage})
            self.last = time.time()
            return web.Response(body=content[:40] if fault == "malformed" else content, content_type="application/json")
        finally:
            self.in_flight -= 1

    async def tell(self, _: web.Request) -> web.Response:
        figures = {
            "calls": self.calls,
            "seconds": self.last - (self.first or self.last),
            "max_in_flight": self.most,
            "prefix_reuse": self.reused / max(self.whole, 1),
        }
        self.reset()
        return web.json_response(figures)


def _run(options: EndpointOptions, pipe: Any) -> None:  # noqa: ANN401
    async def main() -> None:
        endpoint = _Endpoint(options)
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", endpoint.serve)
        app.router.add_get("/figures", endpoint.tell)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


@contextmanager
def serve_endpoint(options: EndpointOptions) -> Iterator[str]:
    """Serve from a process of its own; yield the address up to and with `/v1`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(options, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join(timeout=10)


async def take_figures(url: str) -> dict[str, float]:
    """Return what the endpoint counted since it was last asked, and begin anew."""
    async with aiohttp.ClientSession() as session, session.get(f"{url.removesuffix('/v1')}/figures") as response:
        figures: dict[str, float] = await response.json()
        return figures

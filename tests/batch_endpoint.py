"""Endpoints that take batches as OpenAI, Azure and Anthropic do, for tests."""

from __future__ import annotations

import itertools
import json
from typing import Any

from aiohttp import web

WAITS = {"linger": 0.02, "first_look": 0.01, "longest_look": 0.02}


class BatchEndpoint:
    """OpenAI's `/files` and `/batches`; what a call is answered comes from `answer`.

    Attributes:
        files: Contents by id.
        batches: What is told of each batch.
        looks: Looks a batch is asked for until it has ended.
        refuse: Statuses the next requests are answered with instead.
        lost: Calls, by a word of theirs, that a batch expires without answering, once.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looks = 1
        self.refuse: list[int] = []
        self.lost: list[str] = []
        self._numbers = itertools.count()
        self.app = web.Application(middlewares=[self._refuse])
        # Azure has the same interface at another address.
        for start in ("/v1", "/azure/openai"):
            self.app.router.add_post(f"{start}/files", self.upload)
            self.app.router.add_get(f"{start}/files/{{id}}/content", self.download)
            self.app.router.add_post(f"{start}/batches", self.submit)
            self.app.router.add_get(f"{start}/batches", self.list)
            self.app.router.add_get(f"{start}/batches/{{id}}", self.look)
        self.app.router.add_post("/v1/messages/batches", self.submit_messages)
        self.app.router.add_get("/v1/messages/batches/{id}", self.look_at_messages)
        self.app.router.add_get("/v1/messages/batches/{id}/results", self.download)

    @web.middleware
    async def _refuse(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.refuse:
            return web.json_response({"error": {"message": "not now"}}, status=self.refuse.pop(0))
        answered: web.StreamResponse = await handler(request)
        return answered

    async def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        asked = body["messages"][-1]["content"]
        if asked == "bad":
            return 400, {"error": {"message": "no such model", "code": "model_not_found"}}
        choice = {"index": 0, "message": {"role": "assistant", "content": asked.upper()}, "finish_reason": "stop"}
        return 200, {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["purpose"] == "batch"
        name, sent = f"file-{next(self._numbers)}", form["file"]
        assert isinstance(sent, web.FileField)
        self.files[name] = sent.file.read()
        about = {"object": "file", "bytes": len(self.files[name]), "created_at": 1, "filename": "calls.jsonl"}
        return web.json_response({"id": name, "purpose": "batch", "status": "processed", **about})

    async def submit(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert body["endpoint"] == "/v1/chat/completions"
        name = f"batch_{next(self._numbers)}"
        about = {"object": "batch", "created_at": 1}
        self.batches[name] = {"id": name, "status": "in_progress", "left": self.looks, **about, **body}
        return web.json_response(self.batches[name])

    async def list(self, _: web.Request) -> web.Response:
        return web.json_response({"data": [*self.batches.values()]})

    async def look(self, request: web.Request) -> web.Response:
        batch = self.batches[request.match_info["id"]]
        batch["left"] -= 1
        if batch["left"] < 0 and batch["status"] == "in_progress":
            lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
            missing = [line for line in lines if any(word in json.dumps(line) for word in self.lost)]
            self.lost.clear()
            outcomes = {line["custom_id"]: await self.answer(line["body"]) for line in lines if line not in missing}
            name = f"out-{batch['id']}"
            told = [
                {"custom_id": call, "response": {"status_code": status, "body": body}}
                for call, (status, body) in outcomes.items()
            ]
            self.files[name] = "\n".join(map(json.dumps, told)).encode()
            batch |= {"status": "expired" if missing else "completed", "output_file_id": name}
        return web.json_response(batch)

    async def submit_messages(self, request: web.Request) -> web.Response:
        """Anthropic's Message Batches: calls and batch are one."""
        assert request.headers["x-api-key"] == "secret-key-1"
        name = f"msgbatch_{next(self._numbers)}"
        self.batches[name] = {"id": name, "processing_status": "in_progress", "left": self.looks}
        results = []
        for call in (await request.json())["requests"]:
            assert call["params"]["system"] == [{"type": "text", "text": "Shout."}]
            asked = call["params"]["messages"][-1]["content"][0]["text"]
            results.append({"custom_id": call["custom_id"], "result": self._answer_message(asked)})
        self.files[name] = "\n".join(map(json.dumps, results)).encode()
        return web.json_response(self.batches[name])

    def _answer_message(self, asked: str) -> dict[str, Any]:
        if asked in self.lost:
            self.lost.remove(asked)
            return {"type": "expired"}
        if asked == "bad":
            told = {"type": "invalid_request_error", "message": "this is not allowed"}
            return {"type": "errored", "error": {"type": "error", "error": told}}
        usage = {"input_tokens": 7, "output_tokens": 3}
        content = [{"type": "text", "text": asked.upper()}]
        about = {"id": "msg_1", "type": "message", "role": "assistant", "model": "small"}
        message = {**about, "content": content, "stop_reason": "end_turn", "usage": usage}
        return {"type": "succeeded", "message": message}

    async def look_at_messages(self, request: web.Request) -> web.Response:
        batch = self.batches[request.match_info["id"]]
        batch["left"] -= 1
        if batch["left"] < 0:
            batch |= {"processing_status": "ended", "request_counts": {"processing": 0, "succeeded": 2}}
        return web.json_response(batch)

    async def download(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["id"]])

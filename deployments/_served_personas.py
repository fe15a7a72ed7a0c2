"""`streamdial serve-user` and `serve-agent`: a side of a run as an OpenAI-compatible endpoint.

A benchmark of agents, or an agent of one's own, talks to it as to any chat model: each request holds the whole
dialogue, the other side's lines as `user`, the served side's as `assistant`. A dialogue that is known by its messages
goes on; one that is not (another process, an edited line) is begun anew with the same seed and led through them.
"""

from __future__ import annotations

import asyncio
import queue
import random
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Optional

import typer
from aiohttp import web

from streamdial.deployments._people import MAX_TURNS, NO_MATCH, RunPeople
from streamdial.dialogues import DialogueState, GenerationOptions
from streamdial.errors import ConfigurationError
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.models import ChatModel, ModelRuntime, build_chat_model
from streamdial.records import AgentPersona, Blueprint, Dialogue, Role, Turn, UserPersona

MAX_OPEN = 256
"""Conversations that are held open; the one that was silent longest is closed first, and begun anew when it goes on."""


class Cast(NamedTuple):
    """Who takes part in a conversation."""

    user: UserPersona
    agent: AgentPersona
    blueprint: Blueprint
    seed: int


class Reply(NamedTuple):
    """What the served side says.

    Attributes:
        turn: Its turn; None where the dialogue has ended.
        ended: Why it has ended; empty while it goes on.
    """

    turn: Turn | None
    ended: str = ""


class Conversation:
    """A dialogue between a served side and whoever asks for its lines.

    Args:
        people: The personas of the run.
        cast: Those of this dialogue.
        role: The served side.
        model: Words its turns; real lines and phrases where there is none.
    """

    def __init__(self, people: RunPeople, cast: Cast, role: Role, model: ChatModel | None) -> None:
        self.cast = cast
        self._role = role
        self._heard: queue.Queue[str | None] = queue.Queue()
        self._said: asyncio.Queue[Turn] = asyncio.Queue()
        asking: dict[str, Any] = {f"{'agent' if role == 'user' else 'user'}_policy": "person"}
        maker = people.build_maker(
            cast.agent,
            cast.blueprint,
            cast.agent.language,
            model,
            options=GenerationOptions(max_turns=MAX_TURNS, **asking),
            ask=self._ask,
            listen=self._listen,
        )
        path = cast.blueprint.paths[0].name
        self._task = asyncio.create_task(
            maker.make(cast.user, path=path, seed=cast.seed, record_id="", match=NO_MATCH, history=())
        )

    def _ask(self, _: DialogueState) -> str | None:
        return self._heard.get()

    def _listen(self, turn: Turn) -> None:
        if turn.role == self._role:
            self._said.put_nowait(turn)

    async def answer(self, line: str | None) -> Reply:
        """Return what the served side says.

        Args:
            line: What was said to it; None where it speaks first.
        """
        if line is not None:
            self._heard.put(line)
        waiting = asyncio.ensure_future(self._said.get())
        await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done() or not self._said.empty():
            return Reply(await waiting)
        waiting.cancel()
        made: tuple[Dialogue, Any] = self._task.result()
        return Reply(None, made[0].stop_reason)

    async def close(self) -> None:
        """End it."""
        self._heard.put(None)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class ServedSide:
    """The endpoint.

    Args:
        people: The personas of the run.
        role: The side that is served.
        model: Words its turns.
        seed: Draws personas where a request names none.
        stop_token: What is answered once the dialogue has ended.
    """

    def __init__(
        self, people: RunPeople, role: Role, *, model: ChatModel | None = None, seed: int = 1, stop_token: str = ""
    ) -> None:
        self._people, self._role, self._model = people, role, model
        self._seed, self._stop_token = seed, stop_token
        self._open: OrderedDict[str, Conversation] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def build_app(self) -> web.Application:
        """Return the web application."""
        app = web.Application()
        app.router.add_get("/v1/models", self.list_models)
        app.router.add_post("/v1/chat/completions", self.complete)
        app.on_startup.append(_make_room)
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, _: web.Application) -> None:
        for conversation in self._open.values():
            await conversation.close()

    async def list_models(self, _: web.Request) -> web.Response:
        """Name the personas that can be asked for: `user` or `agent` for a drawn one, else one by its id."""
        ids = self._people.users if self._role == "user" else [agent.id for agent, _ in self._people.pairs]
        names = [self._role, *(f"{self._role}:{name}" for name in ids)]
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "streamdial"} for name in names]
        return web.json_response({"object": "list", "data": listed})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """Answer as a chat model does; what is known of the turn stands under `streamdial`."""
        try:
            body: dict[str, Any] = await request.json()
            said = read_messages(body)
            cast = self._choose(str(body.get("model") or self._role), body.get("seed"))
        except (ConfigurationError, ValueError, TypeError) as error:
            return web.json_response({"error": {"message": str(error), "type": "invalid_request_error"}}, status=400)
        conversation, line = await self._find(cast, said)
        reply = await conversation.answer(line)
        text = reply.turn.utterance if reply.turn else self._stop_token
        self._keep(_name(cast, [*said, ("assistant", text)]), conversation)
        answer = _write_answer(str(body.get("model") or self._role), text, reply, cast)
        return await _stream(request, answer) if body.get("stream") else web.json_response(answer)

    async def _find(self, cast: Cast, said: Sequence[tuple[str, str]]) -> tuple[Conversation, str | None]:
        """Return the conversation these messages are of, and the line that it has not heard yet."""
        known = self._open.pop(_name(cast, said[:-1]), None) if said else None
        if known is not None:
            return known, said[-1][1]
        conversation = Conversation(self._people, cast, self._role, self._model)
        heard = [text for role, text in said if role == "user"]
        if self._role == "user":
            # A customer speaks first; how it was welcomed changes nothing.
            before = sum(1 for role, _ in said if role == "assistant")
            if not before:
                return conversation, None
            await conversation.answer(None)
            heard = heard[-before:]
        for line in heard[:-1]:
            await conversation.answer(line)
        return conversation, heard[-1]

    def _keep(self, name: str, conversation: Conversation) -> None:
        """Hold a conversation open; close one of the same words, and of too many the one that was silent longest."""
        same = self._open.pop(name, None)
        self._open[name] = conversation
        silent = [same] if same else []
        while len(self._open) > MAX_OPEN:
            silent.append(self._open.popitem(last=False)[1])
        for one in silent:
            task = asyncio.create_task(one.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _choose(self, model: str, seed: object) -> Cast:
        """Return who takes part: the persona a request names, or one that is drawn.

        Raises:
            ConfigurationError: If there is no such persona.
        """
        number = seed if isinstance(seed, int) else self._seed
        draw, wanted = random.Random(number), model.partition(":")[2]
        pairs = [pair for pair in self._people.pairs if self._role == "user" or pair[0].id.startswith(wanted)]
        users = [user for user in self._people.users.values() if self._role == "agent" or user.id.startswith(wanted)]
        if model.partition(":")[0] != self._role or not pairs or not users:
            raise ConfigurationError(f"there is no model {model!r}.", fix="GET /v1/models lists them")
        agent, blueprint = draw.choice(pairs)
        user = draw.choice([user for user in users if user.language == agent.language] or users)
        return Cast(user, agent, blueprint, number)


async def _make_room(_: web.Application) -> None:
    """Give each open conversation a thread to wait for its next line in."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(MAX_OPEN + 8))


def read_messages(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lines of a request, without what systems and tools say.

    Raises:
        ConfigurationError: If there are none, or the last one is the served side's own.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ConfigurationError("messages are missing.", fix="send {messages: [{role, content}, ...]}")
    said = [
        (str(message["role"]), _read_text(message.get("content")))
        for message in messages
        if message.get("role") in ("user", "assistant")
    ]
    if said and said[-1][0] != "user":
        raise ConfigurationError("the last line is the served side's own.", fix="add what was said to it, as user")
    return said


def _read_text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _name(cast: Cast, said: Sequence[tuple[str, str]]) -> str:
    return hash_text(dump_canonical_json([cast.user.id, cast.agent.id, cast.blueprint.id, cast.seed, *map(list, said)]))


def _write_answer(model: str, text: str, reply: Reply, cast: Cast) -> dict[str, Any]:
    turn = reply.turn
    known = {
        "user": cast.user.id,
        "agent": cast.agent.id,
        "ended": reply.ended,
        **(
            turn.model_dump(mode="json", include={"act", "stage", "inform", "tell", "request", "entity"})
            if turn
            else {}
        ),
    }
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "streamdial": known,
    }


async def _stream(request: web.Request, answer: dict[str, Any]) -> web.StreamResponse:
    """Send an answer as a stream of one piece."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    message = answer["choices"][0]["message"]
    base = {**answer, "object": "chat.completion.chunk"}
    for choice in (
        {"index": 0, "delta": message, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    ):
        await response.write(f"data: {dump_canonical_json({**base, 'choices': [choice]})}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    return response


Folder = Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")]
Host = Annotated[str, typer.Option(help="Address to listen at; nobody is asked for a key, so keep it local.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")]
Words = Annotated[Optional[str], typer.Option("--model", help="Words the turns; real lines and phrases by default.")]  # noqa: UP045
Seed = Annotated[int, typer.Option(min=0, help="Draws the personas; a request's own seed wins.")]
Stop = Annotated[str, typer.Option(help="What is answered once the dialogue has ended, as ###STOP### for tau2-bench.")]


def build_serving(role: Role) -> Callable[..., None]:
    """Return the command that serves a side of a run.

    Args:
        role: The side.
    """

    def serve(
        folder: Folder,
        host: Host = "127.0.0.1",
        port: Port = 8100,
        model: Words = None,
        seed: Seed = 1,
        stop_token: Stop = "",
    ) -> None:
        people = RunPeople.read(folder)
        words = ModelRuntime(build_chat_model(model).model) if model else None
        typer.echo(f"The {role} of {folder} answers at http://{host}:{port}/v1; Ctrl-C ends it.", err=True)
        side = ServedSide(people, role, model=words, seed=seed, stop_token=stop_token)
        web.run_app(side.build_app(), host=host, port=port, print=lambda *_: None)

    return serve

"""A model that is asked in batches: many calls in one file, answered within a day at half the price.

Calls that are asked for side by side are gathered, uploaded as one file, submitted and waited for. Which calls a file
holds is written down before it is submitted: a process that is killed takes the same batch up again when it asks for
the same call, and pays for nothing twice. Who takes batches: `streamdial.models.batch_services`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import orjson

from streamdial.errors import ModelError
from streamdial.files import Journal, read_lines
from streamdial.ids import hash_bytes
from streamdial.models.batch_services import BatchService
from streamdial.models.endpoint_calls import hide_key
from streamdial.models.openai_api import OpenAIChatModel

logger = logging.getLogger("streamdial.progress")
LARGEST = 50_000
"""Calls in one file, by the provider's rules."""
LARGEST_BYTES = 150_000_000
"""Bytes in one file; 200 MB are allowed."""
AT_ONCE = 2_000
"""Calls that are asked for side by side, so that batches are large."""
ENDED = ("completed", "failed", "expired", "cancelled")

_Seen = TypeVar("_Seen")

Answered = tuple[int, bytes]
"""Status and body of the answer to one call."""


class BatchedChatModel(OpenAIChatModel):
    """A model whose calls go in batches.

    Args:
        model: Name the provider knows the model by.
        service: Where batches are made; closed with the model.
        journal: File that keeps which call is in which batch.
        linger: Seconds without a new call after which a batch is sent.
        first_look: Seconds until a batch is looked at; each further look waits longer.
        longest_look: The longest wait between two looks.
        more: As `OpenAIChatModel`: `api_key` (hidden in errors), `model_id`, `json_mode`.
    """

    def __init__(
        self,
        model: str,
        service: BatchService,
        journal: Path,
        *,
        linger: float = 5.0,
        first_look: float = 5.0,
        longest_look: float = 60.0,
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(model, "", **more)
        self._service = service
        self._linger, self._first_look, self._longest_look = linger, first_look, longest_look
        self._waiting: dict[str, tuple[bytes, asyncio.Future[Answered]]] = {}
        self._asked: dict[str, dict[str, asyncio.Future[Answered]]] = {}
        """By the file they were uploaded in: calls whose answers are waited for."""
        lines = list(read_lines(journal))
        self._files = {call: str(line["file"]) for line in lines for call in line.get("calls", ())}
        self._batches = {str(line["file"]): str(line["batch"]) for line in lines if "batch" in line}
        self._journal_path = journal
        self._journal: Journal | None = None
        self._sender: asyncio.Task[None] | None = None
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._last = 0.0

    async def _post(self, data: bytes) -> tuple[int, float | None, bytes]:
        """Ask in a batch, and return status, no wish to wait, and body of the answer."""
        call = hash_bytes(data)[:32]
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        future: asyncio.Future[Answered]
        if (file := self._files.get(call)) is not None:
            future = self._asked.setdefault(file, {}).setdefault(call, loop.create_future())
            self._watch(file)
        else:
            future = self._waiting.setdefault(call, (data, loop.create_future()))[1]
            if self._sender is None or self._sender.done():
                self._sender = asyncio.create_task(self._send_when_quiet())
        status, content = await asyncio.shield(future)
        return status, None, content

    async def _send_when_quiet(self) -> None:
        """Send what is waiting once nothing new has come for a while, or there is enough for a file."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            size = sum(len(data) for data, _ in self._waiting.values())
            quiet = self._last + self._linger - loop.time()
            if quiet > 0 and len(self._waiting) < LARGEST and size < LARGEST_BYTES:
                await asyncio.sleep(quiet)
                continue
            chosen = _take(self._waiting)
            try:
                await self._submit(chosen)
            except ModelError as error:
                for _, future in chosen.values():
                    _settle(future, error)

    async def _submit(self, calls: Mapping[str, tuple[bytes, asyncio.Future[Answered]]]) -> None:
        """Upload calls and submit them as a batch; which calls it holds is written down."""
        file = await self._service.upload({call: data for call, (data, _) in calls.items()})
        self._note({"file": file, "calls": list(calls)})
        self._files |= dict.fromkeys(calls, file)
        self._asked[file] = {call: future for call, (_, future) in calls.items()}
        self._watch(file)

    def _note(self, line: dict[str, Any]) -> None:
        if self._journal is None:
            self._journal = Journal(self._journal_path)
        self._journal.append(line)

    def _watch(self, file: str) -> None:
        if file not in self._watchers or self._watchers[file].done():
            self._watchers[file] = asyncio.create_task(self._wait_for(file))

    async def _find_batch(self, file: str) -> str:
        """Return the batch of a file: the known one, one that a process submitted just before it died, or a new one."""
        if file not in self._batches:
            same = await self._look(self._service.find, file)
            if same is None:
                same = await self._service.submit(file)
                logger.info("%s: batch %s of %d calls is sent", self.model_id, same, len(self._asked.get(file, ())))
            self._batches[file] = same
            self._note({"file": file, "batch": same})
        return self._batches[file]

    async def _wait_for(self, file: str) -> None:
        """Wait until the batch of a file has ended, and give each call its answer."""
        wait = self._first_look
        try:
            batch = await self._find_batch(file)
            while (state := await self._look(self._service.look, batch))["status"] not in ENDED:
                done = state.get("request_counts") or {}
                told = (self.model_id, batch, done.get("completed"), done.get("total"))
                logger.info("%s: batch %s: %s of %s calls answered", *told)
                await asyncio.sleep(wait)
                wait = min(wait * 1.5, self._longest_look)
            answers: dict[str, Answered] = {}
            for name in ("output_file_id", "error_file_id"):
                if state.get(name):
                    answers |= _read_answers(await self._look(self._service.read, str(state[name])))
        except ModelError as error:
            self._settle_rest(file, error)
            return
        logger.info("%s: batch %s is %s: %d answers", self.model_id, batch, state["status"], len(answers))
        for call, future in list(self._asked.get(file, {}).items()):
            if call in answers:
                del self._asked[file][call]
                if not future.done():
                    future.set_result(answers[call])
        end = f"batch {batch} is {_tell_end(state)}"
        self._settle_rest(
            file, ModelError(hide_key(end, self._key), transient=state["status"] != "failed", kind="server")
        )

    def _settle_rest(self, file: str, error: ModelError) -> None:
        """Fail the calls of a file that have no answer; asked again, they go into another one."""
        for call, future in self._asked.pop(file, {}).items():
            self._files.pop(call, None)
            _settle(future, error)

    async def _look(self, look: Callable[[str], Awaitable[_Seen]], name: str) -> _Seen:
        """Return what is seen, looking again where that fails in passing: the batch goes on meanwhile."""
        wait = self._first_look
        while True:
            try:
                return await look(name)
            except ModelError as error:
                if not error.transient:
                    raise
                await asyncio.sleep(max(wait, error.retry_after or 0.0))
                wait = min(wait * 1.5, self._longest_look)

    async def aclose(self) -> None:
        """Stop waiting; batches that are under way go on at the endpoint and are taken up by the next process."""
        tasks = [task for task in (self._sender, *self._watchers.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._journal is not None:
            self._journal.close()
        await self._service.aclose()
        await super().aclose()


def _take(
    waiting: dict[str, tuple[bytes, asyncio.Future[Answered]]],
) -> dict[str, tuple[bytes, asyncio.Future[Answered]]]:
    """Take as many calls as one file holds."""
    chosen: dict[str, tuple[bytes, asyncio.Future[Answered]]] = {}
    size = 0
    for call, (data, future) in list(waiting.items()):
        if chosen and (len(chosen) >= LARGEST or size + len(data) > LARGEST_BYTES):
            break
        chosen[call] = (data, future)
        size += len(data)
        del waiting[call]
    return chosen


def _read_answers(content: bytes) -> dict[str, Answered]:
    """Return status and body of each call in a file of answers."""
    answers: dict[str, Answered] = {}
    for line in filter(bytes.strip, content.splitlines()):
        entry = orjson.loads(line)
        response = entry.get("response") or {}
        body = response.get("body") or {"error": entry.get("error") or "no answer"}
        answers[entry["custom_id"]] = (int(response.get("status_code") or 500), orjson.dumps(body))
    return answers


def _tell_end(state: Mapping[str, Any]) -> str:
    """Return how a batch ended, with what the endpoint says of it."""
    listed = (state.get("errors") or {}).get("data") or []
    said = "; ".join(str(one.get("message", "")) for one in listed[:3] if isinstance(one, dict))
    return f"{state['status']} ({said})" if said else f"{state['status']} without an answer to this call"


def _settle(future: asyncio.Future[Answered], error: ModelError) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # nobody may be waiting any more

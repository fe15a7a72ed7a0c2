"""The floor of an engine: what it sends, sent again by a bare aiohttp loop that does nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import orjson

Chain = TypeVar("Chain")
TRIES = 20
"""Tries at one call, of which one in twenty fails."""
Send = Callable[[dict[str, Any]], Awaitable[Any]]
"""Makes one call and returns its answer."""


@contextmanager
def record_posts() -> Iterator[list[tuple[str, bytes]]]:
    """Give the list to which each call that is made in the block is added: its dialogue and its body."""
    from streamdial.logs import get_about
    from streamdial.models.openai_api import OpenAIChatModel

    sent: list[tuple[str, bytes]] = []
    post = OpenAIChatModel._post

    async def record(model: OpenAIChatModel, data: bytes) -> Any:  # noqa: ANN401
        sent.append((str(get_about().get("dialogue", "")), data))
        return await post(model, data)

    setattr(OpenAIChatModel, "_post", record)  # noqa: B010
    try:
        yield sent
    finally:
        setattr(OpenAIChatModel, "_post", post)  # noqa: B010


async def hold_chains(
    url: str,
    chains: Iterable[Chain],
    talk: Callable[[Send, Chain], Awaitable[None]],
    in_flight: int,
    timeout: float = 30.0,
) -> None:
    """Hold all dialogues side by side; a call that fails is made again at once.

    Args:
        url: Address up to and with `/v1`.
        chains: What each dialogue sends.
        talk: Sends one of them, call by call.
        in_flight: Maximum number of calls in flight at once.
        timeout: Seconds a call may take.
    """
    import aiohttp

    places = asyncio.Semaphore(in_flight)
    connector = aiohttp.TCPConnector(limit=0)
    options = {"timeout": aiohttp.ClientTimeout(timeout), "headers": {"Content-Type": "application/json"}}
    async with aiohttp.ClientSession(connector=connector, **options) as session:

        async def send(body: dict[str, Any]) -> Any:  # noqa: ANN401
            data = orjson.dumps(body)
            for _ in range(TRIES):
                with suppress(TimeoutError, orjson.JSONDecodeError):
                    async with places, session.post(f"{url}/chat/completions", data=data) as response:
                        if response.ok:
                            return orjson.loads(await response.read())
            raise RuntimeError(f"{url} gave no answer to a call in {TRIES} tries")

        await asyncio.gather(*(talk(send, chain) for chain in chains))

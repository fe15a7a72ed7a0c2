"""Runs asynchronous work for synchronous callers, also in a notebook that has an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def _get_loop() -> asyncio.AbstractEventLoop:
    """Return the one loop of this process, in a thread of its own: what a run opened belongs to its loop."""
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="streamdial", daemon=True).start()
            _loops.append(loop)
        return _loops[0]


def run_blocking(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return what asynchronous work gives; interrupted, the work is cancelled."""
    future = asyncio.run_coroutine_threadsafe(work, _get_loop())
    try:
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        raise


async def run_apart(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return what work gives that is done in the loop of `run_blocking`, so that both ways may be mixed."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _get_loop()))

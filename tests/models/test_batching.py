from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from streamdial.models import BatchingEmbedder, Vectors
from streamdial.testing import HashingEmbedder


class Slow(HashingEmbedder):
    """Counts its batches and embeds off the main thread."""

    def __init__(self) -> None:
        super().__init__(16)
        self.batches: list[int] = []
        self.gate = threading.Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        assert threading.current_thread() is not threading.main_thread()
        self.gate.wait(5)
        self.batches.append(len(texts))
        return super().embed(texts)


async def test_what_is_asked_while_a_batch_is_made_comes_together_in_the_next() -> None:
    slow = Slow()
    batching = BatchingEmbedder(slow)
    asked = [asyncio.create_task(batching.embed([f"text {number}"])) for number in range(20)]
    await asyncio.sleep(0.05)
    asked += [asyncio.create_task(batching.embed([f"more {number}", "text 0"])) for number in range(5)]
    await asyncio.sleep(0.05)
    slow.gate.set()
    found = await asyncio.gather(*asked)
    assert len(slow.batches) <= 3
    assert sum(slow.batches) <= 26  # the same text is embedded once in a batch
    assert np.allclose(found[3], HashingEmbedder(16).embed(["text 3"]))
    assert found[22].shape == (2, 16)


async def test_a_failure_reaches_all_who_wait_and_the_next_goes_well() -> None:
    class Once(HashingEmbedder):
        broken = True

        def embed(self, texts: Sequence[str]) -> Vectors:
            if self.broken:
                self.broken = False
                raise RuntimeError("no memory")
            return super().embed(texts)

    batching = BatchingEmbedder(Once(8))
    failed = await asyncio.gather(batching.embed(["a"]), batching.embed(["b"]), return_exceptions=True)
    assert any(isinstance(result, RuntimeError) for result in failed)
    assert (await batching.embed(["a"])).shape == (1, 8)
    assert (await batching.embed([])).shape == (0, 8)


def test_it_serves_one_event_loop_after_another() -> None:
    batching = BatchingEmbedder(HashingEmbedder(8))
    for _ in range(2):
        assert asyncio.run(batching.embed(["a"])).shape == (1, 8)


def test_an_embedder_that_ends_with_its_loop_leaves_nobody_waiting() -> None:
    batching = BatchingEmbedder(Slow())

    async def leave() -> None:
        task = asyncio.create_task(batching.embed(["a"]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        batching.embedder.gate.set()  # type: ignore[attr-defined]

    asyncio.run(leave())
    assert asyncio.run(batching.embed(["b"])).shape == (1, 16)

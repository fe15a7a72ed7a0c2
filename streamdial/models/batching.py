"""Embeddings of all open dialogues together: one batch in a thread instead of one call per turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from streamdial.models._protocols import Embedder, Vectors

LARGEST_BATCH = 256


class BatchingEmbedder:
    """Embeds what many coroutines ask for at once; the event loop goes on meanwhile.

    While one batch is being embedded the next one fills, so the busier it is, the larger the batches are. There is no
    waiting for company: a text that comes alone is embedded at once.

    Args:
        embedder: The encoder that does the work, in a thread.

    Attributes:
        batches: Batches embedded so far.
        texts: Texts embedded so far.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.batches = 0
        self.texts = 0
        self._waiting: list[tuple[tuple[str, ...], asyncio.Future[Vectors]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text, shape (texts, dimensions).

        Raises:
            Exception: What the encoder raised; everybody who was in the batch gets it.
        """
        if not texts:
            return np.zeros((0, self.embedder.dimensions), dtype=np.float32)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Whoever waited in a loop that has ended waits no more.
            self._loop, self._worker, self._waiting = loop, None, []
        future: asyncio.Future[Vectors] = loop.create_future()
        self._waiting.append((tuple(texts), future))
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            batch: list[tuple[tuple[str, ...], asyncio.Future[Vectors]]] = []
            size = 0
            while self._waiting and (not batch or size + len(self._waiting[0][0]) <= LARGEST_BATCH):
                batch.append(self._waiting.pop(0))
                size += len(batch[-1][0])
            wanted = list(dict.fromkeys(text for texts, _ in batch for text in texts))
            self.batches += 1
            self.texts += len(wanted)
            try:
                vectors = await asyncio.to_thread(self.embedder.embed, wanted)
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            rows = {text: row for row, text in enumerate(wanted)}
            for texts, future in batch:
                if not future.done():
                    future.set_result(vectors[[rows[text] for text in texts]])

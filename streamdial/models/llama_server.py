"""llama.cpp's own OpenAI-compatible server, in this process, for a GGUF file."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import Any

from streamdial.errors import ConfigurationError, MissingExtraError
from streamdial.models._protocols import ChatReply, ChatRequest
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.models.weights import hash_weights_file


class LocalChatModel:
    """A GGUF model served on 127.0.0.1 behind a random key, started on the first call.

    Args:
        path: The GGUF file.
        name: Name for fingerprints; the weights' short hash is appended.
        slots: Calls served at once by continuous batching.
        context: Tokens of context a slot has when all are busy; one alone may use what the others leave.
        threads: CPU threads.
    """

    def __init__(
        self, path: Path, name: str, *, slots: int = 4, context: int = 2048, threads: int | None = None
    ) -> None:
        if not path.is_file():
            raise ConfigurationError(
                f"there is no model file {path}.", fix="streamdial models pull, or correct the path"
            )
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ConfigurationError(f"{path} is not a GGUF file.", fix="give a model in GGUF format")
        try:
            # Spinning threads collapse on a busy machine; both must be set before the library is loaded.
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
            os.environ.setdefault("GOMP_SPINCOUNT", "0")
            import xllamacpp
        except ImportError as error:
            raise MissingExtraError("xllamacpp", "local", f"running {path.name} on this machine") from error
        self.model_id = f"local/{name}@{hash_weights_file(path)}"
        self.slots = slots
        self._xllamacpp: Any = xllamacpp
        self._path = path
        self._context = context
        self._threads = threads or os.cpu_count() or 2
        self._server: Any = None
        self._client: OpenAIChatModel | None = None
        self._starting: asyncio.Lock | None = None

    def _configure(self, key: str) -> Any:  # noqa: ANN401
        """Return what the server is started with."""
        params = self._xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self._context * self.slots
        params.n_parallel = self.slots
        # One long call (a blueprint) may use the room the other slots leave.
        params.kv_unified = True
        params.cpuparams.n_threads = self._threads
        params.cpuparams_batch.n_threads = self._threads
        params.cache_ram_mib = 0
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        params.ui = False
        params.endpoint_slots = False
        params.verbosity = -1
        return params

    def _start(self) -> OpenAIChatModel:
        key = secrets.token_hex(16)
        self._server = self._xllamacpp.Server(self._configure(key))
        # A call waits for a slot behind all others, so its own limit must be generous.
        return OpenAIChatModel(
            "local", f"{self._server.listening_address}/v1", api_key=key, model_id=self.model_id, timeout=900.0
        )

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a prompt on this machine's CPU.

        Raises:
            ModelError: If the server fails.
        """
        if self._client is None:
            self._starting = self._starting or asyncio.Lock()
            async with self._starting:
                if self._client is None:
                    self._client = await asyncio.to_thread(self._start)
        reply = await self._client.complete(request)
        # The server names the model by its path on this machine.
        return reply.model_copy(update={"model": self.model_id})

    async def aclose(self) -> None:
        """Close the client; the server ends with the object."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        self._server = None
        self._starting = None

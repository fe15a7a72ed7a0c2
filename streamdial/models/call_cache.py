"""Finished model calls, content-addressed, so that no call is paid twice."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from streamdial.errors import StoreError
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.models._protocols import ChatReply, ChatRequest


def compute_call_key(model_id: str, request: ChatRequest) -> str:
    """Return the SHA-256 of all that decides a call's answer."""
    body = request.model_dump(exclude={"purpose"})
    return hash_text(dump_canonical_json([1, model_id, body]))


class CallCache:
    """An append-only SQLite file of successful answers; failures never enter it.

    Args:
        path: The cache file; only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, check_same_thread=False, timeout=60)
            with self._database:
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=NORMAL")
                self._database.execute("CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot be opened ({error})", where=str(path), fix="check space and permissions"
            ) from error
        self._lock = threading.Lock()

    def get(self, key: str) -> ChatReply | None:
        """Return the answer kept under a key, marked as from the cache, or None."""
        with self._lock:
            row = self._database.execute("SELECT reply FROM calls WHERE key = ?", (key,)).fetchone()
        return ChatReply.model_validate_json(row[0]).model_copy(update={"from_cache": True}) if row else None

    def put(self, key: str, reply: ChatReply) -> None:
        """Keep an answer; the first one kept under a key stays."""
        try:
            with self._lock, self._database:
                self._database.execute("INSERT OR IGNORE INTO calls VALUES (?, ?)", (key, reply.model_dump_json()))
        except sqlite3.Error as error:
            raise StoreError(f"the cache of model calls cannot be written ({error})", fix="check space") from error

    def __len__(self) -> int:
        """Return the number of answers kept."""
        with self._lock:
            return int(self._database.execute("SELECT COUNT(*) FROM calls").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

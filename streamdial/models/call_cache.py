"""Finished model calls, content-addressed, so that no call is paid twice; and what they cost, phase by phase."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import orjson

from streamdial.errors import StoreError
from streamdial.ids import hash_bytes
from streamdial.models._protocols import ChatMessage, ChatReply, ChatRequest
from streamdial.models.budget import Cost

_KEY_VERSION = 2
_TOOL_FIELDS = ("tools", "tool_choice")
_APART = ("messages", "purpose", *_TOOL_FIELDS)
_BODY = tuple(name for name in ChatRequest.model_fields if name not in _APART)
_COLUMNS = {"purpose": "TEXT NOT NULL DEFAULT ''", "tokens": "INTEGER DEFAULT 0", "dollars": "REAL DEFAULT 0"}


def _list_parts(message: ChatMessage) -> tuple[object, ...]:
    parts = (message.role, message.content)
    if not message.tool_calls and not message.tool_call_id:
        return parts
    return (*parts, [(call.id, call.name, call.arguments) for call in message.tool_calls], message.tool_call_id)


def compute_call_key(model_id: str, request: ChatRequest) -> str:
    """Return the SHA-256 of all that decides a call's answer."""
    messages = [_list_parts(message) for message in request.messages]
    body = {name: getattr(request, name) for name in _BODY}
    # Only where they are set: the key of a request without functions stays what it was, so no finished call is lost.
    body |= {name: value for name in _TOOL_FIELDS if (value := getattr(request, name))}
    return hash_bytes(
        orjson.dumps([_KEY_VERSION, model_id, messages, body], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    )


class CallCache:
    """An append-only SQLite file of successful answers; failures never enter it.

    An answer is written before its dialogue goes on: a kill costs no more than the calls in flight. Answers that could
    not be written are tried again before anything new is asked or kept: a full disk ends a run before it pays for more.

    Args:
        path: The cache file; only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        self._unwritten: dict[str, tuple[ChatReply, str]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, check_same_thread=False, timeout=60)
            with self._database:
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=NORMAL")
                self._database.execute("CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS refused (purpose TEXT NOT NULL, tokens INTEGER, dollars REAL)"
                )
                known = {row[1] for row in self._database.execute("PRAGMA table_info(calls)")}
                for name, kind in _COLUMNS.items():
                    if name not in known:
                        self._database.execute(f"ALTER TABLE calls ADD COLUMN {name} {kind}")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot be opened ({error})", where=str(path), fix="check space and permissions"
            ) from error
        self._lock = threading.Lock()

    def get(self, key: str) -> ChatReply | None:
        """Return the answer kept under a key, marked as from the cache, or None.

        Raises:
            StoreError: If there is none, and those before it cannot be written: another one could not be kept.
        """
        with self._lock:
            if unwritten := self._unwritten.get(key):
                return unwritten[0].model_copy(update={"from_cache": True})
            row = self._database.execute("SELECT reply FROM calls WHERE key = ?", (key,)).fetchone()
            if row is None:
                self._write()
        return ChatReply.model_validate_json(row[0]).model_copy(update={"from_cache": True}) if row else None

    def put(self, key: str, reply: ChatReply, purpose: str = "") -> None:
        """Keep an answer; the first one kept under a key stays.

        Args:
            key: What decides the answer.
            reply: The answer.
            purpose: What the call was for, under which its cost is booked.

        Raises:
            StoreError: If it, or one before it, could not be written.
        """
        with self._lock:
            self._unwritten.setdefault(key, (reply, purpose))
            self._write()

    def _write(self) -> None:
        """Write what is not written yet; the lock is held."""
        if not self._unwritten:
            return
        rows = [
            (key, reply.model_dump_json(), purpose, reply.prompt_tokens + reply.completion_tokens, reply.cost)
            for key, (reply, purpose) in self._unwritten.items()
        ]
        try:
            with self._database:
                self._database.executemany(
                    "INSERT OR IGNORE INTO calls (key, reply, purpose, tokens, dollars) VALUES (?, ?, ?, ?, ?)", rows
                )
        except sqlite3.Error as error:
            raise StoreError(f"the cache of model calls cannot be written ({error})", fix="check space") from error
        self._unwritten = {}

    def book(self, purpose: str, cost: Cost) -> None:
        """Keep what answers cost that were refused; they themselves are not kept."""
        try:
            with self._lock, self._database:
                self._database.execute("INSERT INTO refused VALUES (?, ?, ?)", (purpose, cost.tokens, cost.dollars))
        except sqlite3.Error as error:
            raise StoreError(f"the cache of model calls cannot be written ({error})", fix="check space") from error

    def sum_costs(self) -> dict[str, Cost]:
        """Return what all calls made so far cost, by purpose; those of earlier processes included."""
        both = "SELECT purpose, tokens, dollars FROM calls UNION ALL SELECT purpose, tokens, dollars FROM refused"
        with self._lock:
            self._write()
            rows = self._database.execute(f"SELECT purpose, SUM(tokens), SUM(dollars) FROM ({both}) GROUP BY purpose")
            return {purpose: Cost(int(tokens or 0), float(dollars or 0.0)) for purpose, tokens, dollars in rows}

    def __len__(self) -> int:
        """Return the number of answers kept."""
        with self._lock:
            self._write()
            return int(self._database.execute("SELECT COUNT(*) FROM calls").fetchone()[0])

    def close(self) -> None:
        """Write what is not written yet and close the file.

        Raises:
            StoreError: If it could not be written.
        """
        with self._lock:
            try:
                self._write()
            finally:
                self._database.close()

"""Logging: each line says which run and dialogue it is about; secrets and personal data never enter it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from streamdial.privacy import mask_personal_data

FIELDS = ("run", "domain", "account", "dialogue")
"""What a line may be about."""
_SECRET_NAMES = ("_KEY", "_TOKEN", "_PASSWORD", "_SECRET", "AUTH_STRING")
_MIN_SECRET = 8
_about: ContextVar[dict[str, str]] = ContextVar("about", default={})  # noqa: B039


def get_about() -> dict[str, str]:
    """Return the ids that are in every line of the log now."""
    return _about.get()


@contextmanager
def log_about(**ids: str) -> Iterator[None]:
    """Put ids into every line of the log that is written inside, also by what is called and by tasks it starts.

    Args:
        ids: `run`, `domain`, `account` and `dialogue`.
    """
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def hide_secrets(text: str) -> str:
    """Return a text without the values of environment variables that hold keys, tokens and passwords."""
    for name, value in os.environ.items():
        if len(value) >= _MIN_SECRET and name.endswith(_SECRET_NAMES) and value in text:
            text = text.replace(value, f"[{name}]")
    return text


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time (UTC), level, logger, message, what it is about, and the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        body: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        body |= {name: value for name in FIELDS if (value := getattr(record, name, None))}
        if record.exc_info:
            body["error"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(body, ensure_ascii=False)


def start_logs() -> None:
    """Guard the logs, and write JSON lines where `STREAMDIAL_LOG=json` asks for them; twice is no error."""
    guard_logs()
    logger = logging.getLogger("streamdial")
    if os.environ.get("STREAMDIAL_LOG") == "json" and not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


def _clean(text: str) -> str:
    return mask_personal_data(hide_secrets(text))


def guard_logs() -> None:
    """See to it that every line of this project's loggers says what it is about, masked; calling it twice is no error.

    Loggers of libraries are left as they are.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "guards", False):
        return

    def make_guarded(*arguments: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401
        record = make(*arguments, **more)
        if record.name.partition(".")[0] == "streamdial":
            record.msg = _clean(record.getMessage())
            record.args = None
            if record.exc_info:
                # What a formatter finds here it does not make anew.
                record.exc_text = _clean(logging.Formatter().formatException(record.exc_info))
            for name, value in _about.get().items():
                setattr(record, name, value)
        return record

    make_guarded.guards = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_guarded)

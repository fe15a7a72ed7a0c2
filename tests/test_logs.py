from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from streamdial.logs import JsonFormatter, guard_logs, hide_secrets, log_about


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    before = logging.getLogRecordFactory()
    guard_logs()
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("streamdial.tested")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield out
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


def read(out: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_says_what_it_is_about(lines: io.StringIO) -> None:
    logger = logging.getLogger("streamdial.tested")
    with log_about(run="mine", domain="hotel"):
        with log_about(dialogue="d1"):
            logger.info("%d turns", 7)
        logger.info("done")
    logger.info("outside")
    first, second, third = read(lines)
    assert (first["message"], first["run"], first["domain"], first["dialogue"]) == ("7 turns", "mine", "hotel", "d1")
    assert "dialogue" not in second
    assert "run" not in third
    assert set(third) == {"time", "level", "logger", "message"}


def test_neither_keys_nor_people_are_in_it(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-12345678")
    logger = logging.getLogger("streamdial.tested")
    logger.info("key %s of %s", "sk-planted-12345678", "13812345678")
    try:
        raise ValueError("call 13812345678 with sk-planted-12345678")
    except ValueError:
        logger.exception("failed")
    text = lines.getvalue()
    assert "sk-planted" not in text
    assert "13812345678" not in text
    assert "[OPENAI_API_KEY]" in text
    assert "[PHONE]" in text
    assert "ValueError" in read(lines)[1]["error"]


def test_what_is_too_short_to_be_a_secret_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "a")
    assert hide_secrets("a banana") == "a banana"


def test_other_libraries_are_left_alone(lines: io.StringIO) -> None:
    record = logging.getLogger("other").makeRecord("other", 20, "f", 1, "13812345678 %s", ("x",), None)
    assert record.getMessage() == "13812345678 x"

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError, StoreError
from streamdial.store import CollectionSchema, EdgeStore, ServerStore, open_store


class StatusServer(HTTPServer):
    status = 200


class Answer(BaseHTTPRequestHandler):
    """Answers every request with the status the server was told."""

    def do_GET(self) -> None:
        body = json.dumps({"status": {"error": "no"}}).encode()
        assert isinstance(self.server, StatusServer)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[StatusServer]:
    made = StatusServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_server_that_is_not_there_gives_one_line_with_its_host_and_a_fix() -> None:
    store = ServerStore("http://user:secret@127.0.0.1:1", timeout=2)
    with pytest.raises(StoreError) as caught:
        store.ensure_collection("cars", CollectionSchema({"text": 2}))
    told = str(caught.value)
    assert told.startswith("127.0.0.1:1: the Qdrant server does not answer")
    assert "QDRANT_URL" in told
    assert "secret" not in told
    assert "\n" not in told
    assert caught.value.transient
    store.close()


def test_a_server_of_another_version_is_told(server: StatusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    seen = threading.Event()

    def show(message: str, **_: object) -> None:
        # A thread of another test's client may still look for its server.
        if "incompatible" in message:
            told.append(message)
            seen.set()

    # The client compares in a thread of its own.
    monkeypatch.setattr("qdrant_client.qdrant_remote.get_server_version", lambda *_: "1.2.0")
    monkeypatch.setattr("qdrant_client.qdrant_remote.show_warning", show)
    store = ServerStore(f"http://127.0.0.1:{server.server_port}")
    assert seen.wait(60) and "incompatible with server version 1.2.0" in told[0]
    store.close()


@pytest.mark.parametrize(
    ("status", "transient", "told"), [(503, True, "503"), (401, False, "QDRANT_API_KEY"), (500, True, "500")]
)
def test_a_refusal_tells_its_status_and_whether_it_may_pass(
    server: StatusServer, status: int, transient: bool, told: str
) -> None:
    server.status = status
    store = ServerStore(f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(StoreError, match=told) as caught:
        store.count("cars")
    assert caught.value.transient is transient
    store.close()


@pytest.mark.parametrize("url", ["localhost:6333", "ftp://host", "http://", "qdrant"])
def test_a_url_without_an_http_host_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="http://localhost:6333"):
        ServerStore(url)


def test_open_store_takes_the_server_where_a_url_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QDRANT_URL", raising=False)
    embedded = open_store(tmp_path)
    assert isinstance(embedded, EdgeStore)
    embedded.close()
    assert isinstance(open_store(tmp_path, url="http://127.0.0.1:1"), ServerStore)
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:1")
    assert isinstance(open_store(tmp_path), ServerStore)

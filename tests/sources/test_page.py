"""Web pages."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.sources import fetching, read_page

HTML = """<html><head><title>SU7 specs</title><link rel="canonical" href="https://example.com/su7">
<meta property="article:published_time" content="2026-11-03T10:00:00+08:00"></head>
<body><nav>Home</nav><h1>SU7</h1><p>Range <b>700</b> km, price 215,900 yuan. Call 13800138000.</p>{}</body></html>"""


def write(tmp_path: Path, text: str | bytes, name: str = "page.html") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_page_has_text_title_url_and_date(tmp_path: Path, counts: Counts) -> None:
    page = read_page(write(tmp_path, HTML.format("")), counts=counts)
    assert (page.title, page.url, page.published) == ("SU7 specs", "https://example.com/su7", "2026-11-03")
    assert "price 215,900 yuan. Call [PHONE]." in page.text
    assert (counts.asked, counts.kept) == (1, 1)


def test_tables_are_expanded_to_their_full_width(tmp_path: Path, counts: Counts) -> None:
    table = (
        "<table><caption>Trims</caption><tr><th>Trim</th><th colspan='2'>Price</th></tr>"
        "<tr><td rowspan='2'>SU7</td><td>215,900</td><td>yuan</td></tr><tr><td>245,900</td></tr></table>"
    )
    (found,) = read_page(write(tmp_path, HTML.format(table)), counts=counts).tables
    assert found.caption == "Trims"
    assert found.header == ("Trim", "Price", "Price")
    assert found.rows == (("SU7", "215,900", "yuan"), ("SU7", "245,900", ""))


def test_a_list_of_names_and_values_gets_empty_column_names(tmp_path: Path, counts: Counts) -> None:
    table = "<table><tr><th>Range</th><td>700 km</td></tr><tr><td>Seats</td><td>5</td></tr></table>"
    page = read_page(write(tmp_path, HTML.format(table)), counts=counts)
    (found,) = page.tables
    assert (found.header, found.rows) == (("", ""), (("Range", "700 km"), ("Seats", "5")))
    assert found.char_start is not None and page.text[found.char_start :].startswith("Range")


def test_a_header_is_known_by_its_place_or_its_words(tmp_path: Path, counts: Counts) -> None:
    named = "<table><tr><td>参数</td><td>数值</td></tr><tr><td>续航</td><td>700km</td></tr></table>"
    plain = "<table><tr><td>Trim</td><td>Price</td><td>Seats</td></tr>"
    plain += "<tr><td>Max</td><td>299,900</td><td>5</td></tr></table>"
    first, second = read_page(write(tmp_path, HTML.format(named + plain)), counts=counts).tables
    assert first.header == ("参数", "数值")
    assert second.header == ("Trim", "Price", "Seats")


def test_layout_tables_and_single_cells_are_left_out(tmp_path: Path, counts: Counts) -> None:
    table = "<table><tr><td><table><tr><td>a</td><td>1</td></tr></table></td></tr></table>"
    table += "<table><tr><td>x</td></tr></table>"
    (found,) = read_page(write(tmp_path, HTML.format(table)), counts=counts).tables
    assert found.rows == (("a", "1"),)


def test_a_table_that_wants_to_be_huge_stays_small(tmp_path: Path, counts: Counts) -> None:
    table = "<table>" + "<tr><td colspan='99999999' rowspan='9999'>a</td><td>b</td></tr>" * 400 + "</table>"
    (found,) = read_page(write(tmp_path, HTML.format(table)), counts=counts).tables
    assert len(found.header) * len(found.rows) <= 20_000


@pytest.mark.parametrize(
    "text", ["<html><body><script>render()</script></body></html>", "<html></html>", " ", "<!-- x -->"]
)
def test_a_page_without_text_is_refused(tmp_path: Path, counts: Counts, text: str) -> None:
    with pytest.raises(SourceError, match=r"no readable text|is empty"):
        read_page(write(tmp_path, text), counts=counts)


@pytest.mark.parametrize("encoding", ["gb2312", "gb18030", "utf-8", "utf-16"])
def test_the_encoding_is_told_or_found(tmp_path: Path, counts: Counts, encoding: str) -> None:
    text = f"<html><head><meta charset='{encoding}'></head><body><p>续航七百公里，价格二十万</p></body></html>"
    assert "续航七百公里" in read_page(write(tmp_path, text.encode(encoding)), counts=counts).text


def test_the_same_page_twice_is_one_record(tmp_path: Path, counts: Counts) -> None:
    first = read_page(write(tmp_path, HTML.format("")), counts=counts)
    assert first == read_page(write(tmp_path, HTML.format(""), "copy.html"), counts=counts)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
            return
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Type", "image/png" if self.path == "/image" else "text/html; charset=utf-8")
        self.end_headers()
        body = HTML.format("").encode()
        self.wfile.write(body * 40_000 if self.path == "/large" else body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


def test_a_page_is_fetched_from_a_private_address_when_allowed(server: str, counts: Counts) -> None:
    page = read_page(f"{server}/su7?x=1", counts=counts, allow_private=True)
    assert page.title == "SU7 specs"
    assert page.id == read_page(f"{server}/su7?x=1", counts=counts, allow_private=True).id


def test_private_addresses_are_refused_unless_allowed(server: str, counts: Counts) -> None:
    for url in (server, server.replace("127.0.0.1", "localhost"), "http://[::1]/", "http://169.254.169.254/latest"):
        with pytest.raises(SourceError, match="not a public address"):
            read_page(url, counts=counts)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "192.168.1.1",
        "172.16.5.5",
        "127.0.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "fc00::1",
        "100.64.0.1",
        "224.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::169.254.169.254",
        "64:ff9b:1:a00:0:100::",
        "::127.0.0.1",
        "::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_every_kind_of_private_address_is_known(address: str) -> None:
    with pytest.raises(SourceError, match="not a public address"):
        fetching._check_address("host", address, allow_private=False)


def test_public_addresses_pass() -> None:
    fetching._check_address("host", "93.184.216.34", allow_private=False)
    fetching._check_address("host", "2606:2800:220:1:248:1893:25c8:1946", allow_private=False)
    fetching._check_address("host", "64:ff9b::5db8:d822", allow_private=False)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://localhost./", "not a public address"),
        ("http://[::1%25lo]/", "zone"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("http://[64:ff9b::127.0.0.1]/", "not a public address"),
        ("http://2130706433/", "not a public address"),
    ],
)
def test_no_way_of_writing_a_host_leads_into_the_private_network(url: str, told: str, counts: Counts) -> None:
    with pytest.raises(SourceError, match=told):
        read_page(url, counts=counts)


def test_a_server_that_drips_its_headers_does_not_outlast_the_deadline(
    counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not over.wait(0.02):
                    connection.sendall(b"X-Slow: yes\r\n")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.4)
        try:
            with pytest.raises(SourceError, match="no answer in time"):
                read_page(f"http://127.0.0.1:{listening.getsockname()[1]}/", counts=counts, allow_private=True)
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/loop", "redirects more than 5 times"),
        ("/away", "only http and https"),
        ("/missing", "answered 404"),
        ("/image", "not a page"),
        ("/large", "larger than 10 MB"),
    ],
)
def test_what_cannot_be_fetched_is_explained(server: str, counts: Counts, path: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_page(server + path, counts=counts, allow_private=True)


def test_a_redirect_into_the_private_network_is_refused(
    server: str, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fetching._request

    def answer(url: str, allow_private: bool, *rest: object) -> object:
        return f"{server}/secret" if "example" in url else real(url, allow_private, *rest)

    monkeypatch.setattr(fetching, "_request", answer)
    with pytest.raises(SourceError, match="not a public address"):
        read_page("http://example.com/", counts=counts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="<>/tabledrhpspan='\"0 &;#x!-é\x00", max_size=80) | st.binary(max_size=80))
def test_no_page_whatever_raises_anything_of_its_own(tmp_path: Path, data: str | bytes) -> None:
    body = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    with contextlib.suppress(StreamDialError):
        read_page(write(tmp_path, b"<html><body>" + body), counts=Counts("sources"))


def test_a_real_page_is_read(real_data: Path, counts: Counts) -> None:
    path = real_data / "pages" / "youtube_live_page_AkiRosenthal.2026-02-17.html.gz"
    page = read_page(path, counts=counts)
    assert gzip.decompress(path.read_bytes()).decode().count(page.url) > 0
    assert page.url.startswith("https://www.youtube.com/watch?v=")
    assert page.title.startswith("【 3DLIVE 】")
    assert page.published == "2026-02-16"

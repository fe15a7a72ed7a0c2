"""Pages that were fetched are kept: a recording that is read again asks for them no more."""

from __future__ import annotations

from pathlib import Path

import pytest

import streamdial.sources.page as page_module
from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.sources.fetched_pages import find_reading_date
from streamdial.sources.fetching import Fetched
from streamdial.sources.page import PageReader
from streamdial.sources.reader import ReadContext

URL = "https://example.org/rooms"
HTML = b"<html><title>Rooms</title><p>The lake room is 568 yuan. Call 13812345678.</p><td>stray</td></html>"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    urls: list[str] = []

    def fetch(url: str, *, allow_private: bool = False) -> Fetched:
        urls.append(url)
        if url.endswith("gone"):
            raise SourceError("the server answered 404.", where=url)
        return Fetched(HTML, url, "utf-8")

    monkeypatch.setattr(page_module, "fetch_page", fetch)
    return urls


def read(url: str, folder: Path | None) -> tuple[str, Counts]:
    counts = Counts("reading")
    (page,) = PageReader().read(url, ReadContext(Pseudonymizer(b"s" * 32), counts, fetched=folder))
    return page.model_dump_json(), counts


def test_a_page_is_fetched_once_and_reads_and_counts_the_same(asked: list[str], tmp_path: Path) -> None:
    plain = read(URL, None)
    first = read(URL, tmp_path / "pages")
    again = read(URL, tmp_path / "pages")
    assert plain == first == again
    assert asked == [URL, URL]
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "pages").iterdir())
    assert "13812345678" not in written and "example.org/rooms" in written
    assert find_reading_date(tmp_path / "pages", [URL]) is not None
    assert find_reading_date(tmp_path / "pages", ["https://example.org/other"]) is None


def test_a_page_that_cannot_be_fetched_is_asked_for_again(asked: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(SourceError, match="404"):
            read("https://example.org/gone", tmp_path)
    assert len(asked) == 2


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"version": 1, "page": {}}'])
def test_a_damaged_page_is_fetched_anew(asked: list[str], tmp_path: Path, damage: str) -> None:
    first = read(URL, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(damage, encoding="utf-8")
    assert read(URL, tmp_path) == first
    assert len(asked) == 2

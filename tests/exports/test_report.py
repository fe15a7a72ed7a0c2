import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from streamdial.exports import DataSet, render_report, write_report
from streamdial.exports.report import dump_inert_json
from tests.exports.conftest import NASTY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
    "--accept-lang=en-US",
    "--virtual-time-budget=3000",
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


def dump_dom(page: Path, profile: Path, fragment: str = "") -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", f"{page.as_uri()}{fragment}"]
    dom = subprocess.run(command, capture_output=True, check=True, timeout=120, encoding="utf-8").stdout
    # The data block is left out: what counts is what the script made of it.
    return re.sub(r'<script type="application/json".*?</script>', "", dom, flags=re.DOTALL)


def test_embedded_json_holds_no_markup_and_reads_back(data: DataSet) -> None:
    dumped = dump_inert_json({"text": NASTY})
    assert not set("<>&\u2028\u2029") & set(dumped)
    assert json.loads(dumped) == {"text": NASTY}


def test_mined_text_cannot_end_the_data_block(data: DataSet) -> None:
    page = render_report(data)
    assert page.count("</script>") == 2
    assert "<img" not in page
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    body = json.loads(block[1])
    assert [dialogue["id"] for dialogue in body["dialogues"]] == ["d1", "d2"]
    assert body["dialogues"][1]["t"][0]["x"] == f"Hello {NASTY}"
    assert body["sources"] == {"stream": "Friday | evening"}
    assert body["dropped"] == [["d3", "d1", 0.98, 0.95, "repeats"]]
    # The identity rests on an account record the data set was not given.
    kinds = {item[0]: item[1] for item in body["evidence"]}
    assert kinds == {
        "q1": "question", "acc": "unknown", "r1": "response", "k2": "knowledge", "seed-1#2": "seed",
    }  # fmt: skip


def test_the_page_asks_nothing_of_any_server(data: DataSet) -> None:
    page = render_report(data)
    assert "default-src 'none'" in html.unescape(page)
    code = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert not re.findall(r"\b(?:src|href)=[\"']?http|@import|url\(|fetch\(|XMLHttpRequest|innerHTML", code)
    assert re.findall(r"https?://[^\s\"'/)]+", code) == ["http://www.w3.org"]


def test_every_text_of_the_page_is_there_in_both_languages(data: DataSet) -> None:
    page = render_report(data)
    block = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    texts = json.loads(block[1])["texts"]
    assert all(len(pair) == 2 and all(pair) for pair in texts.values())
    used = set(re.findall(r'\bt\("(\w+)"\)|section\("(\w+)"', page))
    assert {first or second for first, second in used} <= set(texts)


@needs_browser
def test_the_browser_shows_the_first_dialogue_and_runs_no_mined_markup(data: DataSet, tmp_path: Path) -> None:
    page = write_report(data, tmp_path / "index.html")
    dom = dump_dom(page, tmp_path / "profile", "#dialogues")
    assert "We need 7 seats, how far does the Meridian go?" in dom
    assert "Silver Leaf Motors" not in dom, "the expert's panel is drawn when it is opened"
    assert "<time>02:15</time>" in dom
    assert "<title>StreamDial · Cars</title>" in dom
    assert "<img" not in dom

    other = dump_dom(page, tmp_path / "profile", "#d/d2/agent")
    assert "Hello &lt;/script&gt;&lt;img src=x" in other
    assert "Silver Leaf Motors" in other
    assert "<title>StreamDial · Cars</title>" in other
    assert "<img" not in other


@needs_browser
def test_the_browser_says_that_there_is_nothing(empty: DataSet, tmp_path: Path) -> None:
    dom = dump_dom(write_report(empty, tmp_path / "index.html"), tmp_path / "profile", "#dialogues")
    assert "The data set holds no dialogues." in dom
    assert "The filter dropped nothing." in dom

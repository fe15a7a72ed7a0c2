"""What a reader does with the page beside reading: download a selection, label, try thresholds, look facts up."""

import json
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.evaluation.human_eval.labels import Label, read_labels
from streamdial.evaluation.reading import view_dialogue
from streamdial.exports import DataSet, FilterStatistics, write_report
from streamdial.filtering import DialogueMap, TriedThresholds
from streamdial.pipeline.exporting import find_media
from streamdial.records import Provenance
from tests.exports.conftest import CHROMIUM, NASTY, Show, make_agent, make_row

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_what_is_filtered_or_ticked_is_downloaded_as_it_stands(data: DataSet, show: Show, tmp_path: Path) -> None:
    page = show(data, "#dialogues")
    expect(page.locator("#download")).to_have_text("Download as JSONL (2)")
    both = read_lines(download(page, "#download", tmp_path))
    assert [line["id"] for line in both] == ["d1", "d2"]
    turn = both[0]["turns"][0]
    assert turn["utterance"] == "We need 7 seats, how far does the Meridian go?"
    assert (turn["inform"], turn["request"], turn["evidence"]) == ({"seats": "7 seats"}, ["range"], ["q1"])
    assert both[1]["turns"][0]["utterance"] == f"Hello {NASTY}", "mined text arrives as it was"
    assert both[0]["user_persona_id"] == "u1" and both[0]["outcome"] == "success"
    page.get_by_role("searchbox").fill("five seats")
    assert [line["id"] for line in read_lines(download(page, "#download", tmp_path))] == ["d1"]
    page.get_by_role("searchbox").fill("")
    page.get_by_role("checkbox", name="Tick d2").check()
    expect(page.locator("#download")).to_have_text("Download as JSONL (1 ticked)")
    assert [line["id"] for line in read_lines(download(page, "#download", tmp_path))] == ["d2"]
    page.get_by_role("button", name="Untick all").click()
    expect(page.get_by_role("checkbox", name="Tick d2")).not_to_be_checked()


def test_labels_stay_in_the_browser_and_come_back_to_the_evaluation(data: DataSet, show: Show, tmp_path: Path) -> None:
    page = show(data, "#d/d1")
    whole = page.get_by_role("group", name="This dialogue is")
    whole.get_by_role("button", name="good").click()
    turn = page.get_by_role("group", name="Label of turn 2")
    turn.get_by_role("button", name="bad").click()
    turn.get_by_role("textbox").fill("</script>curt\u2028")
    third = page.get_by_role("group", name="Label of turn 3")
    third.get_by_role("button", name="bad").click()
    third.get_by_role("button", name="bad").click()
    expect(third.get_by_role("textbox")).to_have_count(0)
    page.reload()
    expect(turn.get_by_role("textbox")).to_have_value("</script>curt\u2028")
    expect(turn.get_by_role("button", name="bad")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rows .mark-good")).to_have_count(1)
    file = download(page, "#export-labels", tmp_path)
    assert read_lines(file)[0] == {"run": "v1:abc", "dialogue": "d1", "turn": None, "label": "good", "why": ""}
    counts = Counts("labels")
    labels = read_labels([file], counts, talks=[view_dialogue(dialogue) for dialogue in data.dialogues])
    assert labels == [Label("d1", None, file.stem, True), Label("d1", 1, file.stem, False, "</script>curt")]
    assert not counts.dropped
    marked = read_lines(download(page, "#download", tmp_path))[0]
    assert marked["label"] == "good" and marked["turns"][1]["label"] == "bad" and "label" not in marked["turns"][0]


def test_labels_of_another_run_and_what_else_lies_in_the_storage_are_left_alone(data: DataSet, show: Show) -> None:
    page = show(data, "#d/d1")
    page.evaluate(
        "text => localStorage.setItem('streamdial-labels:v1:abc', text)",
        json.dumps(
            [None, {"dialogue": "d9", "turn": None, "label": "bad"}, {"dialogue": "d1", "turn": -1, "label": "x"}]
        ),
    )
    page.reload()
    expect(page.locator("#export-labels")).to_have_count(0)
    page.get_by_role("group", name="This dialogue is").get_by_role("button", name="bad").click()
    other = show(replace(data, settings={**data.settings, "fingerprint": "v1:other"}), "#d/d1")
    expect(other.locator("#export-labels")).to_have_count(0)


def test_the_columns_scroll_and_the_page_does_not(data: DataSet, show: Show) -> None:
    long = data.dialogues[1].model_copy(update={"turns": tuple(
        turn.model_copy(update={"turn_id": number}) for number, turn in enumerate(data.dialogues[1].turns * 12)
    )})  # fmt: skip
    page = show(replace(data, dialogues=(long,)), "#d/d1", viewport={"width": 1280, "height": 800})
    assert page.locator("#talk").evaluate("talk => talk.scrollHeight > 2 * talk.clientHeight")
    assert page.evaluate("document.documentElement.scrollHeight") <= 801


def test_a_turn_before_which_nothing_was_informed_shows_no_state(data: DataSet, show: Show) -> None:
    page = show(data, "#d/d2")
    expect(page.locator(".talk .turn")).to_have_count(1)
    expect(page.locator(".talk")).not_to_contain_text("State so far")


def test_a_slider_tells_who_would_go_and_who_would_stay(data: DataSet, show: Show) -> None:
    tried = [
        TriedThresholds(0.8, 0.7, 1, ("d1", "d3")),
        TriedThresholds(0.9, 0.8, 2, ("d3",)),
        TriedThresholds(1.0, 0.9, 3, ()),
    ]
    settings = {**data.settings, "thresholds": {"user_threshold": 0.9, "agent_threshold": 0.8}}
    page = show(replace(data, filtered=FilterStatistics([], {}, [], tried), settings=settings), "#filter")
    slider, told = page.get_by_role("slider", name="Try another threshold"), page.locator(".tried")
    expect(slider).to_have_value("1")
    expect(told).to_contain_text("as exported")
    expect(told).to_contain_text("2 of 3 dialogues would be kept")
    expect(told).to_contain_text("The same dialogues as now.")
    slider.press("ArrowLeft")
    expect(told).to_contain_text("1 of 3 dialogues would be kept")
    expect(told.locator("li.goes")).to_have_text("d1 We need 7 seats, how far does the Meridian go?")
    expect(told).to_contain_text('open_run("DIR").filter(user_threshold=0.8, agent_threshold=0.7).export("OTHER")')
    slider.press("End")
    expect(told).to_contain_text("user side 1.00 · expert side 0.90")
    expect(told.locator("li.goes")).to_have_count(0)
    expect(told.locator("li.stays")).to_contain_text("d3")
    slider.press("Home")
    told.get_by_role("link").click()
    expect(page.locator("body")).to_have_attribute("data-view", "dialogues")
    expect(page).to_have_url(f"{page.url.split('#')[0]}#d/d1")


def test_where_no_other_threshold_was_tried_there_is_no_slider(data: DataSet, show: Show) -> None:
    page = show(replace(data, filtered=FilterStatistics([], {}, [])), "#filter")
    expect(page.get_by_role("slider")).to_have_count(0)


def test_facts_are_sorted_searched_and_lead_to_their_source(data: DataSet, show: Show) -> None:
    at = Provenance(source_id="stream", start=141.0, end=146.0, url="https://www.youtube.com/watch?v=x")
    rows = [
        make_row("k1", "price", "46900").model_copy(update={"number": 46900.0, "unit": "USD", "provenance": at}),
        make_row("k2", "price", "5200").model_copy(update={"entity": NASTY, "number": 5200.0, "unit": "USD"}),
        make_row("k3", "range", "540").model_copy(update={"number": 540.0, "unit": "km", "text": "540 kilometers"}),
        make_row("k4", "range", "510").model_copy(update={"number": 510.0, "unit": "km", "text": "510 in winter"}),
    ]
    agent = make_agent("a1").model_copy(update={"knowledge": tuple(rows)})
    page = show(replace(data, agents={"a1": agent}), "#facts")
    values = page.locator(".facts td.number")
    expect(page.locator("#fact-count")).to_have_text("4 of 4")
    page.get_by_role("button", name="Value").click()
    expect(values).to_have_text(["510", "540", "5,200", "46,900"])
    page.get_by_role("button", name="Value").click()
    expect(values).to_have_text(["46,900", "5,200", "540", "510"])
    expect(page.get_by_role("columnheader", name="Value")).to_have_attribute("aria-sort", "descending")
    first = page.locator(".facts tbody tr").first
    expect(first).to_contain_text("USD")
    expect(first).to_contain_text("Friday | evening · 02:21")
    expect(first.get_by_role("link")).to_have_attribute("href", "https://www.youtube.com/watch?v=x&t=141s")
    page.get_by_role("searchbox", name="Search things").fill("WINTER")
    expect(values).to_have_text(["510"])
    page.get_by_role("searchbox", name="Search things").fill("<img")
    expect(page.locator("#fact-count")).to_have_text("1 of 4")
    expect(page.locator("img")).to_have_count(0)
    page.evaluate("location.hash = 'd/d1/agent'")
    expect(page.get_by_role("tabpanel").locator(".entity").first.locator("tr")).to_have_count(3)


def write_sound(path: Path, seconds: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes([128]) * 8000 * seconds)
    return path


def test_a_moment_plays_from_a_file_the_reader_chooses(data: DataSet, show: Show, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "evening.wav", 150)
    page = show(data, "#d/d1")
    page.locator(".talk .turn").nth(1).get_by_role("button", name="02:21 host response").click()
    page.get_by_role("button", name="play 02:21").click()
    player = page.get_by_role("region", name="play")
    expect(player.locator("video")).to_have_count(0)
    player.get_by_label("Choose the file of this recording").set_input_files(sound)
    expect(player.locator("video")).to_have_js_property("currentTime", 141)
    expect(player.locator("video")).to_have_js_property("paused", True)
    player.get_by_role("button", name="Close").click()
    expect(player).to_have_count(0)


def test_a_recording_beside_the_run_is_found_and_plays(data: DataSet, browser: Browser, tmp_path: Path) -> None:
    write_sound(tmp_path / "media" / "Friday | evening.wav", 150)
    media = find_media(tmp_path, data.settings["sources"][:1])
    assert media == {"stream": "../media/Friday%20%7C%20evening.wav"}
    page = browser.new_page()
    page.goto(write_report(replace(data, media=media), tmp_path / "report" / "index.html").as_uri() + "#d/d1")
    page.locator(".talk .turn").nth(1).get_by_role("button", name="02:21 host response").click()
    page.get_by_role("button", name="play 02:21").click()
    expect(page.locator("video")).to_have_js_property("currentTime", 141)
    page.close()


def test_a_dot_of_the_map_opens_its_dialogue(data: DataSet, show: Show) -> None:
    drawn = DialogueMap(0.25, {"d1": (-1.0, 0.5), "d2": (1.0, -0.5), "d3": (-0.9, 0.4), "gone": (0.0, 0.0)})
    filtered = FilterStatistics([], {}, [], (), drawn)
    page = show(replace(data, filtered=filtered, communities={"d1": 0, "d2": 1, "d3": 0}), "#filter")
    dots = page.get_by_role("img", name="Map of the dialogues").locator("circle")
    expect(dots).to_have_count(3)
    expect(page.locator(".mapcard")).to_contain_text("3 of 3 dialogues · communities: 1 · 25% of the variance")
    expect(page.locator(".mapcard > svg circle.m0.out")).to_have_count(1)
    expect(page.locator(".mapcard > svg circle.alone")).to_have_count(1)
    page.locator(".mapcard > svg a").first.click()
    expect(page.locator("body")).to_have_attribute("data-view", "dialogues")
    expect(page.locator("#rows a[aria-current]")).to_contain_text("d1")

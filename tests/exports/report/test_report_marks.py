"""What a reader does with the page beside reading: download a selection, label, try thresholds, look facts up."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.evaluation.human_eval.labels import Label, read_labels
from streamdial.evaluation.reading import view_dialogue
from streamdial.exports import DataSet, FilterStatistics
from streamdial.filtering import TriedThresholds
from tests.exports.conftest import CHROMIUM, NASTY, Show

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect  # noqa: E402

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

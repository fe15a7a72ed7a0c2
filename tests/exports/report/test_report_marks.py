"""What a reader does with the page beside reading: download a selection, label, try thresholds, look facts up."""

import json
import re
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
from tests.exports.conftest import CHROMIUM, NASTY, Show, make_agent, make_row, make_user, reload

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
    reload(page)
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
    reload(page)
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


@pytest.fixture
def mapped(data: DataSet) -> DataSet:
    """Dialogues of two personas and one that was dropped on a map; u3 has none on it."""
    places = {"d1": (-1.0, 0.5), "d2": (1.0, -0.5), "d3": (-0.9, 0.4), "d5": (0.0, -0.5), "gone": (0.0, 0.0)}
    filtered = FilterStatistics([], {}, [], (), DialogueMap(0.25, places))
    more = [data.dialogues[1].model_copy(update={"id": "d5"}), data.dialogues[1].model_copy(update={"id": "d6"})]
    return replace(
        data,
        dialogues=(*data.dialogues, *more),
        users={**data.users, "u3": make_user("u3")},
        filtered=filtered,
        communities={"d1": 0, "d2": 1, "d3": 0, "d5": 2},
    )


def test_a_dot_of_the_map_opens_its_dialogue(mapped: DataSet, show: Show) -> None:
    page = show(mapped, "#filter")
    drawn = page.get_by_role("group", name="Map of dialogues and personas")
    expect(drawn.locator("circle")).to_have_count(4)
    expect(page.locator(".mapcard")).to_contain_text(
        "4 of 5 dialogues · 2 user personas · communities: 1 · 25% of the variance"
    )
    expect(drawn.locator("circle.m0.out")).to_have_count(1)
    expect(drawn.locator("circle.alone")).to_have_count(2)
    drawn.get_by_role("link", name="Success: We need 7 seats").first.click()
    expect(page.locator("body")).to_have_attribute("data-view", "dialogues")
    expect(page.locator("#rows a[aria-current]")).to_contain_text("d1")


def test_a_persona_stands_amid_its_dialogues_and_lists_them(mapped: DataSet, show: Show) -> None:
    page = show(mapped, "#filter")
    personas = page.locator(".mapcard a.persona")
    # Those with dialogues alone, the larger one of two of the map and one that is not on it first.
    expect(personas).to_have_count(2)
    assert [node.get_attribute("data-persona") for node in personas.all()] == ["u1", "u2"]
    assert [node.get_attribute("transform") for node in personas.all()] == [
        "translate(172.0 200.0)",
        "translate(616.0 376.0)",
    ]
    lines, told = page.locator(".mapcard .lines line"), page.locator(".mappersona")
    expect(told).to_contain_text("Point at a diamond")
    personas.first.hover()
    expect(lines).to_have_count(2)
    expect(told).to_contain_text("Find a car with seven seats")
    expect(told).to_contain_text("number of seats: at least 7")
    expect(told).to_contain_text("3 dialogues with this persona · 1 of them not on the map")
    page.keyboard.press("Tab")
    personas.first.focus()
    page.keyboard.press("ArrowRight")
    expect(personas.nth(1)).to_be_focused()
    expect(lines).to_have_count(1)
    expect(told).to_contain_text("1 dialogue with this persona")
    page.keyboard.press("Escape")
    expect(lines).to_have_count(0)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#dialogues\?user=u1$"))
    expect(page.locator("#shown")).to_have_text("3 of 4")


def test_the_map_shows_dialogues_or_personas_or_both_and_says_them_in_words(mapped: DataSet, show: Show) -> None:
    page = show(mapped, "#filter", locale="zh-CN")
    card = page.locator(".mapcard")
    kinds = [card.locator("a.dialogue").first, card.locator("a.persona").first]
    dialogues, personas = (card.get_by_role("button", name=name, exact=True) for name in ("对话", "人设"))
    dialogues.click()
    expect(kinds[0]).to_be_hidden()
    expect(kinds[1]).to_be_visible()
    expect(dialogues).to_have_attribute("aria-pressed", "false")
    personas.click()
    expect(kinds[0]).to_be_visible()
    expect(kinds[1]).to_be_hidden()
    expect(card.locator(".mappersona")).to_be_hidden()
    card.get_by_text("以表格显示人设").click()
    rows = card.get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("3")
    rows.nth(1).get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"#dialogues\?user=u1$"))


def test_on_a_touch_screen_a_first_tap_chooses_a_persona_and_a_second_one_lists_its_dialogues(
    mapped: DataSet, show: Show
) -> None:
    page = show(mapped, "#filter", viewport={"width": 400, "height": 740}, has_touch=True)
    persona = page.locator(".mapcard a.persona").first
    persona.tap()
    expect(page.locator(".mapcard .lines line")).to_have_count(2)
    expect(page.locator("body")).to_have_attribute("data-view", "filter")
    persona.tap()
    expect(page).to_have_url(re.compile(r"#dialogues\?user=u1$"))


def test_where_no_dialogues_are_alike_the_colours_of_the_map_tell_how_they_end(mapped: DataSet, show: Show) -> None:
    page = show(replace(mapped, communities={}), "#filter")
    expect(page.locator(".mapcard .talks circle.m0")).to_have_count(4)
    expect(page.locator(".mapcard")).to_contain_text("colours tell how a dialogue ends")
    expect(page.locator(".mapcard .legend")).to_contain_text("Success")


def test_a_large_map_draws_some_dots_and_leads_to_all_dialogues_of_a_persona(data: DataSet, show: Show) -> None:
    made = tuple(data.dialogues[1].model_copy(update={"id": f"x{number:04d}"}) for number in range(1600))
    places = {dialogue.id: (number / 1600, number % 40 / 40) for number, dialogue in enumerate(made)}
    filtered = FilterStatistics([], {}, [], (), DialogueMap(0.25, places))
    page = show(replace(data, dialogues=made, dropped=(), left_out={}, filtered=filtered), "#filter")
    expect(page.locator(".mapcard .talks circle")).to_have_count(1500)
    expect(page.locator(".mapcard")).to_contain_text("1,500 of 1,600 dialogues")
    page.locator(".mapcard a.persona").focus()
    expect(page.locator(".mapcard .lines line")).to_have_count(1600)

"""The report of a set with tools: what is in the page, and how a reader finds it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from streamdial.exports import DataSet, count_tool_statistics, render_report
from streamdial.exports.report.tools import MAX_ROWS, write_tool_record
from streamdial.tooluse import Act, ToolDialogue, ToolTurn
from tests.exports.conftest import CHROMIUM, NASTY, Show
from tests.exports.tool_sets import make_tool_set, plain


def list_steps(made: ToolDialogue) -> list[Any]:
    return [step for turn in made.turns for step in turn.steps]


def pick(data: DataSet, wanted: str) -> ToolDialogue:
    """Return a dialogue in which a call failed on purpose in this way."""
    return next(
        made for made in data.list_tool_dialogues() if any(step.result.fault == wanted for step in list_steps(made))
    )


def change_first_step(made: ToolDialogue, **change: Any) -> ToolDialogue:
    """Return a dialogue with another result of its first call that brought rows."""
    turns = list(made.turns)
    place = next(n for n, turn in enumerate(turns) if any(step.result.rows for step in turn.steps))
    steps = list(turns[place].steps)
    number = next(n for n, step in enumerate(steps) if step.result.rows)
    steps[number] = steps[number].model_copy(update={"result": steps[number].result.model_copy(update=change)})
    turns[place] = turns[place].model_copy(update={"steps": tuple(steps)})
    return made.model_copy(update={"turns": tuple(turns)})


def replace_dialogue(data: DataSet, made: ToolDialogue) -> DataSet:
    assert data.tool_use is not None
    return replace(data, dialogues=(plain(made),), tool_use=replace(data.tool_use, dialogues={made.id: made}))


def test_a_record_has_calls_by_turn_tasks_and_changes() -> None:
    data = make_tool_set()
    made = pick(data, "error")
    record = write_tool_record(made, data.pack)
    calls = [call for _, calls in record["turns"].values() for call in calls]
    assert len(calls) == len(list_steps(made))
    failed = next(call for call in calls if call.get("fault") == "error")
    assert failed["error"] == ["unavailable", "the service is not available at the moment"]
    assert "rows" not in failed and failed["args"]
    found = next(call for call in calls if call.get("rows"))
    assert len(found["rows"][0]) == len(found["columns"]) and found["count"] >= len(found["rows"])
    assert all(task["passed"] for task in record["tasks"]) and len(record["tasks"]) == len(made.tasks)
    assert [change[:2] for change in record["changes"]] == [[change.table, change.key] for change in made.changes]


def test_of_many_rows_the_page_has_the_first_and_says_how_many_there_are() -> None:
    data = make_tool_set()
    rows = tuple({"room": f"Room {number}"} for number in range(MAX_ROWS + 4))
    made = change_first_step(data.list_tool_dialogues()[0], rows=rows)
    calls = [call for _, calls in write_tool_record(made, data.pack)["turns"].values() for call in calls]
    (call,) = (call for call in calls if call.get("columns") == ["room"])
    assert call["count"] == MAX_ROWS + 4 and call["rows"] == [[f"Room {number}"] for number in range(MAX_ROWS)]


def test_the_page_of_a_set_without_tools_has_nothing_of_them(data: DataSet) -> None:
    page = render_report(data)
    for part in ("function drawToolFigures", ".stepbody", "toolfigures", "waitlist", '"tools"'):
        assert part not in page


def test_names_are_there_in_both_languages_and_for_every_act_and_reason() -> None:
    data = make_tool_set()
    assert data.tool_use is not None
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', render_report(data), re.DOTALL)
    assert found
    head = json.loads(found[1])
    labels = head["labels"]
    for table in (head["texts"], *labels.values()):
        assert all(len(pair) == 2 and all(pair) for pair in table.values())
    everything = [*data.list_tool_dialogues(), *data.tool_use.unverified]
    acts = {act.act for made in everything for turn in made.turns for act in turn.acts}
    assert acts <= set(labels["act"])
    verdicts = [verdict for made in everything for verdict in made.verdicts]
    words = {reason.partition(":")[0] for verdict in verdicts for reason in verdict.reasons}
    words |= {verdict.kind for verdict in verdicts} | {
        str(verdict.recovery) for verdict in verdicts if verdict.recovery
    }
    words |= {made.mode for made in everything}
    words |= {step.result.failure.kind for made in everything for step in list_steps(made) if step.result.failure}
    assert words <= set(labels["word"])
    assert head["tools"]["verified"] == 12 and head["tools"]["failed"] == 2
    script = render_report(data)
    used = set(re.findall(r'\bt\("(\w+)"\)|section\("(\w+)"', script))
    assert {first or second for first, second in used} <= set(head["texts"])


browsing = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.mark.parametrize(("locale", "said"), [("en-US", "✗ not available"), ("zh-CN", "✗ 服务不可用")])
class TestInABrowser:
    pytestmark = browsing

    def test_calls_stand_folded_before_the_words(self, show: Show, locale: str, said: str) -> None:
        from playwright.sync_api import expect

        data = make_tool_set()
        made = pick(data, "error")
        page = show(data, f"#d/{made.id}", locale)
        failed = page.locator(".step.bad").filter(has_text=said).first
        expect(failed.locator(".stepbody")).to_be_hidden()
        failed.locator("summary").click()
        expect(failed.locator(".stepbody")).to_contain_text("the service is not available at the moment")
        assert page.locator(".step:not(.thought)").count() == len(list_steps(made))
        thoughts = [turn for turn in made.turns if turn.reasoning]
        assert page.locator(".thought").count() == len(thoughts)
        expect(page.locator(".thought p").first).to_be_hidden()

    def test_tasks_and_changes_have_a_tab(self, show: Show, locale: str, said: str) -> None:
        from playwright.sync_api import expect

        data = make_tool_set()
        made = next(made for made in data.list_tool_dialogues() if made.changes and made.mode == "user-oriented")
        page = show(data, f"#d/{made.id}", locale)
        page.locator("header .linklike").click()
        expect(page.locator(".tasks .passed")).to_have_count(len(made.tasks))
        expect(page.locator(".tasks .failed")).to_have_count(0)
        expect(page.locator("#panel")).to_contain_text(f"{made.changes[0].table} {made.changes[0].key}")

    def test_what_failed_is_counted_and_not_shown(self, show: Show, locale: str, said: str) -> None:
        from playwright.sync_api import expect

        data = make_tool_set()
        page = show(data, "#overview", locale)
        expect(page.locator(".toolfigures .verified b")).to_have_text("85.7%")
        expect(page.locator(".toolfigures .reasons")).to_contain_text(
            "call missing" if locale == "en-US" else "缺少应有的调用"
        )
        assert data.tool_use is not None
        for made in data.tool_use.unverified:
            expect(page.locator("body")).not_to_contain_text(made.id)
        page.evaluate("location.hash = 'dialogues'")
        expect(page.locator("#rows a").first).to_be_visible()
        expect(page.locator("#shown")).to_contain_text("12")

    def test_what_a_tool_brought_stays_text(self, show: Show, locale: str, said: str) -> None:
        from playwright.sync_api import expect

        data = make_tool_set()
        made = change_first_step(
            data.list_tool_dialogues()[0], rows=({NASTY: NASTY, "more": {"a": [NASTY]}},), origin="simulated"
        )
        thought = ToolTurn(turn_id=0, role="agent", utterance=NASTY, acts=(Act(act=NASTY),), reasoning=NASTY)
        turns = [turn.model_copy(update={"turn_id": number}) for number, turn in enumerate((thought, *made.turns))]
        made = made.model_copy(update={"turns": tuple(turns)})
        page = show(replace_dialogue(data, made), f"#d/{made.id}/tasks", locale)
        call = page.locator(".step:not(.thought)").filter(has_text="<img")
        page.evaluate("document.querySelectorAll('.step').forEach((step) => { step.open = true; })")
        expect(call.locator("td").first).to_contain_text("</script><img src=x")
        expect(call.locator(".chip.simulated")).to_be_visible()
        expect(page.locator("img")).to_have_count(0)
        expect(page).to_have_title(re.compile("StreamDial"))

    def test_a_phone_needs_no_sideways_scrolling(self, show: Show, locale: str, said: str) -> None:
        data = make_tool_set()
        made = max(data.list_tool_dialogues(), key=lambda made: len(list_steps(made)))
        page = show(data, f"#d/{made.id}/tasks", locale, viewport={"width": 360, "height": 740})
        page.evaluate("document.querySelectorAll('.step').forEach((step) => { step.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.evaluate("location.hash = 'overview'")
        page.wait_for_selector(".toolfigures")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_figures_tell_why_dialogues_are_kept_apart() -> None:
    data = make_tool_set()
    assert data.tool_use is not None
    done = data.list_tool_dialogues()[0].model_copy(update={"id": "broken off", "stop_reason": "turn_cap"})
    idle = done.model_copy(update={"id": "idle", "verdicts": ()})
    figures = count_tool_statistics(replace(data, tool_use=replace(data.tool_use, unverified=(done, idle))))
    assert figures is not None and (figures.verified, figures.failed) == (12, 2)
    assert figures.reasons == {"no_task": 1, "not_finished": 1}
    assert round(figures.verified_share, 3) == 0.857
    assert figures.origins == {"template": 10} and list(figures.density) == ["task-oriented", "user-oriented"]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_a_set_without_tools_has_no_tab_for_them(data: DataSet, show: Show) -> None:
    page = show(data, "#d/d1")
    assert page.get_by_role("tab").count() == 4 and page.locator(".step").count() == 0

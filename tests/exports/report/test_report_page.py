"""The report in a real browser, as a reader uses it."""

import re
from dataclasses import replace

import pytest

from streamdial.counts import Counts
from streamdial.exports import DataSet, FilterStatistics, QualityStatistic
from streamdial.filtering import DialogueMap, GridCell, TriedThresholds
from streamdial.records import Blueprint, Dialogue, ReachedGoal, Revision, Turn
from tests.exports.conftest import CHROMIUM, Show, make_agent, make_blueprint, make_dialogue, make_user, reload

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture
def rich(data: DataSet) -> DataSet:
    """The two talks of `data`, and one of another account in Chinese that was deferred."""
    wishes = {"seats": "7", "price": "300000"}
    turns = (
        Turn(turn_id=0, role="user", utterance="预算三十万，要七座", act="inform", inform=wishes),
        Turn(turn_id=1, role="agent", utterance="好的", act="confirm", stage="closing", strategy="closing"),
        Turn(turn_id=2, role="user", utterance="价格无所谓", act="revise", inform={"price": ""}),
    )  # fmt: skip
    made = make_dialogue("d4", *turns, user="u4", agent="a4", plan="b4", language="zh")
    change = {
        "outcome": "deferral",
        "path": "Deferral",
        "stop_reason": "left",
        "behaviours": ("negotiation",),
        "goals": (ReachedGoal(first_turn=0, user_persona_id="u4", path="Success", outcome="success"),),
        "revisions": (Revision(turn_id=1, before="行", reason="too short", reviewer="rules"),),
    }
    return replace(
        data,
        languages=("en", "zh"),
        dialogues=(*data.dialogues, made.model_copy(update=change)),
        users={**data.users, "u4": make_user("u4", "zh")},
        agents={**data.agents, "a4": make_agent("a4", "zh").model_copy(update={"account": "b"})},
        blueprints={**data.blueprints, "b4": make_blueprint("b4", "zh")},
    )


def expect_rows(page: Page, *ids: str) -> None:
    expect(page.locator("#rows code")).to_have_text(list(ids))


def go(page: Page, place: str) -> None:
    page.evaluate("place => { location.hash = place; }", place)
    view = "dialogues" if place.startswith("d/") else place
    expect(page.locator("body")).to_have_attribute("data-view", view)


def test_the_overview_leads_to_the_dialogues_it_counts(rich: DataSet, show: Show) -> None:
    page = show(rich)
    expect(page).to_have_title("StreamDial · Cars")
    expect(page.locator("h1:visible")).to_have_text("3 dialogues learnt from streams")
    expect(page.locator(".funnel li")).to_contain_text("repeats")
    page.get_by_role("link", name="Deferral").click()
    expect(page).to_have_url(re.compile(r"#dialogues\?outcome=deferral$"))
    expect_rows(page, "d4")


def test_a_search_finds_words_and_ids_and_marks_them(rich: DataSet, show: Show) -> None:
    page = show(rich, "#dialogues")
    search = page.get_by_role("searchbox")
    search.fill("FIVE seats")
    expect_rows(page, "d1")
    expect(page.locator("#shown")).to_have_text("1 of 3")
    expect(page.locator("#rows mark")).to_have_text("five seats", ignore_case=True)
    expect(page.locator(".talk mark")).to_have_text("Five seats", ignore_case=True)
    expect(page).to_have_url(re.compile(r"#dialogues\?q=FIVE\+seats$"))
    search.fill("d4")
    expect_rows(page, "d4")
    search.fill("无所谓")
    expect_rows(page, "d4")
    search.fill("nobody said that")
    expect(page.locator("#rows")).to_have_text("No dialogue fits.")
    search.fill("")
    expect_rows(page, "d1", "d2", "d4")
    expect(page.locator("mark")).to_have_count(0)


def test_every_filter_shows_as_many_as_it_says(rich: DataSet, show: Show) -> None:
    page = show(rich, "#dialogues")
    page.get_by_text("More filters").click()
    names = [select.get_attribute("name") for select in page.locator(".filters select").all()]
    assert names == ["outcome", "language", "stage", "act", "strategy", "way", "stop", "path", "agent"]
    for name in names:
        select = page.locator(f"select[name={name}]")
        for option in select.locator("option").all()[1:]:
            count = re.search(r"\((\d+)\)$", option.inner_text())
            assert count
            select.select_option(option.get_attribute("value"))
            expect(page.locator("#shown")).to_have_text(f"{count[1]} of 3")
        page.locator("#chips button").click()
        expect(page.locator("#shown")).to_have_text("3 of 3")
        expect(select).to_have_value("")


def test_a_filtered_view_and_a_dialogue_can_be_linked_to(rich: DataSet, show: Show) -> None:
    page = show(rich, "#d/d1/blueprint?stage=closing&q=seats")
    expect(page.locator("#shown")).to_have_text("1 of 3")
    expect(page.locator("select[name=stage]")).to_have_value("closing")
    expect(page.get_by_role("searchbox")).to_have_value("seats")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Blueprint")
    expect(page.locator(".talk .bubble").first).to_have_text("We need 7 seats, how far does the Meridian go?")
    page.get_by_role("button", name="Clear all").click()
    page.locator("#rows a").nth(2).click()
    expect(page).to_have_url(re.compile("#d/d4$"))
    expect(page.locator(".talk .bubble").first).to_have_text("预算三十万，要七座")
    page.go_back()
    expect(page.locator(".talk .bubble").first).to_have_text("We need 7 seats, how far does the Meridian go?")


def test_a_broken_link_opens_something(rich: DataSet, show: Show) -> None:
    page = show(rich, "#d/%/nothing?outcome=unheard&q=")
    expect(page.locator("#shown")).to_have_text("3 of 3")


def test_evidence_opens_the_moment_it_came_from(data: DataSet, show: Show) -> None:
    items = {**data.evidence, "r1": replace(data.evidence["r1"], url="https://www.youtube.com/watch?v=x")}
    page = show(replace(data, evidence=items), "#d/d1")
    turns = page.locator(".talk .turn")
    turns.nth(0).get_by_role("button", name="02:15 question").click()
    expect(turns.nth(0).locator("figure")).to_contain_text("<img src=x onerror=document.title='broken'>")
    expect(turns.nth(0).locator("figure a")).to_have_count(0)
    answer = turns.nth(1).get_by_role("button", name="02:21 host response")
    answer.click()
    figure = turns.nth(1).locator("figure")
    expect(figure.locator("figcaption time")).to_have_text("02:21–02:26")
    expect(figure.locator(".around")).to_contain_text("02:15 question:")
    expect(figure.get_by_role("link", name="open this moment")).to_have_attribute(
        "href", "https://www.youtube.com/watch?v=x&t=141s"
    )
    expect(figure).to_contain_text("Source: Friday | evening")
    answer.click()
    expect(figure).to_have_count(0)
    turns.nth(1).get_by_role("button", name="knowledge").click()
    expect(figure.locator("blockquote")).to_have_text("Meridian · range: 540")
    page.get_by_role("button", name="中文").click()
    turns.nth(1).get_by_role("button", name="知识").click()
    expect(figure.locator("blockquote")).to_have_text("Meridian · 续航: 540")


def test_a_turn_shows_slots_and_the_state_so_far(rich: DataSet, show: Show) -> None:
    page = show(rich, "#d/d1")
    last = page.locator(".talk .turn").nth(2)
    last.get_by_text("State so far (2)").click()
    expect(last.locator("dl")).to_contain_text("5 seats")
    expect(last.locator("dd.fresh")).to_have_count(2)
    page.goto(page.url.replace("d/d1", "d/d4"))
    turns = page.locator(".talk .turn")
    expect(turns.nth(1)).to_contain_text("State so far (2)")
    expect(turns.nth(2)).to_contain_text("State so far (1)")
    expect(turns.nth(2).locator(".slot")).to_contain_text("taken back")
    expect(turns.nth(1)).to_contain_text("Said again after a review")
    expect(page.locator(".talk header")).to_contain_text("Goals before: Success (Success)")


def test_the_path_taken_is_drawn_over_the_graph(data: DataSet, show: Show) -> None:
    page = show(data, "#d/d1/blueprint")
    graph = page.get_by_role("img", name="Graph of the steps: Questions → Closing")
    expect(graph.locator("g.stage")).to_have_text([re.compile("Questions"), re.compile("Closing")])
    expect(graph.locator("path.step.on")).to_have_count(1)
    expect(graph.locator("g.reached")).to_have_count(2)
    other = page.url.replace("d/d1", "d/d2")
    page.goto(other)
    expect(page.locator("svg.graph g.reached")).to_have_count(1)


def test_keys_move_through_list_turns_and_tabs(rich: DataSet, show: Show) -> None:
    page = show(rich, "#dialogues")
    page.keyboard.press("j")
    current = page.locator("#rows a[aria-current]")
    expect(current).to_contain_text("d2")
    expect(page).to_have_url(re.compile("#d/d2$"))
    page.keyboard.press("k")
    expect(current).to_contain_text("d1")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.locator("#rows a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#d/d2$"))
    page.get_by_role("tab", name="User").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Expert")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_contain_text("Silver Leaf Motors")


def test_the_language_can_be_changed(rich: DataSet, show: Show) -> None:
    page = show(rich, "#dialogues?outcome=deferral")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("nav a")).to_have_text(["概览", "对话", "知识", "质量", "去重"])
    expect(page.locator("#shown")).to_have_text("1 / 3")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    reload(page)
    expect(page.get_by_role("tab").first).to_have_text("用户")


def test_notes_of_phases_are_said_in_chinese_where_their_sentences_are_known(data: DataSet, show: Show) -> None:
    notes = ["repaired: lexicon_fuzzy 2, figure 1", "numbers left out of questions: not_the_price 3", "so it is <b>"]
    page = show(replace(data, counts=(Counts("correction", notes=notes),)), locale="zh-CN")
    told = page.locator(".funnel .note")
    expect(told).to_have_text(["已修正：词库近似匹配 2, 数字 1", "未采用的数字：并非价格 3", "so it is <b>"])
    expect(told.nth(2)).to_have_attribute("lang", "en")
    page.get_by_role("button", name="EN").click()
    expect(told.first).to_have_text("repaired: lexicon, near 2, figure 1")


def test_a_chinese_reader_is_met_in_chinese(rich: DataSet, show: Show) -> None:
    expect(show(rich, locale="zh-CN").locator("h1:visible")).to_have_text("3 段从直播中学到的对话")


def make_filtered() -> FilterStatistics:
    steps = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
    grid = [GridCell(user, agent, 0.625, 12, 0.375) for user in steps for agent in steps]
    places = DialogueMap(0.25, {"d1": (-1.0, 0.5), "d2": (1.0, -0.5), "d3": (-0.9, 0.4), "d4": (0.0, 0.9)})
    return FilterStatistics(
        grid, {1: 20, 2: 3}, [], [TriedThresholds(0.9, 0.8, 3, ("d3",)), TriedThresholds(1.0, 0.9, 4, ())], places
    )


@pytest.mark.parametrize("width", [360, 400])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_phone_needs_no_sideways_scrolling(rich: DataSet, show: Show, locale: str, width: int) -> None:
    shown = replace(rich, quality=FIGURES, filtered=make_filtered())
    page = show(shown, locale=locale, viewport={"width": width, "height": 740})
    for place in (
        "overview",
        "dialogues",
        "d/d1",
        "d/d4",
        "d/d1/agent",
        "d/d1/blueprint",
        "d/d1/record",
        "facts",
        "quality",
        "filter",
    ):
        go(page, place)
        # Also with all that folds out, and with a moment and a persona of the map chosen.
        page.evaluate("""() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
          for (const moment of document.querySelectorAll(".talk .moment")) moment.click();
          document.querySelector(".view:not([hidden]) .persona[tabindex='0']")?.focus();
        }""")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        assert page.evaluate(_CUT) == [], place
    go(page, "dialogues")
    expect(page.locator("#talk")).to_be_hidden()
    page.locator("#rows a").first.click()
    expect(page.locator("#rows")).to_be_hidden()


_CUT = """() => [...document.querySelectorAll(".view:not([hidden]) *")].filter((node) => {
  const box = node.getBoundingClientRect();
  if (!box.width || box.right <= innerWidth + 1) return false;
  let above = node.parentElement;
  while (above && getComputedStyle(above).overflowX === "visible") above = above.parentElement;
  return !above;
}).map((node) => `${node.tagName} ${node.textContent.slice(0, 40)}`)"""
"""What reaches over the right edge and lies in nothing that scrolls by itself."""


FIGURES = (
    QualityStatistic("distinct_2_en", 0.41, 0.38, 0.44, "share of word 2-grams", "16 dialogues", "Diversity"),
    QualityStatistic("entropy_2_en", 9.5, 9.3, 9.7, "bits", "", "Diversity"),
    QualityStatistic("vendi", None, note="no embedder", section="Diversity"),
    QualityStatistic("duplicates_at_0.5", 0.4, 0.3, 0.5, "share of dialogues", "", "Diversity"),
    QualityStatistic("duplicates_at_0.9", 0.1, 0.0, 0.2, "share of dialogues", "", "Diversity"),
    QualityStatistic("coherence_user", 3.0, 2.0, 4.0, "score 1-5", "", "Judges"),
    QualityStatistic("coherence_agent", 5.0, None, None, "score 1-5", "", "Judges"),
    QualityStatistic("frechet", 1.5, None, None, "distance", "", "Nearness to <b>other</b>"),
)


def test_quality_is_drawn_where_it_was_measured(rich: DataSet, show: Show) -> None:
    page = show(replace(rich, quality=FIGURES), "#quality")
    expect(page.locator("#view-quality h2")).to_have_text([
        "Judges", "Diversity", "Near-duplicates", "Nearness to <b>other</b>",
        "Length of turns · English", "Length of turns · 中文", "Turns a dialogue", "Strategies on paths",
    ])  # fmt: skip
    judges = page.locator(".plot").nth(0)
    # 1 to 5: the mean of 3 stands in the middle, 5 at the end.
    assert [dot.get_attribute("cx") for dot in judges.locator("circle").all()] == ["50%", "100%"]
    assert judges.locator(".whisker").get_attribute("x1") == "25%"
    diversity = page.locator(".plot").nth(1)
    expect(diversity).to_contain_text("Not measured: Vendi score (no embedder)")
    diversity.get_by_text("As a table").click()
    expect(diversity.get_by_role("row", name="distinct-2 · English")).to_contain_text("0.38–0.44")
    expect(page.locator(".plot").nth(2).locator("circle")).to_have_count(2)
    expect(page.locator("#view-quality b b")).to_have_count(0)


def test_without_an_evaluation_the_page_says_what_to_run(rich: DataSet, show: Show) -> None:
    page = show(rich, "#quality")
    expect(page.locator(".call")).to_contain_text("streamdial evaluate DIR\nstreamdial export DIR")
    page.get_by_role("row", name="Closing").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"#dialogues\?strategy=closing&path=Deferral$"))
    expect_rows(page, "d4")


def test_a_dropped_dialogue_stands_beside_the_one_it_repeats(data: DataSet, show: Show) -> None:
    page = show(data, "#filter")
    expect(page.locator("h1:visible")).to_have_text("1 dropped · 2 kept")
    page.get_by_role("button", name="Compare").click()
    sides = page.locator(".pair > div")
    expect(sides.nth(0)).to_contain_text("540 km on a full charge.")
    sides.nth(1).get_by_role("link").click()
    expect(page).to_have_url(re.compile("#d/d1$"))


def test_mined_markup_stays_text(data: DataSet, show: Show) -> None:
    plan: Blueprint = data.blueprints["b1"].model_copy(update={"title": "<img src=x onerror=alert(1)>"})
    page = show(replace(data, blueprints={"b1": plan}), "#d/d2/blueprint?q=%3Cimg")
    expect(page.locator(".talk .bubble")).to_contain_text("Hello </script><img src=x onerror=document.title='broken'>")
    expect(page.locator(".talk mark")).to_have_text("<img")
    for place in ("overview", "quality", "filter"):
        go(page, place)
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title("StreamDial · Cars")


def test_an_empty_set_says_so(empty: DataSet, show: Show) -> None:
    page = show(empty, "#dialogues")
    expect(page.locator("#view-dialogues")).to_have_text("The data set holds no dialogues.")
    page.keyboard.press("j")
    for place, told in (("filter", "The filter dropped nothing."), ("quality", "This set has not been evaluated yet")):
        go(page, place)
        expect(page.locator(f"#view-{place}")).to_contain_text(told)


def test_only_rows_in_sight_are_in_the_page(data: DataSet, show: Show) -> None:
    made: list[Dialogue] = [data.dialogues[1].model_copy(update={"id": f"x{number:04d}"}) for number in range(450)]
    page = show(replace(data, dialogues=tuple(made), dropped=(), left_out={}), "#d/x0449")
    expect(page.locator("#rows a[aria-current]")).to_contain_text("x0449")
    assert page.locator("#rows a").count() < 40
    expect(page.locator(".talk .bubble").first).to_have_text("We need 7 seats, how far does the Meridian go?")

from __future__ import annotations

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.personas import extract_knowledge
from streamdial.records import AgentResponse, Page, Provenance, Shown, Table
from streamdial.signals import name_cards
from streamdial.signals.shown_things import name_shown_things

PACK = load_pack("hotel")
ROOMS = Page(
    id="rooms", source_id="rooms", url="rooms.html", title="客房", text="客房", published="2026-03-01",
    tables=(Table(header=("房型", "价格"), rows=(("静谷大床房", "388元"), ("望湖大床房", "599元"))),),
)  # fmt: skip


def make_card(*headings: str, pairs: tuple[tuple[str, str], ...] = (("直播价", "568元"),)) -> Page:
    shown = Shown(start=10.0, end=20.0, box=(0.5, 0.1, 0.9, 0.6), headings=headings)
    table = Table(header=("", ""), rows=pairs, about="")
    text = "\n".join(headings)
    return Page(id="card", source_id="rec", url="", title="", text=text, tables=(table,), shown=shown)


def make_response(text: str, start: float, tells: dict[str, str], *entities: str) -> AgentResponse:
    return AgentResponse(
        id=f"r{start}", domain="hotel", language="zh", provenance=Provenance(source_id="rec"), text=text, raw_text=text,
        start=start, end=start + 2, tells=tells, entities=entities,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "about"),
    [
        (("今晚福利", "望湖大床房"), "望湖大床房"),
        (("云栖湖景套房",), "云栖湖景套房"),
        (("今晚福利",), ""),
        (("望湖大床房", "静谷大床房"), ""),
    ],
)
def test_a_card_is_about_the_one_thing_its_headings_name(headings: tuple[str, ...], about: str) -> None:
    _, card = name_cards([ROOMS, make_card(*headings)], PACK, "zh")
    assert card.tables[0].about == about


def test_a_card_gives_rows_with_seconds_and_place_and_what_was_said_meanwhile() -> None:
    pages = name_cards(
        [ROOMS, make_card("云栖湖景套房", pairs=(("直播价", "1088元"), ("停车位编号", "7")))], PACK, "zh"
    )
    said = [
        make_response("今天直播间只要1088", 12.0, {"price": "1088"}, "云栖湖景套房"),
        make_response("云栖湖景套房1088", 90.0, {"price": "1088"}, "云栖湖景套房"),
    ]
    rows = extract_knowledge(pages, said, PACK, "zh", Counts("knowledge"))
    (row,) = [row for row in rows if row.entity == "云栖湖景套房"]
    assert (row.slot, row.value, row.unit) == ("price", "1088", "CNY")
    at = row.provenance
    assert (at.source_id, at.start, at.end, at.box) == ("rec", 10.0, 20.0, (0.5, 0.1, 0.9, 0.6))
    assert at.derived_from == ("card", "r12.0")


def test_a_card_of_which_nobody_knows_the_thing_gives_no_price() -> None:
    counts = Counts("knowledge")
    pages = name_cards([make_card("今晚福利", pairs=(("直播价", "568元"), ("停车", "免费停车")))], PACK, "zh")
    rows = extract_knowledge(pages, [], PACK, "zh", counts)
    assert [(row.entity, row.slot, row.value) for row in rows] == [("", "parking", "free")]
    assert counts.dropped["no_thing"] == 1


def test_an_answer_without_a_name_is_about_the_card_that_says_the_same_meanwhile() -> None:
    pages = name_cards([make_card("望湖大床房")], PACK, "zh")
    answers = [
        make_response("这个今天568", 12.0, {"price": "568"}),
        make_response("另一个要388", 13.0, {"price": "388"}),
        make_response("今天只要568", 60.0, {"price": "568"}),
        make_response("静谷大床房568", 14.0, {"price": "568"}, "静谷大床房"),
    ]
    named = [answer.entities for answer in name_shown_things(answers, pages, PACK, "zh")]
    assert named == [("望湖大床房",), (), (), ("静谷大床房",)]


def test_rows_of_pages_have_no_place_on_a_screen_and_do_not_tell_of_one() -> None:
    rows = extract_knowledge([ROOMS], [], PACK, "zh", Counts("knowledge"))
    assert all("box" not in row.model_dump(mode="json")["provenance"] for row in rows)

"""What a profile's plain texts say of what is sold."""

from __future__ import annotations

from typing import Any

import pytest

from streamdial.corpora import read_profile
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.personas import Knowledge
from streamdial.records import KnowledgeRow


def read(body: dict[str, Any], domain: str = "automotive") -> tuple[KnowledgeRow, ...]:
    given = read_profile(body, profile_id="p1", pack=load_pack(domain), counts=Counts("profiles"), file="agents.jsonl")
    return given.knowledge


def show(body: dict[str, Any], domain: str = "automotive") -> list[tuple[str, str, str]]:
    return [(row.entity, row.slot, row.value) for row in read(body, domain)]


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("涉及云岭旗下远山7、溪谷、云岭X5等多款车型的新车咨询；服务区域未体现", ["远山7", "溪谷", "云岭X5"]),
        ("涉及云岭多个车型（如远山7、溪谷L、X5等）的新车咨询", ["远山7", "溪谷L", "X5"]),
        ("云岭品牌多款车型（远山007、远山009）的配置解读", ["远山007", "远山009"]),
        ("业务环节涵盖新车咨询、配置解读、金融贷款方案、预约试驾等", []),
        ("涵盖车型版本、指导价格、能源类型、续航里程等配置解读", []),
        ("涉及云岭旗下多款车型，涵盖皮卡、轻客、SUV等不同级别", []),
        ("服务区域覆盖云州、松江、鹭洲等地的车型咨询", []),
    ],
)
def test_lists_of_names_are_what_is_sold_and_lists_of_subjects_are_not(scope: str, names: list[str]) -> None:
    assert show({"业务覆盖": scope}) == [(name, "model", name) for name in names]


def test_each_row_quotes_its_place_in_its_file() -> None:
    body = {"业务覆盖": "涉及云岭旗下远山7、溪谷等多款车型的新车咨询", "服务承诺": "提供整车质保；无隐形消费"}
    rows = read(body)
    assert [(row.entity, row.slot) for row in rows] == [("远山7", "model"), ("溪谷", "model"), ("", "warranty")]
    for row in rows:
        place = row.provenance
        assert place.url == "agents.jsonl"
        text = body[place.derived_from[0].removeprefix("p1#/")]
        assert text[place.char_start : place.char_end] == row.text


def test_terms_that_hold_for_all_keep_their_words() -> None:
    scope = "业务环节涵盖新车咨询、金融贷款方案（两年零息，首付低至10%）、置换补贴说明等；服务区域未体现"
    assert show({"业务覆盖": scope}) == [
        ("", "down_payment", "两年零息，首付低至10%"),
        ("", "trade_in", "置换补贴"),
    ]
    assert show({"业务覆盖": "未提及置换补贴"}) == []


@pytest.mark.parametrize(
    ("scope", "city"),
    [
        ("业务类型为提供酒店信息；地区范围为云州", "云州"),
        ("提供云州多家不同星级酒店的信息", "云州"),
        ("可承接业务的地区范围为云州各区域", "云州"),
        ("推荐不同区域的酒店", None),
        ("地区范围未体现", None),
    ],
)
def test_where_it_is_holds_for_all(scope: str, city: str | None) -> None:
    assert show({"业务范围": scope}, "hotel") == ([("", "distance", city)] if city else [])


def test_kinds_of_restaurants_are_named_with_their_cuisine() -> None:
    told = show(
        {"业务范围": "提供云州多个区域餐厅信息，涵盖川菜、港式火锅、小食等，包括评分、均价、菜系"}, "restaurant"
    )
    assert told == [("川菜", "cuisine", "sichuan"), ("港式火锅", "cuisine", "hotpot"), ("", "address", "云州")]


def test_a_profile_with_rows_of_its_own_is_not_read_for_more() -> None:
    body = {"业务范围": "地区范围为云州", "知识信息": [{"名称": "云鹭酒店", "房型": "大床房", "房费": "266元"}]}
    assert "distance" not in {row.slot for row in read(body, "hotel")}


def test_a_label_tells_what_a_figure_is_of() -> None:
    body = {"知识信息": {"官方指导价": ["远山7：206900元；溪谷豪华型：10.71万元", "置换补贴：5000元"]}}
    rows = {row.entity: row for row in read(body) if row.slot == "price"}
    assert {name: row.number for name, row in rows.items()} == {"远山7": 206900, "溪谷豪华型": 107100}


def test_of_six_or_seven_seats_neither_is_told() -> None:
    assert not [row for row in read({"知识信息": ["远山7：6/7座SUV，油耗低"]}) if row.slot == "seats"]


def test_what_is_only_named_fits_no_wish() -> None:
    pack = load_pack("automotive")
    named = Knowledge(read({"业务覆盖": "涉及云岭旗下远山7、溪谷等多款车型的新车咨询"}), pack)
    assert named.entities == ("远山7", "溪谷")
    assert named.list_slots("溪谷") == ()
    assert named.rank({"seats": "7"}) == []
    assert [name for name, _, _ in named.rank({})] == ["远山7", "溪谷"]

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.corpora import count_leaves, read_profile, write_profile
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import StreamDialError
from streamdial.exports.profiles import describe_agent
from streamdial.personas import Knowledge
from streamdial.records import AgentPersona, KnowledgeRow, Language
from tests.exports.conftest import make_agent

PACKS = {"car": "automotive", "hotel": "hotel", "restaurant": "restaurant"}
LITERAL = (
    "{'名称': '星途 1.5T', '车型': 'SUV', '座位数': 5, '能源类型': '汽油', '价格(万元)': 13.57, '座椅加热': true, "
    "'所属价格区间': ' < 15', '巡航系统': '无'}"
)


def read(body: dict[str, Any], domain: str = "automotive") -> AgentPersona:
    return read_profile(body, profile_id="p1", pack=load_pack(domain), counts=Counts("profiles"))


def find(persona: AgentPersona, slot: str) -> KnowledgeRow:
    return next(row for row in persona.knowledge if row.slot == slot)


def test_a_profile_becomes_a_persona_whose_evidence_names_the_place() -> None:
    body = {
        "角色定位": "云鹭酒店客服",
        "专业资质": "未体现",
        "沟通技巧": "礼貌温和",
        "业务范围": "酒店咨询；服务苏州",
        "服务承诺": "免费取消; 含早",
    }
    persona = read(body, "hotel")
    assert (persona.identity.text, persona.identity.evidence) == ("云鹭酒店客服", ("p1#/角色定位",))
    assert persona.certification is None
    assert persona.style.description == "礼貌温和"
    assert [boundary.text for boundary in persona.service_boundaries] == ["酒店咨询", "服务苏州"]
    assert [promise.text for promise in persona.commitments] == ["免费取消", "含早"]
    assert persona.language == "zh"
    assert write_profile(persona) == body


def test_an_identity_that_is_not_shown_is_empty_at_the_place_that_says_so() -> None:
    persona = read({"角色定位": "未体现", "沟通风格": "未体现"})
    assert (persona.identity.text, persona.identity.evidence) == ("", ("p1#/角色定位",))
    assert persona.style.description == ""


def test_one_key_may_be_a_text_a_list_or_an_object_and_have_two_names() -> None:
    body = {
        "角色定位": ["顾问", "店长"],
        "沟通风格": {"语气": "亲切", "示例": "欢迎老铁"},
        "业务覆盖": {"环节": "新车咨询", "区域": ["保定", "石家庄"]},
        "English extra": "kept",
    }
    persona = read(body)
    assert persona.identity.text == "顾问\n店长"
    assert (persona.style.description, persona.style.sample_lines) == ("亲切", ("欢迎老铁",))
    assert [boundary.text for boundary in persona.service_boundaries] == ["新车咨询", "保定", "石家庄"]
    assert write_profile(persona) == body
    english = {"role": "Adviser", "communication_style": "calm", "service scope": "Leeds", "commitments": "a; b"}
    assert read(english).language == "en"
    assert write_profile(read(english)) == english


def test_a_profile_without_a_field_for_a_key_keeps_it_and_says_so() -> None:
    counts = Counts("profiles")
    persona = read_profile({"星座": "狮子座"}, profile_id="p1", pack=load_pack("hotel"), counts=counts)
    assert persona.layout is not None and persona.layout.rest == {"/星座": "狮子座"}
    assert counts.notes == ["p1: no field for 星座; kept as it is"]


def test_objects_written_as_texts_become_typed_rows() -> None:
    body = {"角色定位": "销售", "知识信息": [LITERAL]}
    persona = read(body)
    price = find(persona, "price")
    assert (price.entity, price.value, price.number, price.unit) == ("星途 1.5T", "135700", 135700.0, "CNY")
    assert price.provenance.derived_from == ("p1#/知识信息/0/价格(万元)",)
    assert (find(persona, "body_type").value, find(persona, "energy").value) == ("suv", "petrol")
    assert find(persona, "seats").value == "5"
    assert find(persona, "所属价格区间").value == " < 15"  # a range is no price
    assert find(persona, "巡航系统").value == "无"
    assert write_profile(persona) == body


def test_a_row_the_pack_has_no_slot_for_is_readable_and_told_by_nobody() -> None:
    persona = read({"知识信息": [LITERAL]})
    assert find(persona, "座椅加热").text == "true"
    known = Knowledge(persona.knowledge, load_pack("automotive"))
    assert {row.slot for row in known.rows} == {"body_type", "seats", "energy", "price"}
    assert known.rank({"price": "150000"})[0][:2] == ("星途 1.5T", ())


def test_a_hotel_is_named_with_its_room() -> None:
    row = {"名称": "云鹭酒店", "房型": "大床房", "房费": "266元", "停车场": "免费", "酒店类型": "商务出行", "评分": 4.7}
    body = {"知识信息": [row, {**row, "房型": "标准间", "房费": "未体现"}]}
    persona = read(body, "hotel")
    assert {row.entity for row in persona.knowledge} == {"云鹭酒店大床房", "云鹭酒店标准间"}
    told = {row.slot: row.value for row in persona.knowledge if row.entity == "云鹭酒店大床房"}
    assert told["price"] == "266" and told["parking"] == "free" and told["bed_type"] == "king"
    assert told["hotel_name"] == "云鹭酒店" and told["酒店类型"] == "商务出行" and told["评分"] == "4.7"
    assert write_profile(persona) == body


def test_sentences_give_a_price_only_where_they_say_it_is_one() -> None:
    body = {
        "知识信息": {
            "具体车型": ["迈腾B9（1.5T低配）", "速腾超越"],
            "价格": "迈腾B9指导价179900元；速腾超越优惠60000元；置换补贴10000元",
        }
    }
    persona = read(body)
    assert [(row.entity, row.value) for row in persona.knowledge if row.slot == "price"] == [("迈腾B9", "179900")]
    assert write_profile(persona) == body


def test_a_changed_field_is_seen_in_the_body() -> None:
    persona = read({"角色定位": "销售", "服务承诺": "免费; 含早", "知识信息": [LITERAL, {"名称": "B", "评分": 4.5}]})
    rows = [
        row.model_copy(update={"text": {"13.57": "12.99", "4.5": "4.9"}.get(row.text, row.text)})
        for row in persona.knowledge
    ]
    promise = persona.commitments[1].model_copy(update={"text": "含双早"})
    changed = persona.model_copy(update={"knowledge": tuple(rows), "commitments": (persona.commitments[0], promise)})
    body = write_profile(changed)
    assert body["服务承诺"] == "免费; 含双早"
    assert body["知识信息"][0] == LITERAL.replace("13.57", "12.99")
    assert body["知识信息"][1] == {"名称": "B", "评分": 4.9}


def test_what_is_no_object_is_refused_by_name() -> None:
    with pytest.raises(StreamDialError, match="the profile p1 is no object"):
        read_profile("未体现", profile_id="p1", pack=load_pack("hotel"), counts=Counts("profiles"))
    with pytest.raises(StreamDialError, match="was not read from a profile"):
        write_profile(make_agent("a1"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_we_export_is_read_back(language: Language) -> None:
    pack = load_pack("automotive")
    body = describe_agent(make_agent("a1", language), pack)
    persona = read(body)
    assert (persona.language, persona.identity.text) == (language, "Silver Leaf Motors")
    assert [promise.text for promise in persona.commitments] == ["one", "two"]
    assert {row.slot: row.value for row in persona.knowledge} == {"range": "540", "price": "46900"}
    assert {row.entity for row in persona.knowledge} == {"Meridian"}
    assert write_profile(persona) == body
    assert describe_agent(persona, pack) == body


_TEXTS = st.sampled_from(["未体现", "顾问", "a；b", "x\ny", LITERAL, "{'名称': 1}", ""]) | st.text(max_size=5)
_VALUES = st.recursive(
    _TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["名称", "价格", "车型", "0", "评分", "a/b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["角色定位", "专业资质", "沟通风格", "沟通技巧", "业务覆盖", "服务承诺", "知识信息", "其他"]),
        _VALUES,
        min_size=1,
    )
)
def test_every_odd_profile_is_written_back(body: dict[str, Any]) -> None:
    assert json.dumps(write_profile(read(body))) == json.dumps(body)


@pytest.mark.slow
def test_all_published_profiles_are_read_and_written_back(shared_data: Path) -> None:
    files = sorted((shared_data / "streamdial").glob("*assistant_profile*.jsonl.gz"))
    typed = rest = count = 0
    for file in files:
        pack = load_pack(PACKS[file.name.split("_")[0]])
        for line in gzip.decompress(file.read_bytes()).decode().splitlines():
            entry = json.loads(line)
            counts = Counts("profiles")
            persona = read_profile(entry["profile"], profile_id=entry["profile_id"], pack=pack, counts=counts)
            assert json.dumps(write_profile(persona)) == json.dumps(entry["profile"]), entry["profile_id"]
            assert persona.layout is not None
            in_fields, left, _ = count_leaves(persona.layout)
            typed, rest, count = typed + in_fields, rest + left, count + 1
    assert count == 429
    assert typed / (typed + rest) > 0.99

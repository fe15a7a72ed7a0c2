from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from streamdial.corpora import read_plans, read_profiles, write_profile
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.privacy import mask_personal_data
from streamdial.records import AgentPersona

PACK = load_pack("hotel")
PROFILE = {"profile_id": "hotel_stream_1", "profile": {"角色定位": "前台，电话13812345678"}}
PLAN = {"plan_id": "hotel_stream_1", "plan": {"节奏概览": "建立联系 → 结束"}}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("lines", [False, True])
def test_a_list_and_an_object_a_line_are_read_packed_or_not(tmp_path: Path, lines: bool, packed: bool) -> None:
    text = "\n".join([json.dumps(PROFILE)] * 2) if lines else json.dumps([PROFILE, PROFILE], indent=1)
    path = tmp_path / "assistant_profile.json"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    counts = Counts("profiles")
    assert [persona.account for persona in read_profiles(path, PACK, counts)] == ["hotel_stream_1"] * 2
    assert (counts.asked, counts.kept, counts.dropped) == (2, 2, {})


def test_what_is_broken_is_counted_with_its_id_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "plans.jsonl"
    broken = ['{"plan_id": "x"', json.dumps({"plan": {}}), json.dumps({"plan_id": "p2", "plan": "未体现"})]
    empty = json.dumps({"plan_id": "p3", "plan": {}})
    path.write_text("\n".join([*broken, empty, "", json.dumps(PLAN)]), encoding="utf-8")
    counts = Counts("plans")
    assert [plan.account for plan in read_plans(path, PACK, counts)] == ["hotel_stream_1"]
    assert counts.asked == 5
    assert counts.dropped == {"broken_line": 1, "no_id": 1, "no_body": 1, "unreadable": 1}
    assert "p2: plan is no object" in counts.notes
    assert any(note.startswith("p3: the plan p3 is no object") for note in counts.notes)


def test_what_is_nested_without_end_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "plans.json"
    path.write_text('[{"plan_id": "p1", "plan": {"流程图谱": ' + "[" * 700 + "]" * 700 + "}}]", encoding="utf-8")
    counts = Counts("plans")
    plans = list(read_plans(path, PACK, counts))
    assert len(plans) + counts.dropped["unreadable"] == 1


def test_texts_are_changed_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "profiles.json"
    path.write_text(json.dumps([PROFILE]), encoding="utf-8")
    read = read_profiles(path, PACK, Counts("profiles"), change=lambda text: text.replace("13812345678", "[PHONE]"))
    assert [persona.identity.text for persona in read] == ["前台，电话[PHONE]"]


@pytest.mark.parametrize("text", ["", "hello", "<xml/>"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "profiles.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not with JSON"):
        list(read_profiles(path, PACK, Counts("profiles")))


def test_a_missing_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        list(read_profiles(tmp_path / "none.json", PACK, Counts("profiles")))
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"[1, 2, 3]" * 100)[:30])
    with pytest.raises(ConfigurationError, match="cannot be read"):
        list(read_profiles(cut, PACK, Counts("profiles")))


def mask(text: str) -> str:
    return mask_personal_data(text, keep_public_addresses=True)


def read_one(tmp_path: Path, body: object) -> AgentPersona:
    path = tmp_path / "profiles.json"
    path.write_text(json.dumps([{"profile_id": "hotel_stream_1", "profile": body}]), encoding="utf-8")
    (persona,) = read_profiles(path, PACK, Counts("profiles"), change=mask)
    return persona


def test_numbers_are_masked_and_other_numbers_stay_numbers(tmp_path: Path) -> None:
    hotel = {"名称": "云鹭酒店", "电话": 13812345678, "房费": 266, "含早": True, "评分": 4.5}
    persona = read_one(tmp_path, {"知识信息": [hotel], "别的": {"手机": [13812345678, 3]}})
    assert "13812345678" not in persona.model_dump_json()
    assert write_profile(persona) == {
        "知识信息": [{**hotel, "电话": "[PHONE]"}],
        "别的": {"手机": ["[PHONE]", 3]},
    }


def test_a_value_is_masked_with_its_key(tmp_path: Path) -> None:
    body = {"角色定位": "前台", "联系": {"微信号": "lisi8888", "QQ": [12345678], "名号": "lisi8888"}}
    persona = read_one(tmp_path, body)
    assert write_profile(persona)["联系"] == {"微信号": "[WECHAT]", "QQ": ["[QQ]"], "名号": "lisi8888"}


def test_masked_keys_that_become_equal_are_numbered(tmp_path: Path) -> None:
    persona = read_one(tmp_path, {"角色定位": "前台", "别的": {"13812345678": "a", "13912345678": "b", "x": "c"}})
    assert write_profile(persona)["别的"] == {"[PHONE]": "a", "[PHONE] 2": "b", "x": "c"}


@pytest.mark.parametrize(
    ("odd", "reason"), [('"\\ud800x"', "half a character"), ("NaN", "not JSON compliant"), ("[" * 600 + "]" * 600, "")]
)
def test_an_odd_entry_is_counted_and_the_others_are_read(tmp_path: Path, odd: str, reason: str) -> None:
    path = tmp_path / "profiles.json"
    body = f'{{"profile_id": "odd", "profile": {{"角色定位": "前台", "别的": {odd}}}}}'
    path.write_text(f"[{body}, {json.dumps(PROFILE)}]", encoding="utf-8")
    counts = Counts("profiles")
    read = [persona.account for persona in read_profiles(path, PACK, counts, change=mask)]
    assert read[-1] == "hotel_stream_1"
    if reason:
        assert counts.dropped == {"unreadable": 1}
        (note,) = counts.notes
        assert note.startswith("odd: ")
        assert reason in note
    assert counts.asked == counts.kept + counts.dropped["unreadable"] == 2


def test_a_name_that_cannot_be_printed_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "plans.json"
    path.write_text(json.dumps([{"plan_id": "\ud800", "plan": PLAN["plan"]}, PLAN]), encoding="utf-8")
    counts = Counts("plans")
    assert len(list(read_plans(path, PACK, counts))) == 1
    assert counts.notes[0].encode().startswith(b"\\ud800: ")

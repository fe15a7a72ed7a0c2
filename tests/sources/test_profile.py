"""Account profiles."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.records import Profile
from streamdial.sources import read_profile
from streamdial.sources._numbers import read_count


def read(tmp_path: Path, value: object, counts: Counts | None = None) -> Profile:
    path = tmp_path / "profile.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), "utf-8")
    return read_profile(path, counts=counts or Counts("sources"))


def test_english_keys_are_known(tmp_path: Path, counts: Counts) -> None:
    value = {
        "display_name": "Northgate Motors",
        "platform": "YouTube",
        "description": "Cars since 1990. Call 415-555-2671.",
        "verified": True,
        "tags": ["cars", "ev", "cars"],
        "follower_count": "35.6K",
        "location": "Springfield",
        "services": "test drives, leasing; trade-in",
        "opened": 1990,
        "phone": "415-555-2671",
    }
    profile = read(tmp_path, value, counts)
    assert profile.name == "Northgate Motors"
    assert (profile.platform, profile.location) == ("YouTube", "Springfield")
    assert profile.bio == "Cars since 1990. Call [PHONE]."
    assert (profile.certification, profile.followers) == ("verified", 35_600)
    assert profile.categories == ("cars", "ev")
    assert profile.services == ("test drives", "leasing", "trade-in")
    assert profile.fields == {"opened": "1990"}
    assert dict(counts.dropped) == {"private_field": 1}
    assert counts.kept == 1


def test_chinese_keys_and_wrappers_are_known(tmp_path: Path) -> None:
    value = {
        "data": {
            "card": {
                "uname": "小李说车",
                "sign": "加微信：xiaoli888",
                "official_verify": {"type": 1, "desc": "汽车之家认证销售顾问"},
            },
            "粉丝数": "12.5万",
        },
        "分类": "汽车、新能源",
        "所在地": "北京",
        "主营业务": ["试驾", "置换"],
    }
    profile = read(tmp_path, value)
    assert (profile.name, profile.bio) == ("小李说车", "加微信：[WECHAT]")
    assert profile.certification == "汽车之家认证销售顾问"
    assert (profile.followers, profile.location) == (125_000, "北京")
    assert (profile.categories, profile.services) == (("汽车", "新能源"), ("试驾", "置换"))


def test_the_business_address_stays(tmp_path: Path) -> None:
    assert read(tmp_path, {"name": "店", "门店地址": "朝阳区建国路88号"}).location == "朝阳区建国路88号"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (12, 12),
        ("1,234", 1234),
        ("1.2万", 12000),
        ("3亿+", 300000000),
        ("2.1M", 2100000),
        ("many", None),
        (-1, None),
        (True, None),
        (float("nan"), None),
        ("", None),
    ],
)
def test_counts_of_people_are_read(value: object, number: int | None) -> None:
    assert read_count(value) == number


@pytest.mark.parametrize("value", ["", "nonsense", "[]", "[1,2]", '"name"', {"bio": "x"}, {"name": "  "}])
def test_what_is_no_profile_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(SourceError):
        read(tmp_path, value)


KEYS = st.sampled_from(["name", "bio", "fans", "tags", "data", "认证", "type", "desc", "服务", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_no_object_whatever_raises_anything_of_its_own(tmp_path: Path, value: dict[str, object]) -> None:
    with contextlib.suppress(StreamDialError):
        read(tmp_path, json.dumps(value))

"""Account profiles: JSON from any platform or tool, keys in English or Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.ids import make_id
from streamdial.privacy import mask_personal_data
from streamdial.records import Profile
from streamdial.sources._files import clean_text, make_source_id
from streamdial.sources._json import parse_whole
from streamdial.sources._numbers import read_count
from streamdial.sources.reader import STRUCTURE, Gives, Head, ReadContext, Reader

_KEYS: dict[str, tuple[str, ...]] = {
    "name": ("name", "nickname", "nick", "uname", "username", "displayname", "screenname", "title", "account",
             "channel", "昵称", "用户名", "账号", "账号名", "账号名称", "名称", "名字", "主播", "店名", "店铺名称"),
    "platform": ("platform", "site", "app", "extractor", "平台", "来源平台"),
    "bio": ("bio", "sign", "signature", "description", "desc", "intro", "introduction", "about", "简介", "个人简介",
            "账号简介", "签名", "个性签名", "介绍"),
    "certification": ("certification", "certifications", "official", "officialverify", "verify", "verified",
                      "verifyinfo", "verification", "badge", "认证", "认证信息", "官方认证", "认证资质", "资质"),
    "categories": ("categories", "category", "tags", "tag", "area", "areaname", "fields", "分类", "标签", "领域",
                   "分区", "垂类"),
    "followers": ("followers", "follower", "followercount", "fans", "fanscount", "fansnum", "subscribers",
                  "channelfollowercount", "subscribercount", "粉丝", "粉丝数", "粉丝量", "关注者", "关注人数"),
    "location": ("location", "city", "region", "address", "iplocation", "ip属地", "所在地", "地区", "城市", "位置",
                 "地址", "门店地址"),
    "services": ("services", "service", "products", "offers", "servicescope", "business", "服务", "服务内容", "业务",
                 "主营", "主营业务", "服务项目", "业务范围", "服务范围"),
}  # fmt: skip
_FIELD_OF = {spelling: field for field, spellings in _KEYS.items() for spelling in spellings}
_WRAPPERS = ("data", "card", "info", "user", "profile", "result", "账号信息")
_SECRET = re.compile(
    r"cookie|token|passw|secret|sessdata|csrf|手机号|电话|身份证|phone|email|邮箱|wechat|微信", re.IGNORECASE
)
_SPLIT = re.compile(r"[,，、;；|/\n]+")
_MAX_FIELDS = 200
_MAX_FIELD = 5_000


def read_profile(path: Path, *, counts: Counts) -> Profile:
    """Read an account's profile.

    Keys are matched without case, spaces and underscores, also inside the usual wrappers (`data`, `card`, ...). What
    no field is for goes to `fields` as masked text; secrets and contact data are left out and counted as
    `private_field`. The name of the account itself is public and stays.

    Args:
        path: JSON file, gzip or not.
        counts: Gets one item asked and kept.

    Raises:
        SourceError: If the file cannot be read, is no JSON object, or names no account.
    """
    counts.asked += 1
    value = parse_whole(path, counts, "a profile (a JSON object)")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise SourceError(f"holds {type(value).__name__}, not one JSON object.", where=str(path))
    known, other = _collect(value, counts)
    name = _as_line(known.get("name"))
    if not name:
        raise SourceError("names no account.", fix="give it a field `name` (or 昵称)", where=str(path))
    source_id = make_source_id(path)
    counts.keep()
    return Profile(
        id=make_id("profile", source_id),
        source_id=source_id,
        name=name,
        platform=_as_line(known.get("platform")),
        bio=_as_line(known.get("bio")),
        certification=_read_certification(known.get("certification")),
        categories=_as_list(known.get("categories")),
        followers=read_count(known.get("followers"), whole=False),
        location=_as_line(known.get("location")),
        services=_as_list(known.get("services")),
        fields=other,
    )


def find_profile_fields(value: object) -> set[str]:
    """Return the names of the profile fields a JSON value has, to tell a profile from other JSON."""
    if not isinstance(value, dict):
        return set()
    return {_FIELD_OF[folded] for key, _ in _iterate_items(value) if (folded := _fold(key)) in _FIELD_OF}


def _fold(key: str) -> str:
    return re.sub(r"[\s_\-]", "", key).lower()


def _iterate_items(value: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, each in value.items():
        if depth < 3 and isinstance(each, dict) and _fold(str(key)) in _WRAPPERS:
            yield from _iterate_items(each, depth + 1)
        else:
            yield str(key), each


def _collect(value: dict[str, Any], counts: Counts) -> tuple[dict[str, Any], dict[str, str]]:
    known: dict[str, Any] = {}
    ranks: dict[str, int] = {}
    other: dict[str, str] = {}
    for key, each in _iterate_items(value):
        folded = _fold(key)
        field = _FIELD_OF.get(folded)
        if field is not None and each not in (None, "", [], {}):
            rank = _KEYS[field].index(folded)
            # The spelling listed first wins; the other one stays as a field.
            if field not in known or rank < ranks[field]:
                if field in known:
                    other.setdefault(field, _as_text(known[field]))
                known[field], ranks[field] = each, rank
                continue
        if _SECRET.search(key):
            counts.drop("private_field")
            continue
        text = _as_text(each)
        if text and len(other) < _MAX_FIELDS:
            other[_mask(key)[:100]] = text
    return known, other


def _mask(text: str) -> str:
    return mask_personal_data(clean_text(text)[:_MAX_FIELD], keep_public_addresses=True)


def _as_text(value: object, depth: int = 0) -> str:
    if value is None or depth > 6:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        pairs = ((str(key), _as_text(each, depth + 1)) for key, each in value.items() if not _SECRET.search(str(key)))
        return _mask("; ".join(f"{key}: {text}" for key, text in pairs if text))
    if isinstance(value, list):
        return _mask(", ".join(filter(None, (_as_text(each, depth + 1) for each in value))))
    return _mask(str(value))


def _as_line(value: object) -> str:
    if isinstance(value, dict):
        for key in ("name", "title", "text", "desc"):
            if isinstance(value.get(key), str):
                return _mask(value[key])
    return _as_text(value)


def _as_list(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        items: list[str] = [_mask(part) for part in _SPLIT.split(value)]
    elif isinstance(value, list):
        items = [_as_line(each) for each in value]
    else:
        items = [_as_text(value)]
    return tuple(dict.fromkeys(item for item in items if item))


def _read_certification(value: object) -> str:
    if isinstance(value, dict):
        # Bilibili: {"type": 0, "desc": "..."}; type -1 means not certified.
        if value.get("type") == -1:
            return ""
        told = value.get("desc") or value.get("title")
        return _mask(told) if isinstance(told, str) else _as_text(value)
    if isinstance(value, bool):
        return "verified" if value else ""
    return _as_text(value)


class ProfileReader(Reader):
    """Profiles of accounts."""

    gives: Gives = "profile"

    def matches(self, head: Head) -> float:
        """Tell a profile by a name and another of its fields."""
        fields = find_profile_fields(head.item) if head.item and head.layout == "object" else set()
        return STRUCTURE if "name" in fields and len(fields) >= 2 else 0.0

    def read(self, source: Path | str, context: ReadContext) -> tuple[Profile]:
        """Return the profile."""
        return (read_profile(Path(source), counts=context.counts),)

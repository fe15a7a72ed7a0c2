"""Names that tools give the columns of comments and chat, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

COLUMNS: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "comment", "comments", "content", "message", "body", "评论", "评论内容", "内容", "正文", "留言", "弹幕",
        "textoriginal", "textdisplay", "commenttext",
    ),
    "author": (
        "author", "username", "user", "uname", "nickname", "name", "authorname", "昵称", "用户名", "用户", "用户昵称",
        "作者", "评论者", "名称", "commenter",
    ),
    "author_id": ("authorid", "mid", "uid", "userid", "用户id", "uid号", "authorchannelid", "channelid"),
    "id": ("id", "rpid", "commentid", "cid", "评论id", "编号"),
    "parent": ("parent", "parentid", "root", "rootid", "replyto", "父评论id", "上级评论id", "根评论id", "回复id"),
    "likes": ("likes", "like", "likecount", "点赞", "点赞数", "赞", "获赞数", "votes", "upvotes", "digg"),
    "url": ("url", "link", "permalink", "commenturl", "链接", "评论链接"),
    "replies": ("replies", "回复", "回复内容", "子评论", "楼中楼"),
    "by_host": (
        "authorisuploader", "isup", "isuploader", "isowner", "byhost", "isauthor", "up主", "是否up主", "isupowner",
        "作者本人",
    ),
}  # fmt: skip
TRUE = ("1", "true", "yes", "y", "是", "t")
"""What stands in a column that says yes."""


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """Return a column name without case, blanks, dashes and brackets."""
    return re.sub(r"[\s_\-()（）.]", "", name).lower().lstrip("\ufeff")


def map_columns(names: list[str]) -> dict[str, str]:
    """Map our fields to the file's column names; the first name of a field's list that is there wins."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(fold_name(name), name)
    return {
        field: folded[spelling]
        for field, spellings in COLUMNS.items()
        if (spelling := next((each for each in spellings if each in folded), None)) is not None
    }


def flatten(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with text and author at its own level."""
    # Bilibili's own replies hold text and author one level down.
    flat = dict(value)
    content, member = value.get("content"), value.get("member")
    if isinstance(content, dict) and "message" in content:
        flat["content"] = content["message"]
    if isinstance(member, dict):
        flat.setdefault("uname", member.get("uname"))
    author = value.get("author")
    if isinstance(author, dict):
        flat["author"] = author.get("id") or author.get("name")
    return flat

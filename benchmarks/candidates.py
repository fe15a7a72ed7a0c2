"""Candidates of every kind for the benchmark of screening: three verticals, entertainment, advertising, noise."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = ("account", "room", "video", "page")
PLATFORMS = ("douyin", "kuaishou", "bilibili", "youtube", "twitch", "web")

_TOPICS: dict[str, dict[str, list[str]]] = {
    "automotive": {
        "tags": ["汽车", "新车", "automotive", "试驾", "cars"],
        "certification": ["4S店认证", "authorised dealer", "", "", ""],
        "services": ["试驾预约, 置换", "test drive, trade-in", "", ""],
        "title": [
            "{place}{brand}新车到店，落地价直播间报",
            "{brand} SUV test drive, range and price explained",
            "纯电续航实测：{brand}到底能跑多远",
            "Which hybrid sedan should you buy? {brand} dealer answers",
            "二手车行情，{place}车主来聊",
        ],
        "description": [
            "每晚八点开播，讲车型、讲价格、讲置换，想提车的朋友弹幕扣型号，{place}本地可以到店试驾。",
            "We walk around the {brand}, talk charging, warranty and seats, and book test drives in {place}.",
            "专注新能源十年，买车不踩坑，预算多少、几口人、跑高速多不多，告诉我帮你选。",
            "Dealer stock, honest price breakdown, financing and delivery times for the new {brand} hybrid.",
        ],
    },
    "hotel": {
        "tags": ["酒店", "民宿", "travel", "旅行", "hotel"],
        "certification": ["酒店官方账号", "official account", "", "", ""],
        "services": ["订房, 亲子房", "room booking, breakfast", "", ""],
        "title": [
            "{place}海景酒店套房，含早两晚预售",
            "Room tour: the {brand} resort in {place}",
            "亲子房怎么选？{place}度假攻略",
            "Is breakfast included? {brand} hotel answers your booking questions",
        ],
        "description": [
            "直播间入住立减，退改政策、停车、泳池开放时间一次讲清，{place}店现房可订。",
            "Check-in times, suite upgrades, late check out and parking at the {brand}: ask us live every night.",
            "带老人孩子来{place}玩住哪里？大床房双床房亲子房逐间看，喜欢点下方链接。",
        ],
    },
    "restaurant": {
        "tags": ["美食", "团购", "food", "火锅", "dining"],
        "certification": ["餐饮门店认证", "restaurant official account", "", "", ""],
        "services": ["团购套餐, 包间预订", "table booking, set menu", "", ""],
        "title": [
            "{place}{brand}火锅四人餐团购，毛肚无限续",
            "Our chef cooks the {brand} set menu live",
            "双人餐只要一百二，{place}到店核销",
            "Dinner voucher for {brand}: is the table by the window free?",
        ],
        "description": [
            "周末不加价，包间要预约，能不能带宝宝、有没有停车位，弹幕问我都答。",
            "Menu, allergens, private rooms and vouchers for {brand} in {place}; ask anything about dinner tonight.",
            "招牌菜现场做，人均多少、几点排队、怎么核销，一次说明白。",
        ],
    },
}
_NOISE: dict[str, dict[str, list[str]]] = {
    "entertainment": {
        "tags": ["娱乐", "才艺", "music", "dance"],
        "title": ["今晚唱歌点歌不停", "Karaoke night, song request open", "跳舞连麦pk冲榜", "late night dance stream"],
        "description": ["老铁们点点关注，喜欢听什么歌弹幕告诉我。", "Requests, dance and good vibes until midnight."],
    },
    "advertising": {
        "tags": ["推广", "deals"],
        "title": [
            "日赚五百在家兼职",
            "Earn money from home, click the link",
            "低价代购互粉",
            "free followers promo code",
        ],
        "description": ["加我领资料，点击链接进群，名额有限。", "Work from home, use my promo code, follow back."],
    },
    "other": {
        "tags": ["生活", "vlog", "gaming", "宠物", "knitting"],
        "title": ["猫咪的一天", "Speedrun attempt number 40", "周末钓鱼", "knitting a scarf with me", "考研数学打卡"],
        "description": [
            "记录日常，不定时更新。",
            "Just chatting and building things.",
            "{place}的风景真好，散步聊天。",
        ],
    },
}
_PLACES = ["杭州", "成都", "厦门", "Leeds", "Portland", "西安", "Brighton", "青岛", "Austin", "苏州"]
_BRANDS = ["云雀", "Meridian", "海岸", "Larkspur", "星野", "Aurora", "松涛", "Kestrel"]
_COMMENTS = [
    "多少钱",
    "how much",
    "在哪里",
    "looks great",
    "主播好",
    "能便宜吗",
    "where is this",
    "已下单",
    "停车方便吗",
    "nice",
]


def make_candidates(count: int, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield candidates: 45% of the three verticals, the rest entertainment, advertising and other; 3% come twice."""
    rng = random.Random(seed)
    topics = [*_TOPICS.items(), *_NOISE.items()]
    last: dict[str, Any] = {}
    for number in range(count):
        if last and rng.random() < 0.03:
            yield {**last, "id": f"c{number}"} if rng.random() < 0.5 else last
            continue
        name, words = rng.choices(topics, weights=(15, 15, 15, 15, 10, 30))[0]
        filled = {"place": rng.choice(_PLACES), "brand": rng.choice(_BRANDS)}
        kind = rng.choice(KINDS)
        sample = rng.choices(_COMMENTS, k=rng.randint(3, 8))
        if rng.random() < 0.05:
            sample = [rng.choice(_COMMENTS)] * 8
        last = {
            "id": f"c{number}",
            "kind": kind,
            "platform": rng.choice(PLATFORMS),
            "name": f"{filled['brand']}{filled['place']}{rng.randint(1, 99999)}",
            "title": rng.choice(words["title"]).format(**filled) + f" {rng.randint(1, 99999)}",
            "description": " ".join(rng.choices(words["description"], k=2)).format(**filled),
            "tags": rng.sample(words["tags"], k=min(2, len(words["tags"]))) if rng.random() < 0.6 else [],
            "certification": rng.choice(words.get("certification", [""])),
            "services": rng.choice(words.get("services", [""])),
            "viewers": int(rng.lognormvariate(5.5, 1.8)) if kind == "room" else None,
            "comments": int(rng.lognormvariate(3.5, 1.6)),
            "followers": int(rng.lognormvariate(7.0, 2.0)),
            "duration": rng.randint(10, 14_400) if kind in ("room", "video") else None,
            "comment_samples": sample,
            "topic": name,
        }
        yield last


def write_candidates(path: Path, count: int, *, seed: int = 0) -> None:
    """Write candidates as JSONL."""
    with path.open("w", encoding="utf-8") as file:
        for candidate in make_candidates(count, seed=seed):
            file.write(json.dumps(candidate, ensure_ascii=False) + "\n")

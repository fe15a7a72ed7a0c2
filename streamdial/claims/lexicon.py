"""Words of claims: other spellings of values, features, offers; read from `_lexicon.yaml`, and what a pack adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from streamdial.domains import DomainPack
from streamdial.files import load_yaml
from streamdial.patterns import FilteredPattern, FilteredTable, compile_filtered
from streamdial.records import Language

_TOKEN = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+(?:['’][a-z]+)?")
_PLAIN = frozenset(
    {
        "a", "an", "the", "of", "and", "or", "in", "on", "at", "to", "for", "with", "by", "from", "is", "are", "was",
        "be", "it", "its", "this", "that", "our", "your", "we", "you", "i", "per", "one", "all", "any", "not", "no",
        "have", "has", "can", "will", "would", "until", "before", "after", "than", "more", "less", "as", "so", "but",
        "if",
    }
)  # fmt: skip
CUES: dict[str, str] = {
    "opening_hours": r"\b(?:open|opens|opening|close|closes|closed|closing)\b|营业|开门|关门|开到|店休",
    "check_in_time": r"check(?:ing)?[- ]?(?:in|out)|入住|退房",
    "cancellation": r"cancel|refund|取消|退改|退款|退订",
    "refund": r"refund|money back|退",
    "validity": r"\bvalid|expir|有效",
    "warranty": r"warrant|cover(?:ed|s)|guarante|质保|保修",
    "distance": r"\baway\b|\bfrom the\b|[离距]|步行",
    "drinks": r"corkage|wine|beer|酒水|饮料|开瓶|自带",
    "trade_in": r"trade|your old car|part[- ]?ex|置换|旧车",
    "down_payment": r"financ|down\b|instal|monthly|首付|免息|分期|月供|贷款",
    "children_policy": r"child|kids|extra bed|crib|加床|儿童|小孩",
    "shuttle": r"shuttle|pick (?:you )?up|transfer|接站|接送|免费接|来接",
    "price": r"\bbudget\b|\bspend\b|预算",
    "pets": r"\bpets?\b|\bdogs?\b|\bcats?\b|宠物|[一条带]狗|[一只带]猫",
    "dishes": r"dish|course|道菜|菜品",
}
"""What shows that a slot is spoken of, by the names slots have in the packs; other slots by their asking phrases."""


@cache
def load_lexicon() -> dict[str, Any]:
    """Return the file of words that comes with the package."""
    text = resources.files("streamdial.claims").joinpath("_lexicon.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = load_yaml(text)
    return loaded


@lru_cache(maxsize=64)
def list_paraphrases(language: Language) -> FilteredTable[tuple[str, str, FilteredPattern]]:
    """Return (slot, value, pattern) of other ways to say values; which slots a pack has is for the caller."""
    found = []
    for slot, values in load_lexicon()["paraphrases"].items():
        for value, texts in values.items():
            for pattern in texts.get(language, ()):
                edged = rf"(?<![a-z])(?:{pattern})(?![a-z])" if language == "en" else pattern
                found.append((slot, value, compile_filtered(edged, re.IGNORECASE)))
    return FilteredTable(found, lambda row: row[2])


@lru_cache(maxsize=64)
def compile_features(domain: str, language: Language) -> FilteredPattern | None:
    """Return what finds features by name in texts of a vertical, or None where none are listed."""
    words: Mapping[str, list[str]] = load_lexicon()["features"].get(domain, {})
    spelled = sorted((re.escape(word) for word in words.get(language, ())), key=len, reverse=True)
    if not spelled:
        return None
    joined = "|".join(spelled)
    return compile_filtered(rf"\b(?:{joined})(?:s|ant|ance)?\b" if language == "en" else joined, re.IGNORECASE)


@cache
def compile_deals(language: Language) -> FilteredPattern:
    """Return what finds offers: discounts, gifts, guarantees."""
    return compile_filtered("|".join(load_lexicon()["deals"][language]), re.IGNORECASE)


def list_content(text: str) -> frozenset[str]:
    """Return the words of a text that mean something, cut to their stems; of Chinese the pairs of characters."""
    tokens = _TOKEN.findall(text.lower())
    latin = {token[:6] if len(token) > 6 else token for token in tokens if token.isascii() and not token.isdigit()}
    han = re.findall(r"[\u3400-\u9fff]+", text)
    pairs = {run[place : place + 2] for run in han for place in range(len(run) - 1)}
    return frozenset({word.removesuffix("s") for word in latin if word not in _PLAIN and len(word) > 2} | pairs)


def speaks_of(text: str, pack: DomainPack, slot: str) -> bool:
    """Tell whether a text speaks of a slot: by its name, a phrase that asks for it or another cue."""
    return compile_cue(pack, slot).search(text) is not None


def compile_cue(pack: DomainPack, slot: str) -> FilteredPattern:
    """Return what shows that a slot is spoken of."""
    schema = pack.slots[slot]
    return _compile_cue(slot, (*schema.names.values(), *(phrase for asked in schema.ask.values() for phrase in asked)))


@lru_cache(maxsize=1024)
def _compile_cue(slot: str, phrases: tuple[str, ...]) -> FilteredPattern:
    spelled = [
        rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase) for phrase in phrases if len(phrase) > 1
    ]
    return compile_filtered("|".join([*([CUES[slot]] if slot in CUES else []), *spelled]) or "(?!)", re.IGNORECASE)

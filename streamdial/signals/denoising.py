"""Takes out of chat and comments what nobody asks: repeats, emotes, spam, advertisements, orders to the model."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import Message
from streamdial.text import contains_phrase, fold_repeats, fold_text, tokenize

WINDOW_SECONDS = 120.0
"""The same text again within this time is a repeat of the first."""
_WINDOW_MESSAGES = 2000
_NOISE = re.compile(
    r"^(?:[6]{2,}|2?3{2,}|8{2,}|1{2,}|扣?\d|[hxw哈嘿呵嘻草啊哦嗯]+|l+o+l+|lmao|rofl|gg|wow+|ok+|yes+|no+|first|w+|f+"
    r"|pog\w*|hype|nice|cool)$",
    re.IGNORECASE,
)
_INSTRUCTIONS = re.compile(
    r"ignore (?:all |any )?(?:the )?(?:previous|prior|above|earlier)|disregard (?:all|the|your)"
    r"|^\s*(?:system|assistant)\s*[:：]|you are now|system prompt|new instructions?\b|jailbreak"
    r"|忽略(?:以上|之前|前面|所有)|你现在是|系统提示|无视(?:以上|之前|所有)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|cn|io|xyz|top|shop)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[[A-Z_]+\]")


class CleanMessage(NamedTuple):
    """A message that passed, with its folded text."""

    message: Message
    text: str


def find_noise(text: str, pack: DomainPack) -> str | None:
    """Return why a folded text says nothing that could be asked or answered, or None.

    Reasons: `no_text`, `instruction_to_model`, `advertisement`, `contact_baiting`, `noise`.
    """
    if not tokenize(text):
        return "no_text"
    if _INSTRUCTIONS.search(text):
        return "instruction_to_model"
    lower = text.lower()
    if any(contains_phrase(lower, word.lower()) for words in pack.screening.advertising.values() for word in words):
        return "advertisement"
    if _LINK.search(text):
        return "advertisement"
    rest = _PLACEHOLDER.sub("", text)
    if rest != text and len(tokenize(rest)) < 4:
        return "contact_baiting"
    if _NOISE.match(text.strip(" !?.,~。！？，～…")):
        return "noise"
    return None


def denoise_messages(messages: Iterable[Message], pack: DomainPack, counts: Counts) -> Iterator[CleanMessage]:
    """Yield the messages that may say something, each text once per time window; memory stays flat.

    Args:
        messages: In any order of files; repeats are looked for among the last 2,000 different texts.
        pack: Brings the words of advertisements.
        counts: Gets `asked` (all), `kept`, and drops by reason.
    """
    recent: OrderedDict[str, float | None] = OrderedDict()
    for message in messages:
        counts.asked += 1
        text = fold_repeats(fold_text(message.text))
        reason = find_noise(text, pack) or _find_repeat(recent, text, message.time)
        if reason:
            counts.drop(reason)
        else:
            counts.kept += 1
            yield CleanMessage(message, text)


def _find_repeat(recent: OrderedDict[str, float | None], text: str, time: float | None) -> str | None:
    key = " ".join(tokenize(text))
    known = key in recent
    before = recent.pop(key, None)
    recent[key] = time
    if len(recent) > _WINDOW_MESSAGES:
        recent.popitem(last=False)
    if known and (time is None or before is None or abs(time - before) <= WINDOW_SECONDS):
        return "repeat"
    return None

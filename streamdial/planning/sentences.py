"""Sentences of a stream that can be said to one customer: what speaks to the crowd or leans on others is cut away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from streamdial.patterns import compile_filtered
from streamdial.records import Language
from streamdial.text import measure_length, tokenize

MAX_LENGTH: dict[Language, int] = {"en": 45, "zh": 80}
MIN_LENGTH: dict[Language, int] = {"en": 4, "zh": 6}
SENTENCE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[.!?])\s+"),
    "zh": re.compile(r"(?<=[。！？!?])\s*"),
}
_TO_THE_CROWD = re.compile(
    r"\b(?:everyone|everybody|tonight|chat|stream|channel|subscribe|follow|like button|welcome|form below"
    r"|private message|tell me|let me ask|i see a|watching|comment|our evening|good night|good evening|see you)\b"
    r"|大家|公屏|直播间|小黄车|点赞|关注|家人们|私信|主播|有朋友|刚进来|刚才|弹幕|下单|抓紧|今晚|的朋友|问一下",
    re.IGNORECASE,
)
_NOT_ALONE = re.compile(
    r"^(?:yes|no|but|and|so|or|also|then)\b|^you can,|\b(?:cheaper|bigger|smaller|faster|quicker|longer|shorter|same"
    r"|closest|other|others|both|too)\b|^(?:有的|是的|适合|不麻烦|可以的|但是|所以|而且|也)|更|一样|便宜一些|最接近|多一个|同一|没有",
    re.IGNORECASE,
)
"""What makes a sentence the answer to another one, or compares with something that is not there."""
ADVICE = re.compile(
    r"\b(?:recommend|take the|look at|should look|if you|for two|for a family)\b|推荐|建议|可以选|选这|看一下",
    re.IGNORECASE,
)
"""What advises somebody to take a thing: no news to whom it was offered already."""
_PROMISE = re.compile(r"\bI (?:will |can |'ll )?(?:keep|hold|reserve|add|write)\b|[给帮为]您留|多送", re.IGNORECASE)
"""What was promised to somebody else."""
_PRONOUN = re.compile(r"(?:it|they|that|this|these|those|both)\b|它|这个也", re.IGNORECASE)
VERB = compile_filtered(
    r"\b(?:is|are|was|has|have|had|can|will|would|do|does|did|get|gets|take|takes|come|comes|go|goes|cost|costs|drive|"
    r"drives|lose|pay|hold|holds|fit|fits|find|keep|add|add(?:s|ed)|offer|offers|serve|serves|need|include|includes|start|"
    r"starts|end|ends|close|open|charge|cover|make|makes|put|bring|brings|sit|seat|seats|run|runs|give|gives|leave|say|"
    r"use|uses|cook|cooks|[a-z]+n't|it's|there's|that's|we're|you're)\b",
    re.IGNORECASE,
)
_ROOM = re.compile(r"(?:今晚|今天)?(?:在)?(?:我们)?直播间里?(?=一晚|只要|卖|\d)")
"""Where a price was said: to one customer it is the price."""
_BARE_PRICE = re.compile(r"((?:[一每]晚|房价|卖|只要|[团现售]?(?:购)?价(?:格)?(?:是|为)?)\d{2,6})(?=[，,。！!]|$)")
"""A price without its unit, as hosts say it; written to one customer it has one."""
_AGREES = re.compile(r"^yes,\s*|^(?:有的|是的|可以的|能的|对的|适合的)[，,]\s*", re.IGNORECASE)
_TOPIC = re.compile(r"^[^，,]{1,10}(?:有的|的有|的话|问题|的)[，,]")
"""A topic named first in Chinese, which somebody has brought up: 两张床的有，……"""
_QUESTION = re.compile(r"[?？]\s*$|[吗么呢][。！]?$")


def clean_answer(text: str, language: Language) -> str:
    """Return the sentences of what was said to a crowd that can be said to one customer; empty where none can.

    Questions, what speaks to the audience of a stream, and repeats of the question go.
    """
    return join_sentences(list_sayable(text, language), language)


def list_sayable(text: str, language: Language) -> list[str]:
    """Return the sentences of what was said to a crowd that can be said to one customer."""
    before = ""
    kept: list[str] = []
    for sentence in (part.strip() for part in SENTENCE[language].split(text)):
        if not sentence or _QUESTION.search(sentence) or (language == "en" and not VERB.search(sentence)):
            before = ""
            continue
        sentence = _BARE_PRICE.sub(r"\1元", _ROOM.sub("", sentence))
        said = sentence if not _TO_THE_CROWD.search(sentence) else _cut_crowd(sentence, language)
        if said and _PRONOUN.match(said):
            # What refers to the sentence before is said together with it, or not at all.
            said = f"{kept.pop()}{' ' if language == 'en' else ''}{said}" if before and kept else ""
        before = said
        kept.append(said)
    return [part for part in kept if part]


def _cut_crowd(sentence: str, language: Language) -> str:
    """Return a Chinese sentence without its first clauses that speak to the audience; nothing of an English one."""
    if language == "en":
        return ""
    clauses = re.split("[，,]", sentence)
    while clauses and _TO_THE_CROWD.search(clauses[0]):
        clauses.pop(0)
    rest = re.sub(r"^(?:我理解，|这个您放心，|所以|但是|那么?)+", "", "，".join(clauses))
    return "" if _TO_THE_CROWD.search(rest) else rest


def join_sentences(sentences: Sequence[str], language: Language) -> str:
    """Return sentences as one text that ends in a mark; empty where it is too short or too long to be said."""
    joined = (" " if language == "en" else "").join(sentences)
    if language == "en":
        joined = re.sub(r"^(?:and|so|but|well),? (\w)", lambda found: found[1].upper(), joined, flags=re.IGNORECASE)
    if joined and joined[-1].isalnum():
        joined += "." if language == "en" else "。"
    return joined if MIN_LENGTH[language] <= measure_length(joined, language) <= MAX_LENGTH[language] else ""


def cut_agreement(text: str) -> str:
    """Return an answer without the word it agrees with, so that it can be said to another question: "Yes, it has"."""
    rest = _AGREES.sub("", text)
    return rest[:1].upper() + rest[1:]


def cut_promise(text: str) -> str:
    """Return a Chinese sentence without the clauses that promise something to whoever was spoken to."""
    clauses = re.split("[，,]", text.rstrip("。"))
    kept = [clause for clause in clauses if not _PROMISE.search(clause)]
    return text if len(kept) == len(clauses) or not kept else f"{'，'.join(kept)}。"


def cut_topic(text: str, thing: str) -> str:
    """Return a sentence without the topic somebody brought up, where the rest begins with its thing as a subject."""
    found = _TOPIC.match(text)
    rest = text[found.end() :] if found and not text.startswith(thing) else ""
    whole = thing and rest.startswith(thing) and rest[len(thing) : len(thing) + 1] not in ("，", ",")
    return rest if whole else text


def names_topic(text: str) -> bool:
    """Tell whether a sentence begins with a topic that somebody has brought up: said unasked it hangs in the air."""
    return bool(_TOPIC.match(text))


def stands_alone(text: str) -> bool:
    """Tell whether a sentence can be said unasked: it answers, compares and promises nothing, and advises nobody."""
    return not any(pattern.search(text) for pattern in (_NOT_ALONE, ADVICE, _TO_THE_CROWD, _PROMISE))


def list_stems(text: str, language: Language) -> set[str]:
    """Return what a text is about as a set: longer words in English, pairs of characters in Chinese."""
    if language == "en":
        return {token[:5] for token in tokenize(text) if len(token) > 3}
    characters = [character for character in text if character.isalnum()]
    return {left + right for left, right in pairwise(characters)}

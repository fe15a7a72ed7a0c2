"""Derives phrases of slots from a pack that has none of its own: by type, name, question, need and fact."""

from __future__ import annotations

import re
from typing import Any

from streamdial.domains import DomainPack, Slot
from streamdial.records import Language
from streamdial.text import fit_article, needs_article

_MOST_CHOICES = 4
_DETERMINED = re.compile(r"(?:no|not|without|a|an|the|one|two|three|\d\S*)\b", re.IGNORECASE)


def derive_slots(pack: DomainPack, language: Language) -> dict[str, dict[str, list[Any]]]:
    """Return phrases for the slots of a pack, laid out as a file of phrases: slot -> key -> phrases.

    Bookings and the slot that names things are worded by moves alone and have none.

    Args:
        pack: The domain pack.
        language: Language of the phrases.
    """
    derive = _derive_english if language == "en" else _derive_chinese
    return {
        name: derive(slot)
        for name, slot in pack.slots.items()
        if not slot.booking and not slot.stock and slot.type != "entity"
    }


def _derive_english(slot: Slot) -> dict[str, list[Any]]:
    name = slot.names["en"]
    verb = "are" if name.endswith("s") and not name.endswith("ss") else "is"
    # Who asks for an attribute of a thing names it; what holds for all has none.
    of = "" if slot.shared else " of {it}"
    ask = [f"What about the {name}?", f"And the {name}?", f"Can you tell me about the {name}{of}?"]
    ask += [f"What {verb} the {name}{of}?", f"Anything on the {name}{of}?", f"How about the {name}{of}?"]
    found: dict[str, list[Any]] = {"ask": ask, "request": _list_requests(slot, "en")}
    if slot.type in ("category", "boolean"):
        tells, predicates = [], []
        for value, texts in slot.values.items():
            text = next(iter(texts.get("en", ())), value)
            said = _say_category(text, slot)
            tells += [
                {"say": f"{{it}} {said}.", "value": value},
                {"say": f"I've looked it up, {{it}} {said}.", "value": value},
            ]
            predicates.append({"say": said, "value": value})
        return {**found, "tell": tells, "predicate": predicates}
    if slot.type == "text":
        tell = [f"On the {name}: {{value}}.", f"The {name}: {{value}}.", f"As for the {name}: {{value}}."]
        return {**found, "tell": tell, "predicate": [f"has {{value}} as {name}"]}
    fact = slot.fact.get("en", f"{name} of {{value}}")
    tell = [f"{{its}} {name} {verb} {{value}}.", f"The {name}{of} {verb} {{value}}.", f"{{it}} has {fact}."]
    if fact == "{value}":
        # "Its megapixels are 24 MP" says a word twice.
        tell = ["{it} has {value}.", "It's {value}.", "That's {value} for {entity}."]
    if slot.type == "count":
        tell = [
            f"{{it}} is {fact}.",
            f"It's {fact}.",
            f"{{it}} is meant {fact}." if fact.startswith("for ") else f"It's {fact}.",
        ]
    is_for = slot.type == "count" and fact.startswith("for ")
    return {**found, "tell": tell, "predicate": [f"is {fact}" if is_for else f"has {fact}"]}


def _say_category(text: str, slot: Slot) -> str:
    """Return a value as a predicate: has no viewfinder, is weather sealed, has a full frame sensor."""
    name = slot.names["en"].lower()
    head = name.split()[-1]
    fact = slot.fact.get("en", "{value}")
    if fact != "{value}":
        before, _, after = fact.partition("{value}")
        return f"has {fit_article(before, text)}{text}{after}"
    stem = head[:-1] if head.endswith("s") else head
    # A value that ends with the attribute's own noun is a thing to have; any other says how it is.
    if not re.search(rf"\b{re.escape(stem)}s?\b", text.lower()):
        return f"is {text}"
    if needs_article(text) and not _DETERMINED.match(text):
        return f"has {fit_article('a ', text)}{text}"
    return f"has {text}"


def _derive_chinese(slot: Slot) -> dict[str, list[Any]]:
    name = slot.names["zh"]
    it, its = ("", "") if slot.shared else ("{it}", "{its}")
    ask = [
        f"{its}{name}是什么？",
        f"{it}{name}怎么样？",
        f"请问{its}{name}。",
        f"问下{its}{name}。",
        f"{its}{name}呢？",
    ]
    found: dict[str, list[Any]] = {"ask": ask, "request": _list_requests(slot, "zh")}
    if slot.type in ("category", "boolean"):
        tells, predicates = [], []
        for value, texts in slot.values.items():
            text = next(iter(texts.get("zh", ())), value)
            fact = slot.fact.get("zh", "{value}").replace("{value}", text)
            tells += [{"say": f"{it}{fact}。", "value": value}, {"say": f"查了下，{it}{fact}。", "value": value}]
            predicates.append({"say": fact, "value": value})
        return {**found, "tell": tells, "predicate": predicates}
    if slot.type == "text":
        tell = [f"{name}：{{value}}。", f"{its}{name}是{{value}}。", f"{name}的话，{{value}}。"]
        return {**found, "tell": tell, "predicate": [f"{name}是{{value}}"]}
    fact = slot.fact.get("zh", f"{name}{{value}}")
    ask += [f"{its}{name}是多少？"]
    return {
        **found,
        "ask": ask[1:],
        "tell": [f"{its}{name}是{{value}}。", f"{it}{fact}。", f"{name}是{{value}}。"],
        "predicate": [fact],
    }


def _list_requests(slot: Slot, language: Language) -> list[str]:
    """Return how the agent asks for a wish: the pack's question, and a choice where there are few values."""
    question = slot.question.get(language)
    requests = [question] if question else []
    texts = [next(iter(spelled.get(language, ())), "") for spelled in slot.values.values()]
    if 1 < len(texts) <= _MOST_CHOICES and all(texts) and slot.mined:
        need = slot.need.get(language, "{value}")
        wishes = [need.replace("{value}", text) for text in texts]
        if language == "en":
            requests += [f"Would you like {', '.join(wishes[:-1])} or {wishes[-1]}?"]
        else:
            requests += [f"想要{'、'.join(wishes[:-1])}还是{wishes[-1]}？"]
    return requests

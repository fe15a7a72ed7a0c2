"""Drafts a pack from material by statistics: slots of tables, asks of real questions, topics of what is said most."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streamdial.domains import Slot, load_base
from streamdial.records import Language
from streamdial.text import find_phrase, fit_article, fold_text, needs_article
from streamdial.verticals.asking import list_asks
from streamdial.verticals.attributes import LACKING, Attribute, Inventory, name_stock, read_attributes
from streamdial.verticals.material import Material
from streamdial.verticals.words import find_names, list_kinds, list_pairs, list_words, rank_topics

_MOST_TOPICS = 60
_MOST_KEYWORDS = 16
_SPOKEN_KEYWORDS = 6
_LEAST_ASKED = 2
"""Viewers who ask for an inherited slot that no table has."""
_MINED = 3
"""Wishes that the agent asks for, the price among them."""
_LESS_IS_MORE = re.compile(r"weight|price|time|delay|noise|age\b|重量|时间|价|噪|费", re.IGNORECASE)
_COMING = re.compile(
    r"\b(?:try|come by|come in|visit|appointment|test)\b.{0,40}\b(?:day|shop|saturday|sunday|o'clock)\b"
    r"|which day|appointment|预约|到店|过来体验|哪天方便",
    re.IGNORECASE,
)
_THING: dict[Language, str] = {"en": "product", "zh": "产品"}


@dataclass
class PackDraft:
    """A pack that is being drafted.

    Attributes:
        body: What is written, as in the file.
        language: Its language.
        things: Names of what is sold.
        unsure: What the draft was unsure of.
        model: Model that took part; empty for none.
    """

    body: dict[str, Any]
    language: Language
    things: tuple[str, ...] = ()
    unsure: list[str] = field(default_factory=list)
    model: str = ""


def draft_pack(name: str, material: Material) -> PackDraft:
    """Return a draft of a pack by statistics alone.

    Args:
        name: Id of the pack.
        material: What it is drafted from.
    """
    language = material.language
    lines = _list_lines(material)
    found = read_attributes(material.tables, [*material.told, *lines], language)
    service = load_base("service")
    draft = PackDraft({}, language, tuple(found.things))
    asks = list_asks(found.attributes, material, found.things)
    slots, inherited = _draft_slots(found, asks, service, draft, lines)
    slots |= _take_away(service, inherited, material, lines)
    topics = _draft_topics(material, found, slots)
    thing = found.entity or _THING[language]
    entity = make_id(thing) if make_id(thing) not in slots else "thing"
    draft.body = {
        "extends": "service",
        "id": name,
        "languages": [language],
        "names": _name_vertical(name, material),
        "entity_slot": entity,
        "screening": {
            "keywords": _draft_keywords(material, found, thing, topics),
            "categories": list(dict.fromkeys(word for profile in material.profiles for word in profile.categories)),
            "certifications": _draft_certifications(material),
        },
        "topics": topics,
        "slots": {entity: _draft_entity(thing, language), **slots},
    }
    if not found.things:
        names = find_names(material.told, lines) if language == "en" else []
        draft.things = tuple(names)
        draft.body |= {"lexicon": names} if names else {}
        heard = f"; names that are spoken of: {', '.join(names)}" if names else ""
        draft.unsure.append(f"no table names what is sold: put a page with a table beside the recording{heard}")
    return draft


def make_id(text: str) -> str:
    """Return an id of a name: battery_life; of a Chinese one its pinyin: xiang_wei."""
    spelled = text
    if not text.isascii():
        from pypinyin import lazy_pinyin

        spelled = " ".join(lazy_pinyin(text))
    return re.sub(r"[^a-z0-9]+", "_", spelled.lower()).strip("_") or "slot"


def _name_vertical(name: str, material: Material) -> str:
    profile = next((word for profile in material.profiles for word in profile.categories), "")
    return profile.capitalize() if profile else name.replace("_", " ").capitalize()


def _draft_entity(thing: str, language: Language) -> dict[str, Any]:
    name = thing.lower()
    asks = [f"which {name}", f"what {name}s"] if language == "en" else [f"哪款{name}", f"什么{name}", "哪一款", "哪款"]
    return {"type": "entity", "names": name, "ask": asks, "headers": [name]}


def _draft_slots(
    found: Inventory, asks: Mapping[str, list[str]], service: Mapping[str, Slot], draft: PackDraft, lines: list[str]
) -> tuple[dict[str, Any], set[str]]:
    """Return the slots of the attributes, and which of them are inherited ones."""
    language = draft.language
    slots: dict[str, Any] = {}
    inherited: dict[str, list[Attribute]] = {}
    for key, attribute in found.attributes.items():
        name = _find_inherited(attribute, service, language)
        if name and all(_agrees(attribute, known) for known in inherited.get(name, ())):
            inherited.setdefault(name, []).append(attribute)
            slots[name] = _adopt(attribute, service[name], asks[key], language, slots.get(name) or {})
            continue
        own = make_id(attribute.header)
        slots[own if own not in service else f"{own}_own"] = _draft_slot(attribute, asks[key], language, draft)
    _claim_words(slots, service, language)
    _leave_asks(slots, service, language)
    _choose_mined(slots, lines, language)
    return {name: slot for name, slot in slots.items() if slot}, set(inherited)


def _agrees(attribute: Attribute, other: Attribute) -> bool:
    """Tell whether two attributes are one under two headers: they say the same of the things both speak of."""
    known = {cell.thing: cell.text for cell in other.cells}
    return all(known.get(cell.thing, cell.text) == cell.text for cell in attribute.cells)


def _find_inherited(attribute: Attribute, service: Mapping[str, Slot], language: Language) -> str | None:
    if attribute.stock:
        return "availability"
    header = attribute.header.lower()
    for name, slot in service.items():
        # Money is no slot of words, and words are no slot of money.
        alike = attribute.shared or (slot.type == "money") == (attribute.type == "money")
        if alike and header in {text.lower() for text in (slot.names[language], *slot.headers.get(language, ()))}:
            return name
    return None


def _adopt(
    attribute: Attribute, slot: Slot, asks: list[str], language: Language, before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a draft writes of an inherited slot: headers, asks and values that it does not know."""
    written = dict(before)
    known = {text.lower() for text in slot.headers.get(language, ())}
    if attribute.header.lower() not in known:
        written["headers"] = [*written.get("headers", slot.headers.get(language, ())), attribute.header.lower()]
    phrases = written.get("ask", slot.ask.get(language, ()))
    if more := [phrase for phrase in asks if not any(_covers(phrase, known) for known in phrases)]:
        written["ask"] = [*phrases, *more]
    if attribute.shared and not slot.shared:
        written["shared"] = True
    if slot.stock:
        values = {value: list(texts.get(language, ())) for value, texts in slot.values.items()}
        for text in dict.fromkeys(cell.text for cell in attribute.cells):
            state = name_stock(text)
            if state and text.lower() not in {spelled.lower() for spelled in values[state]}:
                values[state].insert(0, text)
                written["values"] = values
    return written


def _covers(phrase: str, known: str) -> bool:
    return find_phrase(phrase, known.lower()) is not None


def _draft_slot(attribute: Attribute, asks: list[str], language: Language, draft: PackDraft) -> dict[str, Any]:
    plain = all(word.istitle() or word.islower() for word in attribute.header.split())
    name = attribute.header.lower() if plain else attribute.header
    slot: dict[str, Any] = {"type": attribute.type, "names": name}
    if attribute.shared:
        slot["shared"] = True
    slot |= {"ask": asks, "headers": [name.lower()]}
    if attribute.type in ("quantity", "count"):
        slot["units"] = {attribute.unit: _spell_unit(attribute.unit, language)}
        slot["constraint"] = "max" if _LESS_IS_MORE.search(name) else "min"
        draft.unsure.append(f"{name}: is more of it better? constraint is {slot['constraint']}")
    if attribute.type == "category":
        slot["values"] = {_name_value(text, name): [text] for text in attribute.values}
        slot["constraint"] = "equal"
        if lacking := [_name_value(text, name) for text in attribute.values if LACKING.search(text)]:
            slot["lacks"] = lacking
            if lacking != ["none"]:
                draft.unsure.append(f"{name}: is {', '.join(lacking)} a drawback? lacks says so")
    if not attribute.sure:
        draft.unsure.append(f"{name}: taken for {attribute.type}, but not all of its cells look like one")
    return {**slot, **_draft_wordings(attribute, name, language)}


def _spell_unit(unit: str, language: Language) -> list[str]:
    spelled = [unit]
    if unit.isascii() and len(unit) > 3 and unit.endswith("s"):
        spelled.append(unit[:-1])
    spelled += _UNITS.get(unit.lower(), {}).get(language, [])
    return list(dict.fromkeys(spelled))


_UNITS: dict[str, dict[str, list[str]]] = {
    "g": {"en": ["grams", "gram"]},
    "kg": {"en": ["kilos", "kilograms"], "zh": ["公斤"]},
    "mp": {"en": ["megapixels", "megapixel"]},
    "fps": {"en": ["frames a second", "frames per second"]},
    "ml": {"zh": ["毫升"]},
    "毫升": {"zh": ["ml", "ML"]},
    "平米": {"zh": ["平", "平方米", "平方", "㎡"]},
    "人": {"zh": ["个人", "位", "口人"]},
    "gb": {"en": ["gigabytes", "gigs"]},
}
"""How units are spoken beside what a table writes."""


def _name_value(text: str, name: str) -> str:
    """Return the id of a value; what says that the thing is without the attribute is `none`."""
    if not text.isascii():
        return text
    words = {word for word in re.split(r"[^a-z]+", name.lower()) if word}
    rest = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word and word not in words]
    return "none" if rest in (["no"], ["not"], ["without"], []) else "_".join(rest)


def _draft_wordings(attribute: Attribute, name: str, language: Language) -> dict[str, Any]:
    """Return question, need and fact of a slot; a text has its bare name."""
    if attribute.type == "text":
        return {}
    speaks = _says_itself(attribute, name)
    more = "max" if _LESS_IS_MORE.search(name) else "min"
    if language == "zh":
        question = {"category": f"{name}有什么要求？"}.get(attribute.type, f"{name}大概要多少？")
        need = {"category": "{value}" if speaks else f"{name}是{{value}}", "money": f"{name}{{value}}以内"}.get(
            attribute.type, f"{name}{'不超过' if more == 'max' else '至少'}{{value}}"
        )
        fact = "{value}" if speaks and attribute.type == "category" else f"{name}是{{value}}"
        return {"question": question, "need": need, "fact": fact}
    if attribute.type == "count":
        return {"question": "For how many?", "need": "for {value}", "fact": "for {value}"}
    article = fit_article("a ", name) if needs_article(name) else ""
    question = (
        f"What kind of {name} would you like?" if attribute.type == "category" else f"What {name} do you have in mind?"
    )
    if attribute.type == "category":
        wording = "{value}" if speaks else f"{'a ' if needs_article(name) else ''}{{value}} {name}"
        return {"question": question, "need": wording, "fact": wording}
    bound = "at most" if more == "max" else "at least"
    fact = "{value}" if speaks else f"{article}{name} of {{value}}"
    need = f"{bound} {{value}}" if speaks else f"{article}{name} of {bound} {{value}}"
    return {"question": question, "need": need, "fact": fact}


def _says_itself(attribute: Attribute, name: str) -> bool:
    """Tell whether a value names its attribute: "no viewfinder", 孕期可用; "24 MP" of megapixels."""
    if attribute.type in ("quantity", "count"):
        words = {*_spell_unit(attribute.unit, "en"), attribute.unit.lower()}
        return any(word in name or name in word for word in words if len(word) > 3)
    pieces = list(name) if not name.isascii() else [word[:4] for word in name.split()]
    telling = sum(any(piece in text.lower() for piece in pieces) for text in attribute.values)
    # One Chinese character may stand in a word of another meaning.
    return telling > 0 if name.isascii() else telling >= len(attribute.values) / 2


def _claim_words(slots: dict[str, Any], service: Mapping[str, Slot], language: Language) -> None:
    """Give headers and asks of an inherited slot to the slot of the pack that is called so: 运费, of delivery."""
    for name, slot in list(slots.items()):
        called = (slot.get("names") or "").lower()
        if name in service or not called:
            continue
        for other, schema in service.items():
            written = slots.get(other, {})
            for key in ("headers", "ask"):
                known = list(written.get(key, getattr(schema, key).get(language, ())))
                if claimed := [text for text in known if find_phrase(text.lower(), called) is not None]:
                    slots[other] = written = {**written, key: [text for text in known if text not in claimed]}
                    slot[key] = list(dict.fromkeys([*slot[key], *claimed]))


def _leave_asks(slots: dict[str, Any], service: Mapping[str, Slot], language: Language) -> None:
    """Take phrases away from slots of the pack that an inherited slot asks by."""
    for name, slot in slots.items():
        if "ask" not in slot:
            continue
        others = {
            phrase.lower()
            for other, schema in service.items()
            if other != name and not (slots.get(other) or {}).get("ask")
            for phrase in schema.ask.get(language, ())
        }
        others |= {
            phrase for other, written in slots.items() if other < name for phrase in (written or {}).get("ask", ())
        }
        slot["ask"] = [phrase for phrase in slot["ask"] if phrase not in others]
        if not slot["ask"]:
            slot["ask"] = [slot.get("names", name)] if slot.get("names", name) not in others else []


def _choose_mined(slots: dict[str, Any], lines: Iterable[str], language: Language) -> None:
    """Have the agent ask for the wishes viewers state or ask about most."""
    lowered = [line.lower() for line in lines]
    asked: Counter[str] = Counter()
    for name, slot in slots.items():
        if slot and slot.get("constraint") and slot.get("type") != "money":
            words = [*slot.get("ask", ()), *(text for texts in slot.get("values", {}).values() for text in texts)]
            words = [word.lower() for word in words if isinstance(word, str)]
            asked[name] = sum(any(find_phrase(line, word) is not None for word in words) for line in lowered)
    for name, count in asked.most_common(_MINED - 1):
        if count > 1:
            slots[name]["mined"] = True
    for slot in slots.values():
        if slot and not slot.get("mined"):
            slot.pop("question", None)


def _take_away(
    service: Mapping[str, Slot], used: set[str], material: Material, lines: Iterable[str]
) -> dict[str, None]:
    """Return the inherited slots that nothing of the material speaks of, with nothing in their place."""
    language = material.language
    lowered = [line.lower() for line in lines]
    taken: dict[str, None] = {}
    comes = any(_COMING.search(line) for line in [*lowered, *material.told])
    for name, slot in service.items():
        if name in used or name == "price":
            continue
        phrases = [phrase.lower() for phrase in slot.ask.get(language, ())]
        asked = sum(any(find_phrase(line, phrase) is not None for phrase in phrases) for line in lowered)
        if not (comes if slot.booking else asked >= _LEAST_ASKED):
            taken[name] = None
    return taken


def _draft_topics(material: Material, found: Inventory, slots: Mapping[str, Any]) -> list[str]:
    language = material.language
    questions = [fold_text(message.text).lower() for message in material.questions]
    ranked = rank_topics(questions, [line.lower() for line in material.told], language, found.things)
    own = {phrase for slot in slots.values() if slot for phrase in slot.get("ask", ())}
    topics = [
        word
        for word in dict.fromkeys([*list_kinds(found.things, _list_lines(material), language), *ranked])
        if word not in own
    ]
    if language == "en":
        lines = [*questions, *(line.lower() for line in material.told)]
        pairs = Counter(pair for line in lines for pair in set(list_pairs(line)))
        names = " ".join(found.things).lower()
        asked = {pair for line in questions for pair in list_pairs(line)}
        topics += [pair for pair, count in pairs.items() if count > 1 and pair in asked and pair not in names]
    return topics[:_MOST_TOPICS]


def _draft_keywords(material: Material, found: Inventory, thing: str, topics: list[str]) -> list[str]:
    """Return words that name the trade: the thing, the profile's words, kinds of things, what the host says most."""
    language = material.language
    own = [word.lower() for profile in material.profiles for word in profile.categories]
    kinds = list_kinds(found.things, _list_lines(material), language)
    said = Counter(word for line in material.told for word in set(list_words(line.lower(), language)))
    ranked = sorted((word for word in topics if said[word] > 1), key=lambda word: (-said[word], word))
    return list(dict.fromkeys([thing.lower(), *own, *kinds, *ranked[:_SPOKEN_KEYWORDS]]))[:_MOST_KEYWORDS]


def _list_lines(material: Material) -> list[str]:
    return [fold_text(message.text) for message in material.messages]


def _draft_certifications(material: Material) -> list[str]:
    words = ["official account"] if material.language == "en" else ["官方账号", "认证"]
    return [*words, *dict.fromkeys(word for profile in material.profiles for word in profile.categories)]

"""How a thing is named in a sentence: in full when it is new, by a pronoun once it is in focus."""

from __future__ import annotations

import re
from random import Random

from streamdial.phrases.inventory import Inventory
from streamdial.records import Language, Role

_OF_THING = (
    (r"^NAME (?=(?:is|has|does|can|comes|goes|costs|gets|takes|works|drives|seats|serves|cannot)\b)", "It "),
    (r"(?:^|(?<=[ (]))the (\w+(?: time)?) (?:of|on|in) NAME (?=is|are|has|holds|takes|goes|folds)", r"its \1 "),
    (r"^(fast charging|charging|delivery) (?:of|on|for) NAME (?=is|takes)", r"\1 "),
    (r"\b(have|get|take|order|book|finance|charge|charging|want|buy|reserve) NAME\b(?!')", r"\1 it"),
    (r"\b(in) NAME (?=is\b|are\b)", r"\1 it "),
)
"""What a pronoun stands for a name in."""
_STATED = ((r"^NAME (?=[a-z]+s )", "It "),)
"""The same where something is stated: "The Aster sits five", but "Aster colours?"."""
_ASKED = (
    (r"\bthe (\w+(?: time)?) (?:of|on|in) NAME\b(?=[?.,]|$)", r"its \1"),
    (r"^((?:and )?(?:the )?\w+(?: time)?) (?:of|on|for) NAME(?=\?|$)", r"\1"),
    (r"\b(does|is|do|can|will|would|has|for|with|about|on) NAME\b(?!')", r"\1 it"),
)
"""The same in a question."""


def write_name(name: str, language: Language) -> str:
    """Return a name as it stands in a sentence: with its article in English."""
    if language == "zh" or not name or name.lower().startswith(("the ", "a ", "an ")):
        return name
    return f"the {name}"


def name_thing(name: str, *, in_focus: bool, inventory: Inventory, rng: Random) -> str:
    """Return how a thing is called: `the Meridian`, then `it`; 启程, then 这款 or nothing."""
    if not in_focus:
        return write_name(name, inventory.language)
    if inventory.language == "en":
        return "it"
    return rng.choice([*inventory.demonstratives, ""]) if inventory.demonstratives else ""


def name_possessive(name: str, *, in_focus: bool, inventory: Inventory) -> str:
    """Return the possessive of a thing: `the Meridian's`, then `its`; 启程的, then nothing."""
    if inventory.language == "zh":
        return "" if in_focus else f"{name}的"
    whole = write_name(name, "en")
    return "its" if in_focus else f"{whole}{chr(39)}" if whole.endswith("s") else f"{whole}'s"


def shorten_name(text: str, name: str, language: Language, role: Role = "agent") -> str:
    """Return a sentence about something already named, with a pronoun or nothing in place of its name.

    Only where the name stands once and plainly as a subject, an object, or what an attribute is of: "The Meridian has",
    "we do not have the Horizon", "the range of the Juniper". Everything else stays, and so does a text that names the
    thing twice. In Chinese the name goes where it begins the sentence.

    Args:
        text: The sentence; it must name nothing else.
        name: What it is about.
        language: Language of it.
        role: Who says it: a customer's question may be a bare noun ("Range of the Cascade?").
    """
    if not name:
        return text
    if language == "zh":
        rest = text.removeprefix(name)
        if rest == text or name in rest or rest.startswith(("的话", "和", "跟", "与", "还", "，", "？")) or not rest:
            return text
        return rest.removeprefix("的")
    named = rf"(?:the )?{re.escape(name.removeprefix('The ').removeprefix('the '))}"
    if len(re.findall(rf"\b{named}\b", text, re.IGNORECASE)) != 1:
        return text
    for pattern, short in (*_OF_THING, *(_ASKED if role == "user" else _STATED)):
        found = re.search(pattern.replace("NAME", named), text, re.IGNORECASE)
        if found is None:
            continue
        said = found.expand(short)
        said = said[0].upper() + said[1:] if found[0][0].isupper() else said[0].lower() + said[1:]
        return text[: found.start()] + said + text[found.end() :]
    return text

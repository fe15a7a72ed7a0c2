"""How a thing is named in a sentence: in full when it is new, by a pronoun once it is in focus."""

from __future__ import annotations

import re
from random import Random

from streamdial.phrases.inventory import Inventory
from streamdial.records import Language


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


def shorten_name(text: str, name: str, language: Language) -> str:
    """Return a sentence about something already named, without the name at its beginning."""
    if not name:
        return text
    if language == "zh":
        rest = text.removeprefix(name)
        return rest if rest != text and rest[:1] not in ("的", "和", "跟") else text
    return re.sub(rf"^(?:The )?{re.escape(name)}(?= )", "It", text, flags=re.IGNORECASE)

"""A persona for talk: who the customer may be beside what was observed. Invented colour, never wish or evidence."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from streamdial.domains import DomainPack
from streamdial.files import load_yaml
from streamdial.records import Language, UserPersona
from streamdial.slots import find_numbers
from streamdial.text import contains_phrase

_PEOPLE = {"people", "persons", "guests", "adults", "人", "位"}
"""Spellings of units that count the people themselves; seats may stay empty."""
_HOUSEHOLD = re.compile(
    r"\b(?:we are|we're|family of|household of) (?:[2-6]|two|three|four|five|six)\b|一家(?P<mouths>[三四五六])口"
    r"|我们(?:一家)?[两三四五六2-6]个?人"
)
"""Where somebody says how many they are."""


@lru_cache(maxsize=1)
def load_backgrounds() -> Mapping[Language, Mapping[str, Any]]:
    """Return the lists backgrounds are drawn from, by language."""
    file = resources.files("streamdial.dialogues").joinpath("_backgrounds.yaml")
    loaded: Mapping[Language, Mapping[str, Any]] = load_yaml(file.read_text(encoding="utf-8"))
    return loaded


def count_people(user: UserPersona, pack: DomainPack) -> tuple[int, int] | None:
    """Return how few and how many people a household may have by the persona's wishes and lines; None if unsaid."""
    for wish in user.constraints:
        slot = pack.slots.get(wish.slot)
        if slot is None or slot.type != "count" or not wish.value.isdigit():
            continue
        spelled = {spelling for spellings in slot.units.values() for spelling in spellings}
        count = int(wish.value)
        if "seats" in slot.units:
            return max(1, count - 3), count
        if spelled & _PEOPLE:
            return count, count
    said = _HOUSEHOLD.search(_join_lines(user))
    numbers = find_numbers(said["mouths"] or said.group()) if said else ()
    return (int(numbers[0].value),) * 2 if numbers else None


def draw_background(user: UserPersona, pack: DomainPack, language: Language, seed: object) -> tuple[str, ...]:
    """Return household, job, why now, what worries, mood and patience of a customer, each fitting the others.

    A household that a wish or a line of the persona speaks against is left out; what was seen of its patience holds.

    Args:
        user: The persona.
        pack: Its domain pack; a vertical without lists of its own takes those for any.
        language: Language of the talk.
        seed: The same seed gives the same background.
    """
    lists = load_backgrounds()[language]
    rng = random.Random(f"{seed}/background")
    signs = _find_signs(user, lists["signs"])
    age: str = "young" if "student" in signs else rng.choice(lists["ages"])
    bounds = count_people(user, pack)
    households = [entry for entry in lists["households"] if age in entry["age"]]
    if bounds is not None:
        households = [entry for entry in households if bounds[0] <= entry["people"] <= bounds[1]]
    households = [entry for entry in households if all(entry[sign] for sign in signs & {"kids", "partner"})]
    household = rng.choice(households) if households else None
    drawn = [household["text"] if household else ""]
    for name in ("jobs", "why_now", "worries"):
        listed = lists[name]
        # What is of the vertical itself says more, so it comes twice.
        entries = listed if isinstance(listed, list) else [*listed["any"], *2 * listed.get(pack.id, [])]
        if name == "jobs":
            entries = [entry for entry in entries if entry.get("student", False) == ("student" in signs)]
        drawn.append(_draw(entries, age, household, rng))
    against = lists["against"]
    if user.style.impatience is not None:
        patience = lists["impatient"]
        mood = rng.choice([mood for mood in lists["moods"] if patience not in against.get(mood, ())])
    else:
        mood = rng.choice(lists["moods"])
        patience = rng.choice([one for one in lists["patience"] if one not in against.get(mood, ())])
    return tuple(filter(None, (*drawn, mood, patience)))


def _find_signs(user: UserPersona, signs: Mapping[str, Sequence[str]]) -> set[str]:
    """Return what the persona's own lines say about the people behind it."""
    lines = _join_lines(user)
    return {sign for sign, words in signs.items() if any(contains_phrase(lines, word) for word in words)}


def _join_lines(user: UserPersona) -> str:
    said = [user.objective.text, *user.style.sample_lines]
    said += [line.text for line in (*user.basic_information, *user.core_requirements)]
    said += [inquiry.text for inquiry in user.primary_inquiries]
    return " ".join(said).lower()


def _draw(
    entries: Iterable[Mapping[str, Any]], age: str, household: Mapping[str, Any] | None, rng: random.Random
) -> str:
    """Return the text of an entry that holds for an age and a household; none that needs another one."""
    fitting: Sequence[Mapping[str, Any]] = [
        entry
        for entry in entries
        if age in entry.get("age", (age,))
        and ("kids" not in entry or (household is not None and entry["kids"] == household["kids"]))
        and ("people" not in entry or (household is not None and entry["people"] == household["people"]))
        and ("alone" not in entry or (household is not None and entry["alone"] == (household["people"] == 1)))
    ]
    return str(rng.choice(fitting)["text"]) if fitting else ""


def describe_manner(user: UserPersona, language: Language) -> tuple[str, ...]:
    """Return how a customer types, in words: register and habits that were seen."""
    words = load_backgrounds()[language]["manner"]
    kinds = (user.style.register_name, *(habit.kind for habit in user.style.habits))
    return tuple(dict.fromkeys(words[kind] for kind in kinds if kind in words))

"""Words the cells of a page that hold a list or a rating, which nobody says as they stand there: 5 stars, 9 airbags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from streamdial.records import Language
from streamdial.slots import join_phrases, split_parts
from streamdial.text import measure_length

LONGEST_PART: dict[Language, int] = {"en": 5, "zh": 8}
"""Words or characters of a part that can stand in a list; what is longer is a clause of its own."""
_STARS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\d(?:\.\d)? stars?(?: [\w-]+)*", re.IGNORECASE),
    "zh": re.compile(r"[\d一二三四五](?:\.\d)?(?:颗)?星.*"),
}
_COUNTED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\d+ (?!(?:years?|months?|weeks?|days?|hours?|min|minutes|km|miles|percent)\b)[a-z][\w-]*(?: [\w-]+)*",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"\d+(?:个|只|张|条|台|块|处|间)\D+"),
}
_OF_PART = re.compile(r"(?P<what>[a-z][a-z ]*) (?P<much>\d[\d,.]* [a-z]+)", re.IGNORECASE)
_GETS: dict[Language, Sequence[str]] = {"en": ("got", "is rated", "earned"), "zh": ("拿了", "评级是", "是")}
_HOLDS: dict[Language, Sequence[str]] = {"en": ("has", "comes with", "offers"), "zh": ("有", "配了", "带")}


def write_cell(value: str, language: Language) -> str:
    """Return a cell as it stands in a sentence: "white, silver and red", "5 years, and 8 years on the battery".

    A list of short parts of one kind gets its "and" (、 in Chinese); a cell of one part, of clauses, of parts of
    several kinds or with an "and" of its own stays as it is.
    """
    parts = split_parts(value)
    if len(parts) < 2 or any(not part or measure_length(part, language) > LONGEST_PART[language] for part in parts):
        return value
    figures = [any(character.isdigit() for character in part) for part in parts]
    if language == "zh":
        return value if any(figures) else "、".join(parts)
    # An address is no list: its parts are names, or figures beside words.
    alike = all(figures) or (not any(figures) and all(part[0].islower() for part in parts))
    if not alike or re.search(r"\band\b", value):
        return value
    turned = [_turn_part(part) for part in parts]
    if turned != parts and len(parts) == 2:
        return f"{turned[0]}, and {turned[1]}"
    return join_phrases(turned, language)


def _turn_part(part: str) -> str:
    """Return a part whose thing stands before its figure the other way round: 8 years on the battery."""
    found = _OF_PART.fullmatch(part)
    return f"{found['much']} on the {found['what']}" if found else part


def describe_cell(value: str, language: Language, rng: Random) -> str:
    """Return a cell of ratings and counts as a predicate; empty for any other.

    "5 stars, 9 airbags" gives "got 5 stars and has 9 airbags", 5星，9个气囊 gives 拿了5星，有9个气囊.
    """
    parts = [part for part in split_parts(value) if part]
    stars = [part for part in parts if _STARS[language].fullmatch(part)]
    counted = [part for part in parts if _COUNTED[language].fullmatch(part) and part not in stars]
    if not stars or len(stars) + len(counted) < len(parts):
        return ""
    said = [f"{rng.choice(_GETS[language])}{' ' if language == 'en' else ''}{join_phrases(stars, language)}"]
    if counted:
        said.append(f"{rng.choice(_HOLDS[language])}{' ' if language == 'en' else ''}{join_phrases(counted, language)}")
    return " and ".join(said) if language == "en" else "，".join(said)

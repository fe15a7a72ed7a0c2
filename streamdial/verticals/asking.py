"""Finds by which phrases viewers ask for an attribute: its words in their lines, and what the host answered to them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from streamdial.lexicon import cut_words
from streamdial.records import Language
from streamdial.text import find_phrase, fold_text, split_words
from streamdial.verticals.attributes import Attribute
from streamdial.verticals.material import Material
from streamdial.verticals.words import list_words

_ANSWER_SECONDS = 30.0
"""So long after a question the host may answer it."""
_ANSWERS = 3
"""Stretches of speech after a question that are looked at."""
_STEM = 4
"""Letters at the beginning that two forms of an English word share, at least."""
_ENDING = re.compile(r"(?:i[sz]ation|ation|ing|ity|ness|ment)$")
_HOW = re.compile(
    r"\bhow (?:(?:many|much) )?(?!much\b|many\b|do\b|does\b|did\b|is\b|are\b|about\b|come\b|can\b|long\b)[a-z]+"
)
_ZH_MUCH = "多少"
_OWN_SHARE = 0.6
"""Share of a word's questions that must be about one attribute."""


def list_asks(attributes: Mapping[str, Attribute], material: Material, names: Iterable[str]) -> dict[str, list[str]]:
    """Return the asking phrases of each attribute, those of its own words first; each phrase asks for one alone.

    Args:
        attributes: By header in lower case.
        material: Lines of viewers that ask, what the host says.
        names: Names of things.
    """
    language, questions = material.language, material.questions
    lines = [fold_text(message.text).lower() for message in questions]
    told = [line.lower() for line in material.told]
    whole = "\n".join([*lines, *told])
    written = [split_words(line) for line in lines] if language == "en" else []
    own = {key: _list_own(attribute, written, whole, language) for key, attribute in attributes.items()}
    named = {word for name in names for word in [*split_words(name), *list_words(name, language)]}
    about = _find_subjects(attributes, own, material, named)
    found: dict[str, list[str]] = {}
    taken: dict[str, str] = {}
    for key, phrases in own.items():
        found[key] = [phrase for phrase in dict.fromkeys(phrases) if taken.setdefault(phrase, key) == key]
    for phrase, key in _list_learnt(about, lines, language, named):
        if taken.setdefault(phrase, key) == key and phrase not in found[key]:
            found[key].append(phrase)
    return found


def _list_own(attribute: Attribute, written: Sequence[Sequence[str]], whole: str, language: Language) -> list[str]:
    """Return the forms of an attribute's own words: those viewers use, in Chinese those the host uses, too.

    Args:
        attribute: The attribute.
        written: Words of each line of viewers; of English alone.
        whole: What viewers and the host say.
        language: Language of both.
    """
    header = attribute.header.lower()
    phrases = [header, *(part for part in header.split("/") if part.strip() and part != header)]
    if language == "zh":
        words = [header[start:end] for start, end in cut_words(header)]
        rest = whole.replace(header, "")
        phrases += [word for word in words if len(word) > 1 and word != header and word in rest][-1:]
        if attribute.type in ("quantity", "count") and attribute.unit and not attribute.unit.isascii():
            phrases.append(f"{_ZH_MUCH}{attribute.unit}")
        if attribute.type == "count":
            phrases += [f"几{attribute.unit}", f"几个{attribute.unit}"]
        return phrases
    words = split_words(header)
    forms = Counter(
        " ".join(window)
        for line in written
        for window in zip(*(line[shift:] for shift in range(len(words))), strict=False)
        if all(_is_form(word, own) for word, own in zip(window, words, strict=True))
    )
    phrases += [form for form, _ in forms.most_common() if form != header]
    if attribute.type in ("quantity", "count") and len(attribute.unit) > 3:
        phrases.append(f"how many {attribute.unit.lower()}")
    if len(words) > 1 and attribute.type != "money" and sum(words[0] in line for line in written) > 1:
        # "battery life" is asked for as the battery.
        phrases.append(words[0])
    return phrases


def _is_form(word: str, own: str) -> bool:
    """Tell whether an English word is a form of another: stabilised of stabilisation, colours of colour."""
    stem = _ENDING.sub("", own)
    derived = stem != own and len(stem) >= _STEM and word.startswith(stem)
    return word == own or derived or word in (f"{own}s", own.removesuffix("s"))


def _find_subjects(
    attributes: Mapping[str, Attribute],
    own: Mapping[str, Sequence[str]],
    material: Material,
    named: set[str],
) -> dict[int, str]:
    """Return which question is about which attribute: by its own words, else by what the host answered."""
    found: dict[int, str] = {}
    language = material.language
    values = {key: _list_values(attribute, language) for key, attribute in attributes.items()}
    for number, message in enumerate(material.questions):
        line = fold_text(message.text).lower()
        worded = {
            key for key, phrases in own.items() if any(find_phrase(line, phrase) is not None for phrase in phrases)
        }
        if len(worded) == 1:
            found[number] = worded.pop()
        elif not worded and message.time is not None:
            after = [
                segment.text.lower()
                for segment in material.segments
                if message.time < segment.end and segment.start < message.time + _ANSWER_SECONDS
            ][:_ANSWERS]
            answered = {
                key
                for key, texts in values.items()
                for text in after
                if any(find_phrase(text, value) is not None for value in texts)
                and _shares_word(line, text, language, named)
            }
            if len(answered) == 1:
                found[number] = answered.pop()
    return found


def _list_values(attribute: Attribute, language: Language) -> set[str]:
    """Return how a value is told: numbers with the unit written out, categories as they stand."""
    found = set()
    for cell in attribute.cells:
        text = cell.text.lower()
        if attribute.type == "text" or (language == "en" and len(text) < 4):
            continue
        found.add(text)
        if attribute.unit:
            number = text.removesuffix(attribute.unit.lower()).strip()
            found |= {f"{number} {attribute.unit.lower()}", f"{number}{attribute.unit.lower()}"}
            if language == "en" and len(attribute.unit) == 1:
                found |= {f"{number} {word}" for word in _WRITTEN_OUT.get(attribute.unit.lower(), ())}
    return found


_WRITTEN_OUT = {"g": ("grams", "grammes"), "m": ("metres", "meters"), "l": ("litres", "liters"), "h": ("hours",)}
"""Units of one letter as they are spoken."""


def _shares_word(line: str, answer: str, language: Language, named: set[str]) -> bool:
    """Tell whether an answer takes up a word of the question that is no thing's name."""
    return not (set(list_words(line, language)) - named).isdisjoint(list_words(answer, language))


def _list_learnt(
    about: Mapping[int, str], lines: Sequence[str], language: Language, named: set[str]
) -> list[tuple[str, str]]:
    """Return phrases of questions that nearly always ask for one attribute, with it."""
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    everywhere: Counter[str] = Counter()
    for number, line in enumerate(lines):
        phrases = _list_phrases(line, language, named)
        everywhere.update(phrases)
        if number in about:
            for phrase in phrases:
                asked[phrase][about[number]] += 1
    found = []
    for phrase, counts in asked.items():
        key, count = counts.most_common(1)[0]
        asking = language == "en" and phrase.startswith("how ")
        if (asking or count > 1) and count >= _OWN_SHARE * everywhere[phrase]:
            found.append((phrase, key))
    return sorted(found)


def _list_phrases(line: str, language: Language, named: set[str]) -> set[str]:
    """Return what a question may be asked by: "how heavy", "what iso"; in Chinese its words."""
    if language == "zh":
        return {word for word in list_words(line, language) if word not in named}
    text = " ".join(split_words(line))
    phrases = {match[0] for match in _HOW.finditer(text)}
    return {phrase for phrase in phrases if named.isdisjoint(phrase.split()[1:])}

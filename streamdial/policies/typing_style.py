"""How a customer types: the habits seen in this persona's own messages, put on what templates and models worded."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from streamdial.records import Language, UserStyle
from streamdial.slots import SlotReader

_SAD = re.compile(r":'?-?\(|[😢😭😞😔☹🙁😡😠💔]|T_T|QAQ|TAT")
_FINAL = re.compile(r"[.。]+\s*$")
HABIT_RATE = 0.8
"""How often a habit shows in a line: nobody keeps one all the time."""
SIGN_RATE = 0.25
"""How often a laughing or smiling sign of the persona's ends a line."""


def unpolish(text: str, style: UserStyle, language: Language, rng: random.Random, *, keep: tuple[str, ...] = ()) -> str:
    """Return a line as this persona would type it.

    Only habits that were observed are put on: lower case, no full stop at the end, doubled question marks, and now
    and then an emoji of theirs. Facts and names stay as they are.

    Args:
        text: A line in good form.
        style: How the persona writes, from its own messages.
        language: Language of the line; another one than the persona's takes over no habit.
        rng: Decides where a habit shows.
        keep: Names whose capitals stay.
    """
    habits = {habit.kind: habit for habit in style.habits}
    if "lower_case" in habits and language == "en" and rng.random() < HABIT_RATE:
        text = _lower(text, keep)
    if "no_final_punctuation" in habits and rng.random() < HABIT_RATE:
        text = _FINAL.sub("", text)
    doubled = habits.get("repeated_punctuation")
    if doubled and text.endswith(("?", "？")) and any("?" in w or "？" in w for w in doubled.words):
        text += text[-1] if rng.random() < HABIT_RATE else ""
    signs = [word for kind in ("emoji", "kaomoji") if kind in habits for word in habits[kind].words]
    # A sad sign is about what was said there, not a way of writing.
    signs = [sign for sign in signs if not _SAD.search(sign)]
    if signs and rng.random() < SIGN_RATE:
        text = f"{text} {rng.choice(signs)}" if language == "en" else f"{text}{rng.choice(signs)}"
    return text


def _lower(text: str, keep: tuple[str, ...]) -> str:
    lowered = text.lower()
    for name in keep:
        if name:
            lowered = re.sub(re.escape(name.lower()), name.replace("\\", r"\\"), lowered)
    return lowered


def swap_word(text: str, word: str, own: str, language: Language) -> str:
    """Return a text with the first of a word said in another way; in English whole words alone, keeping a capital.

    Args:
        text: The text.
        word: The word as anybody says it; a Chinese one with ^ before it at the beginning of a clause alone.
        own: How this speaker says it.
        language: Language of the text.
    """
    if language == "zh":
        if word.startswith("^"):
            return re.sub(rf"(?<![^，。！？…\s]){re.escape(word[1:])}", own, text, count=1)
        return text.replace(word, own, 1)
    found = re.search(rf"(?<![\w'-]){re.escape(word)}(?![\w'-])", text, re.IGNORECASE)
    if found is None:
        return text
    put = own[:1].upper() + own[1:] if found[0][:1].isupper() else own
    return text[: found.start()] + put + text[found.end() :]


def swap_words(text: str, swaps: Mapping[str, str], reader: SlotReader, keep: Callable[[str], bool]) -> str:
    """Return a text in a speaker's own words, each kept only where all is read as before and the text may be said.

    Args:
        text: The text.
        swaps: Words of the inventory to how this speaker says them.
        reader: Reads values and questions.
        keep: Tells whether a text may be said.
    """

    def read(line: str) -> tuple[object, ...]:
        return [(found.slot, found.value) for found in reader.find_values(line)], reader.find_asks(line)

    for word, own in swaps.items():
        swapped = swap_word(text, word, own, reader.language)
        if swapped != text and read(swapped) == read(text) and keep(swapped):
            text = swapped
    return text

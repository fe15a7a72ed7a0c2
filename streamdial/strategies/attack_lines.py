"""Lines of a chat that attack whoever answers: insults, injections, demands off limits, accusations, threats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Literal, get_args

from streamdial.files import load_yaml
from streamdial.privacy import mask_personal_data
from streamdial.records import Language
from streamdial.strategies.house_rules import UNSAFE
from streamdial.strategies.mined import MinedRecording, write_sentence
from streamdial.text import detect_language, fold_text, measure_length

AttackKind = Literal["insult", "injection", "off_limits", "accusation", "threat"]
KINDS: tuple[AttackKind, ...] = get_args(AttackKind)
"""Kinds of attacks; the inventory of phrases has `react.attack.KIND` and the agent's `react.refusal.KIND`."""
LENGTHS: dict[Language, tuple[int, int]] = {"en": (2, 24), "zh": (3, 40)}


@cache
def load_patterns() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str]]:
    """Return what lines of each kind are found by, and what no line that is kept has."""
    file = resources.files("streamdial.strategies").joinpath("_attacks.yaml")
    given = load_yaml(file.read_text(encoding="utf-8"))
    kinds = {kind: re.compile("|".join(parts), re.IGNORECASE) for kind, parts in given["kinds"].items()}
    return kinds, re.compile("|".join([*given["obscene"], *given["oneself"]]), re.IGNORECASE)


def name_attack(text: str) -> str:
    """Return the kind of attack a line is, empty for none: what it does comes before how rude it is.

    A line with slurs, obscenities or words of harm is none that is kept.
    """
    kinds, barred = load_patterns()
    if barred.search(text) or UNSAFE.search(text):
        return ""
    return next((kind for kind, pattern in kinds.items() if pattern.search(text)), "")


def find_attack_lines(recording: MinedRecording) -> Iterator[tuple[str, str, str]]:
    """Yield viewers' lines that attack, each once, as (kind, sentence, id of the message).

    They are data: personal data is masked, and what had any is left out, as is what names a thing on sale.
    """
    language = recording.language
    least, most = LENGTHS[language]
    seen = set()
    for message in recording.iterate_messages():
        text = fold_text(message.text).strip()
        kind = "" if message.by_host or not least <= measure_length(text, language) <= most else name_attack(text)
        masked = "[" in text or mask_personal_data(text) != text
        if not kind or masked or text in seen or detect_language(text) != language:
            continue
        if recording.reader.find_entities(text) or any(mark in text for mark in "<>{}«»|"):
            continue
        seen.add(text)
        yield kind, write_sentence(text, language), message.id

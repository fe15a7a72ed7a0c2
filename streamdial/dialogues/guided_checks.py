"""What a strong model's words for a planned turn must pass: every planned value stands in them, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from streamdial.claims import ClaimReader, Fault
from streamdial.dialogues.checks import find_wording_fault
from streamdial.dialogues.directives import Directive
from streamdial.domains import DomainPack
from streamdial.records import Language, Role
from streamdial.slots import SlotReader
from streamdial.text import blank_names, find_phrase, fold_text, set_chinese_punctuation, tokenize

_ARTEFACT = re.compile(
    r"\bas an ai\b|\b(?:ai|large) language model\b|\bi(?:'m| am) (?:an ai|a language model|just an? (?:ai|bot))\b"
    r"|作为(?:一个|一名)?(?:ai|人工智能|语言模型)|我(?:只)?是(?:一个)?(?:ai|人工智能|语言模型)"
    r"|```|^\s*[\[{(（*#]|\"utterance\"|\[(?:act|name|slot|turn)\b|</?\w+>",
    re.IGNORECASE,
)
"""What no person in a chat writes: a model that speaks of itself, the form of an answer, stage directions."""
_SQUARE = re.compile(r"(?<=\d)\s?m2(?![a-z0-9])")
"""Folding takes the square of 34m² for a figure."""
_QUOTES = " \"'“”«»「」"


def clean_utterance(text: str, language: Language) -> str:
    """Return a model's line folded, and without the marks it was shown values in."""
    folded = fold_text(text.replace("«", "").replace("»", "")).strip(_QUOTES)
    folded = _SQUARE.sub("m²", folded)
    return set_chinese_punctuation(folded) if language == "zh" else folded


def _blank_stated(text: str, directive: Directive, reader: SlotReader) -> str:
    """Return an expert's words without what the customer stated and the turn does not have to say.

    It may be taken up, 周五见 once Friday is agreed; whether what is said of it is true, claims tell.
    """
    plan = directive.plan
    if plan.role == "user":
        return text
    planned = {(slot, value) for slot, (value, _) in plan.values.items()}
    stated = set(directive.situation.stated.items()) - planned
    for mention in reversed(reader.find_values(text)):
        if (mention.slot, mention.value) in stated:
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def check_guided(
    text: str, directive: Directive, *, pack: DomainPack, reader: SlotReader, said: Sequence[tuple[Role, str]]
) -> Fault | None:
    """Return what is wrong with the words of a planned turn, or None.

    Checks: `empty`, `artefact`, `missing_entity`, those of `find_wording_fault`, and what claims are judged by:
    whatever the words state beside the planned values must be true and theirs to say.

    Args:
        text: The model's words, cleaned.
        directive: What the turn was to do.
        pack: The domain pack.
        reader: Knows the names of everything the account sells.
        said: What was said before in the dialogue, with its speakers.
    """
    if not text:
        return Fault("empty", "")
    if _ARTEFACT.search(text):
        return Fault("artefact", "")
    fault = find_wording_fault(
        directive.join(_blank_stated(text, directive, reader)),
        directive.plan,
        pack=pack,
        language=directive.language,
        reader=reader,
        earlier=[words for _, words in said],
    )
    if fault is not None:
        return fault
    lower = text.lower()
    if any(find_phrase(lower, name.lower()) is None for name in directive.names):
        return Fault("missing_entity", "")
    # The account's own sentences and the planned values are true; the rest of the model's words has to be.
    written = {*directive.values, *map(set_chinese_punctuation, directive.values)}
    rest = blank_names(text, sorted(written, key=len, reverse=True))
    situation = replace(directive.situation, said=tuple(said))
    return ClaimReader(reader).judge(rest, situation) if tokenize(rest) else None

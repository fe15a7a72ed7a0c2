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
_QUOTES = " \"'“”«»「」"


def clean_utterance(text: str, language: Language) -> str:
    """Return a model's line folded, and without the marks it was shown values in."""
    folded = fold_text(text.replace("«", "").replace("»", "")).strip(_QUOTES)
    return set_chinese_punctuation(folded) if language == "zh" else folded


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
    whole = directive.join(text)
    fault = find_wording_fault(
        whole,
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

"""What a strong model's words for a planned turn must pass: every planned value stands in them, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from streamdial.dialogues.checks import check_wording
from streamdial.dialogues.directives import Directive
from streamdial.domains import DomainPack
from streamdial.records import Language
from streamdial.slots import SlotReader
from streamdial.text import find_phrase, fold_text, set_chinese_punctuation

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
    text: str, directive: Directive, *, pack: DomainPack, reader: SlotReader, earlier: Iterable[str]
) -> str | None:
    """Return the first check the words of a planned turn do not pass, or None.

    Checks: `empty`, `artefact`, `missing_entity`, and those of `check_wording`.

    Args:
        text: The model's words, cleaned.
        directive: What the turn was to do.
        pack: The domain pack.
        reader: Knows the names of everything the account sells.
        earlier: What was said before in the dialogue.
    """
    if not text:
        return "empty"
    if _ARTEFACT.search(text):
        return "artefact"
    failure = check_wording(
        directive.join(text),
        directive.plan,
        pack=pack,
        language=directive.language,
        reader=reader,
        earlier=earlier,
    )
    if failure is not None:
        return failure
    lower = text.lower()
    if any(find_phrase(lower, name.lower()) is None for name in directive.names):
        return "missing_entity"
    return None

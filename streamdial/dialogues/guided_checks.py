"""What a strong model's words for a planned turn must pass: every planned value stands in them, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from streamdial.claims import ClaimReader, Fault
from streamdial.claims.clauses import split_clauses
from streamdial.claims.lexicon import speaks_of
from streamdial.claims.manner import find_cut
from streamdial.dialogues.checks import find_wording_fault
from streamdial.dialogues.turn_briefs import TurnBrief
from streamdial.domains import DomainPack
from streamdial.models.answers import cut_role
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
_ACCEPTS = re.compile(
    r"\bi(?:['’]ll| will) take (?:it|one|the)\b|\b(?:put|sign) me (?:down|up)\b|\blet['’]s (?:do|book) it"
    r"|我要了|我买了|就(?:要|买|定)(?:它|这|你们)|下单吧",
    re.IGNORECASE,
)
_WEIGHED = re.compile(
    r"\b(?:if|before|until|unless|whether|not|never|once)\b|n['’]t\b|如果|要是|再|之前|不|没", re.IGNORECASE
)
_OPEN_ACTS = ("greet", "ask", "compare", "object", "acknowledge", "ask_person", "defer", "leave")
"""Acts of a customer who has not decided."""
_SQUARE = re.compile(r"(?<=\d)\s?m2(?![a-z0-9])")
"""Folding takes the square of 34m² for a figure."""
_QUOTES = " \"'“”«»「」"


def clean_utterance(text: str, language: Language) -> str:
    """Return a model's line folded, without the name of its speaker and the marks it was shown values in."""
    folded = cut_role(fold_text(text.replace("«", "").replace("»", ""))).strip(_QUOTES)
    folded = _SQUARE.sub("m²", folded)
    return set_chinese_punctuation(folded) if language == "zh" else folded


def _blank_stated(text: str, brief: TurnBrief, reader: SlotReader) -> str:
    """Return an expert's words without what the customer stated and the turn does not have to say.

    It may be taken up, 周五见 once Friday is agreed; whether what is said of it is true, claims tell.
    """
    plan = brief.plan
    if plan.role == "user":
        return text
    planned = {(slot, value) for slot, (value, _) in plan.values.items()}
    stated = set(brief.situation.stated.items()) - planned
    for mention in reversed(reader.find_values(text)):
        if (mention.slot, mention.value) in stated:
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def check_guided(
    text: str, brief: TurnBrief, *, pack: DomainPack, reader: SlotReader, said: Sequence[tuple[Role, str]]
) -> Fault | None:
    """Return what is wrong with the words of a planned turn, or None.

    Checks: `empty`, `artefact`, `cut_off`, `other_act` (a customer accepts who was not to), `other_question`,
    `missing_entity`, those of `find_wording_fault`, and what claims are judged by:
    whatever the words state beside the planned values must be true and theirs to say.

    Args:
        text: The model's words, cleaned.
        brief: What the turn was to do.
        pack: The domain pack.
        reader: Knows the names of everything the account sells.
        said: What was said before in the dialogue, with its speakers.
    """
    if not text:
        return Fault("empty", "")
    if _ARTEFACT.search(text):
        return Fault("artefact", "")
    if fault := find_cut(brief.plan.role, text, brief.language) or _find_other_act(text, brief, reader):
        return fault
    fault = find_wording_fault(
        brief.join(_blank_stated(text, brief, reader)),
        brief.plan,
        pack=pack,
        language=brief.language,
        reader=reader,
        earlier=[words for _, words in said],
    )
    if fault is not None:
        return fault
    lower = text.lower()
    if any(find_phrase(lower, name.lower()) is None for name in brief.names):
        return Fault("missing_entity", "")
    # The account's own sentences and the planned values are true; the rest of the model's words has to be.
    written = {*brief.values, *map(set_chinese_punctuation, brief.values)}
    rest = blank_names(text, sorted(written, key=len, reverse=True))
    situation = replace(brief.situation, said=tuple(said))
    return ClaimReader(reader).judge(rest, situation) if tokenize(rest) else None


def _find_other_act(text: str, brief: TurnBrief, reader: SlotReader) -> Fault | None:
    plan = brief.plan
    if plan.role != "user":
        return None
    clauses = split_clauses(text)
    if plan.act in _OPEN_ACTS and any(
        _ACCEPTS.search(clause.text) and not _WEIGHED.search(clause.text) for clause in clauses
    ):
        return Fault("other_act", "the customer accepts nothing in this line")
    if plan.act == "ask" and plan.request:
        asking = " ".join(clause.text for clause in clauses if clause.asks).lower()
        slots = reader.pack.slots
        spoken = {slot for slot in slots if speaks_of(text, reader.pack, slot)} | set(reader.find_asks(text))
        named = {
            slot
            for slot, schema in slots.items()
            if slot != reader.pack.entity_slot
            and any(
                find_phrase(asking, name.lower()) is not None
                for name in (schema.names[brief.language], *schema.headers.get(brief.language, ()))
            )
        }
        if named and not (named | spoken) & set(plan.request):
            return Fault("other_question", "the line asks for something else than planned")
    return None

"""Composes the clauses of a turn into its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from streamdial.records import Language
from streamdial.slots import join_phrases

_STAYS = re.compile(r"(?:I\b|I'|[A-Z]{2,}|[A-Z]\w*[A-Z0-9])")
_SPACED = re.compile(r"\s+([,.!?;:])")
_COMMAS = re.compile(r"[,，]\s*([,.!?;:，。！？；：])")
_QUESTION = re.compile(r"(?:(?<=[.!])\s*[^.!?]+\?|(?<=[，。！])[^，。！？]+？)$")
_ASKS = {
    "en": re.compile(
        r"^(?:(?:and|but|so|ok|okay|hi|hello) )?"
        r"(?:(?:is|are|do|does|did|can|could|will|would|has|have) (?:it|there|this|that|these|those|the|you|u|i|we|any)"
        r"|(?:what|how|which|when|where|who)(?:'s)? (?:is|are|do|does|did|can|much|many|long|far|about))\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"^(?!.*(?:不知道|都行|都可以|都好|无所谓|没多))(?:.*吗$|.*(?<![没不好])多[少大久远高长快]|.*怎么样$|.*是怎[么样]"
        r"|.*(?:有没有|能不能|可不可以|是不是|会不会)|.*(?:哪[个款间里]|什么|几[个点人])(?:呢|呀|啊)?$)"
    ),
}
"""What asks by its form."""
_ENDS = {"en": (".", "!", "?", ",", "…", ":", ";"), "zh": ("。", "！", "？", "，", "…", "~", "～", "：", "；")}


def join_clauses(clauses: Sequence[str], language: Language, names: Sequence[str] = ()) -> str:
    """Return clauses as one text: a space between English sentences, one sentence going on behind a comma.

    Args:
        clauses: What is said, in order; empty ones are left out.
        language: Language of all.
        names: Names whose capital stays in the middle of a sentence.
    """
    text = last = ""
    for clause in (part.strip() for part in clauses):
        if not clause:
            continue
        if text and not text.endswith(_ENDS[language]):
            text += _end_clause(last, language)
        if text.endswith(",") and language == "en":
            text += f" {lower_first(clause, names)}"
        else:
            text += f" {clause}" if text and language == "en" else clause
        last = clause
    return tidy(text, language)


def _end_clause(clause: str, language: Language) -> str:
    """Return the mark a clause without one gets before the next: a viewer's question often has none."""
    asks = _ASKS[language].search(clause) is not None
    return ("？" if asks else "，") if language == "zh" else ("?" if asks else ".")


def join_turn(before: str, act: str, after: str, language: Language, names: Sequence[str] = ()) -> str:
    """Return reaction, act and bridge of a turn as one text; what the act asks at its end stays at the end.

    Args:
        before: The reaction; may be empty.
        act: What the turn does.
        after: The bridge; may be empty.
        language: Language of all.
        names: Names whose capital stays in the middle of a sentence.
    """
    if after and after[-1] not in "?？" and (ending := _QUESTION.search(act)):
        act = re.sub("，$", "。", act[: ending.start()])
        after = join_clauses([after, ending[0]], language)
    return join_clauses([before, act, after], language, names)


def join_predicates(predicates: Sequence[str], language: Language) -> str:
    """Return what is said of one thing as one predicate: "seats 7 and costs $46,900", 能住3人，一晚438元."""
    return "，".join(predicates) if language == "zh" else join_phrases(predicates, language)


def lower_first(text: str, names: Sequence[str] = ()) -> str:
    """Return a text with a small first letter, unless it begins with `I`, a name or an abbreviation."""
    if not text or _STAYS.match(text) or any(name and text.startswith(name) for name in names):
        return text
    return text[0].lower() + text[1:]


def tidy(text: str, language: Language) -> str:
    """Return a text with what empty gaps left behind put right, and a capital at the start of each English sentence."""
    text = _COMMAS.sub(r"\1", " ".join(text.split()))
    if language == "zh":
        text = re.sub(r"^[，。：、的]+", "", text.replace("，，", "，"))
        return re.sub(r"([。！？?!])[，、：]", r"\1", text)
    text = _SPACED.sub(r"\1", text)
    text = text[:1].upper() + text[1:]
    return re.sub(r"([.!?]\s+)([a-z])", lambda match: match[1] + match[2].upper(), text)

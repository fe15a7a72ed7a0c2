"""Writing style of a viewer: register, typing habits, dialect words, patience; each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Literal

from streamdial.domains import DomainPack
from streamdial.personas.habits import find_words, load_habits
from streamdial.records import Habit, Language, Observed, UserQuestion, UserStyle
from streamdial.text import measure_length, tokenize

SAMPLE_LINES = 5
SOON = 120.0
"""Seconds within which the same question again shows impatience."""
_HABIT_SHARE = 0.5
"""Share of messages from which on a way of writing all of them can have is a habit."""
_SAME_WORDS = 0.6
"""Share of common words from which on two messages ask the same."""
_LETTERS = re.compile(r"[A-Za-z]")
_REPEATED = re.compile(r"[?？!！~～。.]{2,}")
_FINAL = re.compile(r"[.?!。？！…~～]['\"”)）]*\s*$")
_EMOJI = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf]|\[[\u4e00-\u9fff]{1,4}\]")
_KAOMOJI = re.compile(
    r"[(（][^()（）\w]{2,8}[)）]|(?<!\w)[:;][-']?[()DPp](?!\w)|\^[_.]?\^|[Tt]_[Tt]|QAQ|orz", re.IGNORECASE
)
_LAUGH = re.compile(r"哈哈+|呵呵+|嘿嘿+|233+|\b(?:ha){2,}h?\b|\blo+l\b", re.IGNORECASE)
_CJK = re.compile(r"[\u4e00-\u9fff]")
_BREAK = re.compile(r"[\s,，.。?？!！~～;；]+")
_END = re.compile(r"\W+$")
_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")


def measure_style(questions: Sequence[UserQuestion], pack: DomainPack, language: Language) -> UserStyle:
    """Return how the asker of some messages writes; what is not seen in them is absent.

    Args:
        questions: The messages of one persona in order of time, as they were written (`raw_text`).
        pack: The domain pack; its own foreign words (Wi-Fi, SUV) mix no languages.
        language: Language of the persona.
    """
    habits = load_habits()
    dialect = [
        Habit(kind=region, words=words, evidence=evidence)
        for region, listed in habits.dialect.get(language, {}).items()
        for words, evidence in _find_listed(questions, listed, language)
    ]
    return UserStyle(
        mean_length=round(fmean(measure_length(question.text, language) for question in questions), 2),
        register_name=_judge_register(questions, language),
        sample_lines=tuple(question.text for question in questions[:SAMPLE_LINES]),
        habits=tuple(_list_habits(questions, pack, language)),
        dialect=tuple(dialect),
        impatience=_find_impatience(questions, language),
        evidence=tuple(question.id for question in questions),
    )


def _judge_register(questions: Sequence[UserQuestion], language: Language) -> Literal["casual", "plain", "polite"]:
    words = load_habits().register_words
    joined = "\n".join(question.raw_text for question in questions)
    polite = len(find_words(joined, words["polite"], language))
    casual = len(find_words(joined, words["casual"], language))
    return "polite" if polite > casual else "casual" if casual else "plain"


def _list_habits(questions: Sequence[UserQuestion], pack: DomainPack, language: Language) -> Iterator[Habit]:
    lists = load_habits()
    whole: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("lower_case", lambda text: len(_LETTERS.findall(text)) > 3 and text == text.lower()),
        ("no_final_punctuation", lambda text: not _FINAL.search(text)),
    )
    for kind, holds in whole:
        if kind == "lower_case" and language != "en":
            continue
        shown = tuple(question.id for question in questions if holds(question.raw_text))
        if len(questions) >= 2 and len(shown) > _HABIT_SHARE * len(questions):
            yield Habit(kind=kind, evidence=shown)
    signs = (
        ("repeated_punctuation", _REPEATED),
        ("emoji", _EMOJI),
        ("kaomoji", _KAOMOJI),
        ("laughter", _LAUGH),
    )
    for kind, pattern in signs:
        found = [(match[0], q.id) for q in questions for match in pattern.finditer(q.raw_text)]
        if found:
            words, ids = zip(*found, strict=True)
            yield Habit(kind=kind, words=tuple(dict.fromkeys(words)), evidence=tuple(dict.fromkeys(ids)))
    for kind, phrases in (("abbreviations", lists.abbreviations), ("particles", lists.particles)):
        for words, evidence in _find_listed(questions, phrases.get(language, ()), language, final=kind == "particles"):
            yield Habit(kind=kind, words=words, evidence=evidence)
    if mixed := _find_mixed(questions, pack, language):
        yield mixed


def _find_listed(
    questions: Sequence[UserQuestion], phrases: tuple[str, ...], language: Language, *, final: bool = False
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield, once or never, the phrases found with the messages they stand in; `final` ones end a clause."""
    words: list[str] = []
    evidence: list[str] = []
    for question in questions:
        if final:
            parts = [_LAUGH.sub("", _END.sub("", part)) for part in _BREAK.split(question.raw_text)]
            found = tuple(phrase for phrase in phrases if phrase in {part[-1:] for part in parts})
        else:
            found = find_words(question.raw_text, phrases, language)
        if found:
            words += found
            evidence.append(question.id)
    if evidence:
        yield tuple(dict.fromkeys(words)), tuple(evidence)


def _find_mixed(questions: Sequence[UserQuestion], pack: DomainPack, language: Language) -> Habit | None:
    words: list[str] = []
    evidence: list[str] = []
    found = {}
    for question in questions:
        text = question.raw_text
        for entity in question.entities:
            text = text.replace(entity, " ")
        found[question.id] = _LATIN_WORD.findall(text) if language == "zh" else _CJK.findall(text)
    if not any(found.values()):
        return None
    usual = _list_usual_words(pack, language)
    for key, foreign in found.items():
        if strange := [word for word in foreign if word.lower() not in usual]:
            words += strange
            evidence.append(key)
    if not evidence:
        return None
    return Habit(kind="mixed_languages", words=tuple(dict.fromkeys(words))[:8], evidence=tuple(evidence))


def _list_usual_words(pack: DomainPack, language: Language) -> set[str]:
    """Return the Latin words the pack itself has in its texts of a language."""
    texts = [*pack.topics.get(language, ()), *pack.lexicon.get(language, ())]
    for slot in pack.slots.values():
        texts += [slot.names[language], *slot.ask.get(language, ()), *slot.headers.get(language, ())]
        texts += [text for spelled in slot.values.values() for text in spelled.get(language, ())]
        texts += [text for spelled in slot.units.values() for text in spelled]
    return set(_LATIN_WORD.findall(" ".join(texts).lower()))


def _find_impatience(questions: Sequence[UserQuestion], language: Language) -> Observed | None:
    phrases = load_habits().impatience
    said = [question for question in questions if find_words(question.raw_text, phrases, language)]
    if said:
        return Observed(text=said[0].text, evidence=tuple(question.id for question in said))
    for earlier, later in pairwise(question for question in questions if question.time is not None):
        close = (later.time or 0.0) - (earlier.time or 0.0) <= SOON
        if close and earlier.asker and earlier.asker == later.asker and _repeats(earlier.text, later.text):
            text = "没等到回答又问了同样的问题" if language == "zh" else "asks the same again before it is answered"
            return Observed(text=text, evidence=(earlier.id, later.id))
    return None


def _repeats(earlier: str, later: str) -> bool:
    left, right = set(tokenize(earlier)), set(tokenize(later))
    return bool(left and right) and len(left & right) / len(left | right) >= _SAME_WORDS

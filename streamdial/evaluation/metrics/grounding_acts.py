"""Grounding acts: whether an agent shows that it understood, makes sure, and asks on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Language

ACTS = ("acknowledge", "clarify", "follow_up")
"""Acts of Grounding Gaps: a sign of having understood, a question about what was said, one that leads on."""
_ACKNOWLEDGES: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"^\W*(?:(?:oh|ah|well|hm+|um|yes|yeah|yep|no)[,.! ]+)?(?:ok(?:ay)?|sure|great|perfect|certainly|absolutely"
        r"|of course|al(?:l )?right|no problem|got it|understood|wonderful|excellent|fantastic|awesome|brilliant|super"
        r"|good(?! (?:morning|evening|afternoon|day|night|choice|bye))|nice|cool|lovely|sweet|right|fine|noted"
        r"|fair (?:enough|point)|makes sense|sounds (?:good|great|fine|nice|perfect|lovely)"
        r"|glad (?:to|we found|you like)|thanks for (?:telling|letting)"
        r"|that(?:'s| is| sounds?| works?| would be) (?:just |all |really |very |so )?(?:great|good|fine|perfect|nice"
        r"|lovely|helpful|wonderful|awesome|a pity|a shame|for me|well)"
        r"|i (?:see|understand|get (?:it|that|why)|hear you|can (?:certainly |surely |definitely )?help)"
        r"|i'?(?:d| would| will|ll) be (?:happy|glad) to|(?:i'm )?happy to help)\b(?! (?:day|time))",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"^\W*(?:好(?:的|嘞|呀|吧|啊|呢|哒|滴|嗒)*(?=\W|$)|那?行(?:啊|吧|的)?(?=\W|$)|[嗯恩唔哦噢喔]"
        r"|(?:也|那)?可以(?:啊|的|呀)?(?=\W|$)|没问题|没关系|明白|收到|了解|是吗|是嘛|这样啊|原来|(?:那)?太?好(?:了|吧)"
        r"|真(?:是)?(?:好|不错)|(?:还|挺)?不错|我?(?:能|可以)?理解|我?(?:记|知道|清楚|懂|听明白)(?:下|住|着|了)"
        r"|ok|那就好|那好|也行|有道理|您说得|您提得|谢谢您直说)",
        re.IGNORECASE,
    ),
}
_CLARIFIES: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:do|did) you mean\b|\byou mean\b|\bjust to (?:be sure|clarify|confirm|make sure|check)\b|\bto clarify\b"
        r"|\byou(?:'d| would) like to be\b|\bdid i (?:get|understand)\b|\bdo i understand\b"
        r"|\b(?:am i|is that) (?:right|correct)\b|, (?:right|correct|yes|isn't it|is it|doesn't it)\?"
        r"|\b(?:restate|rephrase|repeat)\b|\bwhat do you mean\b|\bare you (?:saying|asking|referring)\b|\bpardon\b"
        r"|\bwhich (?:one|of (?:them|the two|these|those)) (?:do|did|are) you (?:mean|refer|ask)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"您?是(?:说|指|问|要问)|什么意思|(?:对|是|没错)(?:吧|吗|不对|么)[?？]|是(?:这样|这个意思)(?:吧|吗)"
        r"|没(?:理解|听)错|我?确认一下|跟您确认|[你您]说的是|再说一遍|没听清|真的(?:假的|吗)",
    ),
}
_ASKS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"[?？]"),
    "zh": re.compile(r"[?？]|(?:吗|么)[。！~]?$"),
}
_SENTENCE = re.compile(r"[^.!?。！？~]+[.!?。！？~]*")


def label_acts(text: str, language: Language) -> frozenset[str]:
    """Return the grounding acts of a turn, by its words alone.

    It acknowledges where it begins with a word that takes up what was said ("Sure,", 好的，); of its questions those
    that are about what was said clarify, and any other follows up. Thanks, apologies, yes and no acknowledge nothing.
    """
    found = {"acknowledge"} if _ACKNOWLEDGES[language].search(text) else set()
    for sentence in _SENTENCE.findall(text):
        if _ASKS[language].search(sentence.strip()):
            found.add("clarify" if _CLARIFIES[language].search(sentence) else "follow_up")
    return frozenset(found)


def measure_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Return Cohen's kappa of two labellings; None where neither ever says yes, or both always do."""
    size = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / size
    yes, also = sum(first) / size, sum(second) / size
    chance = yes * also + (1 - yes) * (1 - also)
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def measure_grounding_acts(known: DialogueSet, *, seed: int = 7) -> list[Statistic]:
    """Return the share of the agent's turns behind a user's that do each grounding act, language by language.

    Args:
        known: The set; no annotation is read.
        seed: Seed of the resamples.
    """
    figures: list[Statistic] = []
    for language in known.languages:
        counted = [_count_acts(talk) for talk in known.of_language(language)]
        whole = [number for _, number in counted]
        ratios = [
            Ratio(
                Statistic(f"grounding_{act}", None, unit="share of agent turns", language=language),
                [found[act] for found, _ in counted],
                whole,
                "no agent answers",
            )
            for act in ACTS
        ]
        figures += measure_ratios(ratios, seed=seed)
    return figures


def _count_acts(talk: EvaluatedDialogue) -> tuple[dict[str, int], int]:
    pairs = zip(talk.turns, talk.turns[1:], strict=False)
    labelled = [
        label_acts(turn.utterance, talk.language)
        for before, turn in pairs
        if turn.role == "agent" and before.role == "user"
    ]
    return {act: sum(act in found for found in labelled) for act in ACTS}, len(labelled)

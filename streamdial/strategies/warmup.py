"""Small talk before business: the user comes in with it, and the agent leads from it to what is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from streamdial.personas.utterances import ABOUT_ONESELF
from streamdial.records import Language, Turn
from streamdial.strategies.directive import Directive
from streamdial.strategies.mined import Mined, MinedRecording, write_sentence
from streamdial.strategies.strategy import AdvisingStrategy, RecordingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView
from streamdial.text import detect_language, measure_length

KINDS = ("arrival", "praise", "mood")
"""What small talk is about; the inventory of phrases has `small_talk.KIND` and the agent's answer to it."""
BUSINESS = ("ask", "compare", "inform", "ask_offer", "object", "negotiate", "book")
"""Acts the first turn leaves for later."""
ANCHORS: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "arrival": (
            "I just got here.",
            "Finally home from work.",
            "Back again today.",
            "Did I miss the start?",
            "First time in here.",
        ),
        "praise": (
            "This looks lovely.",
            "So cozy in there.",
            "Nice place you have.",
            "It all looks so good.",
            "You have a nice voice.",
        ),
        "mood": (
            "It has been a long day.",
            "What a day.",
            "I'm in a weekend mood.",
            "Payday at last.",
            "Cold outside tonight.",
        ),
    },
    "zh": {
        "arrival": ("刚来。", "刚下班。", "我又来了。", "来晚了，没错过吧？", "第一次来。"),
        "praise": ("看着真不错。", "好漂亮啊。", "环境真好。", "风景绝了。", "主播声音好听。"),
        "mood": ("今天好累。", "终于周末了。", "今天好冷啊。", "困了。", "上班好辛苦。"),
    },
}
"""A line of the stream is small talk of the kind whose anchors it is most like."""
ALIKE: dict[Language, float] = {"en": 0.57, "zh": 0.68}
"""Least cosine to an anchor; what is like none is left where it was."""
_HEAVY = re.compile(
    r"\b(?:cry\w*|cried|sob\w*|dead|die|dying|kill\w*|hate|depress\w*|sick)\b|哭|死|难受|崩溃|绝望|抑郁|[啊哦呜]{2}",
    re.IGNORECASE,
)
"""What nobody begins business with."""
LENGTHS: dict[Language, tuple[int, int]] = {"en": (2, 9), "zh": (2, 14)}
NOTE: dict[Language, str] = {
    "en": "Come in with a friendly hello and a word of small talk; leave what you want for later.",
    "zh": "先友好地打个招呼，随口聊一句；想要什么先不说。",
}
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|evening|morning|good (?:morning|evening|afternoon))"
    r"(?: (?:all|everyone|everybody|there|chef|folks|team|hey|hi|from the \w+))*"
    r"|(?:(?:主播|大家|各位|你们?|老师)(?:好|早上好|晚上好|下午好|中午好)|(?:早上|晚上|下午|中午)好)[呀啊哇]?)[!.~！。～]*$",
    re.IGNORECASE,
)
_PARTING = re.compile(
    r"\b(?:bye|thanks?|thank you|good ?night|night all|see you|later|leaving|off to bed)\b"
    r"|拜拜|再见|晚安|谢|明天见|先睡|走了",
    re.IGNORECASE,
)
"""Who says so goes."""


class WarmupOptions(StrategyOptions):
    """Options of `warmup`."""

    lines: int = Field(default=40, ge=0, le=400, description="Lines of small talk kept of a recording and kind.")


class Warmup(AdvisingStrategy, RecordingStrategy):
    """The user's first turn is a greeting with small talk; the agent answers in kind and leads over to what is needed.

    SalesBot joins open-domain chat to task dialogues, with a turn in between that leads over. Here the chat is what
    viewers of the stream wrote beside the matter, which SSI drops, and wordings of our own where there is none. Left
    out: the model that detects an intent in free chat, and chats of many turns.
    """

    NAME: ClassVar[str] = "warmup"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "plans and skeletons"
    PAPERS: ClassVar[tuple[str, ...]] = ("SalesBot (arXiv 2204.10591)",)
    Options = WarmupOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return that the first turn is small talk, of a kind that is drawn."""
        if view.turns:
            return None
        move = f"small_talk.{view.rng.choice(KINDS)}"
        return Directive(prefer=("greet",), forbid=BUSINESS, moves=(move,), note=NOTE[view.language])

    def mine(self, recording: MinedRecording) -> Mined:
        """Return the small talk of a recording's viewers: dialogues of one turn each, whose move is its kind."""
        language = recording.language
        lines = dict(_screen(recording))
        texts = [text for text in lines if not _GREETING.match(text)]
        kinds = {text: "greeting" for text in lines if _GREETING.match(text)}
        kinds |= dict(zip(texts, sort_kinds(texts, recording), strict=True))
        kept: dict[str, list[str]] = {}
        for text, kind in kinds.items():
            if kind and len(kept.setdefault(kind, [])) < self.options.lines:
                kept[kind].append(text)
        seeds = tuple(
            recording.build_seed(
                self.NAME,
                (
                    Turn(
                        turn_id=0,
                        role="user",
                        utterance=write_sentence(text, language),
                        act="greet",
                        stage="opening",
                        moves=(kind if kind == "greeting" else f"small_talk.{kind}",),
                        evidence=(lines[text],),
                    ),
                ),
                text,
            )
            for kind, texts_of in kept.items()
            for text in texts_of
        )
        told = ", ".join(f"{kind} {len(found)}" for kind, found in kept.items())
        return Mined(seeds, notes=(f"small talk kept of {len(recording.signals.small_talk)} lines: {told or 'none'}",))


def sort_kinds(texts: Sequence[str], recording: MinedRecording) -> list[str]:
    """Return the kind of each line, empty where it is like no anchor."""
    if not texts:
        return []
    language = recording.language
    vectors = recording.embedder.embed(list(texts))
    cosines = np.stack(
        [(vectors @ recording.embedder.embed(list(ANCHORS[language][kind])).T).max(axis=1) for kind in KINDS],
        axis=1,
    )
    return [KINDS[int(row.argmax())] if row.max() >= ALIKE[language] else "" for row in cosines]


def _screen(recording: MinedRecording) -> Iterator[tuple[str, str]]:
    """Yield the lines anybody could come in with, each with its message: short, no goodbye, nothing of one's own."""
    language = recording.language
    least, most = LENGTHS[language]
    for line in recording.signals.small_talk:
        text = line.text.strip()
        if (
            least <= measure_length(text, language) <= most
            and detect_language(text) == language
            and not _PARTING.search(text)
            and not _HEAVY.search(text)
            and not ABOUT_ONESELF.search(text)
            and not recording.reader.find_values(text)
            and not any(mark in text for mark in "?？[]{}")
            and not any(character.isdigit() for character in text)
        ):
            yield text, line.message_id

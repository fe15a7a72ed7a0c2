"""Tells the host from callers (viewers on the line): by their voices, or by how they take turns.

A caller's speech becomes questions, never answers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.ids import hash_text, make_id
from streamdial.records import Language, Message
from streamdial.signals.sentences import Sentence

MIN_HOST_SHARE = 0.5
"""Whoever speaks at least this share of the time is the host; without such a voice nobody is told apart."""
TURN_GAP = 0.4
"""A pause (seconds) after which somebody else may be speaking."""
LONGEST_SILENCE = 30.0
"""A call is over when nobody has spoken for this time (seconds)."""
LONGEST_CALL = 600.0
"""A call that nobody closes is over after this time (seconds)."""
_CALL_BEGINS = {
    "en": re.compile(
        r"\b(?:(?:let's|i'll|we'll|going to) (?:take|bring (?:in|on)) (?:(?:a|the|our|another|your) )?(?:next |first )?"
        r"(?:call|caller)\b(?! button| log| to action)|(?:first|next|another) caller\b|(?:go ahead|hello),? caller\b"
        r"|you(?:'re| are) (?:now )?on (?:the )?(?:air|line)\b|(?:have|got) (?:a|our|another) caller\b"
        r"|caller (?:on the line|from \w+)\b)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<![直间对])(?:接|连)(?:通|一下|进来)?(?:这|下)?(?:一位|位|一个|个).{0,6}(?:连麦|电话|来电)"
        r"|(?:下一位|这位|有位|有一位).{0,6}(?:连麦|来电)的?(?:朋友|观众|用户|家人|粉丝|宝宝|老师)"
        r"|(?:连麦|电话)(?:已经)?接(?:通了|进来)|连(?:个|一下)麦"
    ),
}
_CALL_ENDS = {
    "en": re.compile(
        r"\b(?:thanks?(?: you)? (?:so much )?for (?:calling|your call|the call)|that was (?:our|the) caller"
        r"|(?:bye|goodbye),? caller|hang up)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?:谢谢|感谢).{0,6}(?:连麦|来电|电话)|下麦|挂(?:了|断|电话)|先断(?:开|麦)"),
}
_CALLER_SAYS = {
    "en": re.compile(
        r"\?$|^(?:hi|hello|hey|yeah|yes|okay|um|uh)\b|\b(?:i|we)(?:'m| am|'re| are|'ve| have| want| need| was| were"
        r"|'d| would| live| drive|'ll)\b"
        r"|\b(?:my|our) (?:wife|husband|kids?|family|budget|car|partner|mom|dad|parents|wedding)\b"
        r"|^(?:is|does|do i|do we|can i|can we|could|would it|what|how|which|where|when)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"[?？吗呢]$|^(?:喂|你好|主播|嗯|好的|对)|我(?:想|们|家|这边|是|要|看|就|准备|打算|的)|请问|多少|怎么|能不能|有没有"
    ),
}
_HOST_SAYS = {
    "en": re.compile(
        r"\b(?:you(?:'re|'d|'ll| get| can| should| need)|our|we (?:have|offer|do|can|include)|for you|i(?:'d| would)"
        r" (?:recommend|suggest|go)|what(?:'s| is) your|do you (?:have|need|want)|it (?:comes|has|costs|is))\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"您|你(?:可以|这|家|那|要是|的预算|看)|咱们?(?:家|这)|我们(?:家|店|这|酒店|餐厅)|推荐|给你"),
}


class CallerTurn(NamedTuple):
    """What one caller said without anybody speaking in between."""

    caller: str
    sentences: tuple[Sentence, ...]


class Voices(NamedTuple):
    """Who said what, each in order of time."""

    host: list[Sentence]
    callers: list[CallerTurn]


def tell_voices_apart(sentences: Sequence[Sentence], language: Language) -> Voices:
    """Sort sentences into the host's and callers'.

    With speakers (diarisation) the host is who speaks most, at least half of the time; another voice is a caller if
    most of what it says sounds like one, else it speaks for the house too. Without speakers, calls are found by how
    hosts open and close them, and only where what follows the opening sounds like a caller. Inside a call a new turn
    after a pause goes to whom its words fit better, and where they fit both to who did not speak last.

    Args:
        sentences: In order of time.
        language: Language of the speech.
    """
    if any(sentence.speaker for sentence in sentences):
        named = _tell_by_speaker(sentences, language)
    else:
        named = list(_tell_by_turns(sentences, language))
    host = [sentence for caller, sentence in named if not caller]
    turns = [
        CallerTurn(caller, tuple(sentence for _, sentence in group))
        for caller, group in groupby(named, itemgetter(0))
        if caller
    ]
    return Voices(host, turns)


def _lean(sentence: Sentence, language: Language) -> int:
    """Return how many more words of a sentence are a caller's than a host's."""
    caller = len(_CALLER_SAYS[language].findall(sentence.text))
    return caller - len(_HOST_SAYS[language].findall(sentence.text))


def _tell_by_speaker(sentences: Sequence[Sentence], language: Language) -> list[tuple[str, Sentence]]:
    """Return (the caller's label, empty for the host, and the sentence)."""
    spoken: defaultdict[str, float] = defaultdict(float)
    leans: defaultdict[str, list[int]] = defaultdict(list)
    for sentence in sentences:
        # A voice the recogniser could not place is the host's more often than anybody else's.
        speaker = sentence.speaker or ""
        spoken[speaker] += sentence.end - sentence.start
        leans[speaker].append(_lean(sentence, language))
    main = max((speaker for speaker in spoken if speaker), key=lambda speaker: (spoken[speaker], speaker))
    if spoken[main] < MIN_HOST_SHARE * sum(spoken.values()):
        return [("", sentence) for sentence in sentences]
    callers = {
        speaker
        for speaker, told in leans.items()
        if speaker not in ("", main) and sum(lean > 0 for lean in told) * 2 > sum(lean != 0 for lean in told)
    }
    return [(sentence.speaker if sentence.speaker in callers else "", sentence) for sentence in sentences]


def _tell_by_turns(sentences: Sequence[Sentence], language: Language) -> Iterator[tuple[str, Sentence]]:
    calls, begun, caller_speaks, end = 0, None, False, 0.0
    for place, sentence in enumerate(sentences):
        if begun is not None and (sentence.start - end > LONGEST_SILENCE or sentence.start - begun > LONGEST_CALL):
            begun = None
        if begun is not None and _CALL_ENDS[language].search(sentence.text):
            begun = None
            yield "", sentence
        elif _CALL_BEGINS[language].search(sentence.text):
            follows = sentences[place + 1 : place + 2]
            caller_speaks = False
            if follows and _lean(follows[0], language) > 0:
                begun, calls = sentence.start, calls + 1
            yield "", sentence
        elif begun is not None:
            lean = _lean(sentence, language)
            if sentence.start - end >= TURN_GAP:
                caller_speaks = lean > 0 or (lean == 0 and not caller_speaks)
            yield f"caller-{calls}" if caller_speaks else "", sentence
        else:
            yield "", sentence
        end = sentence.end


def name_caller(source_id: str, caller: str) -> str:
    """Return a pseudonym for a caller: another one in another recording, where the same label is another person."""
    return f"c_{hash_text(f'{source_id}/{caller}')[:10]}"


def list_caller_messages(voices: Voices, counts: Counts, *, source_id: str, language: Language) -> Iterator[Message]:
    """Yield what callers said as messages: a turn each, a new one after each question.

    Args:
        voices: Who said what.
        counts: Gets `asked` and `kept`: messages of callers.
        source_id: Id of the recording.
        language: Language of the speech.
    """
    joiner = "" if language == "zh" else " "
    for turn in voices.callers:
        said: list[Sentence] = []
        for place, sentence in enumerate(turn.sentences, 1):
            said.append(sentence)
            if place < len(turn.sentences) and not sentence.text.endswith(("?", "？")):
                continue
            text = joiner.join(part.text for part in said)
            start = round(said[0].start, 2)
            counts.asked += 1
            counts.kept += 1
            yield Message(
                id=make_id("call", source_id, turn.caller, start, text),
                source_id=source_id,
                text=text,
                time=start,
                author=name_caller(source_id, turn.caller),
                kind="call",
            )
            said = []

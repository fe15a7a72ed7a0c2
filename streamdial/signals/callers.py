"""Tells the host from viewers who are on the line: by their voices, or by who takes turns how.

A caller's speech becomes questions, never answers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.ids import hash_text
from streamdial.records import Language, Message
from streamdial.signals.sentences import Sentence

LEAST_HOST_SHARE = 0.5
"""Whoever speaks at least this share of the time is the host; without such a voice nobody is told apart."""
TURN_GAP = 0.4
"""A pause (seconds) after which somebody else may be speaking."""
LONGEST_SILENCE = 30.0
"""A call is over when nobody has spoken for this time (seconds)."""
_CALL_BEGINS = {
    "en": re.compile(
        r"\b(?:(?:let's|i'll|we'll|going to) (?:take|bring|get) (?:a|the|our|another|\w+)? ?(?:next )?(?:call|caller)\b"
        r"|(?:first|next|another|our) caller|you(?:'re| are) (?:on (?:the )?(?:air|line)|live)|go ahead,? caller"
        r"|(?:a|our) caller (?:on|from)|on the line (?:now|with us|from)|hello,? caller)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"接(?:通|一下|进来|个)?(?:这位|一位|下一位|个)?.{0,6}(?:连麦|电话)|连麦(?:了|的|一位|吧|进来)"
        r"|(?:下一位|这位).{0,4}(?:连麦|来电)|电话接(?:通|进来)"
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


class Voices(NamedTuple):
    """Who said what: the host's sentences, and the callers' as (name of the caller, sentence)."""

    host: list[Sentence]
    callers: list[tuple[str, Sentence]]


def tell_voices_apart(sentences: Sequence[Sentence], language: Language) -> Voices:
    """Sort sentences into the host's and callers'.

    With speakers (diarisation) the host is who speaks most, at least half of the time. Without, calls are found by how
    hosts open and close them; inside a call a new turn after a pause goes to whom its words fit better, and where they
    fit both to who did not speak last.

    Args:
        sentences: In order of time.
        language: Language of the speech.
    """
    if any(sentence.speaker for sentence in sentences):
        return _tell_by_speaker(sentences)
    host: list[Sentence] = []
    callers: list[tuple[str, Sentence]] = []
    for number, sentence in _tell_by_turns(sentences, language):
        if number:
            callers.append((f"caller-{number}", sentence))
        else:
            host.append(sentence)
    return Voices(host, callers)


def _tell_by_speaker(sentences: Sequence[Sentence]) -> Voices:
    spoken: defaultdict[str | None, float] = defaultdict(float)
    for sentence in sentences:
        spoken[sentence.speaker] += sentence.end - sentence.start
    main = max((speaker for speaker in spoken if speaker), key=lambda speaker: spoken[speaker])
    if spoken[main] < LEAST_HOST_SHARE * sum(spoken.values()):
        return Voices(list(sentences), [])
    # A voice the recogniser could not place is the host's more often than anybody else's.
    host = [sentence for sentence in sentences if sentence.speaker in (main, None)]
    callers = [(sentence.speaker, sentence) for sentence in sentences if sentence.speaker not in (main, None)]
    return Voices(host, [(speaker, sentence) for speaker, sentence in callers if speaker])


def _tell_by_turns(sentences: Sequence[Sentence], language: Language) -> Iterator[tuple[int, Sentence]]:
    """Yield (0 for the host or the number of the call, sentence)."""
    call, calls, caller_speaks, end = False, 0, False, 0.0
    for sentence in sentences:
        if call and sentence.start - end > LONGEST_SILENCE:
            call = False
        if call and _CALL_ENDS[language].search(sentence.text):
            call = False
            yield 0, sentence
        elif _CALL_BEGINS[language].search(sentence.text):
            call, calls, caller_speaks = True, calls + 1, False
            yield 0, sentence
        elif call:
            caller = len(_CALLER_SAYS[language].findall(sentence.text))
            host = len(_HOST_SAYS[language].findall(sentence.text))
            if sentence.start - end >= TURN_GAP:
                caller_speaks = caller > host or (caller == host and not caller_speaks)
            yield calls * caller_speaks, sentence
        else:
            yield 0, sentence
        end = sentence.end


def name_caller(source_id: str, caller: str) -> str:
    """Return a pseudonym for a caller: another one in another recording, where the same label is another person."""
    return f"c_{hash_text(f'{source_id}/{caller}')[:10]}"


def list_caller_messages(voices: Voices, counts: Counts, *, source_id: str, language: Language) -> Iterator[Message]:
    """Yield what callers said as messages, neighbouring sentences of one caller together.

    Args:
        voices: Who said what.
        counts: Gets `asked` and `kept`: turns of callers.
        source_id: Id of the recording.
        language: Language of the speech.
    """
    joiner = "" if language == "zh" else " "
    turn: Message | None = None
    end = 0.0
    for caller, sentence in voices.callers:
        if (
            turn
            and turn.author == name_caller(source_id, caller)
            and sentence.start - end < LONGEST_SILENCE
            and not turn.text.endswith(("?", "？"))
        ):
            turn = turn.model_copy(update={"text": turn.text + joiner + sentence.text})
        else:
            if turn:
                yield turn
            counts.asked += 1
            counts.kept += 1
            turn = Message(
                id=sentence.segments[0],
                source_id=source_id,
                text=sentence.text,
                time=round(sentence.start, 2),
                author=name_caller(source_id, caller),
                kind="call",
            )
        end = sentence.end
    if turn:
        yield turn

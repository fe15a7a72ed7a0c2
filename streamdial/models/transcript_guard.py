"""Tells what a recogniser made up: loops, words heard in silence, stock phrases of subtitle files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

MadeUp = Literal["stock_phrase", "repetition_loop", "silence_hallucination", "no_speech"]
"""Why a segment is not what somebody said."""

MAX_COMPRESSION_RATIO = 2.4
"""Text that gzip shrinks by more than this is a loop (Radford et al. 2023, section 4.5)."""
NO_SPEECH_PROBABILITY = 0.6
"""Above it Whisper takes a window for silence (ibid.), unless it is sure of the words."""
SURE_LOGPROB = -1.0
"""Mean log probability of a token below which Whisper is not sure of the words (ibid.)."""

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’][^\W_\u3400-\u9fff]+)*")
_CJK = re.compile(r"[\u3400-\u9fff]")
_MAX_TOKENS = 2_000
_MAX_PERIOD = 40
_LONG_TOKENS = 4
_COVERED = 0.6
_MAX_SEGMENT_PERIOD = 4

# Subtitle credits and calls of video channels Whisper was trained on; of a whole sentence, after folding. Sources: the
# lists people collected in openai/whisper's discussions of hallucinations on silence.
_STOCK = re.compile(
    r"""
    (?:many\s)?(?:thanks|thank\syou)(?:\s(?:all|guys|everyone|so\smuch|very\smuch))*\sfor\s(?:watching|viewing)
        (?:\s(?:(?:this|the|my|our)\svideos?|everyone|guys))?
        (?:\sand\s(?:i['’]ll\s|we['’]ll\s)?(?:see\syou|don['’]t\sforget|please|have\sa)(?:\s[a-z]+){0,5})?
    | (?:please\s|and\s|so\s|do\s)*(?:don['’]t\sforget\sto\s)?(?:please\s)?(?:like\s(?:and\s)?)?(?:share\s(?:and\s)?)?
        subscribe(?:\sto\s(?:my|our|the|this)\schannel|\sand\s(?:like|hit|turn|share)(?:\s[a-z]+){0,5}|\sfor\smore(?:\svideos?)?)?
    | (?:and\s)?(?:i['’]ll\s|we['’]ll\s)?see\syou\s(?:guys\s|all\s)?in\s(?:the|my|our)\snext\s(?:video|one|episode)
    | (?:english\s)?(?:subtitles?|subtitled|captions?|captioned|closed\scaptions?|transcripts?|transcribed|transcription
        |translated|translation)\s(?:and\s\w+\s)?(?:(?:were\s|was\s)?(?:provided|created|made|done)\s)?by(?:\s\w+){1,4}
    | (?:the\s)?amara\sorg(?:\scommunity)?
    | (?:请|請)不吝(?:点赞|點贊|點讚|點閱).{0,40}
    | .{0,6}(?:打赏|打賞)支持.{0,4}(?:明镜|明鏡|点点|點點).{0,10} | (?:明镜|明鏡)(?:与|與|需要).{2,24}
    | (?:点赞|订阅|转发|打赏|點贊|點讚|訂閱|轉發|打賞|收藏|支持|关注|關注|并|和|与|請|请|欢迎|歡迎){0,3}
        (?:订阅|訂閱)(?:我的|我们的|本|明镜|明鏡)?(?:频道|頻道|点赞|转发|打赏|點贊|點讚|轉發|打賞){0,4}
    | (?:本|中文|简体|繁體|英文)?字幕(?:by|由|组|組|制作|製作|提供|翻译|翻譯|校对|校對|志愿者|志願者|及).{0,30}
    | (?:作词|作詞|词曲|詞曲|作曲|编曲|編曲)(?:作词|作詞|词曲|詞曲|作曲|编曲|編曲)*李宗盛
    | 优优独播剧场.{0,40}
    | (?:谢谢|感谢|多谢|謝謝|感謝)(?:大家|您|你|各位|你们|你們|您们)?(?:的|对本期视频的)?(?:观看|收看|觀看|耐心观看)
        (?:本期视频|本视频|本期節目|本期节目)?
    | (?:我们|咱们|我們)?下(?:期|集)(?:节目|视频|節目|影片)?(?:再见|见|再見|見)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CREDIT = re.compile(r"\s*[(（\[【]?\s*(?:中文|本|英文)?字幕\s*(?:by\b|[:：\-—@]).{0,40}", re.IGNORECASE)
_MARK = re.compile(
    r"[\s♪♫♬♩🎵🎶.…·\-—*_~]|[\[(（【*](?:[\w ]{0,12}?(?:music|applause|laugh(?:ter|s|ing)?|silence"
    r"|blank[_ ]audio|inaudible|cheering|noise|sound|sounds|no speech)[\w ]{0,12}|[^\])）】*]{0,4}"
    r"(?:音乐|音樂|掌声|掌聲|笑声|笑聲|鼓掌|静音|靜音|沉默)[^\])）】*]{0,4})[\])）】*]",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:you|thanks|thank you(?: (?:very|so) much)?|bye(?: bye)?|okay|ok|oh|yeah|so|um|uh|hmm"
    r"|谢谢|謝謝|谢谢大家|謝謝大家|再见|拜拜|嗯|啊|好|好的|对)"
)
_SENTENCE = re.compile(r"[.!?,。！？，]+\s*|\n+")


@dataclass(frozen=True)
class Decoding:
    """What a recogniser says about how it made a segment; None where it does not say.

    Attributes:
        no_speech_prob: Probability that nobody speaks, 0 to 1.
        avg_logprob: Mean log probability of the tokens.
        compression_ratio: Length of the text over its length when packed by gzip.
    """

    no_speech_prob: float | None = None
    avg_logprob: float | None = None
    compression_ratio: float | None = None


def find_made_up(segments: Sequence[tuple[str, Decoding | None]]) -> list[MadeUp | None]:
    """Tell for each segment of a transcript, in order of time, why nobody said it; None for speech.

    - `stock_phrase`: nothing but credits of subtitles and calls of video channels, as Whisper learnt them, or `♪`.
    - `repetition_loop`: packed too well (Radford et al. 2023), one phrase over and over in the segment, or the same
      one to four segments again and again; of these the first showing stays. Three times the same short line in a row,
      words said twice, counting and a chorus with other lines between are speech.
    - `silence_hallucination`: a filler such as "thank you" where the recogniser believes nobody spoke.
    - `no_speech`: silence by Whisper's own rule (`no_speech_prob` above 0.6 and `avg_logprob` not above -1, or not
      given), or marks of sounds alone (`[Music]`).

    Args:
        segments: Text of each segment, and what the recogniser says about it, where known.
    """
    folded = [_fold(text) for text, _ in segments]
    looped = _find_segment_loops(folded)
    return [
        _judge(text, decoding or Decoding(), words, looped=place in looped)
        for place, ((text, decoding), words) in enumerate(zip(segments, folded, strict=True))
    ]


def is_loop(text: str) -> bool:
    """Tell whether a text is one phrase said over and over, as Whisper does on music and silence.

    True when a group of words (of Chinese, of characters) is repeated in a row, and the repeats make up most of the
    text: four times or more; a Chinese group of two or three characters five times, a single word six times and a
    single character eight times, for people do say 好的好的好的 and 对对对对. A group of four or more that comes five
    times in a row is a loop whatever stands beside it.
    """
    return _is_loop(_fold(text))


def _is_loop(words: tuple[str, ...]) -> bool:
    words = words[:_MAX_TOKENS]
    for size in range(1, min(_MAX_PERIOD, len(words) // 4) + 1):
        run = size
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] else size
            repeats = run // size
            if repeats < 4:
                continue
            most = repeats * size >= _COVERED * len(words)
            if (most and repeats >= _count_needed(size, words[index])) or (size >= _LONG_TOKENS and repeats >= 5):
                return True
    return False


def _count_needed(size: int, word: str) -> int:
    if _CJK.match(word):
        return 8 if size == 1 else 5 if size < _LONG_TOKENS else 4
    return 6 if size == 1 else 4


def _judge(text: str, told: Decoding, words: tuple[str, ...], *, looped: bool) -> MadeUp | None:
    silent = told.no_speech_prob is not None and told.no_speech_prob > NO_SPEECH_PROBABILITY
    if not _MARK.sub("", text):
        if not text.strip():
            return None
        return "stock_phrase" if text.strip()[0] in "♪♫♬♩🎵🎶" else "no_speech"
    if _is_stock(text):
        return "stock_phrase"
    if looped or _is_loop(words) or (told.compression_ratio or 0.0) > MAX_COMPRESSION_RATIO:
        return "repetition_loop"
    if silent and (told.avg_logprob is None or told.avg_logprob <= SURE_LOGPROB):
        return "no_speech"
    if silent and _FILLER.fullmatch(_join(words)):
        return "silence_hallucination"
    return None


def _is_stock(text: str) -> bool:
    if _CREDIT.fullmatch(text):
        return True
    if _STOCK.fullmatch(_join(_fold(text))):
        return True
    sentences = [_join(words) for part in _SENTENCE.split(text) if (words := _fold(part))]
    return bool(sentences) and all(_STOCK.fullmatch(sentence) for sentence in sentences)


def _fold(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text.lower()))


def _join(words: tuple[str, ...]) -> str:
    joined = " ".join(words)
    return re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", joined)


def _find_segment_loops(folded: Sequence[tuple[str, ...]]) -> set[int]:
    """Return the places of segments that only say again what the one to four before them said."""
    looped: set[int] = set()
    for period in range(1, _MAX_SEGMENT_PERIOD + 1):
        for start, end in _list_runs(folded, period):
            pattern = folded[start : start + period]
            if (end - start) // period >= _count_allowed(pattern) + 1:
                looped.update(range(start + period, end))
    return looped


def _list_runs(folded: Sequence[tuple[str, ...]], period: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches in which each segment equals the one `period` before it."""
    start = 0
    for place in range(period, len(folded) + 1):
        if place == len(folded) or not folded[place] or folded[place] != folded[place - period]:
            if place - start > period:
                yield start, place
            start = place - period + 1


def _count_allowed(pattern: Sequence[tuple[str, ...]]) -> int:
    """Return how often in a row people say it: short answers often, long sentences twice."""
    words = sum(len(each) for each in pattern)
    if len(pattern) == 1 and words <= 2:
        return 5
    return 2 if len(pattern) == 1 and words >= 8 else 3

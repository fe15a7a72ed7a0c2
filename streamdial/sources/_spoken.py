"""Speech in other shapes than segments with seconds: words alone, FunASR's sentences, TTML's ticks and frames."""

from __future__ import annotations

import re
from typing import Any

from streamdial.sources._files import parse_clock, parse_seconds

_PAUSE = 0.8
_LONGEST = 10.0
_STOP = re.compile(r"[.!?。！？]$")
_RATE = re.compile(rb"(?:(\w+):)?(tickRate|frameRate)\s*=\s*[\"'](\d{1,9})[\"']")
_MEASURE = re.compile(r"\s*(\d{1,18}(?:\.\d{1,9})?)\s*(h|m|s|ms|f|t)\s*$")
_FRAMES = re.compile(r"\s*(\d{1,4}:\d{1,2}:\d{1,2}):(\d{1,3})(?:\.\d+)?\s*$")


class TimeRates:
    """Reads the time expressions of TTML (W3C, 2018): clocks with frames, and numbers with a unit.

    Args:
        head: The beginning of the file, in which the rates stand.
    """

    def __init__(self, head: bytes) -> None:
        told = {name: int(value) for _, name, value in _RATE.findall(head)}
        self.frames = float(told.get(b"frameRate", 30) or 30)
        self.ticks = float(told.get(b"tickRate", 1) or 1)

    def read(self, value: str | None) -> float | None:
        """Return seconds, or None where the text is no time."""
        if value is None:
            return None
        if match := _MEASURE.match(value):
            units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "f": 1 / self.frames, "t": 1 / self.ticks}
            return float(match[1]) * units[match[2]]
        if match := _FRAMES.match(value):
            seconds = parse_clock(match[1])
            return None if seconds is None else seconds + int(match[2]) / self.frames
        return parse_seconds(value)


def find_segments(item: object) -> list[Any] | None:
    """Return the segments of a recogniser's JSON: as it lists them, or made of its sentences or words; None without."""
    if not isinstance(item, dict):
        return None
    for key in ("segments", "transcription"):
        if isinstance(item.get(key), list):
            listed: list[Any] = item[key]
            return listed
    if isinstance(item.get("sentence_info"), list):
        return [_read_sentence(each) for each in item["sentence_info"]]
    if isinstance(item.get("text"), str) and _are_pairs(item.get("timestamp")):
        return _cut_characters(item["text"], item["timestamp"])
    words = item.get("words")
    if isinstance(words, list) and words and all(_is_word(word) for word in words[:3]):
        return _join_words([word for word in words if _is_word(word)])
    return None


def _read_sentence(value: Any) -> Any:  # noqa: ANN401
    # FunASR counts in milliseconds and numbers its speakers.
    if not isinstance(value, dict):
        return value
    start, end = (parse_seconds(value.get(name), scale=0.001) for name in ("start", "end"))
    speaker = value.get("spk")
    named = f"SPEAKER_{speaker:02d}" if isinstance(speaker, int) and not isinstance(speaker, bool) else None
    return {"text": value.get("text", value.get("sentence")), "start": start, "end": end, "speaker": named}


def _are_pairs(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, list) and len(each) >= 2 for each in value)


def _cut_characters(text: str, pairs: list[list[float]]) -> list[dict[str, Any]]:
    """Return the clauses of a text that has a time for each character or word but not for its punctuation."""
    tokens = re.findall(r"[A-Za-z0-9'’]+|\w", text)
    if len(tokens) != len(pairs):
        return [{"text": text, "start": pairs[0][0] / 1000, "end": pairs[-1][1] / 1000}]
    clauses, place = [], 0
    for clause in re.findall(r"[^,.!?，。！？;；]+[,.!?，。！？;；]*", text):
        count = len(re.findall(r"[A-Za-z0-9'’]+|\w", clause))
        if count:
            first, last = pairs[place], pairs[place + count - 1]
            clauses.append({"text": clause.strip(), "start": first[0] / 1000, "end": last[1] / 1000})
        place += count
    return clauses


def _is_word(value: object) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("word"), str) and parse_seconds(value.get("start")) is not None
    )


def _join_words(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return words as segments, cut at stops, at pauses, and after ten seconds."""
    segments: list[list[dict[str, Any]]] = []
    for word in words:
        last = segments[-1][-1] if segments else None
        if last is not None:
            pause = float(word["start"]) - float(parse_seconds(last.get("end")) or last["start"])
            long = float(word["start"]) - float(segments[-1][0]["start"]) > _LONGEST
            if pause < _PAUSE and not long and not _STOP.search(last["word"].strip()):
                segments[-1].append(word)
                continue
        segments.append([word])
    joined = []
    for each in segments:
        latin = all(word["word"].isascii() for word in each)
        text = (" " if latin else "").join(word["word"].strip() for word in each)
        joined.append({"text": text, "start": each[0]["start"], "end": each[-1].get("end"), "words": each})
    return joined

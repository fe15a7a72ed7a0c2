"""Transcripts: WebVTT, SRT, Whisper's JSON and CSV, YouTube timed text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.delimited import read_first_rows
from streamdial.errors import SourceError
from streamdial.models import Decoding, find_made_up
from streamdial.privacy import Pseudonymizer
from streamdial.records import Segment, Word
from streamdial.sources._captions import Cue, parse_captions, strip_tags
from streamdial.sources._files import (
    is_believable,
    iterate_lines,
    iterate_text,
    parse_clock,
    parse_seconds,
    read_head,
    read_text,
)
from streamdial.sources._json import iterate_json
from streamdial.sources._records import RecordMaker
from streamdial.sources._rows import open_table
from streamdial.sources._spoken import TimeRates, find_segments
from streamdial.sources._xml import Element, walk_xml
from streamdial.sources.reader import BRACKETED, STRUCTURE, Gives, Head, ReadContext, Reader

_TIMED_TAGS = frozenset({"text", "p"})
_GUESSED_SECONDS = 3.0
_TIMED = re.compile(r"<(?:transcript|timedtext|tt)[\s>]")
_ARROW = re.compile(r"^\d[\d:.,]+\s*-->", re.MULTILINE)
_COLUMNS = {"start", "end", "text"}
_UNTIMED = {"text", "task", "language", "duration", "usage", "logprobs"}
_SECTION = re.compile(r"\ufeff?\s*\[([^\]]+)\]")
_OTHER_EVENT = re.compile(r"\s*(?:\[|;|!|Format:|Comment:|Picture:|Sound:|Movie:|Command:)")
"""Lines of the events of an ASS file that say nothing."""
_DIALOGUE = re.compile(r"^(?:\[Script Info\]|Dialogue:)", re.MULTILINE)
_LYRIC = re.compile(r"^\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]", re.MULTILINE)
_LYRIC_TIMES = re.compile(r"\s*(?:\[\d[\d:.]*\]\s*)+")
_LYRIC_WORD = re.compile(r"<\d[\d:.]*>")


def read_transcript(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> list[Segment]:
    """Return the segments of a transcript in order of time.

    The format is told by the content: WebVTT (with YouTube's rolling captions folded and their word times kept), SRT,
    JSON of openai-whisper, faster-whisper, whisperX, whisper.cpp, OpenAI (words alone) and FunASR, Whisper's CSV and
    TSV (`start,end,text` in milliseconds), timed-text XML with TTML's ticks and frames, ASS and LRC. Segments out of
    order are sorted and an end before its start is moved to the next start; both are noted with their number. Dropped
    with reasons: `bad_time`, `empty`, `rolled_up`, `broken_xml`, `broken_json`, and what a recogniser made up, with the
    reasons of `streamdial.models.find_made_up`.

    Args:
        path: Transcript, gzip or not.
        pseudonyms: Gives named speakers their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read or is no transcript.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    cues = list(_tell_format(path)(path, maker))
    times = [cue.start for cue in cues]
    backwards = sum(later < earlier for earlier, later in pairwise(times))
    if backwards:
        counts.note(f"{path.name}: times run backwards in {backwards} places; the segments were sorted.")
        cues.sort(key=lambda cue: cue.start)
    segments: list[Segment] = []
    mended = 0
    made_up = find_made_up([(cue.text, cue.decoding) for cue in cues])
    for place, cue in enumerate(cues):
        if (reason := made_up[place]) is not None:
            maker.drop(reason)
            continue
        end = cue.end
        if end is None or end < cue.start:
            mended += end is not None
            following = next((each.start for each in cues[place + 1 :] if each.start > cue.start), None)
            end = cue.start + _GUESSED_SECONDS if following is None else min(following, cue.start + _GUESSED_SECONDS)
        segment = maker.make_segment(
            cue.text, start=cue.start, end=end, words=_mend_words(cue.words, cue.start, end), speaker=cue.speaker
        )
        if segment is not None:
            segments.append(segment)
    if mended:
        counts.note(f"{path.name}: {mended} segments ended before they began; their ends were mended.")
    if not segments:
        counts.note(f"{path.name}: holds no speech.")
    return segments


def _mend_words(words: tuple[Word, ...], start: float, end: float) -> tuple[Word, ...]:
    if all(start <= word.start <= word.end <= end for word in words):
        return words
    mended = []
    for word in words:
        begin = min(max(word.start, start), end)
        mended.append(word.model_copy(update={"start": begin, "end": min(max(word.end, begin), end)}))
    return tuple(mended)


def _tell_format(path: Path) -> Callable[[Path, RecordMaker], Iterator[Cue]]:
    head = ""
    for chunk in iterate_text(path):
        head += chunk
        if len(head) >= 1 << 14:
            break
    start = head.lstrip("\ufeff \t\r\n")
    if not start:
        raise SourceError("is empty; a transcript was expected.", where=str(path))
    if BRACKETED.match(start):
        return _read_ass if _DIALOGUE.search(start) else _read_lrc
    if start[0] in "{[":
        return _read_whisper
    if start[0] == "<":
        return _read_timed_text
    if start.startswith("WEBVTT") or "-->" in head:
        return _read_captions
    if _read_columns(start) >= _COLUMNS:
        return _read_csv
    if _DIALOGUE.search(start):
        return _read_ass
    if _LYRIC.search(start):
        return _read_lrc
    raise SourceError(
        "is no transcript: neither WebVTT, SRT, ASS, LRC, Whisper JSON, CSV or TSV nor timed text.",
        fix="convert it to one of these",
        where=str(path),
    )


def _read_columns(start: str) -> set[str]:
    return {name.strip().lower() for row in read_first_rows(start, 1) for name in row}


def _read_ass(path: Path, maker: RecordMaker) -> Iterator[Cue]:
    events = False
    for _, line in iterate_lines(path, maker.counts):
        if section := _SECTION.match(line):
            events = section[1].strip().lower() == "events"
        if not line.lstrip("\ufeff ").startswith("Dialogue:"):
            if "Dialogue:" in line or (events and line.strip() and not _OTHER_EVENT.match(line)):
                maker.drop("broken_line")
            continue
        # Layer, start, end, style, name, three margins, effect, and the text with all its commas.
        fields = line.partition(":")[2].split(",", 9)
        start, end = (parse_clock(field) for field in fields[1:3]) if len(fields) == 10 else (None, None)
        if start is None or not is_believable(start):
            maker.drop("bad_time")
            continue
        text = re.sub(r"\{[^{}]*\}", "", fields[9])
        yield Cue(start, _accept_end(end), re.sub(r"\\[Nnh]", " ", text).strip(), (), fields[4].strip() or None)


def _read_lrc(path: Path, maker: RecordMaker) -> Iterator[Cue]:
    for _, line in iterate_lines(path, maker.counts):
        # A line that is sung twice has both its times.
        times = _LYRIC_TIMES.match(line.lstrip("\ufeff"))
        for clock in re.findall(r"\[([\d:.]+)\]", times[0]) if times else ():
            start = parse_clock(clock)
            if start is None or not is_believable(start):
                maker.drop("bad_time")
            else:
                yield Cue(start, None, _LYRIC_WORD.sub("", line[times.end() if times else 0 :]).strip())


def _read_captions(path: Path, maker: RecordMaker) -> Iterator[Cue]:
    return parse_captions(read_text(path, maker.counts), maker.drop)


def _read_csv(path: Path, maker: RecordMaker) -> Iterator[Cue]:
    names, rows = open_table(path, maker.counts, "a transcript was expected")
    header = [name.strip().lower() for name in names]
    first, last, told = header.index("start"), header.index("end"), header.index("text")
    for row in rows:
        start = parse_seconds(row[first], scale=0.001) if first < len(row) else None
        end = parse_seconds(row[last], scale=0.001) if last < len(row) else None
        if start is None or not is_believable(start):
            maker.drop("bad_time")
            continue
        # Whisper quotes the text only where it must; a comma too many belongs to the text.
        yield Cue(
            start,
            _accept_end(end),
            ",".join(row[told:]) if told == len(header) - 1 else row[told] if told < len(row) else "",
        )


def _accept_end(end: float | None) -> float | None:
    return end if is_believable(end) else None


def _read_timed_text(path: Path, maker: RecordMaker) -> Iterator[Cue]:
    elements = walk_xml(
        path,
        _TIMED_TAGS,
        maker.counts,
        accept=lambda seen: bool(seen & {"transcript", "timedtext", "tt"}),
        expected="timed text (<transcript>, <timedtext> or <tt>)",
    )
    rates = TimeRates(read_head(path, 1 << 14))
    for element in elements:
        cue = _read_timed_element(element, rates)
        if cue is None:
            maker.drop("bad_time")
        else:
            yield cue


def _read_timed_element(element: Element, rates: TimeRates) -> Cue | None:
    given = element.attributes
    if element.tag == "text":
        start, length = parse_seconds(given.get("start")), parse_seconds(given.get("dur"))
        end = start + length if start is not None and length is not None else None
    elif "t" in given:
        start, length = parse_seconds(given["t"], scale=0.001), parse_seconds(given.get("d"), scale=0.001)
        end = start + length if start is not None and length is not None else None
    else:
        start, end = rates.read(given.get("begin")), rates.read(given.get("end"))
        if end is None and start is not None and (length := rates.read(given.get("dur"))) is not None:
            end = start + length
    if start is None or not is_believable(start):
        return None
    return Cue(start, _accept_end(end), strip_tags(element.text), _read_timed_words(element, start, end))


def _read_timed_words(element: Element, start: float, end: float | None) -> tuple[Word, ...]:
    places = [(parse_seconds(given.get("t", "0"), scale=0.001), text) for given, text in element.parts]
    if element.tag != "p" or "t" not in element.attributes or end is None or any(at is None for at, _ in places):
        return ()
    begins = [start + (at or 0.0) for at, _ in places] + [end]
    return tuple(
        Word(text=text.strip(), start=begins[place], end=max(begins[place], begins[place + 1]))
        for place, (_, text) in enumerate(places)
        if text.strip()
    )


def _read_whisper(path: Path, maker: RecordMaker) -> Iterator[Cue]:
    known = unknown = 0
    for _, item in iterate_json(path, maker.counts):
        listed = find_segments(item)
        known += isinstance(listed, list)
        for value in listed if isinstance(listed, list) else [item]:
            if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not _has_time(value):
                unknown += 1
                maker.drop("bad_time" if isinstance(value, dict) and "text" in value else "unknown_item")
                continue
            known += 1
            start, end = _read_times(value)
            if start is None or not is_believable(start):
                maker.drop("bad_time")
                continue
            speaker = value.get("speaker")
            words = _read_words(value.get("words"), start, end)
            speaker = speaker if isinstance(speaker, str) else None
            yield Cue(start, _accept_end(end), value["text"], words, speaker, _read_decoding(value))
        if not known and _is_untimed(item):
            raise SourceError(
                "is a transcript without times: it has a text and no segments.",
                fix="have it made with response_format=verbose_json, or as srt or vtt",
                where=str(path),
            )
    if unknown and not known:
        raise SourceError("is JSON, but no transcript (no segments with start, end and text).", where=str(path))


def _is_untimed(item: object) -> bool:
    """Tell OpenAI's `response_format=json`: a text, and no time anywhere."""
    return isinstance(item, dict) and isinstance(item.get("text"), str) and set(item) <= _UNTIMED


def _read_decoding(value: dict[str, Any]) -> Decoding:
    return Decoding(
        *(parse_seconds(value.get(name)) for name in ("no_speech_prob", "avg_logprob", "compression_ratio"))
    )


def _has_time(value: dict[str, Any]) -> bool:
    return "start" in value or any(isinstance(value.get(name), dict) for name in ("offsets", "timestamps"))


def _read_times(value: dict[str, Any]) -> tuple[float | None, float | None]:
    if "start" in value:
        return parse_seconds(value["start"]), parse_seconds(value.get("end"))
    if isinstance(offsets := value.get("offsets"), dict):
        return parse_seconds(offsets.get("from"), scale=0.001), parse_seconds(offsets.get("to"), scale=0.001)
    # whisper.cpp writes clock times too, and some tools keep those alone.
    clock = value["timestamps"]
    return parse_clock(str(clock.get("from"))), parse_clock(str(clock.get("to")))


def _read_words(words: object, start: float, end: float | None) -> tuple[Word, ...]:
    """Read the words of a segment; one without a time (whisperX leaves numerals so) lies between its neighbours."""
    read: list[Word] = []
    latest = start
    for value in words if isinstance(words, list) else []:
        if isinstance(value, list) and len(value) >= 3:
            # faster-whisper's named tuple: start, end, word, probability.
            value = {"start": value[0], "end": value[1], "word": value[2], "probability": (value[3:4] or [None])[0]}
        text = value.get("word", value.get("text")) if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(text, str) or not text.strip():
            continue
        begin, finish = parse_seconds(value.get("start")), parse_seconds(value.get("end"))
        begin = latest if begin is None or not is_believable(begin) else begin
        finish = begin if finish is None or not is_believable(finish) else max(begin, finish)
        score = parse_seconds(value.get("probability", value.get("score")))
        probability = score if score is not None and 0.0 <= score <= 1.0 else None
        read.append(Word(text=text.strip(), start=begin, end=finish, probability=probability))
        latest = finish
    # A word that was given no length reaches to the next one.
    for place, word in enumerate(read):
        if word.end == word.start:
            following = read[place + 1].start if place + 1 < len(read) else end
            if following is not None and following > word.start:
                read[place] = word.model_copy(update={"end": following})
    return tuple(read)


class TranscriptReader(Reader):
    """Transcripts of what is said."""

    gives: Gives = "transcript"

    def matches(self, head: Head) -> float:
        """Tell timed text by its root, Whisper's JSON and CSV by their fields, captions by ending or time lines."""
        return STRUCTURE if _is_transcript(head) else 0.0

    def read(self, source: Path | str, context: ReadContext) -> list[Segment]:
        """Return segments in order of time."""
        return read_transcript(Path(source), pseudonyms=context.pseudonyms, counts=context.counts)


def _is_transcript(head: Head) -> bool:
    if head.form == "markup":
        return bool(_TIMED.search(head.start[:2000]))
    if head.form == "json":
        listed = (head.item.get(key) for key in ("segments", "word_segments", "transcription"))
        known = any(isinstance(each, list) for each in listed) or find_segments(head.item) is not None
        untimed = head.layout == "object" and _is_untimed(head.item)
        return head.shows_segments or known or untimed or set(head.item) >= _COLUMNS
    if head.ending in ("ass", "ssa", "lrc") or _DIALOGUE.match(head.start) or _LYRIC.match(head.start):
        return True
    if head.ending in ("vtt", "srt") or head.start.startswith("WEBVTT") or _ARROW.search(head.start):
        return True
    return head.ending in ("csv", "tsv") and _read_columns(head.start) >= _COLUMNS

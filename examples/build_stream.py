"""Build the outputs of an example stream from the tables in scripts/, which are no part of the recording.

`script.tsv` without a column `heard` is spoken: espeak-ng says each line, ffmpeg makes `speech.ogg` of them.
With that column it is a stream whose speech was recognised already: `transcript.json` (Whisper's form) is written.
Either way `chat.tsv` becomes `chat.xml` (Bilibili's danmaku form), at the times the lines really have. With a
`screen.tsv`, `screen.mp4` is drawn: the host's lines burnt in, and the cards it lists.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import hashlib
import json
import re
import subprocess
import tempfile
import wave
import zlib
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

SAMPLE_RATE = 22050
DEFAULT_PAUSE = 0.4
CHARACTERS_PER_SECOND = {"en": 12.5, "zh": 4.5}
"""Letters and digits of ordinary speech in a second, without spaces and marks."""
STREAM_BEGAN = 1_760_000_000
"""Unix time at which the made-up stream began."""


class Line(NamedTuple):
    """One line of the host."""

    id: str
    text: str
    heard: str
    """What a recogniser made of it; equals `text` where it heard well."""
    pause: float
    """Seconds of silence after it."""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a tab separated file whose first line names the columns."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            {key: value or "" for key, value in row.items()}
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def read_script(path: Path) -> tuple[list[Line], bool]:
    """Return the lines of the host, and whether the script says what a recogniser heard."""
    rows = read_rows(path)
    lines = [
        Line(row["id"], row["text"], row.get("heard") or row["text"], float(row["pause"] or DEFAULT_PAUSE))
        for row in rows
    ]
    return lines, "heard" in rows[0]


def synthesise(lines: list[Line], target: Path) -> dict[str, tuple[float, float]]:
    """Speak the lines into an Opus file; return start and end of each in seconds."""
    times: dict[str, tuple[float, float]] = {}
    speech = bytearray()
    with tempfile.TemporaryDirectory() as folder:
        part, whole = Path(folder, "line.wav"), Path(folder, "whole.wav")
        for line in lines:
            subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(part), line.text], check=True)
            with wave.open(str(part)) as sound:
                # espeak-ng ends each file with silence of its own; the script says how long to pause.
                frames = sound.readframes(sound.getnframes()).rstrip(b"\x00")
                frames += bytes(len(frames) % 2)
            start = len(speech) / 2 / SAMPLE_RATE
            speech += frames
            times[line.id] = (start, len(speech) / 2 / SAMPLE_RATE)
            speech += bytes(2 * int(line.pause * SAMPLE_RATE))
        with wave.open(str(whole), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(SAMPLE_RATE)
            sound.writeframes(bytes(speech))
        encode = ["-ac", "1", "-ar", "16000", "-c:a", "libopus", "-b:a", "14k", "-application", "voip"]
        # bitexact leaves out the random serial number and the encoder's version.
        same_bytes = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
        command = ["ffmpeg", "-y", "-loglevel", "error", "-i", str(whole), *encode, *same_bytes, str(target)]
        subprocess.run(command, check=True)
    return times


def tell_language(lines: list[Line]) -> str:
    """Return the language of a script: zh where it has Chinese characters, else en."""
    return "zh" if any("\u4e00" <= character <= "\u9fff" for line in lines for character in line.text) else "en"


def time_lines(lines: list[Line]) -> dict[str, tuple[float, float]]:
    """Return start and end of each line in seconds at the ordinary speed of its language."""
    times: dict[str, tuple[float, float]] = {}
    speed = CHARACTERS_PER_SECOND[tell_language(lines)]
    clock = 0.6
    for line in lines:
        spoken = sum(character.isalnum() for character in line.text)
        times[line.id] = (round(clock, 2), round(clock + spoken / speed, 2))
        clock = times[line.id][1] + line.pause
    return times


def draw(*parts: object) -> float:
    """Return a number from 0 to 1 that depends on the parts alone."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def split_words(text: str, language: str) -> list[tuple[int, int]]:
    """Cut a text the way a recogniser does.

    English into words, each with the space before it; Chinese into runs of digits and letters, else one or two
    characters.
    """
    if language == "en":
        return [match.span() for match in re.finditer(r"\s*\S+", text)]
    spans: list[tuple[int, int]] = []
    index = 0
    while index < len(text):
        end = index + 1
        if text[index].isascii() and text[index].isalnum():
            while end < len(text) and text[end].isascii() and text[end].isalnum():
                end += 1
        elif text[index].isalnum() and end < len(text) and text[end].isalnum() and not text[end].isascii():
            end += draw(text, index) < 0.5
        # A mark belongs to the word before it.
        while end < len(text) and not text[end].isalnum():
            end += 1
        spans.append((index, end))
        index = end
    return spans


def write_transcript(lines: list[Line], times: dict[str, tuple[float, float]], target: Path) -> None:
    """Write Whisper's JSON; words the recogniser got wrong have a low probability."""
    segments = []
    language = tell_language(lines)
    # Whisper begins each English segment with a space.
    lead = " " if language == "en" else ""
    for number, line in enumerate(lines):
        start, end = times[line.id]
        said, heard = lead + line.text, lead + line.heard
        wrong: set[int] = set()
        matcher = difflib.SequenceMatcher(None, said, heard, autojunk=False)
        for kind, _, _, first, last in matcher.get_opcodes():
            if kind != "equal":
                wrong.update(range(first, max(last, first + 1)))
        step = (end - start) / len(heard)
        words = []
        for first, last in split_words(heard, language):
            chance = draw(line.id, first)
            damaged = any(index in wrong for index in range(first, last))
            words.append(
                {
                    "word": heard[first:last],
                    "start": round(start + first * step, 2),
                    "end": round(start + last * step, 2),
                    "probability": round(0.22 + 0.33 * chance if damaged else 0.84 + 0.155 * chance, 3),
                }
            )
        segments.append(
            {
                "id": number,
                "start": start,
                "end": end,
                "text": heard,
                "avg_logprob": round(-0.52 - 0.2 * draw(line.id) if wrong else -0.18 - 0.1 * draw(line.id), 3),
                "no_speech_prob": round(0.01 + 0.04 * draw(line.id, "silence"), 3),
                "words": words,
            }
        )
    text = "".join(lead + line.heard for line in lines)
    body = {"text": text, "language": language, "segments": segments}
    target.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_chat(rows: list[dict[str, str]], times: dict[str, tuple[float, float]], target: Path) -> int:
    """Write the chat as danmaku XML, sorted by time; return the number of messages."""
    timed = sorted(
        (round(times[row["anchor"]][0] + float(row["offset"]), 3), index, row["user"], row["text"])
        for index, row in enumerate(rows)
    )
    if timed[0][0] < 0:
        raise SystemExit(f"chat message {timed[0][3]!r} comes before the stream begins; raise its offset")
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<i><chatserver>chat.example.com</chatserver><chatid>1</chatid><mission>0</mission>"
        f"<maxlimit>{len(timed)}</maxlimit><state>0</state><real_name>0</real_name><source>k-v</source>",
    ]
    for number, (time, _, user, text) in enumerate(timed):
        sender = f"{zlib.crc32(user.encode()):08x}"
        row_id = 900_000_000 + 17 * number
        place = f"{time:.3f},1,25,16777215,{STREAM_BEGAN + int(time)},0,{sender},{row_id},10"
        out.append(f'<d p="{place}">{escape(text)}</d>')
    target.write_text("\n".join([*out, "</i>", ""]), encoding="utf-8")
    return len(timed)


def main() -> None:
    """Build one example folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the example; its tables lie in scripts/ beside it")
    folder: Path = parser.parse_args().folder
    scripts = folder.resolve().parent / "scripts" / folder.resolve().name
    lines, recognised = read_script(scripts / "script.tsv")
    if recognised:
        times = time_lines(lines)
        write_transcript(lines, times, folder / "transcript.json")
    else:
        times = synthesise(lines, folder / "speech.ogg")
    messages = write_chat(read_rows(scripts / "chat.tsv"), times, folder / "chat.xml")
    if (scripts / "screen.tsv").is_file():
        from draw_screen import draw_screen

        chat = read_rows(scripts / "chat.tsv")
        # Every sixth message is enough to fly over the picture; those with figures may be somebody's number.
        flying = sorted((times[row["anchor"]][0] + float(row["offset"]), row["text"]) for row in chat[::6])
        flying = [(time, text) for time, text in flying if text.isalpha() and len(text) < 12]
        told = draw_screen(
            read_rows(scripts / "screen.tsv"),
            [(line.id, line.text) for line in lines],
            times,
            flying,
            folder / "screen.mp4",
        )
        print(f"{folder.name}: {told:.0f} s of video")
    seconds = times[lines[-1].id][1]
    print(f"{folder.name}: {len(lines)} lines of the host, {seconds:.1f} s, {messages} chat messages")


if __name__ == "__main__":
    main()

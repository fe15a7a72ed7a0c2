"""Files of each kind as they should be, made of records that can be told, and what is done to them."""

from __future__ import annotations

import json
import random
import sqlite3
import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

RECORDS = 24


class Whole(NamedTuple):
    """A file as it should be.

    Attributes:
        content: Its bytes.
        records: Each record as it stands in it; what of them is left unharmed must be read.
        tokens: The word that tells each record.
        ending: Ending of its name.
        frame: What must stand, too, for the records to be read as they were: the first bytes of a file say what it is.
    """

    content: bytes
    records: tuple[bytes, ...]
    tokens: tuple[str, ...]
    ending: str
    frame: bytes = b""


def make_tokens(count: int) -> tuple[str, ...]:
    """Return words that no text has, alike in no part: letters alone, so that nothing takes them for a number."""
    letters = string.ascii_lowercase
    return tuple(f"zq{letters[n // 26]}{letters[n % 26]}{letters[(n * 7) % 26]}x" for n in range(count))


def build(
    records: Sequence[str],
    ending: str,
    *,
    head: str = "",
    between: str = "\n",
    tail: str = "\n",
    tokens: Sequence[str] | None = None,
) -> Whole:
    """Return a file of text records."""
    content = head + between.join(records) + tail
    return Whole(
        content.encode(),
        tuple(record.encode() for record in records),
        tuple(tokens or make_tokens(len(records))),
        ending,
        head.encode(),
    )


def make_danmaku() -> Whole:
    """Bullet chat of Bilibili."""
    rows = [
        f'<d p="{n}.5,1,25,16777215,{1690000000 + n},0,ab{n}c,{9000 + n}">{t} how much</d>'
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".xml", head='<?xml version="1.0" encoding="UTF-8"?>\n<i>\n', tail="\n</i>\n")


def make_chat_lines() -> Whole:
    """Chat, an object a line."""
    rows = [
        json.dumps({"time": n * 3, "user": f"viewer{n}", "text": f"{t} how much is it"})
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".jsonl")


def make_live_chat() -> Whole:
    """A live chat as yt-dlp writes it."""
    rows = []
    for n, token in enumerate(make_tokens(RECORDS)):
        renderer = {
            "id": f"id{n}",
            "timestampUsec": str(1690000000000000 + n * 10**6),
            "message": {"runs": [{"text": f"{token} is it in stock"}]},
            "authorName": {"simpleText": f"viewer{n}"},
        }
        action = {"addChatItemAction": {"item": {"liveChatTextMessageRenderer": renderer}}}
        rows.append(json.dumps({"replayChatItemAction": {"actions": [action], "videoOffsetTimeMsec": str(n * 2000)}}))
    return build(rows, ".live_chat.json")


def make_comments() -> Whole:
    """Comments of a video, an object a line."""
    rows = [
        json.dumps({"id": f"c{n}", "parent": "root", "author": f"v{n}", "text": f"{t} nice", "like_count": n})
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".jsonl")


def make_info() -> Whole:
    """An .info.json of yt-dlp with comments."""
    rows = [
        json.dumps(
            {"id": f"c{n}", "parent": "root", "author": f"v{n}", "text": f"{t} nice", "timestamp": 1690000000 + n}
        )
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    head = '{"id": "abc", "title": "evening stream", "webpage_url": "https://a.example/v", "comments": ['
    return build(rows, ".info.json", head=head, between=",\n", tail="]}\n")


def make_whisper() -> Whole:
    """A transcript of Whisper."""
    rows = [
        json.dumps({"id": n, "start": n * 4.0, "end": n * 4.0 + 3.5, "text": f" the {t} has seven seats."})
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".json", head='{"language": "en", "segments": [', between=",\n", tail="]}\n")


def make_srt() -> Whole:
    """Subtitles in SubRip."""
    rows = [
        f"{n + 1}\n00:{n:02d}:01,000 --> 00:{n:02d}:04,000\nthe {t} has seven seats"
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".srt", between="\n\n")


def make_vtt() -> Whole:
    """Subtitles in WebVTT."""
    rows = [
        f"00:{n:02d}:01.000 --> 00:{n:02d}:04.000\nthe {t} has seven seats" for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".vtt", head="WEBVTT\n\n", between="\n\n")


def make_ass() -> Whole:
    """Subtitles in Advanced SubStation Alpha."""
    fields = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    head = f"[Script Info]\nTitle: x\n\n[Events]\nFormat: {fields}\n"
    rows = [
        f"Dialogue: 0,0:{n:02d}:01.00,0:{n:02d}:04.00,Default,,0,0,0,,the {t} has seven seats"
        for n, t in enumerate(make_tokens(RECORDS))
    ]
    return build(rows, ".ass", head=head)


def make_csv() -> Whole:
    """Chat as a table."""
    rows = [f"{n * 3},viewer{n},{t} how much is it" for n, t in enumerate(make_tokens(RECORDS))]
    return build(rows, ".csv", head="time,user,text\n")


def make_page() -> Whole:
    """A page with a table of prices."""
    rows = [f"<tr><td>{t}</td><td>${20000 + n}</td><td>{n}</td></tr>" for n, t in enumerate(make_tokens(RECORDS))]
    head = "<!DOCTYPE html><html><body><h1>Models</h1><table><tr><th>Model</th><th>Price</th><th>Seats</th></tr>\n"
    return build(rows, ".html", head=head, tail="\n</table></body></html>\n")


def make_table() -> Whole:
    """A table of what is sold, for `tooluse --table`."""
    rows = [f"{t.capitalize()},{20000 + n},{2 + n % 6}" for n, t in enumerate(make_tokens(RECORDS))]
    return build(rows, ".csv", head="model,price,seats\n", tokens=[t.capitalize() for t in make_tokens(RECORDS)])


def make_database(folder: Path) -> Whole:
    """The same as an SQLite file; which of its rows are unharmed cannot be told from bytes, so none must be read."""
    path = folder / "whole.sqlite"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE cars (model TEXT, price INTEGER, seats INTEGER)")
        rows = [(t.capitalize(), 20000 + n, 2 + n % 6) for n, t in enumerate(make_tokens(RECORDS))]
        database.executemany("INSERT INTO cars VALUES (?, ?, ?)", rows)
    return Whole(path.read_bytes(), (), (), ".sqlite")


def make_seeds() -> Whole:
    """Seed dialogues, one a line."""
    rows = []
    for token in make_tokens(RECORDS):
        said = (
            ("user", "greet", "opening", f"hi, is the {token} still there?"),
            ("agent", "greet", "opening", "Good evening, yes it is."),
            ("user", "thank", "closing", "Thanks!"),
            ("agent", "close", "closing", "See you!"),
        )
        turns = [
            {"turn_id": n, "role": role, "act": act, "utterance": words, "stage": stage}
            for n, (role, act, stage, words) in enumerate(said)
        ]
        seed = {"id": token, "domain": "automotive", "language": "en", "title": "x", "outcome": "success"}
        rows.append(json.dumps({**seed, "turns": turns}))
    return build(rows, ".jsonl")


def cut(content: bytes, rng: random.Random) -> bytes:
    """Return a file that ends in the middle."""
    return content[: rng.randrange(len(content))]


def drop(content: bytes, rng: random.Random) -> bytes:
    """Return a file without a piece of it."""
    begin = rng.randrange(len(content))
    return content[:begin] + content[begin + rng.randint(1, 200) :]


def edit(content: bytes, rng: random.Random) -> bytes:
    """Return a file with some bytes changed."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def splice(content: bytes, rng: random.Random) -> bytes:
    """Return a file with a piece of its own put in somewhere else."""
    begin, place = rng.randrange(len(content)), rng.randrange(len(content))
    return content[:place] + content[begin : begin + rng.randint(1, 300)] + content[place:]


NASTY = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"]]>", b"<!--", b'"', b"{", b"]", b"\r", b"&#0;", b"9" * 400,
    b"\xe2\x80\xae", b"<a>" * 300, b"[" * 3000, b",,,,", b"-->", b"\n\n\n", b"1e999", b"NaN", b"\\u0000",
)  # fmt: skip
"""What no reader likes."""


def insert(content: bytes, rng: random.Random) -> bytes:
    """Return a file with something nasty in it."""
    nasty = rng.choice(NASTY)
    place = rng.randrange(len(content))
    return content[:place] + nasty + content[place:]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (cut, drop, edit, splice, insert)

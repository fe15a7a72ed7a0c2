"""Chat as a bot logs it: `[12.5] name> text` below a line `#logchat`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from streamdial.records import Message
from streamdial.sources import STRUCTURE, Gives, Head, ReadContext, Reader, RecordMaker

_LINE = re.compile(r"\[(\d+(?:\.\d+)?)\] ([^>]+)> (.*)")


class LogChatReader(Reader):
    gives: Gives = "chat"

    def matches(self, head: Head) -> float:
        return STRUCTURE if head.start.startswith("#logchat") else 0.0

    def read(self, source: Path | str, context: ReadContext) -> Iterator[Message]:
        maker = RecordMaker(Path(source), context.pseudonyms, context.counts)
        for line in Path(source).read_text(encoding="utf-8").splitlines()[1:]:
            match = _LINE.fullmatch(line)
            if match is None:
                maker.drop("no_chat_line")
            elif message := maker.make_message(match[3], time=float(match[1]), author=match[2]):
                yield message

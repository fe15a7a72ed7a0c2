"""A forgiving, flat-memory walk through untrusted XML: entity declarations refused, broken places stepped over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.sources._files import iterate_text

MAX_BREAKS = 10_000
"""A file with more broken places than this is not worth reading on."""

MAX_TEXT = 1 << 20
"""Maximum number of characters kept of one element."""

_INVALID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#(?P<ten>[0-9]{1,8});|#[xX](?P<hex>[0-9A-Fa-f]{1,6});|(?P<name>amp|lt|gt|quot|apos);)?")
_TAIL = re.compile(r"&[#A-Za-z0-9]{0,10}$|<$")
_BARE = re.compile(r"<(?![A-Za-z_:/?!])")
_LONGEST_HELD = 1 << 16
_LONGEST_TAG = 1 << 12


class Element(NamedTuple):
    """One element that was asked for: tag, attributes, and the text of it and of its children."""

    tag: str
    attributes: dict[str, str]
    text: str
    parts: tuple[tuple[dict[str, str], str], ...]
    """Attributes and text of the children, in order."""


def _mend_reference(match: re.Match[str]) -> str:
    code = int(match["ten"]) if match["ten"] else int(match["hex"], 16) if match["hex"] else None
    if code is not None:
        valid = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
        return match[0] if valid else ""
    return match[0] if match["name"] else "&amp;"


class _Mender:
    """Mends text that is no XML yet: bare signs, forbidden characters; chunk by chunk, in flat memory.

    Args:
        plain: Tags of elements that hold text alone, in which a bare `<` is text too.
    """

    def __init__(self, plain: frozenset[str]) -> None:
        tags = "|".join(sorted(plain)) or "(?!)"
        self._begin = re.compile(rf"<(?:{tags})\s")
        # A price below <500 and a heart <3, or a tag that somebody typed.
        self._element = re.compile(
            rf"(?P<open><(?P<tag>{tags})(?:\s(?:[^\"'<>]|\"[^\"]*\"|'[^']*')*)?(?<!/)>)"
            rf"(?P<body>[^<]*(?:<(?!/(?P=tag)>|(?:{tags})\s|!\[CDATA\[)[^<]*)+)(?=</(?P=tag)>)"
        )
        self._attribute = re.compile(rf"=\"[^\"<>]*(?:<(?!/|(?:{tags})\s|[?!])[^\"<]*)+\"")
        self._any = bool(plain)

    def mend(self, chunks: Iterator[str]) -> Iterator[str]:
        """Yield the mended text."""
        held = ""
        for chunk in chunks:
            text = held + chunk
            cut = self._find_cut(text)
            held = text[cut:]
            yield self._mend(text[:cut])
        if held:
            yield self._mend(held)

    def _find_cut(self, text: str) -> int:
        tail = _TAIL.search(text, max(0, len(text) - 12))
        if self._any:
            place = 0
            for match in self._begin.finditer(text, max(0, len(text) - _LONGEST_HELD)):
                place = match.start()
            if place:
                return place
        return tail.start() if tail else len(text)

    def _mend(self, text: str) -> str:
        text = _INVALID.sub("", text)
        if self._any:
            text = self._element.sub(lambda match: match["open"] + match["body"].replace("<", "&lt;"), text)
            text = self._attribute.sub(lambda match: match[0].replace("<", "&lt;"), text)
        text = _BARE.sub("&lt;", text)
        return _REFERENCE.sub(_mend_reference, text)


class _Walker:
    def __init__(self, tags: frozenset[str], place: str) -> None:
        self.tags = tags
        self.place = place
        self.found: list[Element] = []
        self.root: str | None = None
        self.seen: set[str] = set()
        self._open: tuple[str, dict[str, str]] | None = None
        self._text: list[str] = []
        self._size = 0
        self._parts: list[tuple[dict[str, str], str]] = []
        self._child: tuple[dict[str, str], int] | None = None

    def make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.EntityDeclHandler = self._refuse
        return parser

    def _add(self, text: str) -> None:
        if self._open is not None and self._size < MAX_TEXT:
            self._text.append(text)
            self._size += len(text)

    def _refuse(self, name: str, *_: object) -> None:
        raise SourceError(
            f"declares the XML entity {name!r}; files with entity declarations are refused, for they can blow up.",
            fix="remove the DOCTYPE from the file",
            where=self.place,
        )

    def close(self) -> None:
        """Finish the element that is open, as when its end tag is missing."""
        if self._open is not None:
            tag, attributes = self._open
            self.found.append(Element(tag, attributes, "".join(self._text), tuple(self._parts)))
        self._open = None
        self._child = None
        self._text.clear()
        self._size = 0
        self._parts = []

    @property
    def is_open(self) -> bool:
        """Whether a wanted element has begun and not ended."""
        return self._open is not None

    def forget(self) -> None:
        """Leave the open element out."""
        self._open = None
        self.close()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        if len(self.seen) < 1000:
            self.seen.add(tag)
        if tag in self.tags:
            self.close()
            self._open = (tag, attributes)
        elif self._open is not None:
            if tag.rpartition(":")[2] == "br":
                self._add(" ")
            self._child = (attributes, len(self._text))

    def _end(self, tag: str) -> None:
        if self._open is not None and tag == self._open[0]:
            self.close()
        elif self._child is not None:
            attributes, place = self._child
            self._parts.append((attributes, "".join(self._text[place:])))
            self._child = None


def walk_xml(
    path: Path,
    tags: frozenset[str],
    counts: Counts,
    *,
    accept: Callable[[frozenset[str]], bool],
    expected: str,
    plain: frozenset[str] = frozenset(),
) -> Iterator[Element]:
    """Yield the elements with one of `tags` as they end.

    Control characters that XML forbids are left out, a bare `&` or `<` is taken as text, a missing end tag ends with
    the next element. Where the XML is broken the walk goes on at the next such element; each broken place is counted as
    dropped (`broken_xml`), and the first one and a missing end are noted with line and byte.

    Args:
        path: XML file, gzip or not.
        tags: Names of the elements wanted; they do not nest.
        counts: Gets the drops and notes.
        accept: Told all tags seen, says whether the file is of the expected kind.
        expected: Name of that kind, for the error.
        plain: Those of `tags` that hold text alone: whatever looks like a tag in them is text.

    Raises:
        SourceError: If the file cannot be read, is empty, declares entities, or is not of the expected kind.
    """
    walker = _Walker(tags, str(path))
    feed = _Feed(walker, path, counts)
    size = 0
    for chunk in _Mender(plain).mend(iterate_text(path, counts)):
        feed.push(chunk if size else chunk.lstrip())
        size += len(chunk)
        yield from walker.found
        walker.found.clear()
        if feed.breaks > MAX_BREAKS:
            counts.note(f"{path.name}: more than {MAX_BREAKS} broken places; the rest of the file was not read.")
            break
    else:
        feed.finish()
        yield from walker.found
    if not size:
        raise SourceError(f"is empty; {expected} was expected.", where=str(path))
    if not accept(frozenset(walker.seen)):
        first = f": its first element is {walker.root[:40]!r}" if walker.root else ""
        raise SourceError(f"is not {expected}{first}.", where=str(path))


class _Feed:
    """Feeds a parser and, where the XML breaks, a new one from the next wanted element on."""

    def __init__(self, walker: _Walker, path: Path, counts: Counts) -> None:
        self.walker = walker
        self.path = path
        self.counts = counts
        self.breaks = 0
        self._again = re.compile("|".join(f"<{re.escape(tag)}[\\s>/]" for tag in sorted(walker.tags)))
        self._cut = re.compile(f"<(?:{'|'.join(map(re.escape, sorted(walker.tags)))})(?:[^<>]*)$")
        self._tail = ""
        self._parser = walker.make_parser()
        self._fed = 0
        self._line, self._offset = 1, 0
        self._searching = False
        self._carried = ""

    def push(self, text: str) -> None:
        self._tail = (self._tail + text)[-_LONGEST_TAG:]
        data = self._carried + text
        self._carried = ""
        while data:
            if self._searching and not (data := self._skip(data)):
                return
            raw = data.encode()
            try:
                self._parser.Parse(raw, False)
            except expat.ExpatError as error:
                place = min(max(0, self._parser.ErrorByteIndex - self._fed), len(raw))
                self._advance(raw[:place])
                self._note_break(error, lost=not raw[max(0, place - 2) : place + 2].startswith((b"</", b"/")))
                self.walker.forget()
                self._searching = True
                data = raw[place:].decode("utf-8", "ignore")
                # The broken element itself must not be found again.
                self._advance(data[:1].encode())
                data = data[1:]
            else:
                self._fed += len(raw)
                self._advance(raw)
                return

    def _advance(self, raw: bytes) -> None:
        self._line += raw.count(b"\n")
        self._offset += len(raw)

    def _skip(self, data: str) -> str:
        match = self._again.search(data)
        kept = match.start() if match else max(0, len(data) - 40)
        self._advance(data[:kept].encode())
        if match is None:
            self._carried = data[kept:]
            return ""
        self._parser = self.walker.make_parser()
        self._parser.Parse(b"<i>", False)
        self._fed = 3
        self._searching = False
        return data[kept:]

    def _note_break(self, error: expat.ExpatError, *, lost: bool) -> None:
        self.breaks += 1
        if lost or self.walker.is_open:
            self.counts.asked += 1
            self.counts.drop("broken_xml")
        if self.breaks == 1:
            reason = expat.ErrorString(error.code)
            self.counts.note(
                f"{self.path.name}: the XML is broken at line {self._line}, about byte {self._offset} ({reason}); "
                "what could be read was kept."
            )

    def finish(self) -> None:
        """Tell whether the file ended where it should; an element cut in two is dropped."""
        if self._searching:
            return
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if self._offset:
                self._note_break(error, lost=self._cut.search(self._tail) is not None)
            self.walker.forget()

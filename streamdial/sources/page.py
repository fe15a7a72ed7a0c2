"""Web pages, from a file or a URL: readable text, tables, title and date."""

from __future__ import annotations

import datetime
import json
import logging
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree, html  # type: ignore[import-untyped]

from streamdial.counts import Counts
from streamdial.encodings import decode_text
from streamdial.errors import SourceError
from streamdial.ids import make_id
from streamdial.privacy import mask_personal_data
from streamdial.records import Page
from streamdial.sources._files import iterate_bytes, make_source_id
from streamdial.sources._tables import read_tables
from streamdial.sources._unseen import drop_unseen
from streamdial.sources.fetched_pages import take_page
from streamdial.sources.fetching import MAX_BYTES, fetch_page
from streamdial.sources.reader import STRUCTURE, Gives, Head, ReadContext, Reader

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,20})", re.IGNORECASE)
_DATE = re.compile(r"\s*(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})")
_DATE_META = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@name='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//meta[@name='publishdate' or @name='pubdate' or @name='date' or @name='DC.date.issued']/@content",
    "//time[@pubdate]/@datetime",
)
# trafilatura writes out as many cells as a span asks for.
_HUGE_SPAN = re.compile(r"\b(?:col|row)span\s*=\s*[\"']?\s*\d{3,}[\"']?", re.IGNORECASE)
_SHORT_PAGE = 4_000
_SHOWN = re.compile(r"<!doctype\s+html|<html[\s>]|<(?:head|body|div|article|table|p)[\s>]", re.IGNORECASE)
_ENDINGS = ("html", "htm", "xhtml")
_INVISIBLE = ("script", "style", "noscript", "template", "svg", "head", "title", "nav", "footer", "aside", "form")
_INLINE = frozenset("a abbr b bdi cite code em font i mark q s small span strong sub sup time u td th".split())  # noqa: SIM905


def is_url(source: str | Path) -> bool:
    """Tell whether a source is an http(s) URL rather than a path."""
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))


def read_page(source: str | Path, *, counts: Counts, allow_private: bool = False) -> Page:
    """Read one page.

    The main text is taken by trafilatura; where it finds none, by the visible text of the body. Personal data is
    masked; a business's own address stays. The id follows from what was read, so a page that only changed its
    advertisements is the same record.

    Args:
        source: HTML file (gzip or not) or http(s) URL.
        counts: Gets one item asked and kept.
        allow_private: Whether a URL may lead to a private, loopback or link-local address.

    Raises:
        SourceError: If the page cannot be read or fetched, is refused, or has no text.
    """
    counts.asked += 1
    if is_url(source):
        fetched = fetch_page(str(source), allow_private=allow_private)
        body, base, charset = fetched.body, fetched.url, fetched.charset
        source_id = make_id("source", str(source))
        text = _decode(body, charset, counts, base)
    else:
        path = Path(source)
        body, base = _read_limited(path), ""
        source_id = make_source_id(path)
        text = _decode(body, None, counts, path.name)
    if (begin := text.rfind("<!--")) > text.rfind("-->"):
        counts.note(f"{Path(source).name}: a comment that never ends hides its last {len(text) - begin} characters.")
    root = _parse(text, str(source))
    drop_unseen(root)
    url = _find_url(root, base) or base or Path(source).name
    title = _mask(_find_title(root))
    tables = read_tables(root)
    main = _mask(_extract_text(html.tostring(root, encoding="unicode")))
    visible = _read_visible(root)
    # From short pages trafilatura takes table cells one per line; the page as it is shown reads better.
    torn = tables and not any(_find_table(main, table.rows[0]) is not None for table in tables)
    stray = len(root.xpath("//td[not(ancestor::table)]"))
    if stray:
        counts.note(f"{Path(source).name}: {stray} cells stand outside of any table; they were read as text.")
    if not main or stray or (torn and len(visible) <= _SHORT_PAGE):
        main = _mask(visible)
    if not main and tables:
        main = title or "\n".join(" ".join(row) for table in tables for row in table.rows)
    if not main:
        # A page that scripts fill shows nothing but what they would have replaced.
        main = _mask(_extract_text(text))
    if not main:
        raise SourceError(
            "the page has no readable text.",
            fix="save it from the browser after it has loaded: many pages are filled by scripts",
            where=str(source),
        )
    tables = [table.model_copy(update={"char_start": _find_table(main, table.rows[0])}) for table in tables]
    counts.keep()
    rows = [[table.caption, *table.header, *[cell for row in table.rows for cell in row]] for table in tables]
    return Page(
        id=make_id("page", source_id, title, main, rows),
        source_id=source_id,
        url=url,
        title=title,
        text=main,
        tables=tuple(tables),
        published=_find_date(root),
    )


def list_page_pictures(path: Path) -> list[Path]:
    """Return the picture files a saved page shows, those in its folder or below it; none is fetched.

    Args:
        path: HTML file.
    """
    try:
        root = _parse(_decode(_read_limited(path), None, Counts("pictures"), path.name), path.name)
    except SourceError:
        return []  # whoever reads the page says what is wrong with it
    folder = path.resolve().parent
    found: dict[Path, None] = {}
    for address in root.xpath("//img/@src"):
        try:
            parts = urlsplit(str(address))
            picture = (folder / unquote(parts.path)).resolve()
            if not parts.scheme and not parts.netloc and picture.is_relative_to(folder) and picture.is_file():
                found.setdefault(picture)
        except (ValueError, OSError):
            continue
    return list(found)


def _mask(text: str) -> str:
    # Line by line, and blank lines once: paragraphs are what knowledge is read from.
    lines = [" ".join(line.split()) for line in text.replace("\0", "").split("\n")]
    kept = "\n".join(line for line in lines if line)
    clean = kept.encode("utf-8", "replace").decode("utf-8")
    return "\n".join(mask_personal_data(line, keep_public_addresses=True) for line in clean.split("\n"))


def _read_limited(path: Path) -> bytes:
    body = bytearray()
    for chunk in iterate_bytes(path):
        body += chunk
        if len(body) > MAX_BYTES:
            raise SourceError(f"is larger than {MAX_BYTES >> 20} MB.", where=str(path))
    if not body.strip():
        raise SourceError("is empty; a page was expected.", where=str(path))
    return bytes(body)


def _decode(body: bytes, charset: str | None, counts: Counts, where: str) -> str:
    found = _CHARSET.search(body[:4096])
    decoded = decode_text(body, charset or (found[1].decode("ascii") if found else None))
    if decoded.replaced:
        counts.note(f"{where}: {decoded.replaced} places were not valid {decoded.encoding} and were replaced.")
    return decoded.text


def _parse(text: str, where: str) -> html.HtmlElement:
    # lxml refuses text that names its own encoding.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\0", ""))
    # As browsers do: what stands behind the end of a page belongs to it; the parser would leave it out.
    text = re.sub(r"</(?:body|html)\s*>", "", text, flags=re.IGNORECASE)
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=False, no_network=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise SourceError("the page has no readable text: it cannot be parsed as HTML.", where=where) from error
    return root


def _extract_text(text: str) -> str:
    import trafilatura  # a tenth of a second that who reads no page need not wait for

    # Its warnings about short pages are answered by the caller's fallback.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = trafilatura.extract(
            _HUGE_SPAN.sub("", text), include_comments=False, include_tables=True, favor_recall=True
        )
    except Exception:  # A page must not end a run, and trafilatura raises what its parsers raise.
        found = None
    return found if isinstance(found, str) else ""


def _read_visible(root: html.HtmlElement) -> str:
    """Return the text a browser shows: a line per block, the cells of a table row on one line."""
    body = root.find("body")
    parts: list[str] = []
    hidden: html.HtmlElement | None = None
    for event, element in etree.iterwalk(root if body is None else body, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if hidden is None and (tag in _INVISIBLE or not isinstance(tag, str)):
                hidden = element
            if hidden is None:
                parts.append(("\n" if tag not in _INLINE else "") + (element.text or ""))
            continue
        if hidden is element:
            hidden = None
        if hidden is None:
            parts.append(" | " if tag in ("td", "th") else "" if tag in _INLINE else "\n")
            parts.append(element.tail or "")
    lines = (" ".join(line.split()).removesuffix(" |") for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line.strip(" |"))


def _first(root: html.HtmlElement, *paths: str) -> str:
    for path in paths:
        for value in root.xpath(path):
            if isinstance(value, str) and value.strip():
                return value.strip()
    return ""


def _find_title(root: html.HtmlElement) -> str:
    title = _first(root, "//meta[@property='og:title']/@content", "//title/text()", "//h1//text()")
    return " ".join(title.split())[:500]


def _find_url(root: html.HtmlElement, base: str) -> str:
    told = _first(root, "//link[@rel='canonical']/@href", "//meta[@property='og:url']/@content")
    try:
        url = urljoin(base, told)
        return url if urlsplit(url).scheme in ("http", "https") and len(url) < 2000 else ""
    except ValueError:
        return ""


def _find_date(root: html.HtmlElement) -> str | None:
    told = [value for path in _DATE_META for value in root.xpath(path)]
    for script in root.xpath("//script[@type='application/ld+json']/text()"):
        try:
            told.extend(_iterate_dates(json.loads(script), 0))
        except (ValueError, RecursionError):
            continue
    for value in told:
        match = _DATE.match(str(value))
        if match is None:
            continue
        try:
            return datetime.date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        except ValueError:
            continue
    return None


def _iterate_dates(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401
    if depth > 5:
        return
    if isinstance(value, dict):
        if isinstance(value.get("datePublished"), str):
            yield value["datePublished"]
        for each in value.values():
            yield from _iterate_dates(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _iterate_dates(each, depth + 1)


def _find_table(text: str, row: tuple[str, ...]) -> int | None:
    # trafilatura writes rows as "| a | b |"; pages without such a row have the table outside the main text.
    for joined in (" | ".join(row), "|".join(row), " ".join(row)):
        place = text.find(joined)
        if joined.strip(" |") and place >= 0:
            return place
    return None


class PageReader(Reader):
    """Web pages, files and URLs."""

    gives: Gives = "page"

    def matches(self, head: Head) -> float:
        """Tell a page by its elements or its ending."""
        shown = head.form == "markup" and _SHOWN.search(head.start)
        return STRUCTURE if shown or (head.form != "json" and head.ending in _ENDINGS) else 0.0

    def read(self, source: Path | str, context: ReadContext) -> tuple[Page]:
        """Return the page."""
        read = partial(read_page, source, allow_private=context.allow_private)
        if context.fetched is None or not is_url(source):
            return (read(counts=context.counts),)
        return (take_page(context.fetched, str(source), context.counts, lambda own: read(counts=own)),)

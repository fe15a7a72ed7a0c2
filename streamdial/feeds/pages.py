"""A list of pages: each is an item, and a changed one is another version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from streamdial.errors import SourceError
from streamdial.feeds.items import FeedItem, FeedSettings, Known
from streamdial.ids import hash_bytes
from streamdial.sources import NotModifiedError, Validators, fetch_page, is_url


def list_pages(
    feed: FeedSettings, known: Mapping[str, Known], *, allow_private: bool
) -> tuple[list[FeedItem], list[str]]:
    """Return the pages of a list with their versions, and what could not be fetched.

    A page that is known is asked for by its ETag or Last-Modified, so that one that has not changed costs no body; the
    version is the body's hash. A page that cannot be fetched does not stop the others.

    Args:
        feed: A file or URL with one URL per line; empty lines and those that begin with `#` are passed over.
        known: What was taken before.
        allow_private: Whether URLs may lead into the private network.

    Raises:
        SourceError: If the list cannot be read.
    """
    items, broken = [], []
    for url in _read_list(feed, allow_private):
        before = known.get(url, Known())
        validators = Validators(str(before.state.get("etag", "")), str(before.state.get("modified", "")))
        try:
            page = fetch_page(url, allow_private=allow_private, known=validators if before.version else None)
        except NotModifiedError:
            continue
        except SourceError as error:
            broken.append(str(error))
            continue
        state: dict[str, str | float] = {"etag": page.validators.etag, "modified": page.validators.modified}
        version = hash_bytes(page.body)
        items.append(FeedItem(url, version, urlsplit(url).hostname or url, (url,), state))
    return items, broken


def _read_list(feed: FeedSettings, allow_private: bool) -> list[str]:
    if is_url(feed.at):
        text = fetch_page(feed.at, allow_private=allow_private).body.decode(errors="replace")
    else:
        try:
            text = Path(feed.at).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"the list of pages cannot be read ({error}).", where=feed.at) from error
    lines = [line.strip() for line in text.splitlines()]
    wrong = next((line for line in lines if line and not line.startswith("#") and not is_url(line)), None)
    if wrong is not None:
        raise SourceError(f"{wrong[:80]!r} is no http or https URL.", fix="write one URL a line", where=feed.at)
    return list(dict.fromkeys(line for line in lines if is_url(line)))

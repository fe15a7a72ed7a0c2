"""Pages that were fetched, kept in the folder of a run: a recording that is read again asks nobody for them twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.errors import StoreError
from streamdial.files import read_json, write_json
from streamdial.ids import hash_text
from streamdial.records import Page

_VERSION = 1
"""Of what is read of the same bytes; a page of another version is fetched anew."""


def take_page(folder: Path, url: str, counts: Counts, read: Callable[[Counts], Page]) -> Page:
    """Return a page that was fetched before, else fetch and keep it; what is kept is masked, as the page is.

    Args:
        folder: Where pages are kept; made if needed.
        url: Its address.
        counts: Gets what reading it counts and notes, also where it was read before.
        read: Fetches and reads it.

    Raises:
        SourceError: If it cannot be fetched; that is not kept.
        StoreError: If it cannot be kept.
    """
    file = _name_file(folder, url)
    known = _read_known(file)
    if known is None:
        own = Counts(counts.phase)
        try:
            page = read(own)
        except BaseException:
            counts.merge(own)
            raise
        told = {"version": _VERSION, "read_on": datetime.now(UTC).date().isoformat(), "counts": own.to_dict()}
        folder.mkdir(parents=True, exist_ok=True)
        write_json(file, {**told, "page": page.model_dump(mode="json")})
    else:
        own, page = Counts.from_dict(known["counts"]), known["page"]
    counts.merge(own)
    return page


def find_reading_date(folder: Path, urls: Iterable[str]) -> str | None:
    """Return the ISO date on which the first of these pages was fetched; None where none was.

    Args:
        folder: Where pages are kept.
        urls: Their addresses.
    """
    known = (_read_known(_name_file(folder, url)) for url in urls)
    return min((each["read_on"] for each in known if each is not None), default=None)


def _name_file(folder: Path, url: str) -> Path:
    return folder / f"{hash_text(url)[:32]}.json"


def _read_known(file: Path) -> dict[str, Any] | None:
    """Return what is kept of a page; None where nothing is, or it is damaged."""
    if not file.is_file():
        return None
    try:
        known = read_json(file)
        if known["version"] != _VERSION:
            return None
        return {**known, "page": Page.model_validate(known["page"])}
    except (StoreError, ValueError, KeyError, TypeError):
        return None

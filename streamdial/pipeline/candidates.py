"""The sources that a kept table of candidates leads to, fetched once for a run."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from streamdial.counts import Counts
from streamdial.errors import NothingLeftError, SourceError, StreamDialError
from streamdial.feeds import FeedSettings, Known, bring_item, find_due
from streamdial.files import read_json, write_json
from streamdial.ids import hash_file
from streamdial.pipeline.run import Run
from streamdial.pipeline.source_settings import SourceSettings
from streamdial.sources import is_url
from streamdial.text import hide_user_info

TOLD = "candidates.json"
"""File of a run with what its candidates led to."""
logger = logging.getLogger("streamdial.progress")


def bring_candidates(run: Run) -> list[str]:
    """Return folders, files and URLs of the candidates of a run's table, in the order of their ranks.

    What has to be fetched lies in the folder `candidates` of the run, for its owner alone: it is not masked yet. What
    was brought, and what could not be and why, stands in `candidates.json`. A run that goes on does not fetch again
    what it has, and tries once more, for each start of the run, what could not be had.

    Args:
        run: The run; nothing is brought where its settings name no table.

    Raises:
        SourceError: If the table cannot be read.
        NothingLeftError: If not one candidate can be had and the run has no other source.
    """
    sources = run.settings.sources
    if not isinstance(sources, SourceSettings) or not sources.candidates:
        return []
    told = run.workspace.root / TOLD
    if not Path(sources.candidates).is_file():
        raise SourceError("there is no such table of candidates.", where=sources.candidates)
    wanted = {"table": hash_file(Path(sources.candidates)), "most": sources.most_candidates}
    known = read_json(told) if told.is_file() else {}
    if known.get("wanted") != wanted:
        known = {}
    if known and "sources" in known and (not known["broken"] or run.shared.get(TOLD) == wanted):
        return list(known["sources"])
    folder = run.workspace.root / "candidates"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    feed = FeedSettings(kind="candidates", at=sources.candidates, most_items=sources.most_candidates)
    due = find_due(feed, {}, now=time.time(), allow_private=sources.allow_private)
    had: dict[str, list[str]] = dict(known.get("items", {}))
    brought = {item: found for item, found in had.items() if all(is_url(path) or Path(path).exists() for path in found)}
    broken = list(due.broken)
    for item in due.items:
        if item.id in brought:
            continue
        logger.info("SSI: bringing candidate %s", item.name)
        try:
            brought[item.id] = list(bring_item(feed, item, Known(), folder).sources)
        except StreamDialError as error:
            broken.append(f"{item.name}: {error}")
            continue
        # Each at once, for a run killed while it brings the next one; without `sources` it is not the whole table yet.
        write_json(told, {"wanted": wanted, "items": brought})
    broken = [hide_user_info(sentence) for sentence in broken]
    for sentence in broken:
        logger.warning("candidate left out: %s", sentence)
    if not brought and not sources.given:
        raise NothingLeftError("candidates", {"cannot_be_had": len(broken)})
    # By rank; what the table led to before and does not now, as a video that is no longer listed, comes last.
    order = dict.fromkeys([item.id for item in due.items if item.id in brought] + list(brought))
    found = [path for item in order for path in brought[item]]
    write_json(told, {"wanted": wanted, "sources": found, "items": {item: brought[item] for item in order},
                      "broken": broken})  # fmt: skip
    run.shared[TOLD] = wanted
    return found


def count_candidates(run: Run) -> list[Counts]:
    """Return what became of the candidates of a run's table: none where it has no table.

    Dropped are those that `cannot_be_had`; a note says why of each.
    """
    told = run.workspace.root / TOLD
    sources = run.settings.sources
    if not isinstance(sources, SourceSettings) or not sources.candidates or not told.is_file():
        return []
    known = read_json(told)
    had, broken = len(known.get("items") or known.get("sources", ())), list(known.get("broken", ()))
    counts = Counts("candidates", asked=had + len(broken), made=had, kept=had, notes=broken)
    if broken:
        counts.drop("cannot_be_had", len(broken))
    return [counts]

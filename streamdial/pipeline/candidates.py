"""The sources that a kept table of candidates leads to, fetched once for a run."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from streamdial.errors import NothingLeftError, SourceError, StreamDialError
from streamdial.feeds import FeedSettings, Known, bring_item, find_due
from streamdial.files import read_json, write_json
from streamdial.ids import hash_file
from streamdial.pipeline.run import Run
from streamdial.pipeline.source_settings import SourceSettings

TOLD = "candidates.json"
"""File of a run with what its candidates led to."""
logger = logging.getLogger("streamdial.progress")


def bring_candidates(run: Run) -> list[str]:
    """Return folders, files and URLs of the candidates of a run's table, in the order of their ranks.

    What has to be fetched lies in the folder `candidates` of the run, for its owner alone: it is not masked yet. What
    was brought, and what could not be and why, stands in `candidates.json`; a run that goes on does not look again.

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
    if told.is_file() and (known := read_json(told))["wanted"] == wanted:
        return list(known["sources"])
    folder = run.workspace.root / "candidates"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    feed = FeedSettings(kind="candidates", at=sources.candidates, most_items=sources.most_candidates)
    due = find_due(feed, {}, now=time.time(), allow_private=sources.allow_private)
    brought: list[str] = []
    broken = list(due.broken)
    for item in due.items:
        logger.info("SSI: bringing candidate %s", item.name)
        try:
            brought += bring_item(feed, item, Known(), folder).sources
        except StreamDialError as error:
            broken.append(f"{item.name}: {error}")
    for sentence in broken:
        logger.warning("candidate left out: %s", sentence)
    if not brought and not sources.paths:
        raise NothingLeftError("candidates", {"cannot_be_had": len(broken)})
    write_json(told, {"wanted": wanted, "sources": brought, "broken": broken})
    return brought

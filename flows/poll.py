"""The flow `poll`: watches feeds and starts the domain's flow on what is new, changed or still growing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, ClassVar, Self

from prefect import flow, get_run_logger
from prefect.deployments.flow_runs import arun_deployment
from pydantic import Field, model_validator

from streamdial.errors import MissingMaterialError, NothingLeftError, SourceError, StreamDialError
from streamdial.feeds import FeedItem, FeedSettings, Known, Watermarks, bring_item, find_due, mark_failed, mark_taken
from streamdial.feeds import name_item as name_folder
from streamdial.flows.stream import stream
from streamdial.ids import hash_text
from streamdial.options import merge_options
from streamdial.pipeline import RunSettings
from streamdial.pipeline.source_settings import Paths, SourceSettings
from streamdial.store import open_store


class PollSources(SourceSettings):
    """How what is found is read; the feeds say what that is."""

    paths: Paths = Field(default=(), max_length=0, description="Left empty: the feeds say what is read.")

    @model_validator(mode="after")
    def refuse_other_sources(self) -> Self:
        """Refuse what is of one run alone: each item would have it."""
        if self.candidates or self.url:
            raise ValueError("candidates and url are of one run; watch a table by a feed of the kind candidates")
        return self


class PollSettings(RunSettings):
    """Settings of polling: those of the runs it starts, with feeds in place of sources."""

    ORDER: ClassVar[tuple[str, ...]] = (
        "domain", "out", "feeds", "deployment", *(name for name in RunSettings.ORDER if name not in ("domain", "out")),
    )  # fmt: skip

    out: str = Field(description="Folder of the polling: what was taken, and one run per item.")
    sources: PollSources = Field(default=PollSources(), title="Sources", description="How what is found is read.")
    feeds: tuple[FeedSettings, ...] = Field(min_length=1, description="Places that are watched.")
    deployment: str | None = Field(
        default=None,
        description="Deployment that is started for each item, as stream/stream-hotel; run here one by one if unset.",
    )

    @model_validator(mode="after")
    def require_sources(self) -> Self:
        """Let the feeds say what is read."""
        return self

    def make_run(self, item: FeedItem) -> RunSettings:
        """Return the settings of the run on an item."""
        own = self.model_dump(exclude={"feeds", "deployment"}, exclude_unset=True)
        out = str(Path(self.out) / "runs" / name_folder(item))
        changed = {"out": out, "sources": {"paths": item.sources}, "scale": {"retry_failed": True}}
        return RunSettings.model_validate(merge_options(own, changed))


@flow(name="poll", flow_run_name="poll: {settings.domain}")
async def poll(settings: PollSettings) -> dict[str, Any]:
    """Look into the feeds once; where something is new or changed, start the domain's flow on it.

    What was taken is remembered at once, so the same thing is never taken twice. A feed that cannot be read, and an
    item that fails, does not stop the others: it is put off, longer each time, and told.

    Args:
        settings: What is watched, and what is done with what is found.

    Returns:
        `taken` and `broken` items and feeds; `nothing` names items in which no phase found anything.
    """
    logger = get_run_logger()
    # What a recorder or yt-dlp brings is not masked yet.
    Path(settings.out).mkdir(parents=True, exist_ok=True)
    Path(settings.out).chmod(0o700)
    store = open_store(Path(settings.out) / "store", url=settings.scale.qdrant_url)
    told: dict[str, Any] = {"taken": [], "nothing": [], "broken": {}}
    try:
        marks = Watermarks(store, scope=settings.out)
        for feed in settings.feeds:
            await _poll_feed(settings, feed, marks, told)
    finally:
        store.close()
    logger.info("%d taken, %d without anything, %d broken", *(len(told[key]) for key in told))
    for name, reason in told["broken"].items():
        logger.error("%s: %s", name, reason)
    return told


async def _poll_feed(settings: PollSettings, feed: FeedSettings, marks: Watermarks, told: dict[str, Any]) -> None:
    now = time.time()
    known = marks.read(feed)
    own = known.get("", Known())
    if own.next_try > now:
        return
    try:
        due = await asyncio.to_thread(find_due, feed, known, now=now, allow_private=settings.sources.allow_private)
    except Exception as error:  # a broken feed must not stop the others
        marks.keep(feed, "", mark_failed(own, str(error), now))
        told["broken"][feed.name] = str(error)
        return
    if own.failures:
        marks.keep(feed, "", Known())
    for sentence in due.broken:
        told["broken"][sentence.partition(": ")[0]] = sentence
    for item in due.items:
        before = known.get(item.id, Known())
        brought = item
        try:
            brought = await asyncio.to_thread(bring_item, feed, item, before, Path(settings.out) / "items")
            await _start(settings, feed, brought)
        except (NothingLeftError, MissingMaterialError, SourceError) as error:
            # What nothing was found in says the same the next time; what could not be read may be there then.
            taken = not isinstance(error, SourceError)
            marks.keep(feed, item.id, mark_taken(brought) if taken else mark_failed(before, str(error), now))
            (told["nothing"].append(item.name) if taken else told["broken"].update({item.name: str(error)}))
        except Exception as error:  # a broken item must not stop the others
            marks.keep(feed, item.id, mark_failed(before, str(error), now))
            told["broken"][item.name] = str(error)
        else:
            marks.keep(feed, item.id, mark_taken(brought))
            told["taken"].append(item.name)


async def _start(settings: PollSettings, feed: FeedSettings, item: FeedItem) -> None:
    """Run the domain's flow on an item: by its deployment, which goes on by itself, or here until it is done.

    Raises:
        StreamDialError: If dialogues were lost or left.
    """
    run = settings.make_run(item)
    if settings.deployment:
        parameters = {"settings": run.model_dump(mode="json")}
        # One run per item and version, also where this process dies before the item is remembered.
        mark = hash_text("\n".join((settings.out, settings.deployment, feed.name, item.id, item.version)))
        await arun_deployment(
            settings.deployment,
            parameters=parameters,
            timeout=0,
            idempotency_key=f"poll-{mark[:24]}",
            # It goes on where this flow dies, and must not be ended with it.
            as_subflow=False,
        )
        return
    summary = await stream(run)
    if summary["failed"] or summary["left"]:
        raise StreamDialError(
            f"{len(summary['failed'])} dialogues lost, {summary['left']} left.", fix="it is taken up at the next poll"
        )

"""Refreshes K: an account's pages read anew, newer facts in, older ones kept beside them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.ids import hash_text
from streamdial.personas import extract_knowledge, mark_vanished, settle_versions
from streamdial.records import KnowledgeRow, Language
from streamdial.runs import RunSettings
from streamdial.signals.accounts import describe_account
from streamdial.sources import read_account
from streamdial.tasks._caching import RETRY_OPTIONS, is_worth_retrying
from streamdial.tasks._resources import Run, open_run
from streamdial.tasks.ingestion import keep_records, list_recordings


def mark_knowledge(settings: RunSettings, account: str) -> str:
    """Return what tells an account's K from an earlier state of it: a hash of its rows and of which hold."""
    rows = read_rows(open_run(settings), account)
    return hash_text("\n".join(sorted(f"{row.id} {row.holds}" for row in rows)))[:12]


@task(
    name="refresh knowledge",
    task_run_name="refresh-{recording_id}",
    version="1",
    retry_condition_fn=is_worth_retrying,
    **RETRY_OPTIONS,
)
async def refresh_knowledge_of(settings: RunSettings, recording_id: str, language: Language) -> dict[str, Any]:
    """Read a recording's pages anew and bring its account's K up to date.

    Never cached: that the pages may have changed is the point.

    Returns:
        account, the facts that changed as sentences, and the report: `asked` rows read, `kept` rows that hold now,
        `replaced` and `vanished` rows that no longer do.
    """
    return await asyncio.to_thread(_refresh, open_run(settings), recording_id, language)


def _refresh(run: Run, recording_id: str, language: Language) -> dict[str, Any]:
    settings, counts = run.settings, Counts("knowledge refreshed")
    files = next(files for files in list_recordings(settings) if files.id == recording_id)
    profile, pages = read_account(files, salt=run.workspace.salt, counts=Counts("reading"))
    account = describe_account(profile, run.pack, language, source_id=files.id, name=files.name).account
    now = datetime.now(UTC).isoformat(timespec="seconds")
    fresh = extract_knowledge(pages, [], run.pack, language, Counts("pages"), read_on=now)
    known = read_rows(run, account)
    settled = settle_versions([*mark_vanished(known, fresh, now), *fresh])
    before = {row.id: row for row in known}
    changed = [row for row in settled if before.get(row.id) != row]
    keep_records(run, changed, "knowledge", account=account)
    by_id = {row.id: row for row in settled}
    for row in changed:
        if row.replaced_by and row.id in before and not before[row.id].replaced_by:
            new = by_id[row.replaced_by]
            if new.value != row.value:
                counts.note(
                    f"{row.entity or 'everything'}, {row.slot}: {row.value} until {new.observed_at}, now {new.value}"
                )
        elif row.gone_since == now:
            counts.note(f"{row.entity or 'everything'}, {row.slot}: {row.value} no longer stands on its page")
    counts.asked = len(fresh)
    counts.made = counts.kept = sum(row.holds for row in settled)
    counts.drop("replaced", sum(row.replaced_by is not None for row in settled))
    if vanished := sum(row.replaced_by is None and not row.holds for row in settled):
        counts.drop("vanished", vanished)
    return {"account": account, "changes": list(counts.notes), "counts": [counts.to_dict()]}


def read_rows(run: Run, account: str) -> list[KnowledgeRow]:
    """Return all rows of an account's K, those that no longer hold too."""
    return run.store.get("knowledge", KnowledgeRow, conditions={"account_id": account})

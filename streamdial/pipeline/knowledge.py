"""An account's knowledge: read, and refreshed from its pages; older facts are kept beside newer ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from streamdial.counts import Counts
from streamdial.ids import hash_text
from streamdial.personas import extract_knowledge, mark_vanished, settle_versions
from streamdial.pipeline.results import RefreshedKnowledge
from streamdial.pipeline.run import Run
from streamdial.pipeline.signals import keep_records, list_recordings
from streamdial.records import AccountMetadata, KnowledgeRow, Language, Profile
from streamdial.signals.accounts import describe_account
from streamdial.sources import RecordingFiles, read_account


def mark_knowledge(run: Run, account: str) -> str:
    """Return what tells an account's knowledge from an earlier state of it: a hash of its rows and which hold."""
    rows = read_rows(run, account)
    return hash_text("\n".join(sorted(f"{row.id} {row.holds}" for row in rows)))[:12]


async def refresh_account(run: Run, recording_id: str, language: Language) -> RefreshedKnowledge:
    """Read a recording's pages anew and bring its account's knowledge up to date.

    The report counts rows: `asked` were read, `kept` hold now, `replaced` and `vanished` no longer do.
    """
    return await asyncio.to_thread(_refresh, run, recording_id, language)


def _describe(run: Run, profile: Profile | None, language: Language, files: RecordingFiles) -> AccountMetadata:
    named = run.settings.sources.account
    return describe_account(profile, run.pack, language, source_id=files.id, name=files.name, account=named)


def _refresh(run: Run, recording_id: str, language: Language) -> RefreshedKnowledge:
    counts = Counts("knowledge refreshed")
    files = next(files for files in list_recordings(run) if files.id == recording_id)
    profile, pages = read_account(files, salt=run.workspace.salt, counts=Counts("reading"))
    account = _describe(run, profile, language, files).account
    now = datetime.now(UTC).isoformat(timespec="seconds")
    known = read_rows(run, account)
    things = [row.entity for row in known if row.entity]
    fresh = extract_knowledge(pages, [], run.pack, language, Counts("pages"), read_on=now, things=things)
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
    return RefreshedKnowledge(account, list(counts.notes), [counts])


def read_rows(run: Run, account: str) -> list[KnowledgeRow]:
    """Return all rows of an account's knowledge, those that no longer hold too."""
    return run.store.get("knowledge", KnowledgeRow, conditions={"account_id": account})

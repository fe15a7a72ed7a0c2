"""The steps of APS: user personas of a language, the agent persona of an account."""

from __future__ import annotations

import asyncio

from streamdial.counts import Counts
from streamdial.personas import Knowledge, build_agent_persona, build_user_personas, settle_versions, word_persona
from streamdial.pipeline.knowledge import read_rows
from streamdial.pipeline.mining import open_reading
from streamdial.pipeline.readers import mine_readers
from streamdial.pipeline.results import MadeRecords
from streamdial.pipeline.run import Run
from streamdial.pipeline.signals import keep_records
from streamdial.records import (
    AccountMetadata,
    AgentResponse,
    DialogueStrategy,
    Language,
    UserQuestion,
)


async def make_user_personas(
    run: Run, language: Language, accounts: dict[str, str], knowledge_marks: list[str]
) -> MadeRecords:
    """Build the user personas of all questions of a language and put them into the store.

    With a strong model their objective and potential utterances are worded by it.

    Args:
        run: The run.
        language: Language of the recordings.
        accounts: The recordings the questions come from, each with its account; part of what decides the result.
        knowledge_marks: Which states of knowledge the personas are checked against, see `mark_knowledge`; likewise.
    """
    counts = Counts("user personas")
    questions = run.store.get("signals", UserQuestion, conditions={"source_id": sorted(accounts)})
    known = {
        account: Knowledge(settle_versions(read_rows(run, account)), run.pack) for account in set(accounts.values())
    }
    firsts = {account: recording for recording, account in reversed(sorted(accounts.items()))}
    for account, recording in sorted(firsts.items()):
        added = _add_readers(run, known[account], language, recording, account, counts)
        # Those of an earlier time are in the store already.
        questions = list({question.id: question for question in (*questions, *added)}.values())
    personas = build_user_personas(
        questions,
        run.pack,
        run.embedder,
        counts,
        language=language,
        seeds=run.load_seeds(language),
        knowledge={recording: known[account] for recording, account in accounts.items()},
    )
    if run.strong:
        personas = list(
            await asyncio.gather(*(word_persona(run.model, persona, run.pack, counts) for persona in personas))
        )
    if personas:
        vectors = run.embedder.embed([persona.objective.text for persona in personas])
        run.store.put("personas", personas, {"text": vectors})
    return MadeRecords([persona.id for persona in personas], [counts])


def _add_readers(
    run: Run, knowledge: Knowledge, language: Language, recording: str, account: str, counts: Counts
) -> list[UserQuestion]:
    """Return the questions of the readers that strategies find in an account's pages, and put them into the store."""
    mining = open_reading(run.settings)
    if not mining:
        return []
    seed = run.settings.dialogues.seed
    found = mine_readers(mining, knowledge, run.pack, language, recording=recording, seed=seed)
    if found:
        keep_records(run, found, "signals", account=account)
        counts.note(f"questions of readers of pages: {len(found)}")
    return found


async def make_agent_persona(run: Run, account: str, recordings: list[str], knowledge_mark: str) -> MadeRecords:
    """Build the agent persona of an account out of all its recordings and put it into the store.

    Args:
        run: The run.
        account: Id of the account.
        recordings: Its recordings.
        knowledge_mark: Which state of knowledge it is built on, see `mark_knowledge`; part of what decides the result.
    """
    where = {"source_id": recordings}
    metadata = run.store.get("signals", AccountMetadata, conditions=where)[0]
    responses = run.store.get("signals", AgentResponse, conditions=where)
    strategies = run.store.get("signals", DialogueStrategy, conditions=where)
    knowledge = settle_versions(read_rows(run, account))
    persona = build_agent_persona(metadata, responses, strategies, knowledge, run.pack)
    run.store.put("personas", [persona], {"text": run.embedder.embed([persona.identity.text])})
    counts = Counts("agent personas", asked=1, made=1, kept=1)
    return MadeRecords([persona.id], [counts])

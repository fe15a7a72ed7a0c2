"""APS as tasks: user personas of a language, the agent persona of an account."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.personas import Knowledge, build_agent_persona, build_user_personas, settle_versions, word_persona
from streamdial.records import (
    AccountMetadata,
    AgentResponse,
    DialogueStrategy,
    Language,
    UserQuestion,
)
from streamdial.runs import RunSettings
from streamdial.tasks._caching import TASK_OPTIONS, compute_cache_key, is_worth_retrying
from streamdial.tasks._resources import open_run
from streamdial.tasks.knowledge import read_rows


@task(
    name="user personas",
    task_run_name="user-personas-{language}",
    version="2",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def make_user_personas(
    settings: RunSettings, language: Language, accounts: dict[str, str], knowledge_marks: list[str]
) -> dict[str, Any]:
    """Build the user personas of all questions of a language and put them into the store.

    With a strong model (`direct`) their objective and potential utterances are worded by it.

    Args:
        settings: The run.
        language: Language of the recordings.
        accounts: The recordings the questions come from, each with its account; part of what decides the answer.
        knowledge_marks: Which states of their K the personas are checked against, see `mark_knowledge`; likewise.
    """
    run = open_run(settings)
    counts = Counts("user personas")
    questions = run.store.get("signals", UserQuestion, conditions={"source_id": sorted(accounts)})
    known = {
        account: Knowledge(settle_versions(read_rows(run, account)), run.pack) for account in set(accounts.values())
    }
    personas = build_user_personas(
        questions,
        run.pack,
        run.embedder,
        counts,
        language=language,
        seeds=run.load_seeds(language),
        knowledge={recording: known[account] for recording, account in accounts.items()},
    )
    if run.realisation == "direct":
        personas = list(
            await asyncio.gather(*(word_persona(run.model, persona, run.pack, counts) for persona in personas))
        )
    if personas:
        vectors = run.embedder.embed([persona.objective.text for persona in personas])
        run.store.put("personas", personas, {"text": vectors})
    return {"personas": [persona.id for persona in personas], "counts": [counts.to_dict()]}


@task(
    name="agent persona",
    task_run_name="agent-persona-{account}",
    version="2",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
def make_agent_persona(
    settings: RunSettings, account: str, recordings: list[str], knowledge_mark: str
) -> dict[str, Any]:
    """Build the agent persona of an account out of all its recordings and put it into the store.

    Args:
        settings: The run.
        account: Id of the account.
        recordings: Its recordings.
        knowledge_mark: Which state of K it is built on, see `mark_knowledge`; part of what decides the answer.
    """
    run = open_run(settings)
    where = {"source_id": recordings}
    metadata = run.store.get("signals", AccountMetadata, conditions=where)[0]
    responses = run.store.get("signals", AgentResponse, conditions=where)
    strategies = run.store.get("signals", DialogueStrategy, conditions=where)
    knowledge = settle_versions(read_rows(run, account))
    persona = build_agent_persona(metadata, responses, strategies, knowledge, run.pack)
    run.store.put("personas", [persona], {"text": run.embedder.embed([persona.identity.text])})
    counts = Counts("agent personas", asked=1, made=1, kept=1)
    return {"persona": persona.id, "counts": [counts.to_dict()]}

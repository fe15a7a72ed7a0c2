"""Accounts for dialogues with tools that do not come from recordings: from a given table, or a finished run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from streamdial.blueprints import induce_blueprint
from streamdial.counts import Counts
from streamdial.environment import build_environment, build_schema, fill_schema, read_knowledge_file
from streamdial.errors import ConfigurationError
from streamdial.files import read_json
from streamdial.ids import make_id
from streamdial.personas import build_agent_persona
from streamdial.pipeline.exporting import DELIVERY
from streamdial.pipeline.results import AgentPair, Participants
from streamdial.pipeline.run import Run
from streamdial.pipeline.signals import keep_records
from streamdial.pipeline.storage import Storage, read_dialogues
from streamdial.pipeline.tool_settings import ToolUseSettings
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    Blueprint,
    DialogueStrategy,
    KnowledgeRow,
    Provenance,
    QAPair,
    UserPersona,
    UserQuestion,
)
from streamdial.store import EdgeStore, RecordStore, VectorStore, open_store
from streamdial.tooluse import build_tools, sample_user_personas

DRAWN = 200
"""Maximum number of user personas drawn for a table."""
_KINDS: tuple[tuple[str, Any], ...] = (
    ("signals", UserQuestion),
    ("signals", AgentResponse),
    ("signals", QAPair),
    ("signals", DialogueStrategy),
    ("signals", AccountMetadata),
    ("knowledge", KnowledgeRow),
)


async def make_table_account(run: Run[ToolUseSettings]) -> Participants:
    """Make of a given table an account: its agent persona, a blueprint of the seed dialogues, and drawn users."""
    settings = run.settings
    path, language = Path(str(settings.sources.table)), settings.sources.table_language
    read = Counts("table")
    knowledge = read_knowledge_file(path, run.pack, language, read)
    source = knowledge.rows[0].provenance.source_id
    account = AccountMetadata(
        id=make_id("account_metadata", source),
        domain=run.pack.id,
        language=language,
        provenance=Provenance(source_id=source, url=path.name),
        account=make_id("account", source),
        name=path.stem,
    )
    persona = build_agent_persona(account, [], [], knowledge.rows, run.pack)
    seeds = run.load_seeds(language)
    blueprint = induce_blueprint(persona, run.pack, strategies=[], questions={}, responses={}, pairs=[], seeds=seeds)
    drawn = Counts("user personas")
    schema = build_schema(knowledge, language)
    world = build_environment(
        persona.id,
        schema,
        fill_schema(schema, knowledge, settings.dialogues.seed, Counts("cells")),
        build_tools(schema, run.pack),
    )
    users = sample_user_personas(world, knowledge, run.pack, count=DRAWN, seed=settings.dialogues.seed, counts=drawn)
    keep_records(run, [account], "signals", account=account.account)
    keep_records(run, list(knowledge.rows), "knowledge", account=account.account)
    run.store.put("personas", [persona], {"text": run.embedder.embed([persona.identity.text])})
    run.store.put("blueprints", [blueprint], {"text": run.embedder.embed([blueprint.title])})
    if users:
        run.store.put("personas", users, {"text": run.embedder.embed([user.objective.text for user in users])})
    return Participants(
        users=[user.id for user in users],
        agents=[AgentPair(persona.id, blueprint.id)],
        counts=[read, drawn],
        names={source: path.name},
    )


async def load_base(run: Run[ToolUseSettings]) -> Participants:
    """Take over a finished run: its personas, blueprints and knowledge with all they rest on, and its kept dialogues.

    Raises:
        ConfigurationError: If the run is not finished, is of another domain, or its records are not there.
    """
    settings = run.settings
    folder = Path(str(settings.sources.base))
    known = read_json(folder / "run.json")
    if not (folder / DELIVERY).is_file():
        raise ConfigurationError(f"--base: {folder} is not finished.", fix="finish it: streamdial run")
    if known["parts"]["domain"] != run.pack.id:
        raise ConfigurationError(
            f"--base: {folder} is of the domain {known['parts']['domain']}, not {run.pack.id}.", fix="give its domain"
        )
    told = read_json(folder / DELIVERY)
    current = set(told["records"])
    vectors = folder / "cache" / "vectors.sqlite"
    if vectors.is_file() and not run.workspace.vectors.is_file():
        # The same texts are embedded again; their vectors are there.
        run.workspace.vectors.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(vectors, run.workspace.vectors)
    engine = _open_base_store(folder, settings.scale.qdrant_url)
    try:
        store = RecordStore(engine, run.embedder.dimensions, prefix=f"r{known['instance'][:12]}_")
        users = {user.id: user for user in store.get("personas", UserPersona) if user.id in current}
        agents = {agent.id: agent for agent in store.get("personas", AgentPersona) if agent.id in current}
        plans = {plan.id: plan for plan in store.get("blueprints", Blueprint) if plan.id in current}
        histories, pairs = _copy_dialogues(run, folder, told)
        met = sorted(AgentPair(agent, plan) for agent, plan in pairs if agent in agents and plan in plans)
        if not users or not met:
            raise _miss_records(folder)
        _take_over(run, store)
        embed = run.embedder.embed
        run.store.put("personas", list(users.values()), {"text": embed([u.objective.text for u in users.values()])})
        run.store.put("personas", list(agents.values()), {"text": embed([a.identity.text for a in agents.values()])})
        run.store.put("blueprints", list(plans.values()), {"text": embed([plan.title for plan in plans.values()])})
    finally:
        engine.close()
    names = {source["id"]: source["name"] for source in told["settings"]["sources"]}
    counts = Counts("base run", asked=len(current), made=len(current), kept=len(users) + len(agents) + len(plans))
    if missing := counts.asked - counts.kept:
        counts.drop("not_in_store", missing)
    counts.note(
        f"{sum(1 for name in histories for _ in run.files.read_lines(name))} dialogues, {len(met)} agents "
        f"and {len(users)} users of the base run"
    )
    return Participants(users=list(users), agents=met, counts=[counts], histories=histories, names=names)


def _open_base_store(folder: Path, url: str | None) -> VectorStore:
    """Open the store of a base run for reading: its own folder, which alone has a mark, or a server."""
    if (folder / "store" / "mark").is_file():
        return EdgeStore(folder / "store")
    if address := url or os.environ.get("QDRANT_URL"):
        return open_store(folder / "store", url=address)
    raise _miss_records(folder)


def _miss_records(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"--base: the personas and blueprints of {folder} are not in its store.",
        fix="give --qdrant-url where they are on a server, or bring the folder store/ back",
    )


def _take_over(run: Run, store: RecordStore) -> None:
    """Keep what the base's personas and plans rest on in this run's store."""
    for collection, kind in _KINDS:
        by_account: dict[str, list[Any]] = {}
        for record in store.get(collection, kind):
            by_account.setdefault(getattr(record, "account", ""), []).append(record)
        for account, records in by_account.items():
            keep_records(run, records, collection, account=account)


def _copy_dialogues(run: Run, folder: Path, told: dict[str, Any]) -> tuple[list[str], set[tuple[str, str]]]:
    """Copy the base's kept dialogues into this run's folder; return their files, and who was talked to."""
    kept = set(read_json(folder / "filter.json")["kept"])
    files = Storage(folder, told.get("storage"))
    pairs, names = set(), []
    for shard in told["shards"]:
        read = list(read_dialogues(files, [shard]))
        pairs |= {(dialogue.agent_persona_id, dialogue.blueprint_id) for dialogue in read}
        name = f"histories/{Path(shard).name}"
        run.files.write_lines(name, (dialogue.model_dump_json() for dialogue in read if dialogue.id in kept))
        names.append(name)
    return names, pairs

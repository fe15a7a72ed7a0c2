"""Export as a task: the filtered set with everything its turns rest on, written in all forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment import WorldRecord
from streamdial.exports import DataSet, FilterStatistics, ToolUseSet, collect_evidence, read_quality, write_all
from streamdial.filtering import CommunitySummary, Drop, GridCell
from streamdial.prompts import hash_prompt
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    Blueprint,
    Dialogue,
    DialogueStrategy,
    KnowledgeRow,
    Language,
    QAPair,
    SeedDialogue,
    UserPersona,
    UserQuestion,
)
from streamdial.runs import RunSettings, Storage, ToolUseSettings, list_options, list_prompts, read_json, write_json
from streamdial.store import RecordStore
from streamdial.tasks._caching import RETRY_OPTIONS, is_worth_retrying
from streamdial.tasks._resources import Run, open_run
from streamdial.tasks._worlds import name_tool_shard, name_unverified, name_world
from streamdial.tooluse import ToolDialogue

DELIVERY = "delivery.json"
"""File of a run with what an export needs beside store and shards, so that it can be made again."""


@task(
    name="export data set",
    version="2",
    retry_condition_fn=is_worth_retrying,
    **RETRY_OPTIONS,
)
def export_dataset(
    settings: RunSettings,
    shards: list[str],
    counts: list[dict[str, Any]],
    recordings: dict[str, str],
    users: list[str],
    experts: list[list[str]],
) -> dict[str, Any]:
    """Write the data set and the report.

    Args:
        settings: The run.
        shards: Names of the shard files.
        counts: Reports of all phases, for card and report.
        recordings: Names of the recordings by id.
        users: Ids of the user personas; the store may hold older ones.
        experts: Ids of agent personas and their blueprints.
    """
    run = open_run(settings)
    told = {
        "shards": shards,
        "counts": counts,
        "records": sorted({*users, *(name for expert in experts for name in expert)}),
        "seeds": settings.seeds,
        "storage": settings.storage,
        "settings": _describe_settings(run, recordings),
        "worlds": [name_world(agent) for agent in dict.fromkeys(agent for agent, _ in experts)]
        if isinstance(settings, ToolUseSettings)
        else [],
    }
    write_json(run.workspace.root / DELIVERY, told)
    data = collect_data_set(run.workspace.root, run.store, run.pack, told, run.load_seeds)
    files = write_all(data, run.workspace.root)
    for path in files:
        run.files.bring(path)
    return {"files": [str(path) for path in files], "dialogues": len(data.dialogues)}


def collect_data_set(
    folder: Path,
    store: RecordStore,
    pack: DomainPack,
    told: Mapping[str, Any],
    load_seeds: Callable[[Language], Iterable[SeedDialogue]],
) -> DataSet:
    """Return the data set of a run: what the filter kept, with everything it points at.

    Args:
        folder: Folder of the run.
        store: Its records.
        pack: Its domain pack.
        told: What the run wrote down for its export (`DELIVERY`): shards, counts, records, settings.
        load_seeds: Gives the seed dialogues of a language, which turns may rest on.
    """
    decided = read_json(folder / "filter.json")
    kept, current = set(decided["kept"]), set(told["records"])
    files = Storage(folder, told.get("storage"))
    made = [Dialogue.model_validate(line) for shard in told["shards"] for line in files.read_lines(shard)]
    dialogues = tuple(dialogue for dialogue in made if dialogue.id in kept)
    languages = tuple(sorted({dialogue.language for dialogue in dialogues}))
    users = {persona.id: persona for persona in store.get("personas", UserPersona) if persona.id in current}
    agents = {persona.id: persona for persona in store.get("personas", AgentPersona) if persona.id in current}
    blueprints = {
        blueprint.id: blueprint for blueprint in store.get("blueprints", Blueprint) if blueprint.id in current
    }
    shown = {persona.account for persona in agents.values()}
    accounts = [account for account in store.get("signals", AccountMetadata) if account.account in shown]
    evidence = collect_evidence(
        [
            record
            for kind in (AccountMetadata, UserQuestion, AgentResponse, QAPair, DialogueStrategy)
            for record in store.get("signals", kind)
        ]
        + list(store.get("knowledge", KnowledgeRow)),
        [seed for language in languages for seed in load_seeds(language)],
        agents.values(),
        blueprints.values(),
    )
    return DataSet(
        pack=pack,
        languages=languages,
        dialogues=dialogues,
        users=users,
        agents=agents,
        blueprints=blueprints,
        evidence=evidence,
        counts=[Counts.from_dict(report) for report in told["counts"]],
        settings=told["settings"],
        dropped=[Drop(**drop) for drop in decided["dropped"]],
        accounts=accounts,
        left_out={dialogue.id: dialogue for dialogue in made if dialogue.id not in kept},
        filtered=_read_filter_figures(decided),
        communities=decided["communities"],
        quality=read_quality(folder),
        tool_use=_read_tool_use(files, told, kept) if told.get("worlds") else None,
    )


def _read_tool_use(files: Storage, told: Mapping[str, Any], kept: set[str]) -> ToolUseSet:
    def read(names: Iterable[str]) -> list[ToolDialogue]:
        return [ToolDialogue.model_validate(line) for name in names for line in files.read_lines(name)]

    worlds = [WorldRecord.model_validate_json(files.read(name)) for name in told["worlds"]]
    made = read(map(name_tool_shard, told["shards"]))
    return ToolUseSet(
        dialogues={dialogue.id: dialogue for dialogue in made if dialogue.id in kept},
        worlds={world.id: world for world in worlds},
        unverified=read(map(name_unverified, told["shards"])),
    )


def _read_filter_figures(decided: dict[str, Any]) -> FilterStatistics:
    return FilterStatistics(
        grid=[GridCell(*cell) for cell in decided["grid"]],
        sizes={int(size): count for size, count in decided["sizes"].items()},
        largest=[CommunitySummary(medoid, tuple(kept), tuple(dropped)) for medoid, kept, dropped in decided["largest"]],
    )


def _describe_settings(run: Run, recordings: dict[str, str]) -> dict[str, Any]:
    settings = run.settings
    return {
        "fingerprint": run.workspace.fingerprint,
        "command": _write_command(settings, run.pack.id),
        "sources": [{"id": name, "name": called} for name, called in sorted(recordings.items())],
        "models": {
            "language model": run.model.model_id,
            "embedder": run.embedder.model_id,
            "speech": f"{settings.transcriber}/{Path(settings.speech_model).name}",
        },
        "thresholds": {
            "user_threshold": settings.user_threshold,
            "agent_threshold": settings.agent_threshold,
            "keep_ratio": settings.keep_ratio,
        },
        "prompts": _list_prompts(settings),
        "realisation": run.realisation,
        "seed": settings.seed,
    }


def _list_prompts(settings: RunSettings) -> dict[str, str]:
    """Return the hash of each prompt that makes data; those that judge or track come after it."""
    names = [file.name.removesuffix(".j2") for file in list_prompts(settings)]
    pairs = [(name, name.rpartition(".")) for name in names]
    return {name: hash_prompt(stem, "zh" if language == "zh" else "en") for name, (stem, _, language) in pairs}


def _write_command(settings: RunSettings, domain: str) -> str:
    """Return the command that makes the set again: every option that influences data and is not the default."""
    source = " --source SOURCE" if settings.sources else ""
    words = [f"streamdial {settings.COMMAND}{source} --out DIR --domain {domain} --dialogues {settings.dialogues}"]
    for name, value in list_options(settings).items():
        # Where a file lies on this machine is nobody's business.
        shown = Path(value).name if isinstance(value, str) and value.startswith("/") else value
        words.append(f"--{name.replace('_', '-')} {shown}")
    return " ".join(words)

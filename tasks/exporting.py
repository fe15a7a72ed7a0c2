"""Export as a task: the filtered set with everything its turns rest on, written in all forms."""

from __future__ import annotations

from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.exports import DataSet, collect_evidence, write_all
from streamdial.filtering import Drop
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    Blueprint,
    DialogueStrategy,
    KnowledgeRow,
    QAPair,
    UserPersona,
    UserQuestion,
)
from streamdial.runs import RunSettings, read_json
from tasks._caching import TASK_OPTIONS, compute_cache_key, is_worth_retrying
from tasks._resources import Run, open_run
from tasks.filtering import read_dialogues


@task(
    name="export data set",
    version="1",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
def export_dataset(
    settings: RunSettings, shards: list[str], kept: str, counts: list[dict[str, Any]], recordings: dict[str, str]
) -> dict[str, Any]:
    """Write the data set and the report.

    Args:
        settings: The run.
        shards: Names of the shard files.
        kept: Hash of what the filter kept; part of what decides the answer.
        counts: Reports of all phases, for card and report.
        recordings: Names of the recordings by id.
    """
    run = open_run(settings)
    data = _collect(run, shards, counts, recordings)
    files = write_all(data, run.workspace.root)
    return {"files": [str(path) for path in files], "dialogues": len(data.dialogues)}


def _collect(run: Run, shards: list[str], counts: list[dict[str, Any]], recordings: dict[str, str]) -> DataSet:
    decided = read_json(run.workspace.filter)
    kept = set(decided["kept"])
    made = read_dialogues(run, shards)
    dialogues = tuple(dialogue for dialogue in made if dialogue.id in kept)
    users = {persona.id: persona for persona in run.store.get("personas", UserPersona)}
    agents = {persona.id: persona for persona in run.store.get("personas", AgentPersona)}
    blueprints = {blueprint.id: blueprint for blueprint in run.store.get("blueprints", Blueprint)}
    languages = tuple(sorted({dialogue.language for dialogue in dialogues}))
    seeds = [seed for language in languages for seed in run.load_seeds(language)]
    evidence = collect_evidence(
        [
            record
            for kind in (AccountMetadata, UserQuestion, AgentResponse, QAPair, DialogueStrategy)
            for record in run.store.get("signals", kind)
        ]
        + list(run.store.get("knowledge", KnowledgeRow)),
        seeds,
        agents.values(),
    )
    return DataSet(
        pack=run.pack,
        languages=languages,
        dialogues=dialogues,
        users=users,
        agents=agents,
        blueprints=blueprints,
        evidence=evidence,
        counts=[Counts.from_dict(report) for report in counts],
        settings=_describe_settings(run, recordings),
        dropped=[Drop(**drop) for drop in decided["dropped"]],
        left_out={dialogue.id: dialogue for dialogue in made if dialogue.id not in kept},
    )


def _describe_settings(run: Run, recordings: dict[str, str]) -> dict[str, Any]:
    settings = run.settings
    return {
        "fingerprint": run.workspace.fingerprint,
        "command": f"streamdial run --domain {run.pack.id} --source SOURCE --model {settings.model} "
        f"--dialogues {settings.dialogues} --seed {settings.seed} --out DIR",
        "sources": [{"id": name, "name": called} for name, called in sorted(recordings.items())],
        "models": {
            "language model": run.model.model_id,
            "embedder": run.embedder.model_id,
            "speech": f"{settings.transcriber}/{settings.speech_model}",
        },
        "thresholds": {
            "user_threshold": settings.user_threshold,
            "agent_threshold": settings.agent_threshold,
            "keep_ratio": settings.keep_ratio,
        },
        "realisation": run.realisation,
        "seed": settings.seed,
    }

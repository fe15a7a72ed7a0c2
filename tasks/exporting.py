"""Export as a task: the filtered set with everything its turns rest on, written in all forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.exports import DataSet, FilterFigures, collect_evidence, write_all
from streamdial.filtering import CommunitySummary, Drop, GridCell
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
from streamdial.runs import LEFT_OUT, RunSettings, read_json
from tasks._caching import RETRY_OPTIONS, is_worth_retrying
from tasks._resources import Run, open_run
from tasks.filtering import read_dialogues


@task(
    name="export data set",
    version="1",
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
    data = _collect(run, shards, counts, recordings, {*users, *(name for expert in experts for name in expert)})
    files = write_all(data, run.workspace.root)
    return {"files": [str(path) for path in files], "dialogues": len(data.dialogues)}


def _collect(
    run: Run, shards: list[str], counts: list[dict[str, Any]], recordings: dict[str, str], current: set[str]
) -> DataSet:
    decided = read_json(run.workspace.filter)
    kept = set(decided["kept"])
    made = read_dialogues(run, shards)
    dialogues = tuple(dialogue for dialogue in made if dialogue.id in kept)
    users = {persona.id: persona for persona in run.store.get("personas", UserPersona) if persona.id in current}
    agents = {persona.id: persona for persona in run.store.get("personas", AgentPersona) if persona.id in current}
    blueprints = {
        blueprint.id: blueprint for blueprint in run.store.get("blueprints", Blueprint) if blueprint.id in current
    }
    shown = {persona.account for persona in agents.values()}
    accounts = [account for account in run.store.get("signals", AccountMetadata) if account.account in shown]
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
        blueprints.values(),
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
        accounts=accounts,
        left_out={dialogue.id: dialogue for dialogue in made if dialogue.id not in kept},
        filtered=_read_filter_figures(decided),
    )


def _read_filter_figures(decided: dict[str, Any]) -> FilterFigures:
    return FilterFigures(
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
        "realisation": run.realisation,
        "seed": settings.seed,
    }


def _write_command(settings: RunSettings, domain: str) -> str:
    """Return the command that makes the set again: every option that influences data and is not the default."""
    words = ["streamdial run --source SOURCE --out DIR", f"--domain {domain}", f"--dialogues {settings.dialogues}"]
    for name, field in RunSettings.model_fields.items():
        value = getattr(settings, name)
        if name in LEFT_OUT or name in ("domain", "outcome_shares") or value == field.default:
            continue
        # Where a file lies on this machine is nobody's business.
        shown = (
            Path(str(value)).name
            if name in ("model", "seeds", "profiles", "plans", "speech_model", "lexicon") and "/" in str(value)[:1]
            else value
        )
        words.append(f"--{name.replace('_', '-')} {shown}")
    return " ".join(words)

"""The step of the export: the filtered set with everything its turns rest on, written in all formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamdial.corpora import THREADS
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment import EnvironmentRecord
from streamdial.exports import DataSet, FilterStatistics, ToolUseSet, collect_evidence, read_quality, write_all
from streamdial.files import read_json, write_json
from streamdial.filtering import CommunitySummary, DialogueMap, Drop, GridCell, TriedThresholds
from streamdial.ids import dump_canonical_json
from streamdial.pipeline.fingerprint import list_changed, list_prompts
from streamdial.pipeline.results import Exported, Participants, dump_counts
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import BaseSettings
from streamdial.pipeline.storage import Storage, read_dialogues
from streamdial.pipeline.tool_settings import ToolUseSettings
from streamdial.pipeline.workspace import (
    name_derived_users,
    name_environment,
    name_picture,
    name_tool_shard,
    name_unverified,
)
from streamdial.prompts import hash_prompt
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    Blueprint,
    DialogueStrategy,
    KnowledgeRow,
    Language,
    QAPair,
    SeedDialogue,
    UserPersona,
    UserQuestion,
)
from streamdial.store import RecordStore
from streamdial.text import hide_user_info
from streamdial.tooluse import ToolDialogue

DELIVERY = "delivery.json"
"""File of a run with what an export needs beside store and shards, so that it can be made again."""

MEDIA = "media"
"""Folder of a run for recordings that its report plays."""
PLAYED = (".mp4", ".m4v", ".webm", ".mov", ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".wav", ".flac")
"""Suffixes of what browsers play."""


async def export_shards(run: Run, shards: list[str], counts: list[Counts], participants: Participants) -> Exported:
    """Write the data set and the report.

    Args:
        run: The run.
        shards: Names of the shard files.
        counts: Reports of all phases, for card and report.
        participants: Who took part, and the names of the recordings; the store may hold older personas.
    """
    settings = run.settings
    told = {
        "shards": shards,
        "counts": dump_counts(counts),
        "records": sorted({*participants.users, *(name for pair in participants.agents for name in pair)}),
        "seeds": settings.sources.seeds,
        "storage": settings.scale.storage,
        "settings": _describe_settings(run, participants.names),
        "worlds": [name_environment(agent) for agent in dict.fromkeys(pair.agent for pair in participants.agents)]
        if isinstance(settings, ToolUseSettings)
        else [],
    }
    write_json(run.workspace.root / DELIVERY, told)
    data = read_data_set(run)
    files = write_all(data, run.workspace.root)
    for path in files:
        run.files.bring(path)
    return Exported([str(path) for path in files], len(data.dialogues))


def read_data_set(run: Run) -> DataSet:
    """Return the data set of a run that has been exported."""
    told = read_json(run.workspace.root / DELIVERY)
    return collect_data_set(run.workspace.root, run.store, run.pack, told, run.load_seeds)


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
        told: Body of the file `DELIVERY` the run wrote for its export: shards, counts, records, settings.
        load_seeds: Gives the seed dialogues of a language, which turns may rest on.
    """
    decided = read_json(folder / "filter.json")
    kept, current = set(decided["kept"]), set(told["records"])
    files = Storage(folder, told.get("storage"))
    made = list(read_dialogues(files, told["shards"]))
    dialogues = tuple(dialogue for dialogue in made if dialogue.id in kept)
    languages = tuple(sorted({dialogue.language for dialogue in dialogues}))
    users = {persona.id: persona for persona in store.get("personas", UserPersona) if persona.id in current}
    changed = files.read_found(name_derived_users(name) for name in told["shards"])
    derived = (UserPersona.model_validate_json(line) for body in changed.values() for line in body.splitlines())
    taken = {dialogue.user_persona_id for dialogue in dialogues}
    users |= {persona.id: persona for persona in derived if persona.id in taken}
    agents = {persona.id: persona for persona in store.get("personas", AgentPersona) if persona.id in current}
    blueprints = {
        blueprint.id: blueprint for blueprint in store.get("blueprints", Blueprint) if blueprint.id in current
    }
    shown = {persona.account for persona in agents.values()}
    accounts = [account for account in store.get("signals", AccountMetadata) if account.account in shown]
    mined = store.get("exemplars", SeedDialogue)
    evidence = collect_evidence(
        [
            record
            for kind in (AccountMetadata, UserQuestion, AgentResponse, QAPair, DialogueStrategy)
            for record in store.get("signals", kind)
        ]
        + list(store.get("knowledge", KnowledgeRow)),
        [seed for language in languages for seed in load_seeds(language)] + mined,
        agents.values(),
        blueprints.values(),
    )
    rows = (row for agent in agents.values() for row in (*agent.knowledge, *agent.other_versions))
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
        filtered=read_filter_statistics(decided),
        communities=decided["communities"],
        quality=read_quality(folder),
        threads=[seed for seed in mined if seed.origin == THREADS],
        pictures=_read_pictures(files, rows),
        media=find_media(folder, told["settings"].get("sources", ())),
        tool_use=_read_tool_use(files, told, kept) if told.get("worlds") else None,
    )


def find_media(folder: Path, sources: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the audio or video of recordings that was put into `media/` of a run, by their ids, seen from `report/`.

    A file is that of the recording whose name or id it bears; nothing outside the folder of the run is looked at.

    Args:
        folder: Folder of the run.
        sources: Recordings with `id` and `name`.
    """
    held = {
        path.stem: path.name
        for path in sorted((folder / MEDIA).glob("*"))
        if path.suffix.lower() in PLAYED and path.is_file() and not path.is_symlink()
    }
    return {
        source["id"]: f"../{MEDIA}/{quote(held[stem])}"
        for source in sources
        for stem in (source["name"], Path(source["name"]).stem, source["id"])
        if stem in held
    }


def _read_pictures(files: Storage, rows: Iterable[KnowledgeRow]) -> dict[str, bytes]:
    """Return the pictures of the cards that rows of knowledge stand on, by the rows' ids; each card is read once."""
    names = {
        row.id: name_picture(row.provenance.derived_from[0])
        for row in rows
        if row.provenance.box is not None and row.provenance.derived_from
    }
    read = files.read_found(dict.fromkeys(names.values()))
    return {row: read[name] for row, name in names.items() if name in read}


def _read_tool_use(files: Storage, told: Mapping[str, Any], kept: set[str]) -> ToolUseSet:
    def read(names: Iterable[str]) -> list[ToolDialogue]:
        return [ToolDialogue.model_validate(line) for name in names for line in files.read_lines(name)]

    worlds = [EnvironmentRecord.model_validate_json(files.read(name)) for name in told["worlds"]]
    made = read(map(name_tool_shard, told["shards"]))
    return ToolUseSet(
        dialogues={dialogue.id: dialogue for dialogue in made if dialogue.id in kept},
        worlds={world.id: world for world in worlds},
        unverified=read(map(name_unverified, told["shards"])),
    )


def read_filter_statistics(decided: Mapping[str, Any]) -> FilterStatistics:
    """Return the statistics that stand in the body of a `filter.json`."""
    return FilterStatistics(
        grid=[GridCell(*cell) for cell in decided["grid"]],
        sizes={int(size): count for size, count in decided["sizes"].items()},
        largest=[CommunitySummary(medoid, tuple(kept), tuple(dropped)) for medoid, kept, dropped in decided["largest"]],
        # A run of an older version has not tried any.
        tried=[TriedThresholds(user, agent, kept, tuple(ids)) for user, agent, kept, ids in decided.get("tried", ())],
        places=_read_map(decided.get("map")),
    )


def _read_map(told: Sequence[Any] | None) -> DialogueMap | None:
    return DialogueMap(told[0], {name: (x, y) for name, (x, y) in told[1].items()}) if told else None


def _describe_settings(run: Run, recordings: dict[str, str]) -> dict[str, Any]:
    settings = run.settings
    return {
        "fingerprint": run.workspace.fingerprint,
        "command": _write_command(settings, run.pack.id),
        "sources": [{"id": name, "name": called} for name, called in sorted(recordings.items())],
        "models": {
            "language model": run.model_id,
            "embedder": run.embedder.model_id,
            "speech": f"{settings.sources.transcriber}/{Path(settings.sources.speech_model).name}",
        },
        "thresholds": {
            "user_threshold": settings.filter.user_threshold,
            "agent_threshold": settings.filter.agent_threshold,
            "keep_ratio": settings.filter.keep_ratio,
        },
        "prompts": _list_prompts(settings),
        "realisation": run.mode,
        "seed": settings.dialogues.seed,
    }


def _list_prompts(settings: BaseSettings) -> dict[str, str]:
    """Return the hash of each prompt that makes data; those that judge or track come after it."""
    names = [file.name.removesuffix(".j2") for file in list_prompts(settings)]
    pairs = [(name, name.rpartition(".")) for name in names]
    return {name: hash_prompt(stem, "zh" if language == "zh" else "en") for name, (stem, _, language) in pairs}


def _write_command(settings: BaseSettings, domain: str) -> str:
    """Return the command that makes the set again: every option that influences data and is not the default.

    Users and passwords in URLs are hidden: the command stands in the data card.
    """
    source = " --source SOURCE" if settings.sources.given else ""
    if getattr(settings.sources, "candidates", None):
        source += " --candidates TABLE"
    words = [
        f"streamdial {settings.COMMAND}{source} --out DIR --domain {domain} --dialogues {settings.dialogues.count}"
    ]
    for option, value in list_changed(settings):
        # Where a file lies on this machine is nobody's business.
        if option.name == "strategy":
            words += [f"{option.flag} {choice}" for choice in value]
            continue
        shown = Path(value).name if isinstance(value, str) and value.startswith("/") else value
        text = f"'{dump_canonical_json(shown)}'" if isinstance(shown, dict | list | tuple) else str(shown)
        words.append(f"{option.flag} {text}")
    return hide_user_info(" ".join(words))

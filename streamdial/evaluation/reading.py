"""Reads every kind of set that can be measured: a run, an exported data set, StreamDial's files, a public corpus."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from pydantic import ValidationError

from streamdial.corpora import open_corpus
from streamdial.counts import Counts
from streamdial.domains import DomainPack, open_pack
from streamdial.domains.keeping import KEPT
from streamdial.errors import ConfigurationError
from streamdial.evaluation.dialogues import (
    DialogueSet,
    EvaluatedDialogue,
    Fact,
    Plan,
    describe_plan,
    list_facts,
    view_dialogue,
    view_seed,
)
from streamdial.files import read_lines
from streamdial.records import AgentPersona, Blueprint, Dialogue, Language, Record, Turn, UserPersona
from streamdial.text import measure_cjk_share

if TYPE_CHECKING:
    import polars as pl

Known = TypeVar("Known", bound=Record)

_SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_FORMS = (
    "the folder of a finished run, an exported data set, StreamDial's dialogue_*.json, or dialogues of MultiWOZ, SGD,"
    " CrossWOZ or RiSAWOZ"
)

_TOKENISED = re.compile(r"\s+([.,?!;:)](?=\s|$)|n't\b|'(?:s|m|re|ve|ll|d)\b)", re.IGNORECASE)


def read_dialogue_set(path: Path, *, name: str | None = None) -> DialogueSet:
    """Read a set of dialogues; what it is, is recognised from its content.

    Of a run and of an exported data set, personas, blueprints and evidence are read as well; a record of another
    version is noted and left out. Of a folder of a public corpus, the files named `*dialog*` are taken, or else all
    files of JSON. What cannot be read is counted: `asked`, `kept` and the drops `broken_line`, `unreadable`,
    `no_turns`.

    Args:
        path: A folder or a file.
        name: What to call the set; by default the name of the folder or file.

    Raises:
        ConfigurationError: If there is nothing that can be read.
    """
    if not path.exists():
        raise ConfigurationError(f"there is nothing at {path}.", fix=f"name {_FORMS}")
    called = name or _name_set(path)
    counts = Counts("read")
    if (folder := find_export(path)) is not None:
        return _read_export(folder, called, counts)
    if (path / "run.json").is_file():
        raise ConfigurationError(
            f"the run in {path} has no data set yet.", fix="finish it: the same `streamdial run` takes up where it was"
        )
    files = list_dialogue_files(path)
    if not files:
        raise ConfigurationError(f"no file of dialogues lies in {path}.", fix=f"name {_FORMS}")
    talks: list[EvaluatedDialogue] = []
    for file in files:
        talks += _read_streamdial(file, counts) if _is_streamdial(file) else _read_corpus(file, counts)
    return DialogueSet(name=called, talks=tuple(_keep_spoken(talks, counts)), counts=counts)


def find_export(path: Path) -> Path | None:
    """Return the folder of an exported data set: one, or the one of a run; None where there is none."""
    return next((place for place in (path, path / "dataset") if (place / "sessions").is_dir()), None)


def list_sessions(folder: Path) -> list[Path]:
    """Return the files of an exported data set that hold its sessions, one a part."""
    return sorted((folder / "sessions").glob("*.jsonl"))


def _name_set(path: Path) -> str:
    resolved = path.resolve()
    if resolved.is_file():
        return resolved.parent.name if resolved.name.startswith("dialog") else resolved.name.split(".")[0]
    return resolved.parent.name if resolved.name == "dataset" else resolved.name


def list_dialogue_files(path: Path) -> list[Path]:
    """Return a file itself; of a folder the files of dialogues: those named so, or else all files of JSON."""
    if path.is_file():
        return [path]
    found = sorted(file for file in path.iterdir() if file.is_file() and file.name.endswith(_SUFFIXES))
    return [file for file in found if "dialog" in file.name.lower() and "plan" not in file.name.lower()] or found


def _keep_spoken(talks: list[EvaluatedDialogue], counts: Counts) -> Iterator[EvaluatedDialogue]:
    for talk in talks:
        if talk.turns:
            counts.kept += 1
            yield talk
        else:
            counts.drop("no_turns")


def _read_corpus(file: Path, counts: Counts) -> list[EvaluatedDialogue]:
    found = Counts("corpus")
    talks = [_join_marks(view_seed(seed)) for seed in open_corpus(file, found)]
    counts.asked += found.asked
    counts.made += found.made
    counts.dropped.update(found.dropped)
    counts.notes += found.notes
    return talks


def _join_marks(talk: EvaluatedDialogue) -> EvaluatedDialogue:
    """Return a dialogue without the spaces some sets have before marks, as in "I 'm here .".

    They are no part of its words, and tell people and judges which set it is of.
    """
    if talk.language != "en":
        return talk
    turns = (turn.model_copy(update={"utterance": _TOKENISED.sub(r"\1", turn.utterance)}) for turn in talk.turns)
    return replace(talk, turns=tuple(turns))


def _is_streamdial(file: Path) -> bool:
    if file.suffix == ".gz":
        return False
    with file.open("rb") as opened:
        start = opened.read(4096)
    return b'"dialogue_id"' in start and b'"dialogue"' in start


def _read_streamdial(file: Path, counts: Counts) -> list[EvaluatedDialogue]:
    """Return the dialogues of one of StreamDial's files; they name neither language nor acts."""
    try:
        entries = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"is no JSON ({error}).", fix="name a whole file", where=str(file)) from error
    talks = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        counts.asked += 1
        try:
            talks.append(_read_entry(entry))
        except (KeyError, TypeError, AttributeError, ValidationError) as error:
            counts.drop("unreadable")
            counts.note(f"{file.name}, dialogue {number}: {type(error).__name__} {str(error).splitlines()[0][:80]}")
            continue
        counts.made += 1
    return talks


def _read_entry(entry: Mapping[str, Any]) -> EvaluatedDialogue:
    turns = tuple(
        Turn(turn_id=number, role="user" if turn["role"] == "user" else "agent", utterance=turn["utterance"], act="")
        for number, turn in enumerate(entry["dialogue"])
    )
    language: Language = "zh" if measure_cjk_share(" ".join(turn.utterance for turn in turns)) >= 0.3 else "en"
    return EvaluatedDialogue(
        id=str(entry["dialogue_id"]),
        language=language,
        turns=turns,
        domain=str(entry.get("domain", "")),
        user=str(entry.get("user_profile_id") or ""),
        agent=str(entry.get("assistant_profile_id") or ""),
        blueprint=str(entry.get("dialogue_plan_id") or ""),
    )


def _read_export(folder: Path, name: str, counts: Counts) -> DialogueSet:
    talks = []
    for file in list_sessions(folder):
        for number, line in enumerate(file.read_bytes().splitlines(), start=1):
            counts.asked += 1
            try:
                talks.append(view_dialogue(Dialogue.model_validate(orjson.loads(line)["dialogue"])))
            except orjson.JSONDecodeError:
                counts.drop("broken_line")
                counts.note(f"{file.name}, line {number}: no JSON")
            except (KeyError, TypeError, ValidationError) as error:
                counts.drop("unreadable")
                counts.note(f"{file.name}, line {number}: {type(error).__name__} {str(error).splitlines()[0][:80]}")
            else:
                counts.made += 1
    old: list[str] = []
    users = _read_records(folder, "users", UserPersona, old)
    agents = _read_records(folder, "agents", AgentPersona, old)
    blueprints = _read_records(folder, "blueprints", Blueprint, old)
    if old:
        counts.note(f"{len(old)} personas and blueprints were written by another version and cannot be read")
    knowledge = {key: list_facts(agent) for key, agent in agents.items()}
    people = {key: user.language for key, user in users.items()} | _read_human_eval(folder / "personas.parquet")
    plans = {key: describe_plan(blueprint) for key, blueprint in blueprints.items()}
    return DialogueSet(
        name=name,
        talks=tuple(_keep_spoken(talks, counts)),
        users=users,
        agents=agents,
        blueprints=blueprints,
        evidence=_read_evidence(folder / "evidence.parquet", "text"),
        kinds=_read_evidence(folder / "evidence.parquet", "kind"),
        knowledge=_read_knowledge(folder / "knowledge.parquet") or knowledge,
        people=people,
        plans=plans | _read_plans(folder / "blueprints.parquet"),
        counts=counts,
        pack=find_kept_pack(folder),
    )


def find_kept_pack(path: Path) -> DomainPack | None:
    """Return the pack that the run kept which a folder or file belongs to; None where it belongs to none."""
    folder = next((folder for folder in (path, *path.resolve().parents[:2]) if (folder / KEPT).is_file()), None)
    return open_pack(folder, "") if folder else None


def _read_records(folder: Path, name: str, kind: type[Known], old: list[str]) -> dict[str, Known]:
    """Read the records of one file by their ids; one of another version costs no dialogue and is named in `old`."""
    known: dict[str, Known] = {}
    for body in read_lines(folder / "records" / f"{name}.jsonl"):
        try:
            record = kind.model_validate(body)
            known[record.id] = record
        except ValidationError:
            old.append(str(body.get("id", "")))
    return known


def _read_human_eval(path: Path) -> dict[str, str]:
    table = _read_table(path, "id", "language", "role")
    if table is None:
        return {}
    return {key: language for key, language, role in table.iter_rows() if role == "user"}


def _read_plans(path: Path) -> dict[str, Plan]:
    table = _read_table(path, "id", "language", "scenarios", "paths")
    if table is None:
        return {}
    return {
        row["id"]: Plan(
            row["language"],
            frozenset(scenario["strategy"] for scenario in row["scenarios"] or () if scenario["strategy"]),
            frozenset(path["name"] for path in row["paths"] or ()),
        )
        for row in table.iter_rows(named=True)
    }


def _read_knowledge(path: Path) -> dict[str, list[Fact]]:
    table = _read_table(path, "agent_persona_id", "entity", "slot", "value", "text")
    if table is None:
        return {}
    facts: dict[str, list[Fact]] = {}
    for agent, *fact in table.iter_rows():
        facts.setdefault(agent, []).append(Fact(*fact))
    return facts


def _read_evidence(path: Path, column: str) -> dict[str, str]:
    table = _read_table(path, "id", column)
    return {} if table is None else dict(table.iter_rows())


def _read_table(path: Path, *columns: str) -> pl.DataFrame | None:
    """Return the columns, in this order, of a table of the set; None where the set does not have it."""
    if not path.is_file():
        return None
    # Half of the time that importing the room would take.
    import polars as pl

    return pl.read_parquet(path, columns=list(columns))

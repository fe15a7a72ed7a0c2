"""Parquet tables with a stable, typed schema."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.chunks import ROWS, cut_into_chunks
from streamdial.exports.formats.turn_table import TURN, list_turns
from streamdial.exports.moments import link_moment
from streamdial.exports.splits import Splits
from streamdial.files import replace_file
from streamdial.records import Dialogue, Observed, Provenance

_Columns = dict[str, "pl.DataType | type[pl.DataType]"]
_TEXTS = pl.List(pl.String)
_OBSERVED = pl.List(pl.Struct({"text": pl.String, "evidence": _TEXTS}))
_HABITS = pl.List(pl.Struct({"kind": pl.String, "words": _TEXTS, "evidence": _TEXTS}))
_RECORD: _Columns = {"id": pl.String, "domain": pl.String, "language": pl.String}
_PROVENANCE: _Columns = {
    "source_id": pl.String,
    "start": pl.Float64,
    "end": pl.Float64,
    "url": pl.String,
    "derived_from": _TEXTS,
    "prompt_hash": pl.String,
    "model_id": pl.String,
}
_WRITTEN_APART = {"turns", "checks", "evidence", "lineage", "session", "models"}
"""Columns of a dialogue that are not the record's own fields as they are."""
_MATCH = ("expertise", "answerable", "covered", "alpha", "beta", "gamma", "total")

SCHEMAS: dict[str, pl.Schema] = {
    "dialogues": pl.Schema(
        {
            **_RECORD,
            "user_persona_id": pl.String,
            "agent_persona_id": pl.String,
            "blueprint_id": pl.String,
            "path": pl.String,
            "strategy": pl.String,
            "goals": pl.List(
                pl.Struct(
                    {"first_turn": pl.Int32, "user_persona_id": pl.String, "path": pl.String, "outcome": pl.String}
                )
            ),
            "revisions": pl.List(
                pl.Struct({"turn_id": pl.Int32, "before": pl.String, "reason": pl.String, "reviewer": pl.String})
            ),
            "refused": pl.List(pl.Struct({"turn_id": pl.Int32, "text": pl.String, "check": pl.String})),
            "variants": pl.List(
                pl.Struct(
                    {
                        "kind": pl.String,
                        "turn": pl.Int32,
                        **dict.fromkeys(("entity", "slot", "value", "utterance"), pl.String),
                    }
                )
            ),
            "outcome": pl.String,
            "stop_reason": pl.String,
            "planned_behaviours": _TEXTS,
            "behaviours": _TEXTS,
            "seed": pl.Int64,
            **{f"match_{term}": pl.Float64 for term in _MATCH},
            "turns": pl.List(pl.Struct(TURN)),
            "evidence": _TEXTS,
            "checks": pl.List(pl.Struct({"check": pl.String, "failed": pl.Int64})),
            "lineage": pl.List(
                pl.Struct(
                    {
                        "kind": pl.String,
                        "name": pl.String,
                        "version": pl.String,
                        "turns": pl.List(pl.Int32),
                        "parents": _TEXTS,
                    }
                )
            ),
            "models": pl.Struct({"user": pl.String, "agent": pl.String}),
            "session": pl.Struct({"episode": pl.String, "number": pl.Int32, "gap": pl.String}),
            "model_id": pl.String,
        }
    ),
    "personas": pl.Schema(
        {
            **_RECORD,
            "role": pl.String,
            "objective": pl.String,
            "basic_information": _OBSERVED,
            "core_requirements": _OBSERVED,
            "primary_inquiries": pl.List(
                pl.Struct(
                    {
                        "text": pl.String,
                        "asks": _TEXTS,
                        "act": pl.String,
                        "entities": _TEXTS,
                        "evidence": _TEXTS,
                        "origin": pl.String,
                    }
                )
            ),
            "constraints": pl.List(
                pl.Struct(
                    {
                        "slot": pl.String,
                        "value": pl.String,
                        "hardness": pl.String,
                        "evidence": _TEXTS,
                        "changed_from": _OBSERVED,
                    }
                )
            ),
            "knows": _OBSERVED,
            "does_not_know": _OBSERVED,
            "potential_utterances": pl.List(pl.Struct({"text": pl.String, "origin": pl.String, "evidence": _TEXTS})),
            "viewers": pl.Int64,
            "conflicts": pl.List(
                pl.Struct({"kind": pl.String, "text": pl.String, "slots": _TEXTS, "evidence": _TEXTS})
            ),
            "habits": _HABITS,
            "dialect": _HABITS,
            "impatience": pl.String,
            "mean_length": pl.Float64,
            "register": pl.String,
            "account": pl.String,
            "identity": pl.String,
            "certification": pl.String,
            "style": pl.String,
            "sample_lines": _TEXTS,
            "service_boundaries": _OBSERVED,
            "commitments": _OBSERVED,
            "standing": pl.String,
            "strategies": pl.List(
                pl.Struct({"strategy": pl.String, "seen": pl.Int64, "share": pl.Float64, "evidence": _TEXTS})
            ),
            "evidence": _TEXTS,
            **_PROVENANCE,
        }
    ),
    "knowledge": pl.Schema(
        {
            **_RECORD,
            "agent_persona_id": pl.String,
            "entity": pl.String,
            "slot": pl.String,
            "value": pl.String,
            "number": pl.Float64,
            "unit": pl.String,
            "text": pl.String,
            "observed_at": pl.String,
            "confidence": pl.Float64,
            "holds": pl.Boolean,
            **_PROVENANCE,
        }
    ),
    "blueprints": pl.Schema(
        {
            **_RECORD,
            "account": pl.String,
            "title": pl.String,
            "origin": pl.String,
            "stages": pl.List(
                pl.Struct(
                    {
                        "name": pl.String,
                        "title": pl.String,
                        "goal": pl.String,
                        "key_result": pl.String,
                        "kind": pl.String,
                        "evidence": _TEXTS,
                    }
                )
            ),
            "nodes": pl.List(
                pl.Struct(
                    {
                        "signal": pl.String,
                        "meaning": pl.String,
                        "stage": pl.String,
                        "title": pl.String,
                        "value": pl.String,
                        "evidence": _TEXTS,
                    }
                )
            ),
            "scenarios": pl.List(
                pl.Struct(
                    {
                        "situation": pl.String,
                        "act": pl.String,
                        "strategy": pl.String,
                        "title": pl.String,
                        "action": pl.String,
                        "manner": pl.String,
                        "selling_point": pl.String,
                        "wording": pl.String,
                        "evidence": _TEXTS,
                    }
                )
            ),
            "transitions": pl.List(
                pl.Struct(
                    {
                        "source": pl.String,
                        "target": pl.String,
                        "trigger": pl.String,
                        "outcome": pl.String,
                        "count": pl.Int64,
                        "evidence": _TEXTS,
                    }
                )
            ),
            "paths": pl.List(
                pl.Struct(
                    {"name": pl.String, "outcome": pl.String, "stages": _TEXTS, "steps": _TEXTS, "evidence": _TEXTS}
                )
            ),
            **_PROVENANCE,
        }
    ),
    "evidence": pl.Schema(
        {
            "id": pl.String,
            "kind": pl.String,
            "text": pl.String,
            "source": pl.String,
            "start": pl.Float64,
            "end": pl.Float64,
            "url": pl.String,
            "moment": pl.String,
        }
    ),
}
"""Columns of each table; they do not depend on the data."""


def write_parquet(data: DataSet, folder: Path) -> list[Path]:
    """Write dialogues, personas, knowledge, blueprints and evidence as Parquet, rows in the order of their ids.

    Slot maps are lists of {slot, value}, so a new slot changes no schema. User and agent personas share one table; the
    columns of the other role are null. A row of knowledge that two agents know comes once for each; `holds` is false
    for versions that no longer do. Empty data gives files with the same columns.
    """
    rows: dict[str, Iterable[dict[str, Any]]] = {
        "dialogues": map(_list_dialogue, data.list_dialogues()),
        "personas": _list_personas(data),
        "knowledge": _list_knowledge(data),
        "blueprints": [
            {**body, **_list_provenance(data.blueprints[key].provenance)}
            for key in sorted(data.blueprints)
            if (body := data.blueprints[key].model_dump(mode="json", exclude={"provenance", "layout"}))
        ],
        "evidence": [
            {**vars(item), "moment": link_moment(item.url, item.start) if item.url else None}
            for _, item in sorted(data.evidence.items())
        ],
    }
    return [_write_table(folder / f"{name}.parquet", rows[name], schema) for name, schema in SCHEMAS.items()]


def _write_table(path: Path, rows: Iterable[dict[str, Any]], schema: pl.Schema) -> Path:
    """Write a table chunk by chunk: as Python's values, its rows take some ten times the memory of its columns."""
    with (
        replace_file(path, published=True) as temporary,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".table-") as folder,
    ):
        parts = []
        for number, chunk in enumerate(cut_into_chunks(rows, ROWS)):
            parts.append(Path(folder) / f"{number:06d}.parquet")
            pl.DataFrame(chunk, schema=schema, orient="row").write_parquet(parts[-1])
        pl.scan_parquet(parts, schema=schema).sink_parquet(temporary, row_group_size=ROWS)
    return path


def write_split_tables(data: DataSet, splits: Splits, folder: Path) -> list[Path]:
    """Write the dialogues of each part as `train.parquet`, `validation.parquet` and `test.parquet`.

    The columns are those of the table of all dialogues; a part without dialogues has no file, and one of an earlier
    export is removed.
    """
    written = []
    for name, ids in splits.parts.items():
        path = folder / f"{name}.parquet"
        if not ids:
            path.unlink(missing_ok=True)
            continue
        chosen = {*ids}
        rows = (_list_dialogue(dialogue) for dialogue in data.list_dialogues() if dialogue.id in chosen)
        written.append(_write_table(path, rows, SCHEMAS["dialogues"]))
    return written


def _list_dialogue(dialogue: Dialogue) -> dict[str, Any]:
    return {
        **dialogue.model_dump(mode="json", include={*SCHEMAS["dialogues"]} - _WRITTEN_APART),
        **{f"match_{term}": getattr(dialogue.match, term) for term in _MATCH},
        "turns": list_turns(dialogue),
        "evidence": list(dict.fromkeys(source for turn in dialogue.turns for source in turn.evidence)),
        "checks": [{"check": name, "failed": count} for name, count in sorted(dialogue.checks.items())],
        "lineage": [
            {**one.model_dump(mode="json", include={"kind", "name", "version", "turns"}), "parents": list(one.parents)}
            for one in dialogue.lineage
        ],
        "models": dialogue.models or None,
        "session": {"gap": "", **dialogue.session.model_dump()} if dialogue.session is not None else None,
        "model_id": dialogue.provenance.model_id,
    }


def _list_provenance(provenance: Provenance) -> dict[str, Any]:
    return provenance.model_dump(mode="json", include={*_PROVENANCE})


def _list_personas(data: DataSet) -> list[dict[str, Any]]:
    blank = dict.fromkeys(SCHEMAS["personas"])
    rows: list[dict[str, Any]] = []
    for key in sorted(data.users):
        user = data.users[key]
        rows.append(
            {
                **blank,
                **user.model_dump(mode="json", exclude={"provenance", "style", "objective", "demand"}),
                "role": "user",
                "objective": user.objective.text,
                "mean_length": user.style.mean_length,
                "register": user.style.register_name,
                "sample_lines": list(user.style.sample_lines),
                "habits": [habit.model_dump(mode="json") for habit in user.style.habits],
                "dialect": [habit.model_dump(mode="json") for habit in user.style.dialect],
                "impatience": user.style.impatience.text if user.style.impatience else None,
                "viewers": user.demand.viewers if user.demand else None,
                "evidence": list(user.objective.evidence),
                **_list_provenance(user.provenance),
            }
        )
    for key in sorted(data.agents):
        agent = data.agents[key]
        rows.append(
            {
                **blank,
                **agent.model_dump(mode="json", include={"id", "domain", "language", "account"}),
                "role": "agent",
                "identity": agent.identity.text,
                "certification": agent.certification.text if agent.certification else None,
                "standing": agent.standing.text if agent.standing else None,
                "style": agent.style.description,
                "sample_lines": list(agent.style.sample_lines),
                "habits": [habit.model_dump(mode="json") for habit in agent.style.habits],
                "service_boundaries": _list_observed(agent.service_boundaries),
                "commitments": _list_observed(agent.commitments),
                "strategies": [
                    {"strategy": use.strategy, "seen": use.count, "share": use.share, "evidence": list(use.evidence)}
                    for use in agent.strategies
                ],
                "evidence": list(agent.identity.evidence),
                **_list_provenance(agent.provenance),
            }
        )
    return rows


def _list_observed(observed: tuple[Observed, ...]) -> list[dict[str, Any]]:
    return [statement.model_dump(mode="json") for statement in observed]


def _list_knowledge(data: DataSet) -> list[dict[str, Any]]:
    rows = [
        (row.id, key, row) for key, agent in data.agents.items() for row in (*agent.knowledge, *agent.other_versions)
    ]
    return [
        {
            **row.model_dump(mode="json", exclude={"provenance"}),
            "agent_persona_id": key,
            "holds": row.holds,
            **_list_provenance(row.provenance),
        }
        for _, key, row in sorted(rows, key=lambda entry: entry[:2])
    ]

"""The data set told to machines: `croissant.json`, metadata in MLCommons' Croissant format, version 1.0 (JSON-LD).

Hubs, search engines and `mlcroissant` read it: every file with its hash, every table with its columns. `creator`, `url`
and `datePublished` are left to whoever publishes the set: the records do not know them, and a date would differ between
two exports of the same records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from streamdial.exports.dataset import DataSet
from streamdial.files import write_json

FILE = "croissant.json"
VERSION = "http://mlcommons.org/croissant/1.0"

_FORMATS = {
    ".parquet": "application/x-parquet",
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".sqlite": "application/vnd.sqlite3",
    ".md": "text/markdown",
}
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the 1.0 specification, as readers compare it."""
_PART = "split"
_TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "dialogues": (
        "All dialogues with their turns; personas and blueprint are named by id, evidence of each turn too.",
        ("id",),
    ),
    "personas": ("User and agent personas; the columns of the other role are null.", ("id",)),
    "knowledge": ("Facts the agent personas know, a row for each agent that knows one.", ("id", "agent_persona_id")),
    "blueprints": ("Conversational Blueprints: stages, nodes, transitions and paths.", ("id",)),
    "evidence": ("What turns, personas and blueprints rest on, down to the second of the stream.", ("id",)),
    "splits": ("The dialogues by part, with the columns of `dialogues`.", ("id",)),
    "chat": ("Messages for fine-tuning the agent's side.", ()),
    "preferences": ("Pairs of a better and a worse turn of the agent.", ()),
    "trajectories": ("Dialogues as stage, strategy, act and reward of each turn.", ("id",)),
    "tools/sharegpt": ("Dialogues with calls of tools and their results.", ("id",)),
}
"""What a table holds, and the columns that name a row."""


def write_croissant(data: DataSet, folder: Path) -> Path:
    """Write `croissant.json` about the files that lie in `folder`, those of earlier exports too.

    Addresses of files are relative to the folder, so the set can be moved. Every file has its SHA-256; every Parquet
    table is a record set, those with a file a part are one with the column `split`. A folder without files gives
    metadata without distribution.

    Args:
        data: The data set.
        folder: Folder of the data set, written by the exporters before this one.
    """
    return write_json(folder / FILE, describe_files(data, folder), published=True)


def describe_files(data: DataSet, folder: Path) -> dict[str, Any]:
    """Return the metadata of the files of a folder, as `write_croissant` writes it."""
    files = [path.relative_to(folder).as_posix() for path in _list_files(folder)]
    tables, parts = _group_tables(files)
    shown = [*tables, *parts]
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": f"StreamDial-{data.pack.id}",
        "description": (
            f"Task-oriented dialogues in the domain {data.pack.id}, made from public streams, comments and web pages: "
            "user persona, agent persona, Conversational Blueprint and dialogue. Turns name the evidence they rest on. "
            "README.md is the data card."
        ),
        "license": "The licence of the sources decides; see README.md.",
        "inLanguage": sorted(data.languages),
        "keywords": ["task-oriented dialogue", "dialogue state tracking", "synthetic"],
        "distribution": [
            *(_describe_file(folder, name) for name in files),
            *(
                {
                    "@type": "cr:FileSet",
                    "@id": _name_files(name),
                    "name": _name_files(name),
                    "description": f"The parts of `{name}`.",
                    "encodingFormat": _FORMATS[".parquet"],
                    "includes": f"{name}/*.parquet",
                }
                for name in parts
            ),
        ],
        "recordSet": [
            _describe_table(name, pl.read_parquet_schema(folder / (tables.get(name) or parts[name])), name in parts)
            for name in sorted(shown, key=lambda name: [*_TABLES].index(name) if name in _TABLES else len(_TABLES))
        ],
    }


def _list_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and path.suffix in _FORMATS and path.name != FILE and not hidden:
            yield path


def _group_tables(files: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tables of one file, and those of a file a part with one of their files, by name."""
    tables: dict[str, str] = {}
    parts: dict[str, str] = {}
    for file in files:
        if file.endswith(".parquet"):
            folder, _, name = file.rpartition("/")
            if folder:
                parts.setdefault(folder, file)
            else:
                tables[name.removesuffix(".parquet")] = file
    return tables, parts


def _name_files(name: str) -> str:
    return f"{name}-files"


def _describe_file(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": _FORMATS[path.suffix],
        "sha256": digest,
    }


def _describe_table(name: str, columns: Mapping[str, Any], by_part: bool) -> dict[str, Any]:
    origin = {"fileSet": {"@id": _name_files(name)}} if by_part else {"fileObject": {"@id": f"{name}.parquet"}}
    about, key = _TABLES.get(name, ("", ()))
    fields = [
        _describe_field(f"{name}/{column}", column, kind, {**origin, "extract": {"column": column}})
        for column, kind in columns.items()
    ]
    if by_part:
        # The name of the file is the part.
        regex = {"regex": r"^(.*)\.parquet$"}
        source = {**origin, "extract": {"fileProperty": "filename"}, "transform": regex}
        fields.insert(0, {**_name_field(f"{name}/{_PART}", _PART), "dataType": "sc:Text", "source": source})
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        **({"description": about} if about else {}),
        **({"key": [{"@id": f"{name}/{column}"} for column in key]} if {*key} & {*columns} else {}),
        "field": fields,
    }


def _name_field(place: str, name: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": place, "name": name}


def _describe_field(
    place: str, name: str, kind: pl.DataType, source: Mapping[str, Any], path: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a field; those of a struct are below it, each read out of the column by its path.

    Lists of structs inside a list of structs are told in the description alone: `mlcroissant` 1.1 reads no value that
    has a structure of its own.
    """
    field = _name_field(place, name)
    if isinstance(kind, pl.List):
        field["repeated"] = True
        kind = _make(kind.inner)
    if not isinstance(kind, pl.Struct):
        transform = {"transform": {"jsonPath": ".".join(path)}} if path else {}
        return field | {"dataType": _name_type(kind), "source": {**source, **transform}}
    deeper = [inner for inner in kind.fields if "repeated" in field and _list_keys(inner)]
    if deeper:
        told = "; ".join(f"{inner.name} ({', '.join(_list_keys(inner))})" for inner in deeper)
        field["description"] = f"In the file each has these lists too: {told}."
    return field | {
        "subField": [
            _describe_field(f"{place}/{inner.name}", inner.name, _make(inner.dtype), source, (*path, inner.name))
            for inner in kind.fields
            if inner not in deeper
        ]
    }


def _list_keys(field: pl.Field) -> list[str]:
    """Return the keys of the structs in a list; none where the field is no list of structs."""
    inner = _make(field.dtype.inner) if isinstance(field.dtype, pl.List) else None
    return [key.name for key in inner.fields] if isinstance(inner, pl.Struct) else []


def _make(kind: Any) -> pl.DataType:  # noqa: ANN401
    made: pl.DataType = kind() if isinstance(kind, type) else kind
    return made


def _name_type(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "sc:Integer"
    if kind.is_float():
        return "sc:Float"
    return "sc:Boolean" if kind == pl.Boolean else "sc:Text"

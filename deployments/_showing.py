"""Records of a run for people to read: one persona or blueprint, or a list of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streamdial.blueprints import draw_mermaid, draw_svg
from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.exports import render_blueprint, render_persona
from streamdial.models import build_embedder
from streamdial.records import AgentPersona, Blueprint, UserPersona
from streamdial.runs import read_json, write_atomically
from streamdial.store import RecordStore, open_store


@contextmanager
def open_records(folder: Path, qdrant_url: str | None) -> Iterator[tuple[RecordStore, str]]:
    """Open the records of a run for reading; yields the store and the id of its domain.

    Raises:
        ConfigurationError: If the folder is no run's.
    """
    marker = folder / "run.json"
    address = qdrant_url or os.environ.get("QDRANT_URL")
    known = read_json(marker) if marker.is_file() else {}
    if not {"instance", "parts"} <= set(known):
        raise ConfigurationError(f"{folder} is not the folder of a run.", fix="name the folder given as --out")
    if not address and not (folder / "store").is_dir():
        raise ConfigurationError(
            f"{folder} holds no records.", fix="run it first, or give --qdrant-url where they are on a server"
        )
    engine = open_store(folder / "store", url=address)
    embedder = build_embedder(json.loads(known["parts"]["embedder"]))
    try:
        yield RecordStore(engine, embedder.dimensions, prefix=f"r{known['instance'][:12]}_"), known["parts"]["domain"]
    finally:
        engine.close()


def show_persona(folder: Path, identifier: str, *, domain: str | None, qdrant_url: str | None) -> str:
    """Return a persona as Markdown; a list of all where no id is given."""
    with open_records(folder, qdrant_url) as (store, known):
        people: list[UserPersona | AgentPersona] = [
            *store.get("personas", UserPersona),
            *store.get("personas", AgentPersona),
        ]
    if not identifier:
        return _list_records(
            [
                (p.id, f"user   {p.objective.text}" if isinstance(p, UserPersona) else f"agent  {p.identity.text}")
                for p in people
            ]
        )
    return render_persona(_find(people, identifier, "persona"), load_pack(domain or known))


def show_blueprint(
    folder: Path, identifier: str, *, domain: str | None, qdrant_url: str | None, mermaid: bool, svg: Path | None
) -> str:
    """Return a blueprint as Markdown or Mermaid, drawn as well where that is asked for; a list where no id is given."""
    with open_records(folder, qdrant_url) as (store, known):
        blueprints = store.get("blueprints", Blueprint)
    if not identifier:
        return _list_records([(blueprint.id, f"{blueprint.title} ({blueprint.origin})") for blueprint in blueprints])
    blueprint, pack = _find(blueprints, identifier, "blueprint"), load_pack(domain or known)
    if svg:
        write_atomically(svg, draw_svg(blueprint, pack))
    return draw_mermaid(blueprint, pack) if mermaid else render_blueprint(blueprint, pack)


def _list_records(listed: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{identifier}  {text}" for identifier, text in listed) + "\n"


def _find(records: Sequence[Any], identifier: str, kind: str) -> Any:  # noqa: ANN401
    found = [record for record in records if record.id.startswith(identifier)]
    if len(found) > 1:
        raise ConfigurationError(
            f"{len(found)} {kind}s have an id that begins with {identifier!r}.", fix="give more of the id"
        )
    if not found:
        raise ConfigurationError(
            f"no {kind} of the run has an id that begins with {identifier!r}; there are {len(records)}.",
            fix=f"leave the id out to list them: streamdial show {kind} --run FOLDER",
        )
    return found[0]

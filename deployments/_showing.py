"""`streamdial show`: prints one persona or blueprint of a run for people to read, or a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamdial.blueprints import draw_mermaid, draw_svg
from streamdial.domains import load_pack, open_pack
from streamdial.errors import ConfigurationError
from streamdial.exports import render_blueprint, render_persona
from streamdial.files import write_atomically
from streamdial.pipeline import open_records
from streamdial.records import AgentPersona, Blueprint, UserPersona


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
    return render_persona(
        _find(people, identifier, "persona"), load_pack(domain) if domain else open_pack(folder, known)
    )


def show_blueprint(
    folder: Path, identifier: str, *, domain: str | None, qdrant_url: str | None, mermaid: bool, svg: Path | None
) -> str:
    """Return a blueprint as Markdown or Mermaid, drawn as well where that is asked for; a list where no id is given."""
    with open_records(folder, qdrant_url) as (store, known):
        blueprints = store.get("blueprints", Blueprint)
    if not identifier:
        return _list_records([(blueprint.id, f"{blueprint.title} ({blueprint.origin})") for blueprint in blueprints])
    blueprint, pack = (
        _find(blueprints, identifier, "blueprint"),
        load_pack(domain) if domain else open_pack(folder, known),
    )
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

"""`streamdial domains new`: drafts a pack from material, writes it, and previews what it reads."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from streamdial.counts import Counts
from streamdial.deployments._growing import read_language
from streamdial.domains import check_pack, list_domains, load_pack
from streamdial.errors import ConfigurationError
from streamdial.files import write_atomically
from streamdial.models import Transcriber, build_chat_model, build_transcriber
from streamdial.verticals import PackDraft, draft_pack, preview_pack, read_material, refine_draft, write_draft
from streamdial.verticals.material import Material

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def draft_file(
    name: str,
    sources: Sequence[str],
    out: Path,
    *,
    language: str | None,
    model: str | None,
    api_base: str | None,
    transcriber: str | None,
    speech_model: str,
    force: bool,
) -> None:
    """Draft a pack and print the preview; a file that is there is never written over without being asked to.

    Raises:
        ConfigurationError: If the name or the file is taken, or nothing can be drafted from the sources.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is no id of a pack.", fix="use lower-case letters, digits and _, a letter first: phone_cases"
        )
    if name in list_domains():
        raise ConfigurationError(f"there is a pack {name!r} already.", fix="choose another name")
    if out.exists() and not force:
        raise ConfigurationError(f"{out} is there already.", fix="name another file with --out, or say --force")
    listens = _build_transcriber(transcriber, speech_model)
    material = read_material(sources, language=read_language(language) if language else None, transcriber=listens)
    for note in material.counts.notes:
        typer.echo(note)
    draft = draft_pack(name, material)
    if model:
        draft = asyncio.run(_refine(draft, material, model, api_base))
    write_atomically(out, write_draft(draft), published=True)
    pack = load_pack(str(out))
    typer.echo(str(preview_pack(pack, material, unsure=draft.unsure, things=draft.things)))
    for fault in check_pack(str(out)):
        typer.echo(str(fault))
    typer.echo(
        f"{out}: {len(pack.slots)} slots. Read and correct it, then: streamdial domains check {out} && "
        f"streamdial run --domain {out} --source {sources[0]} --out runs/{name}"
    )


def _build_transcriber(engine: str | None, speech_model: str) -> Transcriber | None:
    if engine is None:
        return None
    chosen: Any = engine
    return build_transcriber(chosen, speech_model)


async def _refine(draft: PackDraft, material: Material, model: str, api_base: str | None) -> PackDraft:
    choice, counts = build_chat_model(model, api_base=api_base), Counts("pack")
    try:
        refined = await refine_draft(draft, material, choice.model, counts)
    finally:
        await choice.model.aclose()
    dropped = ", ".join(f"{reason.replace('_', ' ')} {number}" for reason, number in counts.dropped.most_common())
    typer.echo(f"{model}: {counts.kept} of {counts.asked} proposals taken{f'; dropped: {dropped}' if dropped else ''}")
    return refined

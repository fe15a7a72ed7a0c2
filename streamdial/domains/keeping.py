"""Keeps the pack of a run in its folder, so that whoever opens the run later needs no file of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from streamdial.domains._loading import load_pack
from streamdial.domains._pack import LANGUAGES, DomainPack
from streamdial.domains._seeds import find_seeds
from streamdial.errors import ConfigurationError
from streamdial.files import write_atomically

KEPT = "pack.json"
"""Name of the file in the folder of a run; seeds of the pack's own lie beside it as `pack.en.jsonl`."""


def keep_pack(pack: DomainPack, folder: Path) -> None:
    """Write a pack, and the seed dialogues that lie beside its file, into the folder of a run.

    Args:
        pack: The pack.
        folder: The folder; what it kept before is replaced.
    """
    write_atomically(folder / KEPT, pack.model_dump_json())
    if not pack.origin:
        return
    for language in LANGUAGES:
        if (file := find_seeds(pack, language)) is not None:
            write_atomically(folder / f"pack.{language}.jsonl", file.read_text(encoding="utf-8"))


def open_pack(folder: Path, name: str) -> DomainPack:
    """Return the pack of a run: the one it kept, else the one of that name, as older runs have it.

    Args:
        folder: The folder of the run.
        name: Id of its pack.

    Raises:
        ConfigurationError: If it kept none and there is none of that name, or this version cannot read it.
    """
    file = folder / KEPT
    if not file.is_file():
        return load_pack(name)
    try:
        return DomainPack.model_validate_json(file.read_text(encoding="utf-8")).place(str(file))
    except ValidationError as error:
        raise ConfigurationError(
            f"the pack the run kept cannot be read: {error.errors()[0]['msg']}",
            fix="give the path of its pack as --domain",
            where=str(file),
        ) from error

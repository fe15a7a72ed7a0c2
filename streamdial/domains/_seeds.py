"""Seed dialogues: examples of how a vertical's dialogues go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from streamdial.domains._pack import DomainPack
from streamdial.errors import ConfigurationError
from streamdial.records import Language, SeedDialogue


def load_seeds(pack: DomainPack, language: Language) -> tuple[SeedDialogue, ...]:
    """Return the seed dialogues of a pack in a language: those beside its file, else those of the package.

    Beside `cameras.yaml` they stand in `cameras.en.jsonl` and `cameras.zh.jsonl`. There may be none.

    Args:
        pack: The domain pack.
        language: Language of the dialogues.

    Raises:
        ConfigurationError: If a line does not fit, with the line's number.
    """
    file = find_seeds(pack, language)
    if file is None:
        return ()
    seeds = _parse_lines(file.read_text(encoding="utf-8"), str(file) if pack.origin else f"seeds/{file.name}")
    return tuple(seed for seed in seeds if seed.domain == pack.id and seed.language == language)


def find_seeds(pack: DomainPack, language: Language) -> Traversable | None:
    """Return the file of a pack's seed dialogues in a language; None where there is none."""
    if pack.origin:
        beside = Path(pack.origin)
        own = beside.with_name(f"{beside.name.removesuffix(beside.suffix)}.{language}.jsonl")
        if own.is_file():
            return own
    packaged = resources.files("streamdial.domains").joinpath("seeds", f"{pack.id}.{language}.jsonl")
    return packaged if packaged.is_file() else None


def _parse_lines(text: str, where: str) -> Iterator[SeedDialogue]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield SeedDialogue.model_validate(json.loads(line))
        except (ValidationError, json.JSONDecodeError) as error:
            first = str(error).splitlines()[0]
            raise ConfigurationError(
                f"line {number} is no seed dialogue: {first}", fix="compare with the seeds of the package", where=where
            ) from error

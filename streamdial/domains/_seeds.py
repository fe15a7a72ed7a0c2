"""Seed dialogues: examples of how a vertical's dialogues go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources

from pydantic import ValidationError

from streamdial.errors import ConfigurationError
from streamdial.records import Language, SeedDialogue


def load_seeds(domain: str, language: Language) -> tuple[SeedDialogue, ...]:
    """Return the seed dialogues of a domain and language that come with the package; none where there are none.

    Args:
        domain: Id of the domain.
        language: Language of the dialogues.

    Raises:
        ConfigurationError: If a line does not fit, with the line's number.
    """
    file = resources.files("streamdial.domains").joinpath("seeds", f"{domain}.{language}.jsonl")
    if not file.is_file():
        return ()
    seeds = _parse_lines(file.read_text(encoding="utf-8"), f"seeds/{domain}.{language}.jsonl")
    return tuple(seed for seed in seeds if seed.domain == domain and seed.language == language)


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

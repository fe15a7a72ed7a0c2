"""Human rules: what people do who want something, how often, and in which words. Both generators read the same."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml
from streamdial.models.structured import describe_validation_error
from streamdial.records import FrozenModel, Language

_FILE = "_human_rules.yaml"
Rate = Annotated[float, Field(ge=0, le=1)]


def _is_unset(value: object) -> bool:
    return not value


class HumanRates(FrozenModel):
    """How often each rule acts where it can, 0 to 1; what they do stands in the file of rules.

    Those of dialogues without tools are left out of JSON where they do not act: files of runs never had them.
    """

    vague_first: Rate = 0.0
    small_steps: Rate = 0.0
    second_thoughts: Rate = 0.0
    corrections: Rate = 0.0
    additions: Rate = 0.0
    feedback: Rate = 0.0
    impatience: Rate = 0.0
    thanks: Rate = 0.0
    silence: Rate = Field(default=0.0, exclude_if=_is_unset)
    leaving: Rate = Field(default=0.0, exclude_if=_is_unset)
    slips: Rate = Field(default=0.0, exclude_if=_is_unset)


class HumanRules(FrozenModel):
    """The rules with their rates and words."""

    rates: HumanRates = HumanRates()
    patience: int = Field(default=12, ge=1)
    slow_calls: int = Field(default=1, ge=1)
    feedback: dict[Language, dict[str, tuple[str, ...]]] = Field(default_factory=dict, exclude_if=_is_unset)
    """Reactions to what was told: `met`, `broken`, `neither`."""
    correction: dict[Language, str] = Field(default_factory=dict, exclude_if=_is_unset)

    def list_reactions(self, language: Language, kind: str, said: Iterable[str]) -> list[str]:
        """Return the reactions of a kind that none of the lines said so far begins with; by default the package's."""
        words = (self.feedback or load_human_rules().feedback).get(language, {}).get(kind, ())
        lines = list(said)
        return [word for word in words if not any(line.startswith(word) for line in lines)]


def load_human_rules(path: str | None = None) -> HumanRules:
    """Return the rules of a YAML file, read anew each time; those that come with the package by default.

    Args:
        path: A file of one's own; a rule it does not name does not act.

    Raises:
        ConfigurationError: If the file cannot be used.
    """
    return _load_packaged() if path is None else _read(Path(path))


@cache
def _load_packaged() -> HumanRules:
    return _read(resources.files("streamdial.policies").joinpath(_FILE))


def _read(file: Traversable) -> HumanRules:
    try:
        return HumanRules.model_validate(load_yaml(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        told = describe_validation_error(error) if isinstance(error, ValidationError) else " ".join(str(error).split())
        raise ConfigurationError(f"the rules of {file} cannot be used: {told}.", fix=f"compare with {_FILE}") from error

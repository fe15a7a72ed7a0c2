"""Criteria: what judges and people score, 1 to 5, and what each score means."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml
from streamdial.ids import hash_text
from streamdial.models.structured import describe_validation_error
from streamdial.plugins import get_plugin, list_plugins, register
from streamdial.records import FrozenModel, Language, Role

Shown = Literal["", "persona", "blueprint", "facts"]
DIMENSIONS = ("coherence", "informativeness", "naturalness", "diversity", "flexibility", "overall")
"""The six dimensions of the STREAM paper."""


class Criterion(FrozenModel):
    """One thing to score, with what each score means."""

    key: str
    sides: tuple[Role, ...]
    shows: Shown = ""
    """What a judge is shown beside the dialogue."""
    names: dict[Language, str]
    questions: dict[Language, str]
    anchors: dict[Language, tuple[str, ...]] = Field(description="What 1 to 5 mean, in this order.")


def load_criteria(path: str | Path | None = None) -> dict[str, Criterion]:
    """Return all criteria by key: the six dimensions, those of persona, blueprint, facts and role, those of plugins.

    Args:
        path: A YAML file of your own in the form of `criteria.yaml`: its criteria are registered first.

    Raises:
        ConfigurationError: If the file cannot be used, or a key in it is taken.
    """
    if path is not None:
        register_criteria(path)
    return {plugin.name: plugin.load() for plugin in list_plugins("criterion")}


def register_criteria(path: str | Path) -> tuple[str, ...]:
    """Register the criteria of a YAML file of your own, in the form of `criteria.yaml`, and return their keys.

    Raises:
        ConfigurationError: If the file cannot be used, or a key in it is taken.
    """
    found = _read(Path(path))
    for key, criterion in found.items():
        register("criterion", key, version=hash_text(criterion.model_dump_json())[:8])(criterion)
    return tuple(found)


@cache
def list_own() -> dict[str, Criterion]:
    """Return the criteria that come with the package, by key."""
    return _read(resources.files("streamdial.evaluation.judges").joinpath("criteria.yaml"))


def _read(file: Traversable) -> dict[str, Criterion]:
    try:
        return {key: Criterion(key=key, **body) for key, body in load_yaml(file.read_text("utf-8")).items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, AttributeError, TypeError) as error:
        told = describe_validation_error(error) if isinstance(error, ValidationError) else " ".join(str(error).split())
        raise ConfigurationError(
            f"the criteria of {file} cannot be used: {told}.", fix="compare with criteria.yaml of evaluation"
        ) from error


def get_criterion(key: str) -> Criterion:
    """Return a criterion.

    Raises:
        ConfigurationError: If there is none of that name.
    """
    criterion: Criterion = get_plugin("criterion", key)
    return criterion

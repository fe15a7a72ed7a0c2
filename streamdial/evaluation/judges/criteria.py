"""What is scored, 1 to 5, and what each score means."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import Field

from streamdial.errors import ConfigurationError
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


@lru_cache(maxsize=1)
def load_criteria() -> dict[str, Criterion]:
    """Return all criteria by key: the six dimensions, persona fit, blueprint fit, groundedness."""
    text = resources.files("streamdial.evaluation.judges").joinpath("criteria.yaml").read_text(encoding="utf-8")
    return {key: Criterion(key=key, **body) for key, body in yaml.safe_load(text).items()}


def get_criterion(key: str) -> Criterion:
    """Return a criterion.

    Raises:
        ConfigurationError: If there is none of that name.
    """
    criteria = load_criteria()
    if key not in criteria:
        raise ConfigurationError(f"there is no criterion {key!r}.", fix=f"choose of {', '.join(criteria)}")
    return criteria[key]

"""Which strategies a run uses, with which share of its dialogues and which options."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, JsonValue, ValidationError, model_validator

from streamdial.errors import ConfigurationError
from streamdial.files import load_yaml
from streamdial.plugins import get_plugin
from streamdial.records import FrozenModel
from streamdial.strategies.strategy import Strategy

BLOCK = 20
"""Dialogues among which a strategy has its share exactly."""


class StrategyChoice(FrozenModel):
    """A strategy a run uses; read from text as NAME or NAME=SHARE."""

    name: str
    share: float = Field(default=1.0, ge=0, le=1)
    """Part of the dialogues it acts in."""
    options: dict[str, JsonValue] = Field(default_factory=dict, exclude_if=lambda options: not options)

    @model_validator(mode="before")
    @classmethod
    def read_text(cls, given: Any) -> Any:  # noqa: ANN401
        """Read what the command line gives."""
        if not isinstance(given, str):
            return given
        name, equals, share = given.partition("=")
        return {"name": name.strip(), **({"share": share.strip()} if equals else {})}

    def __str__(self) -> str:
        """Return it as the command line takes it; options are given by a file alone."""
        return self.name if self.share == 1 else f"{self.name}={self.share:g}"

    def is_drawn(self, number: int, seed: int) -> bool:
        """Tell whether it acts in a dialogue: in its share of every block of dialogues, apart from other strategies.

        Args:
            number: Number of the dialogue in its run, from 0.
            seed: Seed of the run; with the name it decides which dialogues of a block.
        """
        block = number // BLOCK
        begin = random.Random(f"{seed}/{self.name}").random()
        whole = self.share * BLOCK
        quota = math.floor((block + 1) * whole + begin) - math.floor(block * whole + begin)
        order = random.Random(f"{seed}/{self.name}/{block}").sample(range(BLOCK), BLOCK)
        return number % BLOCK in order[:quota]


def read_choices(path: str | Path) -> tuple[StrategyChoice, ...]:
    """Return the strategies of a YAML file: a list of names, or of mappings of `name`, `share` and `options`.

    Raises:
        ConfigurationError: If it cannot be read, or holds something else.
    """
    try:
        body = load_yaml(Path(path).read_text(encoding="utf-8"))
        if not isinstance(body, list):
            raise ConfigurationError(f"--strategies: {path} holds no list.", fix="write `- name: NAME` for each")
        return tuple(StrategyChoice.model_validate(one) for one in body)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        told = " ".join(str(error).split())
        raise ConfigurationError(f"--strategies: {path} cannot be read ({told}).", fix="correct the file") from error


def open_strategy(name: str, options: Mapping[str, JsonValue] | None = None) -> Strategy:
    """Return a strategy of the registry.

    Args:
        name: What it is chosen by.
        options: Its options; the defaults where there are none.

    Raises:
        ConfigurationError: If there is none of that name, with the nearest, or an option is wrong.
    """
    kind: type[Strategy] = get_plugin("strategy", name)
    try:
        return kind(kind.Options.model_validate(dict(options or {})))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "options"
        known = ", ".join(kind.Options.model_fields) or "none"
        raise ConfigurationError(
            f"strategy {name}: {where}: {first['msg']}.",
            fix=f"its options are {known}; see streamdial strategies {name}",
        ) from error


def check_choices(choices: Iterable[StrategyChoice]) -> None:
    """Open every strategy once, so that what is wrong is told before a run begins.

    Raises:
        ConfigurationError: See `open_strategy`; or if one is chosen twice.
    """
    seen: set[str] = set()
    for choice in choices:
        if choice.name in seen:
            raise ConfigurationError(f"strategy {choice.name} is chosen twice.", fix="leave one of them out")
        seen.add(choice.name)
        opened = open_strategy(choice.name, choice.options)
        if opened.KIND == "memory":
            raise ConfigurationError(
                f"strategy {choice.name} is what an episode remembers by.",
                fix=f"choose episode, with its option memory: {choice.name}",
            )


def open_strategies(entry: Mapping[str, Any]) -> list[Strategy]:
    """Return the strategies of an assignment."""
    return [open_strategy(name, options) for name, options in entry.get("strategies", ())]

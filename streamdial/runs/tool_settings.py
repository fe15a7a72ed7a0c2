"""What a run of the second generator is asked to do: dialogues with executable tools."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from streamdial.environment import FaultRates
from streamdial.errors import ConfigurationError
from streamdial.files import read_json
from streamdial.ids import hash_text
from streamdial.runs.settings import RunSettings, Share
from streamdial.tooluse import Mode, TaskOptions

UNUSED = (
    "review",
    "review_model",
    "second_goals",
    "human_rules",
    "least_turns",
    "outcome_shares",
    "behaviour_shares",
    "language",
    "refresh",
)
"""Settings of the main job that mean nothing here."""


def _hide_unused(schema: dict[str, Any]) -> None:
    for name in UNUSED:
        schema["properties"].pop(name, None)


class ToolUseSettings(RunSettings):
    """Parameters of a run of `tool_use`. One of `sources`, `table` and `base` says what the databases are made from."""

    model_config = ConfigDict(json_schema_extra=_hide_unused)

    COMMAND: ClassVar[str] = "tooluse"
    OPTIONS: ClassVar[dict[str, str]] = {"error": "error_rate", "timeout": "timeout_rate", "empty": "empty_rate"}
    PROMPTS_LEFT_OUT: ClassVar[tuple[str, ...]] = ("judge_", "people_", "track_")
    GIVEN_FILES: ClassVar[tuple[str, ...]] = (*RunSettings.GIVEN_FILES, "table", "user_rules", "simulated_tools")
    START_FILES: ClassVar[tuple[str, ...]] = ("table", "user_rules", "simulated_tools")

    sources: tuple[str, ...] = Field(
        default=(), description="Recordings, as those of `stream`: their accounts' K become databases."
    )
    table: str | None = Field(
        default=None, description="A CSV, TSV, Parquet or SQLite file with a row for each thing that is sold."
    )
    table_language: Literal["en", "zh"] = Field(default="en", description="Language of the table's values.")
    base: str | None = Field(
        default=None, description="Folder of a finished run of `stream`: its personas, K, blueprints and dialogues."
    )
    continued: Share = Field(
        default=0.0, description="Share of the dialogues that go on from one of the base's, from some turn of it."
    )
    mode: Mode = Field(
        default="user-oriented",
        description="user-oriented: a user with human rules. task-oriented: all is said at once, the baseline.",
    )
    user_rules: str | None = Field(default=None, description="YAML file of the human rules and their rates.")
    tasks: TaskOptions = Field(default=TaskOptions(), description="Which tasks there are, and how many follow-ups.")
    faults: FaultRates = Field(
        default=FaultRates(error=0.03, timeout=0.02, empty=0.02),
        description="How often calls fail, time out or come back empty.",
    )
    tools: Literal["templates", "model"] = Field(
        default="templates", description="model: a model proposes further tools; each is executed before it is used."
    )
    simulated_tools: str | None = Field(
        default=None, description="YAML file of simulated tools, whose answers a model gives under a contract."
    )
    trials: int = Field(default=1, ge=1, le=32, description="Dialogues made of each plan of tasks, for pass^k.")
    most_turns: int = Field(default=120, ge=4, le=400, description="Turns after which a dialogue is cut.")

    def collect_own_parts(self, held: Mapping[str, str]) -> dict[str, str]:
        """Return the kind of run, the texts of the package it is made with, and which run it is based on.

        Raises:
            ConfigurationError: If the base is no folder of a run, or of one that made dialogues with tools.
        """
        package = resources.files("streamdial.tooluse")
        texts = sorted((file for file in package.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
        parts = {"kind": "tool_use", "texts": hash_text("\n".join(file.read_text(encoding="utf-8") for file in texts))}
        if self.base:
            marker = Path(self.base) / "run.json"
            if not marker.is_file() and "base" in held:
                return {**parts, "base": held["base"]}
            if not marker.is_file():
                raise ConfigurationError(
                    f"--base: {self.base} is no folder of a run.", fix="name the --out of a finished streamdial run"
                )
            known = read_json(marker)
            if known["parts"].get("kind") == parts["kind"]:
                raise ConfigurationError(
                    f"--base: {self.base} was made by streamdial tooluse; its talks could not be gone on from without "
                    "their calls.",
                    fix="name the --out of a finished streamdial run",
                )
            parts["base"] = f"{known['instance']}/{known['fingerprint']}"
        return parts

    @field_validator("table", "base", "user_rules", "simulated_tools")
    @classmethod
    def make_path_absolute(cls, value: str | None) -> str | None:
        """Make the path independent of the working directory."""
        return str(Path(value).expanduser().resolve()) if value else None

    @model_validator(mode="after")
    def require_one_origin(self) -> ToolUseSettings:
        """Refuse settings that name no origin of the databases, or several, and settings that mean nothing here."""
        given = [name for name in ("sources", "table", "base") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"give one of sources, table and base, not {' and '.join(given) or 'none'}")
        if self.continued and not self.base:
            raise ValueError("continued needs base, whose dialogues are gone on from")
        if self.simulated_tools and self.realisation == "planned":
            raise ValueError("simulated_tools needs realisation direct: a planned agent never calls them")
        for name in UNUSED:
            if getattr(self, name) != RunSettings.model_fields[name].get_default():
                raise ValueError(f"{name} means nothing for dialogues with tools")
        return self

"""Settings of a run of the second generator: dialogues with executable tools."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from streamdial.environment import FaultRates
from streamdial.errors import ConfigurationError
from streamdial.files import read_json
from streamdial.ids import hash_text
from streamdial.options import Named
from streamdial.pipeline.settings import BaseSettings, Share, SizeSettings
from streamdial.pipeline.source_settings import Group, ReadingSettings
from streamdial.tooluse import Mode, TaskOptions

_FAULTS = {
    "error": "error_rate",
    "timeout": "timeout_rate",
    "empty": "empty_rate",
    "most_in_a_row": "max_faults_in_a_row",
    "timeout_seconds": "fault_seconds",
}


class ToolSources(ReadingSettings):
    """Where the databases come from: recordings, a table, or a finished run."""

    FILES: ClassVar[tuple[str, ...]] = (*ReadingSettings.FILES, "table", "base")

    table: str | None = Field(
        default=None, description="A CSV, TSV, Parquet or SQLite file with one row per thing that is sold."
    )
    table_language: Literal["en", "zh"] = Field(default="en", description="Language of the table's values.")
    base: str | None = Field(
        default=None,
        description="Folder of a finished run of `stream`: its personas, knowledge, blueprints and dialogues.",
    )


class ToolDialogueSettings(SizeSettings):
    """How many dialogues are made, and how long they may be."""

    max_turns: int = Field(default=120, ge=4, le=400, description="Turns after which a dialogue is cut.")
    continued: Share = Field(
        default=0.0, description="Share of the dialogues that continue one of the base run's, from some turn of it."
    )
    trials: int = Field(default=1, ge=1, le=32, description="Dialogues per plan of tasks, for pass^k.")


class ToolFaults(FaultRates):
    """How often calls go wrong."""

    error: Share = Field(default=0.03, description="Share of calls that fail.")
    timeout: Share = Field(default=0.02, description="Share of calls that time out.")
    empty: Share = Field(default=0.02, description="Share of searches that return nothing although there is something.")


class ToolSettings(Group):
    """What users want, and the tools they meet."""

    FILES: ClassVar[tuple[str, ...]] = ("user_rules", "simulated_tools", "external_tools")

    orientation: Mode = Field(
        default="user-oriented",
        description="user-oriented: a user with human rules. task-oriented: the user says all at once; the baseline.",
    )
    user_rules: str | None = Field(default=None, description="YAML file of the human rules and their rates.")
    tasks: TaskOptions = Field(default=TaskOptions(), description="Which tasks there are, and how many follow-ups.")
    faults: Annotated[ToolFaults, Named(parts=_FAULTS)] = Field(
        default=ToolFaults(), description="How often calls fail, time out or return nothing."
    )
    tools: Literal["templates", "model"] = Field(
        default="templates", description="model: a model proposes further tools; each is executed before it is used."
    )
    simulated_tools: str | None = Field(
        default=None, description="YAML file of simulated tools, whose answers a model invents under a contract."
    )
    external_tools: str | None = Field(
        default=None,
        description="Tools of your own, really called: a Python file of functions, or an OpenAPI 3 file (JSON, YAML).",
    )
    tools_url: str | None = Field(
        default=None, description="Address the operations of an OpenAPI file are called at; the file's if unset."
    )


class ToolUseSettings(BaseSettings):
    """Settings of a run of the flow `tool_use`. Databases are made from one of `sources`, `table` and `base`."""

    COMMAND: ClassVar[str] = "tooluse"
    ORDER: ClassVar[tuple[str, ...]] = (
        "domain", "out", "sources", "models", "dialogues", "strategies", "tool_use", "filter", "budget", "scale",
    )  # fmt: skip
    OLD_VALUES: ClassVar[Mapping[str, str]] = {
        "mode=user-oriented": "orientation",
        "mode=task-oriented": "orientation",
    }
    """Options whose old name has another meaning now, told by their value."""
    FINGERPRINT_NAMES: ClassVar[Mapping[str, str]] = {**BaseSettings.FINGERPRINT_NAMES, "orientation": "mode"}
    OTHER_PARTS: ClassVar[Mapping[str, str]] = {
        "review": '"none"',
        "review_model": "null",
        "second_goals": "0.0",
        "human_rules": "0.0",
        "least_turns": "8",
        "outcome_shares": '{"deferral":0.2,"drop_out":0.15,"hand_over":0.1,"success":0.55}',
        "behaviour_shares": (
            '{"constraint_conflict":0.1,"inventory_check":0.2,"reservation_holding":0.1,"upselling":0.15}'
        ),
        "language": "null",
    }
    PROMPTS_LEFT_OUT: ClassVar[tuple[str, ...]] = ("judge_", "one_prompt.", "pack.", "people_", "track_")
    GIVEN_FILES: ClassVar[tuple[str, ...]] = (
        *BaseSettings.GIVEN_FILES,
        "table",
        "user_rules",
        "simulated_tools",
        "external_tools",
    )
    START_FILES: ClassVar[tuple[str, ...]] = (
        *BaseSettings.START_FILES,
        "table",
        "user_rules",
        "simulated_tools",
    )
    ADDED_LATER: ClassVar[tuple[str, ...]] = (*BaseSettings.ADDED_LATER, "external_tools")

    sources: ToolSources = Field(
        default=ToolSources(), title="Sources", description="What the databases are made from: one of three."
    )
    dialogues: ToolDialogueSettings = Field(
        default=ToolDialogueSettings(), title="Dialogues", description="How many dialogues are made, and how long."
    )
    tool_use: ToolSettings = Field(
        default=ToolSettings(), title="Tool use", description="What users want, and the tools they meet."
    )

    def list_idle(self) -> frozenset[str]:
        """Return the names of options that decide nothing in this run: agents with tools decide by themselves."""
        return frozenset({"guided_by"})

    def collect_own_parts(self, held: Mapping[str, str]) -> dict[str, str]:
        """Return the kind of run, the texts of the package it is made with, and which run it is based on.

        Raises:
            ConfigurationError: If the base is no folder of a run, or of one that made dialogues with tools.
        """
        package = resources.files("streamdial.tooluse")
        texts = sorted((file for file in package.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
        parts = {"kind": "tool_use", "texts": hash_text("\n".join(file.read_text(encoding="utf-8") for file in texts))}
        if self.sources.base:
            marker = Path(self.sources.base) / "run.json"
            if not marker.is_file() and "base" in held:
                return {**parts, "base": held["base"]}
            if not marker.is_file():
                raise ConfigurationError(
                    f"--base: {self.sources.base} is no folder of a run.",
                    fix="name the --out of a finished streamdial run",
                )
            known = read_json(marker)
            if known["parts"].get("kind") == parts["kind"]:
                raise ConfigurationError(
                    f"--base: {self.sources.base} was made by streamdial tooluse; its dialogues could not be "
                    "gone on from without their calls.",
                    fix="name the --out of a finished streamdial run",
                )
            parts["base"] = f"{known['instance']}/{known['fingerprint']}"
        return parts

    @model_validator(mode="after")
    def require_one_origin(self) -> ToolUseSettings:
        """Refuse settings that name no origin of the databases, or several."""
        sources = self.sources
        given = [name for name in ("given", "table", "base") if getattr(sources, name)]
        if len(given) != 1:
            told = " and ".join(given).replace("given", "sources") or "none"
            raise ValueError(f"give one of sources, table and base, not {told}")
        if self.dialogues.continued and not sources.base:
            raise ValueError("continued needs base, whose dialogues are gone on from")
        for name in ("simulated_tools", "external_tools"):
            if getattr(self.tool_use, name) and self.models.mode == "planned":
                raise ValueError(f"{name} needs mode direct: a planned agent never calls them")
        return self

"""What a run is asked to do: the parameters of the command line, of the flows and of the deployments' forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from streamdial.models import Phase
from streamdial.records import Behaviour, Language, Outcome

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of the whole, 0 to 1."""


class RunSettings(BaseModel):
    """Parameters of a run. What enters the fingerprint is said in `runs/fingerprint.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    COMMAND: ClassVar[str] = "run"
    """The command of the command line that makes such a run."""
    OPTIONS: ClassVar[dict[str, str]] = {}
    """Fields of nested settings that the command line calls otherwise."""
    PROMPTS_LEFT_OUT: ClassVar[tuple[str, ...]] = ("judge_", "people_", "track_", "tooluse_")
    """Beginnings of the names of prompts that make no dialogues of such a run."""
    GIVEN_FILES: ClassVar[tuple[str, ...]] = ("seeds", "profiles", "plans")
    """Settings that name a file: what it holds counts, not where it lies."""
    START_FILES: ClassVar[tuple[str, ...]] = ()
    """Those of them that are read when a run starts and never again: they need not be wherever shards are made."""

    domain: str = Field(description="Domain pack: automotive, hotel, restaurant, or the path of a YAML file.")
    sources: tuple[str, ...] = Field(
        min_length=1,
        description="Folders, files and URLs. A folder is one recording; loose files and URLs together are one.",
    )
    out: str = Field(description="Folder of the run: store, caches, dialogues, data set and report.")
    model: str = Field(
        default="local/qwen2.5-coder-1.5b",
        description="local/NAME, the path of a GGUF file, or a litellm model name such as openai/gpt-4o-mini.",
    )
    api_base: str | None = Field(default=None, description="Address of the model's endpoint, where it needs one.")
    user_model: str | None = Field(
        default=None, description="Model of the user's side; the same as the agent's if unset."
    )
    user_api_base: str | None = Field(default=None, description="Address of the user model's endpoint.")
    realisation: Literal["auto", "planned", "direct"] = Field(
        default="auto", description="planned: code decides, the model words. direct: the model decides. auto: by model."
    )
    embedder: str = Field(
        default="use-multilingual", description="use-multilingual (offline), or a sentence-transformers name or path."
    )
    transcriber: Literal["faster-whisper", "whisperx"] = Field(default="faster-whisper", description="Speech engine.")
    speech_model: str = Field(default="whisper-base", description="Pulled weights or a CTranslate2 folder.")
    lexicon: str | None = Field(
        default=None, description="Folder of a compiled lexicon of the market, for the correction of speech."
    )
    signals: Literal["auto", "rules", "model"] = Field(
        default="auto",
        description="rules: lexicon and prototypes. model: the model settles what is in doubt. auto: by model.",
    )
    source_language: Language | None = Field(default=None, description="Language of the sources; found out by default.")
    language: Language | None = Field(
        default=None,
        description="Language of the dialogues; that of the sources by default. In another one the same wishes, facts "
        "and plan are talked about in its own words.",
    )
    dialogues: int = Field(default=16, ge=1, le=1_000_000, description="Dialogues to make.")
    seeds: str | None = Field(
        default=None,
        description="Seed dialogues: JSONL of our own form, or a file of MultiWOZ, SGD, CrossWOZ, RiSAWOZ.",
    )
    profiles: str | None = Field(
        default=None, description="Profiles in StreamDial's form: agents that take part beside those of the sources."
    )
    plans: str | None = Field(
        default=None, description="Dialogue plans in StreamDial's form, followed by the given agents, else by all."
    )
    review: Literal["none", "model"] = Field(
        default="none",
        description="model: each finished dialogue is read once more; it may be dropped or a turn redone.",
    )
    review_model: str | None = Field(default=None, description="Model that reviews; the agent's if unset.")
    second_goals: Share = Field(default=0.0, description="Share of the dialogues that go on with a second goal.")
    human_rules: Share = Field(
        default=0.0,
        description="Share of the dialogues whose user follows human rules: small steps, second thoughts, ...",
    )
    seed: int = Field(default=7, ge=0, description="Seed of everything random.")
    most_turns: int = Field(default=24, ge=4, le=200, description="Turns after which a dialogue is cut.")
    least_turns: int = Field(default=8, ge=2, le=200, description="Shorter dialogues are dropped.")
    outcome_shares: dict[Outcome, float] = Field(
        default={"success": 0.55, "deferral": 0.2, "drop_out": 0.15, "hand_over": 0.1},
        description="Wanted share of each outcome.",
    )
    behaviour_shares: dict[Behaviour, Share] = Field(
        default={
            "inventory_check": 0.2,
            "upselling": 0.15,
            "constraint_conflict": 0.1,
            "reservation_holding": 0.1,
        },
        description="Wanted share of dialogues that show a behaviour on purpose; others come about by themselves.",
    )
    user_threshold: float = Field(default=0.9, gt=0, le=1, description="Least cosine of user sides that repeat.")
    agent_threshold: float = Field(default=0.9, gt=0, le=1, description="Least cosine of agent sides that repeat.")
    keep_ratio: float = Field(default=0.5, gt=0, le=1, description="Share kept of dialogues that repeat each other.")
    similarity: Literal["auto", "exact", "pruned", "approximate"] = Field(
        default="auto", description="How repeats are looked for; approximate tells what share of the pairs it finds."
    )
    quality: Literal["modularity", "cpm", "rb", "significance", "components"] = Field(
        default="modularity", description="Quality function of the communities."
    )
    resolution: float = Field(default=1.0, gt=0, description="Resolution of the communities.")
    shard_size: int = Field(default=64, ge=1, le=1000, description="Dialogues a task makes.")
    concurrency: int | None = Field(default=None, ge=1, le=1024, description="Model calls at once; by model if unset.")
    requests_per_minute: int | None = Field(default=None, ge=1, description="Calls a minute the endpoint allows.")
    tokens_per_minute: int | None = Field(default=None, ge=1, description="Tokens a minute the endpoint allows.")
    max_tokens: int | None = Field(default=None, ge=1, description="Token budget of the run.")
    max_cost: float | None = Field(default=None, gt=0, description="Money budget of the run in US dollars.")
    phase_tokens: dict[Phase, int] = Field(default={}, description="Token budgets of single phases, beside the run's.")
    phase_cost: dict[Phase, float] = Field(default={}, description="Money budgets of single phases in US dollars.")
    prices: tuple[float, float] | None = Field(
        default=None, description="US dollars for a million tokens of prompts and of answers; litellm's list if unset."
    )
    timeout: float = Field(default=120.0, gt=0, description="Seconds one model call may take.")
    storage: str | None = Field(
        default=None,
        description="Place of shards and data set at an fsspec URL such as s3://bucket/runs/hotel, for several "
        "machines; the run's folder by default.",
    )
    dask: str | None = Field(
        default=None,
        description="Dask scheduler whose workers make the shards, as tcp://host:8786; `local` starts one here. Each "
        "worker has one thread.",
    )
    patience: float = Field(
        default=900.0, ge=0, description="Seconds a model's endpoint that cannot be reached is waited for."
    )
    qdrant_url: str | None = Field(default=None, description="Qdrant server; the embedded engine by default.")
    qdrant_shards: int | None = Field(default=None, ge=1, description="Shards of each collection on a Qdrant cluster.")
    qdrant_replicas: int | None = Field(default=None, ge=1, description="Copies of each shard on a Qdrant cluster.")
    allow_private: bool = Field(default=False, description="Let page URLs lead into the private network.")
    refresh: bool = Field(default=False, description="Read the accounts' pages anew and bring K up to date first.")
    retry_failed: bool = Field(default=False, description="Take up the dialogues in the dead-letter file again.")

    def collect_own_parts(self, held: Mapping[str, str]) -> dict[str, str]:
        """Return what beside the settings themselves enters the fingerprint of this kind of run, as name to text.

        Args:
            held: The parts of the run where it was begun already, for what is not on this machine.
        """
        return {}

    @field_validator("out")
    @classmethod
    def make_absolute(cls, value: str) -> str:
        """Make the folder independent of the working directory of whoever runs the task."""
        return str(Path(value).expanduser().resolve())

    @model_validator(mode="after")
    def refuse_budgets_of_many_processes(self) -> RunSettings:
        """Refuse a budget where several processes would each keep it for themselves."""
        if self.dask and (self.max_tokens or self.max_cost or self.phase_tokens or self.phase_cost):
            raise ValueError("budgets are kept by one process: leave out dask, or the budgets")
        return self

    @field_validator("lexicon", "profiles", "plans")
    @classmethod
    def make_file_absolute(cls, value: str | None) -> str | None:
        """Make the path independent of the working directory."""
        return str(Path(value).expanduser().resolve()) if value else None

    @field_validator("sources")
    @classmethod
    def make_sources_absolute(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Make paths independent of the working directory; URLs stay as they are."""
        return tuple(source if "://" in source else str(Path(source).expanduser().resolve()) for source in value)

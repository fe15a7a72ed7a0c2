"""What a run is asked to do: one table of settings, in groups.

Description, bounds, choices and default of a setting are written here and nowhere else. The options of the command
line, its help, `--config` files and the form in Prefect's UI are made from these models (`options.py` walks them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, JsonValue, model_validator

from streamdial.models import GuidedBy, Phase, is_local
from streamdial.options import Named, merge_options, nest_options
from streamdial.pipeline.source_settings import Group, ReadingSettings, SourceSettings
from streamdial.records import Behaviour, Language, Outcome
from streamdial.strategies import StrategyChoice, check_choices, read_choices

Part = Literal["blueprint", "retrieval", "persona", "storyline", "phrases"]
"""A part of what makes dialogues good, that can be left out to see what it is worth."""
Share = Annotated[float, Field(ge=0, le=1)]
"""A part of the whole, 0 to 1."""


class ModelSettings(Group):
    """Which models are used, and how."""

    model: str = Field(
        default="local/qwen2.5-coder-1.5b",
        description="local/NAME, the path of a GGUF file, or a litellm model name such as openai/gpt-4o-mini.",
    )
    api_base: str | None = Field(default=None, description="Address of the model's endpoint, where it needs one.")
    user_model: str | None = Field(
        default=None, description="Model that plays the user; the agent's if unset (with tools: the simulator decides)."
    )
    user_api_base: str | None = Field(default=None, description="Address of the user model's endpoint.")
    mode: Literal["auto", "planned", "reworded", "guided", "direct"] = Field(
        default="auto",
        description="planned: code plans and words. reworded: a model rewords that. guided: code plans, a strong model "
        "words. direct: the model decides. auto: guided, with local weights planned.",
    )
    guided_by: GuidedBy = Field(
        default="dialogue",
        description="What a model words at once in the mode guided: a turn, or a whole dialogue in one call.",
    )
    embedder: str = Field(
        default="use-multilingual", description="use-multilingual (offline), or a sentence-transformers name or path."
    )
    user_policy: str = Field(
        default="", description="User policy, by its name in the registry of plugins; depends on the mode if empty."
    )
    agent_policy: str = Field(
        default="", description="Agent policy, by its name in the registry of plugins; depends on the mode if empty."
    )
    batch: bool = Field(
        default=False,
        description="Ask for many calls in one file, answered within a day at half the price, where the provider has "
        "batches (docs/models.md). A killed run takes its batches up again.",
    )
    timeout: float = Field(default=120.0, gt=0, description="Seconds one model call may take.")
    patience: float = Field(default=900.0, ge=0, description="Seconds to wait for an endpoint that cannot be reached.")


class SizeSettings(Group):
    """How many dialogues are made, and how long they may be."""

    FILES: ClassVar[tuple[str, ...]] = ("phrases",)

    count: Annotated[int, Named("dialogues")] = Field(default=16, ge=1, le=1_000_000, description="Dialogues to make.")
    max_turns: int = Field(default=24, ge=4, le=200, description="Turns after which a dialogue is cut.")
    seed: int = Field(default=7, ge=0, description="Seed of everything random.")
    phrases: str | None = Field(
        default=None, description="A file of more wordings for the inventory, as `streamdial phrases grow` writes it."
    )


class DialogueSettings(SizeSettings):
    """How many dialogues are made, and of which kind."""

    min_turns: int = Field(default=8, ge=2, le=200, description="Shorter dialogues are dropped.")
    language: Language | None = Field(
        default=None,
        description="Language of the dialogues; that of the sources by default. In another one, wishes, facts and "
        "plan stay the same and are worded anew.",
    )
    outcome_shares: dict[Outcome, float] = Field(
        default={"success": 0.55, "deferral": 0.2, "drop_out": 0.15, "hand_over": 0.1},
        description="Wanted share of dialogues with each outcome.",
    )
    behaviour_shares: dict[Behaviour, Share] = Field(
        default={
            "inventory_check": 0.2,
            "upselling": 0.15,
            "constraint_conflict": 0.1,
            "reservation_holding": 0.1,
        },
        description="Wanted share of dialogues that show a behaviour on purpose; others may still occur.",
    )
    leave_out: tuple[Part, ...] = Field(
        default=(),
        description="Part to do without, to see what it is worth (`streamdial ablate`): blueprint (the pack's plan "
        "stands for it), retrieval (no real lines and answers), persona (wishes alone), storyline (what is drawn "
        "first, without looking whether it ends by causes), phrases (the pack's templates word the turns).",
    )


class ChosenStrategies(Group):
    """Which strategies make dialogues better, and in which share of them."""

    FILES: ClassVar[tuple[str, ...]] = ("listed",)

    chosen: Annotated[tuple[StrategyChoice, ...], Named("strategy")] = Field(
        default=(),
        description="A strategy, as NAME or NAME=SHARE of the dialogues; `streamdial strategies` lists them.",
    )
    listed: Annotated[str | None, Named("strategies_file", flag="--strategies")] = Field(
        default=None, description="YAML file of strategies: a list of name, share and options."
    )

    def list_set(self) -> tuple[StrategyChoice, ...]:
        """Return the strategies that are chosen by a setting of their own; none."""
        return ()

    def list_choices(self) -> tuple[StrategyChoice, ...]:
        """Return the strategies of the run: those of the file, those that were named, those a setting chooses.

        Raises:
            ConfigurationError: If the file cannot be read, a name or an option is wrong, or one is chosen twice.
        """
        choices = (*(read_choices(self.listed) if self.listed else ()), *self.chosen, *self.list_set())
        check_choices(choices)
        return choices


class StrategySettings(ChosenStrategies):
    """What makes dialogues better beside the blueprint."""

    second_goals: Share = Field(default=0.0, description="Share of the dialogues that go on with a second goal.")
    human_rules: Share = Field(
        default=0.0,
        description="Share of the dialogues whose user follows human rules: small steps, second thoughts, ...",
    )
    review: Literal["none", "model"] = Field(
        default="none",
        description="model: a model reviews each finished dialogue; it may be dropped, or a turn redone.",
    )
    review_model: str | None = Field(default=None, description="Model that reviews; the agent's if unset.")

    def list_set(self) -> tuple[StrategyChoice, ...]:
        """Return the strategies that are chosen by a setting of their own, which older runs have."""
        shares = {"second_goals": self.second_goals, "human_rules": self.human_rules}
        named = [StrategyChoice(name=name, share=share) for name, share in shares.items() if share]
        if self.review == "model":
            options: dict[str, JsonValue] = {"model": self.review_model} if self.review_model else {}
            named.append(StrategyChoice(name="review", options=options))
        return tuple(named)


class FilterSettings(Group):
    """Which dialogues count as repeats, and how many of them stay."""

    user_threshold: float = Field(default=0.9, gt=0, le=1, description="Minimum cosine of user sides that repeat.")
    agent_threshold: float = Field(default=0.9, gt=0, le=1, description="Minimum cosine of agent sides that repeat.")
    keep_ratio: float = Field(default=0.5, gt=0, le=1, description="Share kept of dialogues that repeat each other.")
    similarity: Literal["auto", "exact", "pruned", "approximate", "index"] = Field(
        default="auto",
        description="How similar dialogues are found: in all pairs (exact, pruned), in most of them (approximate), or "
        "by the index of the vector store (index); the last two report the share of similar pairs they find.",
    )
    quality: Literal["modularity", "cpm", "rb", "significance", "components"] = Field(
        default="modularity", description="Quality function of the communities."
    )
    resolution: float = Field(default=1.0, gt=0, description="Resolution of the communities.")


class BudgetSettings(Group):
    """What the models may cost, and how fast they may be asked."""

    max_tokens: int | None = Field(default=None, ge=1, description="Token budget of the run.")
    max_cost: float | None = Field(default=None, gt=0, description="Money budget of the run in US dollars.")
    phase_tokens: dict[Phase, int] = Field(default={}, description="Token budgets of single phases, beside the run's.")
    phase_cost: dict[Phase, float] = Field(default={}, description="Money budgets of single phases in US dollars.")
    prices: tuple[float, float] | None = Field(
        default=None, description="US dollars per million tokens of prompts and of answers; litellm's list if unset."
    )
    requests_per_minute: int | None = Field(default=None, ge=1, description="Calls per minute the endpoint allows.")
    tokens_per_minute: int | None = Field(default=None, ge=1, description="Tokens per minute the endpoint allows.")

    @property
    def limited(self) -> bool:
        """Whether tokens or money are limited."""
        return bool(self.max_tokens or self.max_cost or self.phase_tokens or self.phase_cost)


class ScaleSettings(Group):
    """How the work is cut, who does it, and where records and files are kept."""

    concurrency: int | None = Field(
        default=None, ge=1, le=1024, description="Model calls at once; depends on the model if unset."
    )
    processes: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Processes that make the dialogues, under one budget and one limit; by default one a core where "
        "there are 500 dialogues for each.",
    )
    shard_size: int = Field(default=64, ge=1, le=1000, description="Dialogues per task.")
    dask: str | None = Field(
        default=None,
        description="Dask scheduler whose workers make the shards and compare the parts of a large set, as "
        "tcp://host:8786; `local` starts one here. Each worker has one thread.",
    )
    storage: str | None = Field(
        default=None,
        description="Place of shards and data set at an fsspec URL such as s3://bucket/runs/hotel, for several "
        "machines; the run's folder by default.",
    )
    qdrant_url: str | None = Field(default=None, description="Qdrant server; the embedded engine by default.")
    qdrant_shards: int | None = Field(default=None, ge=1, description="Shards of each collection on a Qdrant cluster.")
    qdrant_replicas: int | None = Field(default=None, ge=1, description="Copies of each shard on a Qdrant cluster.")
    retry_failed: bool = Field(default=False, description="Make the dialogues in the dead-letter file again.")


class BaseSettings(Group):
    """What every kind of run is asked: domain, folder, and the groups that all of them have.

    Settings are given in their groups, or flat by the names of the options (`dialogues=200`, `seed=3`); both may be
    mixed. Names of older versions are read with a note.
    """

    COMMAND: ClassVar[str]
    """The command of the command line that makes such a run."""
    ORDER: ClassVar[tuple[str, ...]]
    """The fields in the order in which people are shown them."""
    FILES: ClassVar[tuple[str, ...]] = ("out",)
    OLD_NAMES: ClassVar[Mapping[str, str]] = {
        "realisation": "mode",
        "least_turns": "min_turns",
        "most_turns": "max_turns",
    }
    """What options were called in older versions."""
    FINGERPRINT_NAMES: ClassVar[Mapping[str, str]] = {new: old for old, new in OLD_NAMES.items()}
    """Options that enter the fingerprint under the name they had first, so that fingerprints of older runs hold."""
    ADDED_LATER: ClassVar[tuple[str, ...]] = (
        "user_policy",
        "agent_policy",
        "guided_by",
        "knowledge",
        "diarize",
        "speakers",
        "screen",
        "screen_text",
        "url",
        "account",
        "strategy",
        "strategies_file",
        "hotlines",
        "leave_out",
    )
    """Options that enter a fingerprint only where they are not the default: runs made before they were there go on."""
    OTHER_PARTS: ClassVar[Mapping[str, str]] = {}
    """Parts of a fingerprint of settings this kind of run had once, as JSON."""
    PROMPTS_LEFT_OUT: ClassVar[tuple[str, ...]]
    """Beginnings of the names of prompts that make no dialogues of such a run."""
    GIVEN_FILES: ClassVar[tuple[str, ...]] = ("seeds", "profiles", "knowledge", "plans", "phrases", "strategies_file")
    """Options that name a file: what it holds counts, not where it lies."""
    START_FILES: ClassVar[tuple[str, ...]] = ("strategies_file",)
    """Those of them that are read when a run starts and never again: they need not be wherever shards are made."""

    domain: str = Field(description="Domain pack: automotive, hotel, restaurant, or the path of a YAML file.")
    out: str = Field(description="Folder of the run: store, caches, dialogues, data set and report.")
    sources: ReadingSettings = Field(
        default=ReadingSettings(), title="Sources", description="What is read, how, and what is given beside it."
    )
    models: ModelSettings = Field(
        default=ModelSettings(), title="Models", description="Which models are used, and how."
    )
    dialogues: SizeSettings = Field(
        default=SizeSettings(), title="Dialogues", description="How many dialogues are made, and of which kind."
    )
    strategies: ChosenStrategies = Field(
        default=ChosenStrategies(), title="Strategies", description="What makes dialogues better, and in which share."
    )
    filter: FilterSettings = Field(
        default=FilterSettings(), title="Filter", description="Which dialogues repeat each other, and how many stay."
    )
    budget: BudgetSettings = Field(
        default=BudgetSettings(), title="Budget", description="What models may cost, and how fast they are asked."
    )
    scale: ScaleSettings = Field(
        default=ScaleSettings(), title="Scale", description="How work is divided, who does it, where data is kept."
    )

    @model_validator(mode="before")
    @classmethod
    def read_flat_names(cls, given: Any) -> Any:  # noqa: ANN401
        """Put settings that are given by the names of their options into their groups."""
        return nest_options(cls, given) if isinstance(given, Mapping) else given

    def replace(self, **options: object) -> Self:
        """Return the settings with some of them changed, given by the names of their options.

        Raises:
            ValidationError: If a name or a value is wrong.
        """
        given = self.model_dump(exclude_unset=True)
        return type(self).model_validate(merge_options(given, nest_options(type(self), options)))

    def list_idle(self) -> frozenset[str]:
        """Return the names of options that decide nothing in this run, whatever they say."""
        words = self.models.mode == "guided" or (self.models.mode == "auto" and not is_local(self.models.model))
        return frozenset() if words else frozenset({"guided_by"})

    def collect_own_parts(self, held: Mapping[str, str]) -> dict[str, str]:
        """Return what beside the settings themselves enters the fingerprint of this kind of run, as name to text.

        Args:
            held: The parts of the run where it was begun already, for what is not on this machine.
        """
        return {}


class RunSettings(BaseSettings):
    """Settings of a run of the flow `stream`. `fingerprint.py` says which of them enter the fingerprint."""

    COMMAND: ClassVar[str] = "run"
    ORDER: ClassVar[tuple[str, ...]] = (
        "domain", "out", "sources", "models", "dialogues", "strategies", "filter", "budget", "scale",
    )  # fmt: skip
    PROMPTS_LEFT_OUT: ClassVar[tuple[str, ...]] = ("judge_", "one_prompt.", "pack.", "people_", "track_", "tooluse_")

    sources: SourceSettings = Field(
        default=SourceSettings(), title="Sources", description="What is read, how, and what is given beside it."
    )
    dialogues: DialogueSettings = Field(
        default=DialogueSettings(), title="Dialogues", description="How many dialogues are made, and of which kind."
    )
    strategies: StrategySettings = Field(
        default=StrategySettings(), title="Strategies", description="What makes dialogues better beside the blueprint."
    )

    @model_validator(mode="after")
    def require_sources(self) -> Self:
        """Refuse settings that name nothing to read."""
        if not self.sources.given and not self.sources.candidates:
            raise ValueError("give --source or --candidates, or both (a file of sources: --sources)")
        return self

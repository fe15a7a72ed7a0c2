"""Settings of what is read: sources, how they are read, and what is given beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from streamdial.errors import SourceError
from streamdial.models import Diarize, Engine
from streamdial.options import Named, number_properties
from streamdial.pipeline.manifest import is_remote, read_manifest
from streamdial.records import Language
from streamdial.screen import ScreenMode

Paths = Annotated[
    tuple[str, ...],
    Named("sources", "--source"),
    Field(description="Folders, files and URLs. A folder is one recording; loose files and URLs together are one."),
]


def _make_absolute(value: str) -> str:
    """Make a path independent of the working directory of whoever runs the task; URLs stay as they are."""
    return value if is_remote(value) else str(Path(value).expanduser().resolve())


class Group(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=number_properties)

    FILES: ClassVar[tuple[str, ...]] = ()
    """Fields that name a file or folder, made absolute."""

    @model_validator(mode="before")
    @classmethod
    def make_files_absolute(cls, given: Any) -> Any:  # noqa: ANN401
        """Make the paths of the group independent of the working directory."""
        if not isinstance(given, Mapping):
            return given
        return {
            name: _make_absolute(value) if name in cls.FILES and isinstance(value, str) and value else value
            for name, value in given.items()
        }


class SourcePaths(Group):
    """What is read."""

    FILES: ClassVar[tuple[str, ...]] = ("manifest",)

    paths: Paths = ()
    manifest: Annotated[str | None, Named("sources_file", flag="--sources")] = Field(
        default=None,
        description="A text file of more sources: a folder, file or URL a line, from where the file lies.",
    )

    @field_validator("paths")
    @classmethod
    def make_paths_absolute(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Make paths independent of the working directory; URLs stay as they are."""
        return tuple(map(_make_absolute, value))

    @property
    def given(self) -> bool:
        """Whether anything to read is named."""
        return bool(self.paths or self.manifest)

    def list_paths(self) -> tuple[str, ...]:
        """Return all folders, files and URLs: those that were named, then those of the file, each once.

        Raises:
            ConfigurationError: If the file cannot be read or names nothing.
        """
        return tuple(dict.fromkeys((*self.paths, *(read_manifest(Path(self.manifest)) if self.manifest else ()))))

    def require_here(self) -> None:
        """Find out that what is named is there, before a folder is made and anything is started.

        Raises:
            ConfigurationError: If the file of sources cannot be read or names nothing.
            SourceError: If a path does not exist.
        """
        for source in self.list_paths():
            if not is_remote(source) and not Path(source).exists():
                raise SourceError("there is no such file or folder.", fix="check the path", where=source)


class ReadingSettings(SourcePaths):
    """What is read, how, and what is given beside it."""

    FILES: ClassVar[tuple[str, ...]] = (*SourcePaths.FILES, "lexicon", "seeds", "profiles", "knowledge", "plans")

    account: str | None = Field(
        default=None,
        min_length=1,
        description="Name of the account of recordings without a profile; those of one name are of one account.",
    )
    source_language: Language | None = Field(
        default=None, description="Language of the sources: en or zh; detected by default."
    )
    transcriber: Engine = Field(
        default="faster-whisper", description="Speech recogniser. hosted: an OpenAI-compatible endpoint."
    )
    speech_model: str = Field(
        default="whisper-base",
        description="Name of pulled weights, or a CTranslate2 folder; of a hosted one its name, as openai/whisper-1.",
    )
    speech_api_base: str | None = Field(default=None, description="Address of a hosted recogniser's endpoint.")
    diarize: Diarize = Field(
        default="auto",
        description="Whether voices are told apart, by whisperx alone. auto: where its weights are at hand.",
    )
    speakers: int | None = Field(
        default=None, ge=1, le=32, description="How many people speak, where that is known; for diarisation."
    )
    screen_text: ScreenMode = Field(
        default="all",
        description="What is read on the screen of videos, and in pictures. captions: burnt-in captions alone. all: "
        "cards and pictures too. Nothing is read where the extra screen is not installed.",
    )
    lexicon: str | None = Field(default=None, description="Folder of a compiled lexicon, for the correction of speech.")
    signals: Literal["auto", "rules", "model"] = Field(
        default="auto",
        description="rules: lexicon and prototypes. model: the model decides what is uncertain "
        "and looks for facts in prose. auto: by model.",
    )
    url: str | None = Field(
        default=None,
        description="Page of the recording, so that evidence is linked to its second; that of a yt-dlp .info.json by "
        "default.",
    )
    screen: Literal["keep", "warn", "drop"] = Field(
        default="drop",
        description="What becomes of a recording that does not belong to the domain. keep: it is used. warn: it is "
        "used, with a note. drop: it is left out.",
    )
    hotlines: Literal["keep", "mask"] = Field(
        default="keep",
        description="Service numbers of businesses (400-123-4567, toll-free). keep: they are public and part of what "
        "an agent tells. mask: they are masked like the numbers of persons.",
    )
    seeds: str | None = Field(
        default=None,
        description="Seed dialogues: a file of MultiWOZ, SGD, CrossWOZ or RiSAWOZ, or JSONL like the package's own.",
    )
    profiles: str | None = Field(
        default=None, description="Profiles in StreamDial's format: agents that take part beside those of the sources."
    )
    knowledge: str | None = Field(
        default=None,
        description="What the agents of `profiles` sell: a CSV, TSV, JSONL, Parquet or SQLite file with a row per "
        "thing, or with the columns entity, slot and value.",
    )
    plans: str | None = Field(
        default=None, description="Dialogue plans in StreamDial's format, followed by the given agents, else by all."
    )
    allow_private: bool = Field(default=False, description="Let page URLs lead into the private network.")


class SourceSettings(ReadingSettings):
    """What is read, how, and what is given beside it."""

    FILES: ClassVar[tuple[str, ...]] = (*ReadingSettings.FILES, "candidates")

    candidates: str | None = Field(
        default=None,
        description="Table of candidates that `streamdial screen` kept: each is a source, the first of them by rank.",
    )
    most_candidates: int = Field(default=20, ge=1, le=1000, description="Maximum number of sources of the table.")
    refresh: bool = Field(default=False, description="Read the accounts' pages again and update the knowledge base.")
    allow_empty: bool = Field(
        default=False, description="Make dialogues although the sources give no facts, no answers or no given agents."
    )

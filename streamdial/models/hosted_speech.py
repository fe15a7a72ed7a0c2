"""A recogniser behind an OpenAI-compatible endpoint for transcriptions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from streamdial.errors import ConfigurationError, ModelError, SourceError
from streamdial.models.endpoint_calls import describe_failure, post_once
from streamdial.models.heard_parts import HeardParts
from streamdial.models.speech import build_segment
from streamdial.models.transcript_guard import Decoding
from streamdial.records import Language, Segment, Word

_HOME = "https://api.openai.com/v1"
_TOO_LARGE = 413
_TOO_LARGE_FIX = "send less: cut the recording, or give its sound alone as mono Opus or MP3"
_FIX = "check the model's name, the key and --speech-api-base"
_FIGURES = ("no_speech_prob", "avg_logprob", "compression_ratio")


class HostedTranscriber:
    """Whisper, or what answers like it, behind `/audio/transcriptions`.

    Each file is one call; it is asked for segments and words with their times (`verbose_json`). A model that gives no
    times is of no use here.

    Args:
        model: Name the endpoint knows the model by.
        base_url: Address up to and with `/v1`.
        api_key: Sent as a bearer token; kept out of errors and logs.
        model_id: Name for fingerprints; the model's name by default.
        timeout: Seconds one call may take: hours of speech are long to send.
        attempts: Calls per file before a failure that may pass is given up.
        longest_wait: Seconds between two calls, at most, where the endpoint asks for no more.
        parts: Folder in which what was heard of each file is kept, so that it is not paid twice; None keeps nothing.
    """

    def __init__(
        self,
        model: str,
        base_url: str = _HOME,
        *,
        api_key: str = "",
        model_id: str | None = None,
        timeout: float = 1800.0,
        attempts: int = 5,
        longest_wait: float = 30.0,
        parts: Path | None = None,
    ) -> None:
        self.model_id = model_id or model
        self._model = model
        self._url = base_url.rstrip("/") + "/audio/transcriptions"
        self._key = api_key
        self._timeout = timeout
        self._parts = parts
        self._wait = wait_random_exponential(multiplier=0.2, max=longest_wait)
        self._retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ModelError) and error.transient),
            stop=stop_after_attempt(attempts),
            wait=self._compute_wait,
            reraise=True,
        )

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return segments with word times, loops and words heard in silence among them (`find_made_up` tells them).

        Raises:
            ModelError: If the endpoint refuses the file, or does not answer after all attempts.
            SourceError: If its answer has no times.
        """
        kept = HeardParts(self._parts / source_id if self._parts else None, model=self.model_id, language=language)
        return kept.take(0, partial(self._hear, path, language, source_id))

    def _hear(self, path: Path, language: Language | None, source_id: str) -> list[Segment]:
        # A thread of its own, so that it does not matter whether a loop runs in this one.
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(asyncio.run, self._ask_until_answered(path, language)).result()
        return self._convert(answer, path, source_id)

    async def _ask_until_answered(self, path: Path, language: Language | None) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await self._retrying(self._ask, path, language)
        return answer

    async def _ask(self, path: Path, language: Language | None) -> Mapping[str, Any]:
        import aiohttp

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        patience = aiohttp.ClientTimeout(total=self._timeout)
        with path.open("rb") as media:
            form = aiohttp.FormData()
            form.add_field("file", media, filename=f"speech{path.suffix}")
            form.add_field("model", self._model)
            form.add_field("response_format", "verbose_json")
            form.add_field("temperature", "0")
            for grain in ("segment", "word"):
                form.add_field("timestamp_granularities[]", grain)
            if language:
                form.add_field("language", language)
            async with aiohttp.ClientSession(timeout=patience, headers=headers) as session:
                status, asked_to_wait, content = await post_once(
                    session,
                    self._url,
                    form,
                    model_id=self.model_id,
                    setting="--speech-api-base",
                )
        if status != 200:
            raise describe_failure(
                status,
                asked_to_wait,
                content,
                model_id=self.model_id,
                key=self._key,
                fix=_TOO_LARGE_FIX if status == _TOO_LARGE else _FIX,
                where=path.name,
            )
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise ModelError(f"{self.model_id} sent no valid answer", transient=True, kind="malformed") from error
        if not isinstance(answer, dict):
            raise ModelError(f"{self.model_id} sent no valid answer", transient=True, kind="malformed")
        return answer

    def _compute_wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, ModelError) and error.retry_after else 0.0
        return max(asked, float(self._wait(state)))

    def _convert(self, answer: Mapping[str, Any], path: Path, source_id: str) -> list[Segment]:
        told = [each for each in answer.get("segments") or () if isinstance(each, dict) and _is_timed(each)]
        if not told:
            if not str(answer.get("text") or "").strip():
                return []
            raise SourceError(
                f"{self.model_id} gave no times for what is said.",
                fix="name a model that answers in verbose_json with segments, as whisper-1 does",
                where=path.name,
            )
        words = [each for each in answer.get("words") or () if isinstance(each, dict) and _is_timed(each)]
        segments: list[Segment] = []
        for each, own in zip(told, _share_words(told, words), strict=True):
            if text := str(each.get("text") or "").strip():
                figures = (_read_number(each.get(name)) for name in _FIGURES)
                start, end = float(each["start"]), max(float(each["start"]), float(each["end"]))
                segments.append(build_segment(source_id, start, end, text, own, decoding=Decoding(*figures)))
        return segments


def build_hosted_transcriber(name: str, *, api_base: str | None = None, parts: Path | None = None) -> HostedTranscriber:
    """Return a hosted recogniser by name; the key is taken from the environment, as that of chat models is.

    Args:
        name: `PROVIDER/MODEL`, such as `openai/whisper-1`.
        api_base: Address of the endpoint; that of the environment (`OPENAI_API_BASE`) by default, else OpenAI's.
        parts: Folder in which what was heard of each file is kept; None keeps nothing.

    Raises:
        ConfigurationError: If the name says no provider that is known, or there is no address for it.
    """
    from streamdial.models.build import LEAN_PROVIDERS

    provider, _, model = name.partition("/")
    prefix = LEAN_PROVIDERS.get(provider)
    if not model or prefix is None:
        raise ConfigurationError(
            f"the hosted recogniser {name!r} names no provider that is known ({', '.join(LEAN_PROVIDERS)}).",
            fix="write --speech-model openai/whisper-1, with --speech-api-base for an endpoint of your own",
        )
    address = api_base or os.environ.get(f"{prefix}_API_BASE") or (_HOME if provider == "openai" else None)
    if address is None:
        raise ConfigurationError(f"there is no address for {name}.", fix="give --speech-api-base")
    return HostedTranscriber(
        model, address, api_key=os.environ.get(f"{prefix}_API_KEY", ""), model_id=name, parts=parts
    )


def _is_timed(value: Mapping[str, Any]) -> bool:
    return all(_read_number(value.get(key)) is not None for key in ("start", "end"))


def _read_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _share_words(segments: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]) -> list[tuple[Word, ...]]:
    """Return the words of each segment: those whose middle lies before its end."""
    shares: list[list[Word]] = [[] for _ in segments]
    place = 0
    for word in sorted(words, key=lambda each: float(each["start"])):
        text = str(word.get("word") or "").strip()
        start, end = float(word["start"]), max(float(word["start"]), float(word["end"]))
        while place < len(segments) - 1 and (start + end) / 2 > float(segments[place]["end"]):
            place += 1
        if text:
            shares[place].append(Word(text=text, start=start, end=end))
    return [tuple(share) for share in shares]

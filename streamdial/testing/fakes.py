"""Scripted chat, speech and embedding models."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from streamdial.models import ChatReply, ChatRequest, Vectors
from streamdial.models.speech import build_segment
from streamdial.records import Language, Segment
from streamdial.text import tokenize

_QUOTED = re.compile(r"«([^«»]*)»")
_REFUSED = ("not like this", "不要这样写")


def read_quoted_line(prompt: str) -> str:
    """Return the line a reword prompt asks about: the last text between « and », refused ones left out.

    A prompt without such a line is returned as it is.
    """
    lines = [line for line in prompt.splitlines() if not line.lower().startswith(_REFUSED)]
    found = [match[1] for line in lines for match in _QUOTED.finditer(line)]
    return found[-1] if found else prompt


class ScriptedChatModel:
    """A chat model that says what a test tells it to.

    Args:
        replies: Answers in order (an exception is raised instead), or a function of the request.
        model_id: Name for cache keys and provenance.

    Attributes:
        requests: Everything it was asked, in order.
    """

    def __init__(
        self,
        replies: Sequence[str | Exception | ChatReply] | Callable[[ChatRequest], str | ChatReply],
        model_id: str = "scripted",
    ) -> None:
        self.model_id = model_id
        self.requests: list[ChatRequest] = []
        self.closed = False
        self._replies = replies if callable(replies) else list(replies)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the next answer; tokens are counted as words of prompt and answer.

        Raises:
            AssertionError: If more is asked than was scripted.
            Exception: The scripted one, where the next reply is an exception.
        """
        self.requests.append(request)
        if callable(self._replies):
            reply: str | Exception | ChatReply = self._replies(request)
        elif self._replies:
            reply = self._replies.pop(0)
        else:
            raise AssertionError(f"{self.model_id} was asked {len(self.requests)} times; its script is over")
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, ChatReply):
            return reply
        prompt_tokens = sum(len(tokenize(message.content)) for message in request.messages)
        return ChatReply(
            text=reply, model=self.model_id, prompt_tokens=prompt_tokens, completion_tokens=len(tokenize(reply))
        )

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.closed = True


class EchoChatModel(ScriptedChatModel):
    """A chat model that answers a reword prompt with the very line it was to reword."""

    def __init__(self, model_id: str = "echo") -> None:
        super().__init__(lambda request: read_quoted_line(request.messages[-1].content), model_id)


_TURN = re.compile(r"^(\d+)\. (?:customer|adviser|顾客|顾问)(?:: |：)(?!already written|已写好)(.*)$", re.MULTILINE)
_NEXT = re.compile(r"^\[(?:Your next line: |你的下一句：)(.*)\]$", re.MULTILINE)
_WANTED = re.compile(r"\| (?:say: |说出：)([^|]*)")
_OPENERS: dict[Language, str] = {
    "en": "right okay well good sure fine so alright true indeed anyway yes hm oh ah great lovely nice fair listen",
    "zh": "好的 行 嗯 那好 对 哦 是的 明白 可以 好嘞 当然 确实 也对 原来如此 哎 这样啊 没错 好吧 知道了 那么",
}
GuidedFault = Literal["wrong_figure", "missing_value", "other_thing", "ai_phrase", "empty"]


class ObedientModel(ScriptedChatModel):
    """A strong model that words the turns of a guided prompt just as told, plainly; or one that disobeys.

    Anything else it is asked it answers with an empty object.

    Args:
        fault: How it disobeys; None for never. A turn without a value cannot miss one.
        stubborn: Whether it disobeys again when it is asked again.
        thing: What it names where it names another thing.
        every: It disobeys in every turn whose number this divides.
    """

    def __init__(
        self, fault: GuidedFault | None = None, *, stubborn: bool = True, thing: str = "", every: int = 1
    ) -> None:
        super().__init__(self._answer_guided, "obedient" if fault is None else f"disobedient-{fault}")
        self._fault, self._stubborn, self._thing, self._every = fault, stubborn, thing, every

    def _answer_guided(self, request: ChatRequest) -> str:
        prompt = request.messages[-1].content
        if told := _NEXT.search(prompt):
            return json.dumps({"utterance": self._word(told[1], 24 + len(self.requests), prompt)}, ensure_ascii=False)
        turns = [(int(match[1]), match[2]) for match in _TURN.finditer(prompt)]
        if not turns:
            return "{}"
        lines = [{"turn": number, "utterance": self._word(text, number, prompt)} for number, text in turns]
        return json.dumps({"turns": lines}, ensure_ascii=False)

    def _word(self, text: str, number: int, prompt: str) -> str:
        chinese = "顾客" in prompt or "你的下一句" in prompt
        again = "refused" in prompt or "不合格" in prompt
        fault = self._fault if number % self._every == 0 and (self._stubborn or not again) else None
        wanted = [value for part in _WANTED.findall(text) for value in _QUOTED.findall(part)]
        if fault == "empty":
            return ""
        if fault == "missing_value":
            wanted = wanted[:-1]
        more = {"wrong_figure": "777", "other_thing": self._thing}.get(fault or "", "")
        wanted += [more] if more else []
        asks = "as a question" in text or "（用问句）" in text
        openers = _OPENERS["zh" if chinese else "en"].split()
        opener = openers[number % len(openers)]
        opener += (
            ("，" if chinese else " then ") + openers[number // len(openers) % len(openers)]
            if number >= len(openers)
            else ""
        )
        if chinese:
            opener = f"作为AI语言模型，{opener}" if fault == "ai_phrase" else opener
            return "，".join([opener, "说一下", *wanted]) + ("可以吗？" if asks else "。")
        opener = f"As an AI language model, {opener}" if fault == "ai_phrase" else opener
        return f"{opener}, this is about it{': ' if wanted else ''}{' and '.join(wanted)}{'?' if asks else '.'}"


class HashingEmbedder:
    """A deterministic bag of tokens: equal texts have cosine 1, texts that share words are near.

    Args:
        dimensions: Length of a vector; few of them let different words collide.
    """

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.model_id = f"hashing-{dimensions}"
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one float32 vector of unit length per text; a text without tokens counts as one token."""
        self.texts.extend(texts)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for token in tokenize(text) or [text]:
                digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
                vectors[row, int.from_bytes(digest[:8], "big") % self.dimensions] += 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


class ScriptedTranscriber:
    """A recogniser that hears given segments in every file.

    Args:
        segments: (start, end, text) in seconds.
    """

    model_id = "scripted-speech"

    def __init__(self, segments: Sequence[tuple[float, float, str]]) -> None:
        self._segments = tuple(segments)
        self.paths: list[Path] = []

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return the given segments, whatever the file holds."""
        self.paths.append(path)
        return [build_segment(source_id, start, end, text, ()) for start, end, text in self._segments]

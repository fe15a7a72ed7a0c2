"""Lets a chat model tell the kinds of messages that the classifier is unsure of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.models import ChatMessage, ChatModel, ChatRequest, Embedder, run_together, try_structured
from streamdial.prompts import render_prompt
from streamdial.records import Language, Message
from streamdial.signals.denoising import denoise_messages
from streamdial.signals.message_kinds import MessageKind, MessageKindClassifier
from streamdial.text import detect_language

_LINES_PER_CALL = 20
SURE = 0.8
"""A kind that is as likely as this is not asked about."""


class KindLabel(BaseModel):
    """The model's answer about one line."""

    model_config = ConfigDict(extra="forbid")

    line: int
    kind: MessageKind


class KindLabels(BaseModel):
    """The model's answer about the lines of one call."""

    model_config = ConfigDict(extra="forbid")

    labels: list[KindLabel] = Field(max_length=_LINES_PER_CALL)


def list_unsure_texts(messages: Iterable[Message], pack: DomainPack, embedder: Embedder) -> list[str]:
    """Return the folded texts of viewers whose kind the classifier is unsure of, each once, in order."""
    clean = denoise_messages(messages, pack, Counts("chat and comments"))
    texts = list(dict.fromkeys(found.text for found in clean if not found.message.by_host))
    texts = [text for text in texts if detect_language(text) != "other"]
    decisions = MessageKindClassifier(embedder).classify(texts)
    return [text for text, decision in zip(texts, decisions, strict=True) if decision.confidence < SURE]


async def label_kinds(
    texts: Sequence[str], pack: DomainPack, language: Language, model: ChatModel, counts: Counts
) -> dict[str, MessageKind]:
    """Return the kinds a model chose, by text; twenty lines per call. A line without a usable choice has none.

    Args:
        texts: Folded texts, as `list_unsure_texts` gives them.
        pack: Names the vertical.
        language: Of the prompt.
        model: A model that can write structured answers.
        counts: Gets `asked` (lines), `kept` (chosen by the model) and drops: `unusable_answer`, `not_answered`.
    """
    starts = range(0, len(texts), _LINES_PER_CALL)
    parts = await run_together(
        _label(texts[start : start + _LINES_PER_CALL], pack, language, model, counts) for start in starts
    )
    counts.made = counts.kept
    return {text: kind for part in parts for text, kind in part.items()}


async def _label(
    texts: Sequence[str], pack: DomainPack, language: Language, model: ChatModel, counts: Counts
) -> dict[str, MessageKind]:
    counts.asked += len(texts)
    prompt = render_prompt("message_kinds", language, domain=pack.names[language], lines=texts)
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=600, temperature=0.0, purpose="message_kinds"
    )
    answer = await try_structured(model, request, KindLabels)
    if answer is None:
        counts.drop("unusable_answer", len(texts))
        return {}
    chosen = {label.line: label.kind for label in answer.labels}
    kinds = {text: chosen[number] for number, text in enumerate(texts, 1) if number in chosen}
    counts.kept += len(kinds)
    if len(kinds) < len(texts):
        counts.drop("not_answered", len(texts) - len(kinds))
    return kinds

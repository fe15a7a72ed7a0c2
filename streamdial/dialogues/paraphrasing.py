"""Paraphrases by a model: asked for, checked, and asked for again with the reason for a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache

from streamdial.dialogues.checks import clean_wording
from streamdial.errors import ModelError
from streamdial.models import UNUSABLE, ChatMessage, ChatModel, ChatRequest
from streamdial.prompts import render_prompt
from streamdial.records import Language, Role

MAX_TOKENS = 60


async def paraphrase(
    model: ChatModel,
    line: str,
    role: Role,
    language: Language,
    *,
    seed: int,
    reasks: int,
    check: Callable[[str], Awaitable[str | None]],
    count: Callable[[str], object],
) -> str | None:
    """Return a paraphrase of a line, or None where none passes.

    Args:
        model: The model.
        line: The line.
        role: Who says it.
        language: Its language.
        seed: Seed of the first try; each further one counts on.
        reasks: How often the model is asked again.
        check: Returns what is wrong with a wording, or None.
        count: Told of each try that failed, by name.

    Raises:
        ModelError: If a call itself fails.
    """
    refused = ""
    for attempt in range(1 + reasks):
        asked = render_prompt("reword_line", language, role=role, line=line, refused=refused)
        request = ChatRequest(
            messages=(*build_examples(language), ChatMessage(role="user", content=asked)),
            max_tokens=MAX_TOKENS,
            temperature=0.7,
            seed=seed + attempt,
            stop=("\n",),
            purpose=f"{role}_turn",
        )
        try:
            reply = await model.complete(request)
        except ModelError as error:
            if error.kind not in UNUSABLE:
                raise
            count(error.kind)
            continue
        if reply.finish_reason != "stop":
            # What was cut off is no wording, however well it reads.
            count("truncated")
            continue
        text = clean_wording(reply.text)
        failed = await check(text)
        if failed is None:
            return text
        count(failed)
        refused = text
    return None


@lru_cache(maxsize=4)
def build_examples(language: Language) -> tuple[ChatMessage, ...]:
    """Return what stands before every line to paraphrase: rules, then examples as turns of a chat.

    It is the same for both roles, so that it stays in the endpoint's prefix cache.
    """
    shown = render_prompt("reword_examples", language).splitlines()
    examples = (
        ChatMessage(role="assistant" if index % 2 else "user", content=text) for index, text in enumerate(shown)
    )
    return (ChatMessage(role="system", content=render_prompt("reword", language)), *examples)

"""Which stage a dialogue is in, read by a language model from its words: for dialogues without acts and slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, create_model

from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.prompts import render_prompt
from streamdial.records import Blueprint, Turn

SHOWN_TURNS = 8
"""Turns the model is shown; a stage shows itself in the last few."""


async def locate_stage(model: ChatModel, blueprint: Blueprint, turns: Sequence[Turn]) -> str:
    """Return the stage of a blueprint a dialogue is in, as a model reads it from the wording.

    `BlueprintRunner` works from acts and slots and needs no model; this is for dialogues that have none, and for
    whoever wants a second opinion.

    Args:
        model: A model that can write structured answers.
        blueprint: Whose stages are to choose from.
        turns: The dialogue so far; only roles and utterances are read.

    Returns:
        Name of a stage; empty where the model gives no usable answer, or nothing was said yet.

    Raises:
        ModelError: If the call itself fails.
    """
    if not turns:
        return ""
    choice: Any = Literal[tuple(stage.name for stage in blueprint.stages)]
    schema: type[BaseModel] = create_model("StageAnswer", stage=(choice, ...))
    prompt = render_prompt("stage", blueprint.language, stages=blueprint.stages, turns=list(turns)[-SHOWN_TURNS:])
    request = ChatRequest(messages=(ChatMessage(role="user", content=prompt),), max_tokens=40, purpose="stage")
    answer = await try_structured(model, request, schema)
    return str(answer.model_dump()["stage"]) if answer else ""

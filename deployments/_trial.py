"""One small real call of each kind a run makes, so that what an endpoint refuses is known before the run."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import typer
from pydantic import BaseModel

from streamdial.errors import ModelError
from streamdial.models import (
    ChatMessage,
    ChatModel,
    ChatReply,
    ChatRequest,
    ModelRuntime,
    Price,
    build_chat_model,
    choose_price,
    complete_structured,
)
from streamdial.pipeline import BaseSettings
from streamdial.pipeline.run import needs_model

MAX_TOKENS = 64
_ATTEMPTS = 3
_LONGEST_WAIT = 2.0


class SmallAnswer(BaseModel):
    """What the trial of structured answers asks for."""

    city: str
    nights: int


_TOOL = {
    "type": "function",
    "function": {
        "name": "search_rooms",
        "description": "Search free rooms in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "nights": {"type": "integer"}},
            "required": ["city"],
        },
    },
}


class Trial(NamedTuple):
    """What became of one call.

    Attributes:
        kind: `text`, `schema` or `tools`.
        seconds: How long it took, with what was learnt on the way.
        prompt_tokens: Tokens of the prompts, as the endpoint tells them or estimated.
        completion_tokens: Tokens of the answers.
        dollars: What it cost; 0 where no price is known.
        problem: What was wrong, None where nothing was.
    """

    kind: str
    seconds: float
    prompt_tokens: int
    completion_tokens: int
    dollars: float
    problem: ModelError | None


async def try_calls(model: ChatModel, price: Price | None) -> list[Trial]:
    """Make a call for text, one for an answer that fits a schema and one for a call of a function.

    Args:
        model: The model; it is left open.
        price: What it costs, where that is known.
    """
    return [await _try_call(kind, model, price) for kind in ("text", "schema", "tools")]


async def _try_call(kind: str, model: ChatModel, price: Price | None) -> Trial:
    runtime = ModelRuntime(model, price=price, attempts=_ATTEMPTS, longest_wait=_LONGEST_WAIT)
    begun = time.perf_counter()
    problem: ModelError | None = None
    try:
        await _ask(kind, runtime)
    except ModelError as error:
        problem = error
    usage = runtime.usage
    seconds = time.perf_counter() - begun
    return Trial(kind, seconds, usage.prompt_tokens, usage.completion_tokens, usage.dollars, problem)


async def _ask(kind: str, model: ModelRuntime) -> None:
    if kind == "schema":
        await complete_structured(
            model,
            _write_request('A guest stays two nights in Lyon. Answer with JSON: {"city": ..., "nights": ...}.'),
            SmallAnswer,
        )
    elif kind == "tools":
        request = _write_request("A guest asks for a room for two nights in Lyon. Search for one.")
        reply = await model.complete(request.model_copy(update={"tools": (_TOOL,), "tool_choice": "required"}))
        if not reply.tool_calls:
            raise ModelError("it answers in words and calls no function", transient=False, kind="functions")
    else:
        _require_whole(await model.complete(_write_request("Say this in other words: «I will be there on Friday.»")))


def show_trial(settings: BaseSettings) -> int:
    """Make the calls, print what became of each, what was learnt of the endpoint and what it costs; return the failed.

    A model that code does without makes none. Function calls, which only dialogues with tools make, fail nobody.
    """
    if not needs_model(settings):
        typer.echo("         no calls: code plans and words the turns with this model, unless --mode says otherwise")
        return 0
    models, budget = settings.models, settings.budget
    choice = build_chat_model(models.model, api_base=models.api_base, timeout=models.timeout)
    price = choose_price(budget.prices, models.model)

    async def make() -> list[Trial]:
        try:
            return await try_calls(choice.model, price)
        finally:
            await choice.model.aclose()

    trials = asyncio.run(make())
    for trial in trials:
        tokens = f"{trial.prompt_tokens}+{trial.completion_tokens} tokens"
        cost = f", ${trial.dollars:.6f}" if price or trial.dollars else ""
        said = f"{trial.seconds:.1f} s, {tokens}{cost}" if trial.problem is None else str(trial.problem)
        unneeded = " (only dialogues with tools need it)" if trial.kind == "tools" and trial.problem else ""
        typer.echo(f"         {trial.kind:7} {'ok' if trial.problem is None else 'FAILED'}: {said}{unneeded}")
    for sentence in getattr(getattr(choice.model, "habits", None), "describe", list)():
        typer.echo(f"         learnt: it {sentence}")
    told = f"${price.prompt:g} a million tokens of prompts, ${price.completion:g} of answers" if price else "not known"
    typer.echo(f"         price: {told}")
    return sum(trial.problem is not None and trial.kind != "tools" for trial in trials)


def _write_request(text: str) -> ChatRequest:
    return ChatRequest(messages=(ChatMessage(role="user", content=text),), max_tokens=MAX_TOKENS, purpose="trial")


def _require_whole(reply: ChatReply) -> None:
    if reply.finish_reason != "stop":
        raise ModelError(f"it was cut off after {MAX_TOKENS} tokens", transient=False, kind="truncated")

"""Structured answers: a JSON schema out of a pydantic model, repair, one more question, then a clear failure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

import json_repair
import orjson
from pydantic import BaseModel, ValidationError

from streamdial.errors import ModelError
from streamdial.models._protocols import ChatMessage, ChatModel, ChatReply, ChatRequest
from streamdial.models.answers import clean_values

UNUSABLE = ("malformed", "truncated", "empty", "filtered", "context", "functions")
"""Kinds of errors of a model that has nothing usable to say to a prompt; code does without it."""
_ANEW = ("empty", "filtered")
"""Those that another seed may mend."""
Result = TypeVar("Result")
Answer = TypeVar("Answer", bound=BaseModel)


def describe_validation_error(error: ValidationError) -> str:
    """Return a validation error as one line a model (or a person) can act on."""
    parts = [f"{'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}" for item in error.errors()[:5]]
    return "; ".join(parts)


def read_json(text: str, *, repair: bool = True) -> Any:  # noqa: ANN401
    """Return the JSON a model wrote, its texts cleaned of thoughts and tokens of the chat template.

    Args:
        text: What it wrote.
        repair: Whether small damage is repaired; the JSON of a truncated answer would be closed in mid-sentence.

    Raises:
        ValueError: If it is no JSON and is not to be repaired, or holds a number that JSON does not know.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        if not repair:
            raise
        value = json_repair.loads(text)
        json.dumps(value, allow_nan=False)
    return clean_values(value)


def parse_answer(text: str, schema: type[Answer], *, repair: bool = True) -> Answer:
    """Read a model's answer into a pydantic model; small damage to the JSON is repaired.

    An answer in a list, in an object of one field or in a text of JSON is taken out of it; of several the first.

    Args:
        text: The answer.
        schema: What it must fit.
        repair: Whether to repair, see `read_json`.

    Raises:
        ValidationError: If it does not fit the schema even then.
    """
    try:
        value = read_json(text, repair=repair)
    except ValueError:
        return schema.model_validate_json(text)
    for wrapped in _list_wrapped(value):
        try:
            return schema.model_validate(wrapped)
        except ValidationError:
            continue
    return schema.model_validate(value)


def _list_wrapped(value: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield an answer, then what it may be wrapped around: models like to answer with one thing more than was asked."""
    yield value
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))
    elif isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        yield read_json(value)
    elif isinstance(value, dict):
        inner = [value.get("properties"), *(value.values() if len(value) == 1 else ())]
        yield from (each for each in inner if isinstance(each, dict))


@lru_cache(maxsize=64)
def _build_schema(schema: type[BaseModel]) -> dict[str, Any]:
    return schema.model_json_schema()


async def try_structured(model: ChatModel, request: ChatRequest, schema: type[Answer]) -> Answer | None:
    """Ask as `complete_structured` does; return None where the model gave nothing usable in two tries.

    Raises:
        ModelError: If the call itself fails.
    """
    try:
        answer, _ = await complete_structured(model, request, schema)
    except ModelError as error:
        if error.kind not in UNUSABLE:
            raise
        return None
    return answer


async def run_together(calls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Await calls side by side and return their answers in order; the first failure cancels the others.

    Raises:
        Exception: What the call that failed first raised.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def complete_structured(model: ChatModel, request: ChatRequest, schema: type[Answer]) -> tuple[Answer, ChatReply]:
    """Ask for an answer that fits a pydantic model; ask once more with the error if it does not.

    Truncation is told from malformed output: a truncated answer is asked for again with twice the room.

    Raises:
        ModelError: Of kind `truncated`, `malformed` or `empty`, if the second answer does not fit either.
    """
    asked = request.model_copy(update={"json_schema": _build_schema(schema)})
    for attempt in (1, 2):
        try:
            reply = await model.complete(asked)
        except ModelError as error:
            if error.kind not in _ANEW or attempt == 2:
                raise
            asked = asked.model_copy(update={"seed": asked.seed + 1})
            continue
        truncated = reply.finish_reason == "length"
        try:
            return parse_answer(reply.text, schema, repair=not truncated), reply
        except ValidationError as error:
            reason = describe_validation_error(error)
            if attempt == 2:
                raise ModelError(
                    f"{model.model_id} gave no usable {schema.__name__} in two tries: {reason}",
                    transient=False,
                    kind="truncated" if truncated else "malformed",
                ) from error
        if truncated:
            asked = asked.model_copy(update={"max_tokens": asked.max_tokens * 2})
        else:
            correction = (
                f"Your answer does not fit: {reason}. Answer again with JSON that fits the schema and nothing else."
            )
            asked = asked.model_copy(
                update={
                    "messages": (
                        *asked.messages,
                        ChatMessage(role="assistant", content=reply.text),
                        ChatMessage(role="user", content=correction),
                    )
                }
            )
    raise AssertionError("unreachable")

"""One POST to an OpenAI-compatible endpoint, with its failures told as they can be acted on."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from streamdial.errors import ModelError

if TYPE_CHECKING:
    import aiohttp

TRANSIENT_STATUS = {408, 409, 425, 429, 500, 502, 503, 504, 529}


async def post_once(
    session: aiohttp.ClientSession,
    url: str,
    data: Any,  # noqa: ANN401
    *,
    model_id: str,
    setting: str,
) -> tuple[int, float | None, bytes]:
    """Return the status of an answer, the seconds it asks to wait (`parse_retry_after`), and its body.

    Args:
        session: Brings headers and patience.
        url: The address.
        data: The body.
        model_id: Name of the model in errors.
        setting: What to correct where the address is wrong: "the api base".

    Raises:
        ModelError: If no answer comes; `transient` but for a wrong address.
    """
    import aiohttp

    try:
        async with session.post(url, data=data) as response:
            return response.status, parse_retry_after(response.headers.get("Retry-After")), await response.read()
    except TimeoutError as error:
        told = f"{model_id} did not answer in {session.timeout.total:g} s"
        raise ModelError(told, transient=True, kind="timeout") from error
    except aiohttp.InvalidURL as error:
        raise ModelError(f"{url!r} is no address", transient=False, kind="request", fix=f"correct {setting}") from error
    except aiohttp.ClientError as error:
        raise ModelError(
            f"the connection to {model_id} failed ({type(error).__name__})",
            transient=True,
            kind="connection",
            fix=f"check {setting} and that the endpoint runs",
        ) from error


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds a Retry-After header asks to wait (RFC 9110, 10.2.3); None where it says nothing usable."""
    if not value:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError):
        return None


def describe_failure(
    status: int,
    retry_after: float | None,
    content: bytes,
    *,
    model_id: str,
    key: str,
    fix: str,
    where: str | None = None,
) -> ModelError:
    """Return the error of an answer that is not 200; a key that the endpoint quotes is hidden.

    Args:
        status: Of the answer.
        retry_after: Seconds the endpoint asked to wait.
        content: The body.
        model_id: Name of the model.
        key: The key that was sent.
        fix: What to do where the request itself is refused.
        where: File the call was about.
    """
    try:
        detail = str(orjson.loads(content)["error"]["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        detail = content[:200].decode("utf-8", "replace")
    kind = "rate_limit" if status == 429 else "server" if status in TRANSIENT_STATUS else "request"
    return ModelError(
        f"{model_id} answered {status}: {hide_key(detail, key)}",
        transient=status in TRANSIENT_STATUS,
        kind=kind,
        retry_after=retry_after,
        fix=None if kind != "request" else fix,
        where=where,
    )


def hide_key(text: str, key: str) -> str:
    """Return a text without the key: some endpoints quote the one they refuse."""
    return text.replace(key, "***") if key else text

"""One request to an OpenAI-compatible endpoint, with its failures told as they can be acted on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from streamdial.errors import ModelError
from streamdial.models.failures import find_failure

if TYPE_CHECKING:
    import aiohttp

TRANSIENT_STATUS = {408, 409, 425, 429, 500, 502, 503, 504, 529}
UNAUTHORIZED = 401
MIN_KEY = 8
"""Minimum number of characters of a key that is one; shorter ones ("none", "x") are given where none is wanted."""
PASSING = ("rate_limit", "server", "timeout", "connection")
"""Kinds of failed calls that may succeed later."""


class KeptSession:
    """One aiohttp session, opened on first use and anew in another event loop, which a connection does not outlive.

    Args:
        timeout: Seconds one request may take.
        headers: Sent with every request.
    """

    def __init__(self, timeout: float, headers: Mapping[str, str]) -> None:
        self._timeout = timeout
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> aiohttp.ClientSession:
        """Return the session of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            import aiohttp

            patience = aiohttp.ClientTimeout(total=self._timeout)
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(connector=connector, timeout=patience, headers=self._headers)
            self._loop = loop
        return self._session

    async def aclose(self) -> None:
        """Close the session."""
        if self._session is not None and not self._session.closed:
            await self._session.close()
        self._session = None


async def post_once(
    session: aiohttp.ClientSession,
    url: str,
    data: Any,  # noqa: ANN401
    *,
    model_id: str,
    setting: str,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, float | None, bytes]:
    """Return the status of an answer, the seconds it asks to wait (`parse_retry_after`), and its body.

    Args:
        session: Brings headers and patience.
        url: The address.
        data: The body.
        model_id: Name of the model in errors.
        setting: What to correct where the address is wrong: "the api base".
        method: POST, or what a batch is looked at with.
        headers: Beside those of the session.

    Raises:
        ModelError: If no answer comes; `transient` but for a wrong address.
    """
    import aiohttp

    try:
        async with session.request(method, url, data=data, headers=headers) as response:
            return response.status, read_wait(response.headers), await response.read()
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


def read_wait(headers: Any) -> float | None:  # noqa: ANN401
    """Return the seconds an answer's headers ask to wait: `Retry-After-Ms`, where there is one, else `Retry-After`."""
    exact = parse_retry_after(headers.get("retry-after-ms"))
    return parse_retry_after(headers.get("retry-after")) if exact is None else exact / 1000


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
    except (TypeError, ValueError, OverflowError):
        return None


def read_error(body: Any) -> tuple[int | None, str, str]:  # noqa: ANN401
    """Return status, message and all that an error says, as endpoints write them; empty where it is no error.

    Known are `{"error": {"message": ..., "code": ..., "param": ...}}`, `{"error": "..."}`, the same without `error`
    around it (vLLM), and `{"detail": ...}` (FastAPI).
    """
    if not isinstance(body, dict):
        return None, "", ""
    inside = body.get("error") or body
    if not isinstance(inside, dict):
        return None, str(inside), str(inside)
    detail = inside.get("message") or inside.get("detail") or inside.get("error") or ""
    message = detail if isinstance(detail, str) else orjson.dumps(detail, default=str).decode()
    more = [str(inside[name]) for name in ("code", "param", "type", "status") if inside.get(name)]
    code = inside.get("code")
    return code if isinstance(code, int) else None, message, " ".join([message[:500], *more])


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
        _, message, said = read_error(orjson.loads(content))
    except orjson.JSONDecodeError:
        message = said = ""
    message = message or content[:200].decode("utf-8", "replace")
    return tell_failure(
        status,
        f"{model_id} answered {status}: {hide_key(message, key)}",
        hide_key(said or message, key),
        retry_after=retry_after,
        fix=fix,
        where=where,
    )


def tell_failure(
    status: int | None,
    what: str,
    said: str,
    *,
    retry_after: float | None,
    fix: str,
    kind: str = "",
    where: str | None = None,
) -> ModelError:
    """Return the error of a failed call, its kind told by what the endpoint said, else by the status.

    Args:
        status: Of the answer; None where there was none.
        what: What is told.
        said: Message, code and parameter of the endpoint's error.
        retry_after: Seconds the endpoint asked to wait.
        fix: What to do where the request itself is refused.
        kind: Kind where neither words nor status tell another.
        where: File the call was about.
    """
    found = find_failure(status or 0, said)
    if found is not None:
        kind, transient, fix = found.kind, found.transient, found.fix or ""
    elif status == UNAUTHORIZED:
        kind, transient, fix = "key", False, "check the key in the environment, then run the same command again"
    else:
        kind = "rate_limit" if status == 429 else kind or ("server" if status in TRANSIENT_STATUS else "request")
        transient, fix = kind in PASSING, fix if kind == "request" else ""
    return ModelError(
        what, transient=transient, kind=kind, retry_after=retry_after, fix=fix or None, where=where, said=said
    )


def hide_key(text: str, key: str) -> str:
    """Return a text without the key: some endpoints quote the one they refuse."""
    return text.replace(key, "***") if len(key) >= MIN_KEY else text

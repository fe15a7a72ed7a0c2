"""The operations of an OpenAPI file as tools: each is called over HTTP as the file says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlparse

import orjson
import yaml

from streamdial.environment.external_tools import ExternalTool, ToolCallFailed, refuse_tools

TOKEN = "STREAMDIAL_TOOLS_TOKEN"
"""Environment variable whose value is sent as a bearer token."""
MAX_BYTES = 1_000_000
"""Size of an answer that is read."""
_METHODS = ("get", "put", "post", "delete", "patch")
_DEPTH = 12
"""References within references that are followed."""


class Operation(NamedTuple):
    """One operation of an OpenAPI file.

    Attributes:
        method: `get`, `post` ...
        url: Address with gaps for its path parameters.
        query: Names of the arguments that go into the query.
        body: Names of those that go into the body; `*` where one argument `body` is all of it.
    """

    method: str
    url: str
    query: frozenset[str]
    body: frozenset[str]

    async def run(self, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """Return what the service answers.

        Raises:
            ToolCallFailed: If it answers with an error, with too much, or not at all.
        """
        import aiohttp

        texts = {name: quote(str(value), safe="") for name, value in arguments.items()}
        url = re.sub(r"\{([^}]+)\}", lambda gap: texts.get(gap.group(1), ""), self.url)
        sent = {name: value for name, value in arguments.items() if name in self.body}
        body = arguments.get("body") if "*" in self.body else sent or None
        token = os.environ.get(TOKEN)
        try:
            async with aiohttp.ClientSession() as session:
                asked = session.request(
                    self.method,
                    url,
                    params=[
                        pair for name in arguments if name in self.query for pair in _spread(name, arguments[name])
                    ],
                    json=body,
                    headers={"Authorization": f"Bearer {token}"} if token else None,
                )
                async with asked as response:
                    content = await response.content.read(MAX_BYTES + 1)
                    if response.status >= 400:
                        text = content[:200].decode("utf-8", errors="replace")
                        transient = response.status == 429 or response.status >= 500
                        raise ToolCallFailed(f"http_{response.status}", text, transient=transient)
        except aiohttp.ClientError as error:
            raise ToolCallFailed("unavailable", str(error), transient=True) from error
        if len(content) > MAX_BYTES:
            raise ToolCallFailed("too_large", f"the answer has more than {MAX_BYTES} bytes")
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            return {"text": content.decode("utf-8", errors="replace")}


def read_openapi(path: Path, url: str = "") -> tuple[ExternalTool, ...]:
    """Return the operations of an OpenAPI 3 file (JSON or YAML) as tools, named by their `operationId`.

    Parameters of path and query and the properties of a JSON body are the arguments; parameters of headers and cookies
    are left out. References within the file are followed.

    Args:
        path: The file.
        url: Address the operations are called at; the file's first server if empty.

    Raises:
        ConfigurationError: If the file cannot be used.
    """
    try:
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse_tools(path, " ".join(str(error).split())) from error
    if not isinstance(spec, dict) or not str(spec.get("openapi", "")).startswith("3"):
        raise refuse_tools(path, "it is no OpenAPI 3 file: `openapi: 3...` is missing")
    servers = spec.get("servers") or [{}]
    base = (url or str(servers[0].get("url", ""))).rstrip("/")
    if urlparse(base).scheme not in ("http", "https"):
        raise refuse_tools(path, f"its server {base or '(none)'} is no address; give --tools-url")
    return tuple(_list_tools(spec, base))


def _list_tools(spec: Mapping[str, Any], base: str) -> Iterator[ExternalTool]:
    for path, item in (spec.get("paths") or {}).items():
        shared = _follow(item, spec)
        for method in _METHODS:
            if method in shared:
                yield _build_tool(spec, base + path, method, shared, shared[method])


def _build_tool(
    spec: Mapping[str, Any], url: str, method: str, item: Mapping[str, Any], described: Mapping[str, Any]
) -> ExternalTool:
    listed = [_follow(one, spec) for one in (*item.get("parameters", ()), *described.get("parameters", ()))]
    known = [one for one in listed if one.get("in") in ("path", "query")]
    properties: dict[str, Any] = {
        one["name"]: {**one.get("schema", {"type": "string"}), **_describe(one.get("description"))} for one in known
    }
    required = {one["name"] for one in known if one.get("required")}
    content = _follow(described.get("requestBody", {}), spec)
    schema = content.get("content", {}).get("application/json", {}).get("schema")
    body: frozenset[str] = frozenset()
    if schema:
        parts = schema.get("properties", {})
        whole = not parts or bool(parts.keys() & properties.keys())
        body = frozenset({"*"} if whole else parts)
        properties |= {"body": schema} if whole else parts
        required |= ({"body"} if content.get("required") else set()) if whole else set(schema.get("required", ()))
    name = described.get("operationId") or f"{method}_{url.rpartition('//')[2].partition('/')[2]}"
    arguments = {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }
    told = " ".join(str(described.get("summary") or described.get("description") or name).split())
    query = frozenset(one["name"] for one in known if one["in"] == "query")
    safe = re.sub(r"[^a-zA-Z0-9_-]+", "_", str(name)).strip("_")[:64]
    return ExternalTool(safe, told, arguments, Operation(method, url, query, body).run)


def _follow(value: Any, spec: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: ANN401
    """Return a part of a file with its references resolved; what refers to itself ends as anything."""
    if depth > _DEPTH:
        return {}
    if isinstance(value, list):
        return [_follow(part, spec, depth) for part in value]
    if not isinstance(value, dict):
        return value
    if isinstance(reference := value.get("$ref"), str):
        found: Any = spec
        for key in reference.removeprefix("#/").split("/"):
            found = found.get(key.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        return _follow(found, spec, depth + 1)
    return {key: _follow(part, spec, depth) for key, part in value.items()}


def _describe(text: Any) -> dict[str, str]:  # noqa: ANN401
    return {"description": " ".join(str(text).split())} if text else {}


def _spread(name: str, value: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Return an argument as parts of a query: a list gives one for each item."""
    parts = value if isinstance(value, list) else [value]
    return [(name, str(part).lower() if isinstance(part, bool) else str(part)) for part in parts]

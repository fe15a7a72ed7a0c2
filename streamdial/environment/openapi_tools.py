"""The operations of an OpenAPI file as tools: each is called over HTTP as the file says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlparse

import jsonschema  # type: ignore[import-untyped]
import orjson
import yaml

from streamdial.environment.external_tools import ExternalTool, ToolCallFailed, refuse_tools
from streamdial.files import load_yaml

TOKEN = "STREAMDIAL_TOOLS_TOKEN"
"""Environment variable whose value is sent as a bearer token."""
MAX_BYTES = 1_000_000
"""Size of an answer that is read."""
_METHODS = ("get", "put", "post", "delete", "patch")
_GAP = re.compile(r"\{([^{}]+)\}")


class Operation(NamedTuple):
    """One operation of an OpenAPI file.

    Attributes:
        method: `get`, `post` ...
        base: Address of the service.
        path: Path below it, with gaps for its parameters.
        query: Names of the arguments that go into the query.
        body: Names of those that go into the body; `*` where one argument `body` is all of it.
    """

    method: str
    base: str
    path: str
    query: frozenset[str]
    body: frozenset[str]

    async def run(self, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """Return what the service answers.

        Redirects are not followed: who was named is who is asked.

        Raises:
            ToolCallFailed: If it answers with an error, with too much, or not at all, or a part of the path is missing.
        """
        import aiohttp

        sent = {name: value for name, value in arguments.items() if name in self.body}
        body = arguments.get("body") if "*" in self.body else sent or None
        token = os.environ.get(TOKEN)
        content = bytearray()
        try:
            async with aiohttp.ClientSession() as session:
                asked = session.request(
                    self.method,
                    self.base + self._fill_path(arguments),
                    params=[
                        pair for name in arguments if name in self.query for pair in _spread(name, arguments[name])
                    ],
                    json=body,
                    headers={"Authorization": f"Bearer {token}"} if token else None,
                    allow_redirects=False,
                )
                async with asked as response:
                    async for piece in response.content.iter_chunked(65_536):
                        content += piece
                        if len(content) > MAX_BYTES:
                            raise ToolCallFailed("too_large", f"the answer has more than {MAX_BYTES} bytes")
        except aiohttp.ClientError as error:
            raise ToolCallFailed("unavailable", str(error), transient=True) from error
        if response.status >= 300:
            text = content[:200].decode("utf-8", errors="replace")
            transient = response.status == 429 or response.status >= 500
            raise ToolCallFailed(f"http_{response.status}", text, transient=transient)
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            return {"text": content.decode("utf-8", errors="replace")}

    def _fill_path(self, arguments: Mapping[str, Any]) -> str:
        for name in _GAP.findall(self.path):
            if str(arguments.get(name, "")) in ("", ".", ".."):
                raise ToolCallFailed("invalid_arguments", f"{name} is a part of the path and cannot be empty, . or ..")
        return _GAP.sub(lambda gap: quote(str(arguments[gap.group(1)]), safe=""), self.path)


def read_openapi(path: Path, url: str = "") -> tuple[ExternalTool, ...]:
    """Return the operations of an OpenAPI 3 file (JSON or YAML) as tools, named by their `operationId`.

    Parameters of path and query and the properties of a JSON body are the arguments; parameters of headers and cookies
    are left out. References within the file are followed, but for those of a schema to itself.

    Args:
        path: The file.
        url: Address the operations are called at; the file's first server if empty.

    Raises:
        ConfigurationError: If the file cannot be used.
    """
    try:
        spec = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse_tools(path, " ".join(str(error).split())) from error
    if not isinstance(spec, dict) or not str(spec.get("openapi", "")).startswith("3"):
        raise refuse_tools(path, "it is no OpenAPI 3 file: `openapi: 3...` is missing")
    try:
        base = (url or _read_server(spec)).rstrip("/")
        if urlparse(base).scheme not in ("http", "https") or not urlparse(base).netloc:
            raise refuse_tools(path, f"its server {base or '(none)'} is no address; give --tools-url")
        return tuple(_list_tools(spec, base))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, jsonschema.SchemaError) as error:
        told = " ".join(str(error).split())[:200]
        raise refuse_tools(path, f"a part of it is not as OpenAPI has it ({type(error).__name__}: {told})") from error


def _read_server(spec: Mapping[str, Any]) -> str:
    """Return the address of the first server, its variables at their defaults."""
    server: Mapping[str, Any] = next(iter(spec.get("servers") or ()), {})
    variables = server.get("variables", {})
    return _GAP.sub(lambda gap: str(variables.get(gap.group(1), {}).get("default", "")), str(server.get("url", "")))


def _list_tools(spec: Mapping[str, Any], base: str) -> Iterator[ExternalTool]:
    for path, item in (spec.get("paths") or {}).items():
        if not path.startswith("/"):
            raise ValueError(f"path {path!r} does not begin with /")
        for method in _METHODS:
            if isinstance(described := (item or {}).get(method), dict):
                yield _build_tool(spec, Operation(method, base, path, frozenset(), frozenset()), item, described)


def _build_tool(
    spec: Mapping[str, Any], operation: Operation, item: Mapping[str, Any], described: Mapping[str, Any]
) -> ExternalTool:
    listed = [_follow(one, spec) for one in (*(item.get("parameters") or ()), *(described.get("parameters") or ()))]
    known = [one for one in listed if one.get("in") in ("path", "query")]
    properties: dict[str, Any] = {
        one["name"]: {**one.get("schema", {"type": "string"}), **_describe(one.get("description"))} for one in known
    }
    required = {one["name"] for one in known if one.get("required") or one["in"] == "path"}
    content = _follow(described.get("requestBody") or {}, spec)
    schema = content.get("content", {}).get("application/json", {}).get("schema")
    body: frozenset[str] = frozenset()
    if schema:
        parts = schema.get("properties", {})
        whole = not parts or bool(parts.keys() & properties.keys())
        body = frozenset({"*"} if whole else parts)
        properties |= {"body": schema} if whole else parts
        required |= ({"body"} if content.get("required") else set()) if whole else set(schema.get("required", ()))
    arguments = {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }
    jsonschema.Draft202012Validator.check_schema(arguments)
    name = described.get("operationId") or operation.method + operation.path
    told = " ".join(str(described.get("summary") or described.get("description") or name).split())
    query = frozenset(one["name"] for one in known if one["in"] == "query")
    safe = re.sub(r"[^a-zA-Z0-9_-]+", "_", str(name)).strip("_")[:64]
    return ExternalTool(safe, told, arguments, operation._replace(query=query, body=body).run)


def _follow(value: Any, spec: Mapping[str, Any], within: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401
    """Return a part of a file with its references resolved, in the JSON Schema of today.

    What refers to itself ends as anything; so does a pattern that only other languages know.
    """
    if isinstance(value, list):
        return [_follow(part, spec, within) for part in value]
    if not isinstance(value, dict):
        return value
    if isinstance(reference := value.get("$ref"), str):
        if reference in within:
            return {}
        found: Any = spec
        for key in reference.removeprefix("#/").split("/"):
            found = found.get(key.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        return _follow(found, spec, within | {reference})
    return _modernise({key: _follow(part, spec, within) for key, part in value.items()})


def _modernise(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 as 3.1 writes it: `nullable` and the flags of exclusive bounds are no more."""
    if schema.pop("nullable", None) is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for bound in ("Minimum", "Maximum"):
        if isinstance(flag := schema.get(f"exclusive{bound}"), bool):
            del schema[f"exclusive{bound}"]
            if flag and bound.lower() in schema:
                schema[f"exclusive{bound}"] = schema.pop(bound.lower())
    if isinstance(pattern := schema.get("pattern"), str):
        try:
            re.compile(pattern)
        except re.error:
            del schema["pattern"]
    return schema


def _describe(text: Any) -> dict[str, str]:  # noqa: ANN401
    return {"description": " ".join(str(text).split())} if text else {}


def _spread(name: str, value: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Return an argument as parts of a query: a list gives one for each item."""
    parts = value if isinstance(value, list) else [value]
    return [(name, str(part).lower() if isinstance(part, bool) else str(part)) for part in parts]

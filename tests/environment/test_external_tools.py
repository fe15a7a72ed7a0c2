"""Functions and services of the user's own stand beside the tools of the database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from streamdial.environment import ExternalTools, ToolCall, ToolResult, load_external_tools
from streamdial.environment.external_tools import MAX_ROWS
from streamdial.errors import ConfigurationError
from tests.tooluse.tool_material import Account

ACCOUNT = Account()
FUNCTIONS = '''
"""Tools of a hotel."""
from typing import Literal
from datetime import date as _date

LIMIT = 3

def get_weather(day: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> dict:
    """The weather at the hotel on a day.

    Not shown to a model.
    """
    return {"day": day, "degrees": 21 if unit == "celsius" else 70}

async def list_ferries(after: int) -> list[str]:
    """Ferries that leave after an hour."""
    return [f"{hour}:15" for hour in range(after, 24)] * 9

def call_desk(reason: str) -> str:
    """Calls the desk."""
    if reason == "fire":
        raise RuntimeError("nobody there, call +44 20 7946 0123")
    return "Ms Doe, jane.doe@example.com"

def _hidden(x: int) -> int:
    """Not a tool."""
    return x
'''  # fmt: skip


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    path = tmp_path / "tools.py"
    path.write_text(FUNCTIONS, encoding="utf-8")
    return path


async def call(tools: ExternalTools, name: str, **arguments: Any) -> ToolResult:
    database = ACCOUNT.database.copy()
    return await tools.call(ToolCall(id="c", name=name, arguments=arguments), database)


async def test_functions_become_tools_by_signature_and_docstring(functions: Path) -> None:
    tools = ExternalTools(ACCOUNT.toolbox, load_external_tools(functions))
    described = [one["function"] for one in tools.describe()[len(ACCOUNT.toolbox.tools) :]]
    assert [one["name"] for one in described] == ["get_weather", "list_ferries", "call_desk"]  # type: ignore[index,call-overload]
    assert described[0]["description"] == "The weather at the hotel on a day."  # type: ignore[index,call-overload]
    parameters = described[0]["parameters"]  # type: ignore[index,call-overload]
    assert parameters["required"] == ["day"] and parameters["properties"]["unit"]["enum"] == ["celsius", "fahrenheit"]  # type: ignore[index,call-overload]
    found = await call(tools, "get_weather", day="Monday", unit="fahrenheit")
    assert (found.rows, found.origin) == (({"day": "Monday", "degrees": 70},), "external")
    many = await call(tools, "list_ferries", after=9)
    assert many.rows[0] == {"value": "9:15"} and len(many.rows) == MAX_ROWS


async def test_what_a_function_raises_is_told_and_personal_data_are_masked(functions: Path) -> None:
    tools = ExternalTools(ACCOUNT.toolbox, load_external_tools(functions))
    failed = (await call(tools, "call_desk", reason="fire")).failure
    assert failed is not None and failed.kind == "error" and "RuntimeError: nobody there" in failed.message
    assert "7946" not in failed.message
    assert "jane.doe@example.com" not in json.dumps((await call(tools, "call_desk", reason="late")).rows)


async def test_wrong_arguments_and_other_tools(functions: Path) -> None:
    tools = ExternalTools(ACCOUNT.toolbox, load_external_tools(functions))
    for wrong in ({"day": 3}, {}, {"day": "Monday", "unit": "kelvin"}, {"day": "Monday", "more": 1}):
        failure = (await call(tools, "get_weather", **wrong)).failure
        assert failure is not None and failure.kind == "invalid_arguments"
    assert (await call(tools, "search_rooms", view="lake")).origin == "template"


async def test_a_tool_that_takes_too_long_times_out(functions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamdial.environment.external_tools.SECONDS", 0.01)
    functions.write_text(
        "import asyncio\nasync def wait() -> int:\n    '''Waits.'''\n    await asyncio.sleep(60)\n    return 1\n",
        encoding="utf-8",
    )
    failure = (await call(ExternalTools(ACCOUNT.toolbox, load_external_tools(functions)), "wait")).failure
    assert failure is not None and (failure.kind, failure.transient) == ("timeout", True)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("tools.py", "def f(x: int) -> int:\n    return x\n", "f has no docstring"),
        ("tools.py", "def f(*x: int) -> int:\n    'Adds.'\n    return x\n", "parameters without a name"),
        ("tools.py", "1/0", "ZeroDivisionError"),
        ("tools.py", "X = 1", "it has no tools"),
        ("tools.py", "def search_rooms() -> int:\n    'Takes a name.'\n    return 1\n", "the name of another tool"),
        ("tools.txt", "", "it ends in .txt"),
        ("api.yaml", "swagger: '2.0'", "it is no OpenAPI 3 file"),
        ("api.yaml", "a: [", "cannot be used"),
        ("api.json", '{"openapi": "3.1.0", "paths": {}}', "give --tools-url"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_external_tools(path, taken=["search_rooms"])


SPEC = {
    "openapi": "3.0.3",
    "info": {"title": "Desk", "version": "1"},
    "servers": [{"url": "http://127.0.0.1:1"}],
    "paths": {
        "/rooms/{room}/wakeup": {
            "parameters": [{"$ref": "#/components/parameters/Room"}],
            "get": {
                "operationId": "list wake-ups",
                "summary": "Wake-up calls of a room.",
                "parameters": [
                    {"name": "day", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                ],
            },
            "post": {
                "operationId": "add_wakeup",
                "description": "Adds a wake-up call.",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wakeup"}}},
                },
            },
        }
    },
    "components": {
        "parameters": {"Room": {"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}},
        "schemas": {
            "Wakeup": {
                "type": "object",
                "required": ["hour"],
                "properties": {"hour": {"type": "integer"}, "again": {"$ref": "#/components/schemas/Wakeup"}},
            }
        },
    },
}


@pytest.fixture
async def service() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A service on this machine, and what it was asked."""
    asked: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        asked.append(
            {
                "path": request.path,
                "query": list(request.query.items()),
                "body": body,
                "token": request.headers.get("Authorization"),
            }
        )
        if request.match_info["room"] == "none":
            return web.Response(status=404, text="no such room")
        if request.match_info["room"] == "busy":
            return web.Response(status=503)
        if request.match_info["room"] == "moved":
            raise web.HTTPFound("/v1/rooms/9/wakeup")
        if request.match_info["room"] == "slow":
            stream = web.StreamResponse()
            await stream.prepare(request)
            for piece in (b'[{"hour": 7},', b' {"hour": 8}]'):
                await stream.write(piece)
                await asyncio.sleep(0.05)
            return stream  # type: ignore[return-value]
        return web.json_response([{"hour": 7}, {"hour": 8}] if body is None else {"done": True, "hour": body["hour"]})

    app = web.Application()
    app.router.add_route("*", "/v1/rooms/{room}/wakeup", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}/v1", asked
    await runner.cleanup()


async def test_operations_are_called_as_the_file_says(
    tmp_path: Path, service: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = service
    path = tmp_path / "api.yaml"
    path.write_text(yaml.safe_dump(SPEC), encoding="utf-8")
    monkeypatch.setenv("STREAMDIAL_TOOLS_TOKEN", "secret")
    tools = ExternalTools(ACCOUNT.toolbox, load_external_tools(path, url=url))
    names = [one["function"]["name"] for one in tools.describe()]  # type: ignore[index,call-overload]
    assert names[-2:] == ["list_wake-ups", "add_wakeup"]
    found = await call(tools, "list_wake-ups", room="Lake King/2", day=["Monday", "Tuesday"])
    assert found.rows == ({"hour": 7}, {"hour": 8})
    assert asked[0]["path"] == "/v1/rooms/Lake King/2/wakeup" and asked[0]["token"] == "Bearer secret"
    assert asked[0]["query"] == [("day", "Monday"), ("day", "Tuesday")]
    made = await call(tools, "add_wakeup", room="9", hour=7)
    assert (made.rows, asked[1]["body"]) == (({"done": True, "hour": 7},), {"hour": 7})
    for wrong in ({"room": "9"}, {"hour": 7}, {"room": "9", "hour": "seven"}):
        failure = (await call(tools, "add_wakeup", **wrong)).failure
        assert failure is not None and failure.kind == "invalid_arguments"


async def test_an_answer_in_pieces_is_read_whole_and_nobody_is_sent_elsewhere(
    tmp_path: Path, service: tuple[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(SPEC), encoding="utf-8")
    tools = ExternalTools(ACCOUNT.toolbox, load_external_tools(path, url=service[0]))
    assert (await call(tools, "list_wake-ups", room="slow")).rows == ({"hour": 7}, {"hour": 8})
    moved = (await call(tools, "list_wake-ups", room="moved")).failure
    assert moved is not None and moved.kind == "http_302"
    asked = len(service[1])
    for part in ("..", ".", ""):
        failure = (await call(tools, "list_wake-ups", room=part)).failure
        assert failure is not None and failure.kind == "invalid_arguments"
    assert len(service[1]) == asked


def test_schemas_of_older_files_are_read_as_they_were_meant(tmp_path: Path) -> None:
    node = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Node"}}}
    fields = {
        "note": {"type": "string", "nullable": True, "pattern": "^\\p{L}+$"},
        "share": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "tree": {"$ref": "#/components/schemas/Node"},
    }
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    spec = {
        "openapi": "3.0.0",
        "servers": [{"url": "https://{region}.example/v1", "variables": {"region": {"default": "eu"}}}],
        "paths": {"/notes": {"post": {"operationId": "add", "requestBody": body}}},
        "components": {"schemas": {"Node": node}},
    }
    path = tmp_path / "api.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    (tool,) = load_external_tools(path)
    assert not tool.find_wrong_argument({"note": None, "share": 0.5, "tree": {"left": {}}})
    assert tool.find_wrong_argument({"share": 0}) and tool.find_wrong_argument({"note": 3})


@pytest.mark.parametrize(
    "paths",
    [[], {"x": {"get": {}}}, {"/x": {"get": {"parameters": [{"in": "query"}]}}}, {"/x": {"get": {"requestBody": 3}}}],
)
def test_a_file_that_is_not_as_openapi_has_it_is_refused(tmp_path: Path, paths: object) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps({"openapi": "3.1.0", "servers": [{"url": "http://a.example"}], "paths": paths}))
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_external_tools(path)


async def test_an_error_of_the_service_is_a_failure(tmp_path: Path, service: tuple[str, list[dict[str, Any]]]) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(SPEC), encoding="utf-8")
    tools = ExternalTools(ACCOUNT.toolbox, load_external_tools(path, url=service[0]))
    missing = (await call(tools, "list_wake-ups", room="none")).failure
    busy = (await call(tools, "list_wake-ups", room="busy")).failure
    assert missing is not None and (missing.kind, missing.message) == ("http_404", "no such room")
    assert busy is not None and (busy.kind, busy.transient, missing.transient) == ("http_503", True, False)
    away = ExternalTools(ACCOUNT.toolbox, load_external_tools(path))
    gone = (await call(away, "list_wake-ups", room="1")).failure
    assert gone is not None and (gone.kind, gone.transient) == ("unavailable", True)

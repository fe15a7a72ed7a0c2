"""The tools of a world as an MCP server: a client lists them, calls them, and books in a world of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import streamdial as sd
from streamdial.deployments._served_tools import open_world
from streamdial.errors import ConfigurationError

ROOMS = [
    {"room": "Lake View Room", "price": "$180", "guests": "2 guests", "bed": "king bed", "view": "lake view"},
    {"room": "Garden Room", "price": "$120", "guests": "2 guests", "bed": "twin beds", "view": "garden view"},
    {"room": "Family Room", "price": "$240", "guests": "4 guests", "bed": "king bed", "view": "garden view"},
    {"room": "Attic Room", "price": "$95", "guests": "1 guest", "bed": "twin beds", "view": "city view"},
]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tools") / "run"
    sd.make_tool_dialogues(domain="hotel", table=ROOMS, out=folder, dialogues=2)
    return folder


def read(result: Any) -> Any:
    return json.loads(result.content[0].text)


async def test_a_client_lists_and_calls_the_tools(run_folder: Path) -> None:
    mcp = pytest.importorskip("mcp")
    from mcp.client.stdio import stdio_client

    parameters = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "streamdial.deployments.cli", "serve-tools", str(run_folder)]
    )
    world = open_world(run_folder)
    async with stdio_client(parameters) as (receive, send), mcp.ClientSession(receive, send) as session:
        await session.initialize()
        listed = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(listed) == {tool.name for tool in world.tools}
        search = next(tool for tool in world.tools if tool.purpose == "search")
        found = await session.call_tool(search.name, {})
        assert not found.is_error
        assert {name for row in ROOMS if (name := row["room"]) in found.content[0].text}
        wrong = await session.call_tool(search.name, {"no_such_argument": 1})
        assert wrong.is_error
        assert "no_such_argument" in wrong.content[0].text


def test_a_run_without_tools_has_no_world(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no world"):
        open_world(tmp_path)

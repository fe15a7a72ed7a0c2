"""`streamdial serve-tools`: the tools over a finished world as an MCP server on standard input and output.

A client starts it as a process of its own, so each session has the world as every dialogue found it, and what it books
is gone with it. The protocol is that of modelcontextprotocol.io, by its Python SDK.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streamdial._version import __version__
from streamdial.environment import DomainDatabase, EnvironmentRecord, Toolbox, ToolCall
from streamdial.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server


def open_world(folder: Path, agent: str = "") -> EnvironmentRecord:
    """Return a world of a run with tools.

    Args:
        folder: The run.
        agent: Id of its agent, or how it begins; needed where the run has several.

    Raises:
        ConfigurationError: If there is none, or more than one.
    """
    files = [file for file in sorted((folder / "worlds").glob("*.json")) if file.stem.startswith(agent)]
    if len(files) != 1:
        named = ", ".join(file.stem[:8] for file in files)
        raise ConfigurationError(
            f"{folder} has {f'several worlds ({named})' if files else 'no world'}.",
            fix="name one with --agent" if files else "make one: streamdial tooluse, and give its --out",
        )
    return EnvironmentRecord.model_validate_json(files[0].read_bytes())


def build_server(world: EnvironmentRecord, database: DomainDatabase) -> Server[Any]:
    """Return the MCP server of a world: its functions, and their results as JSON.

    A call that fails is answered as an error the model may read: its kind, and what was wrong.

    Raises:
        MissingExtraError: If the SDK is not installed.
    """
    try:
        from mcp import types
        from mcp.server.lowlevel import Server
    except ImportError as error:
        raise MissingExtraError("mcp", "mcp", "serving tools") from error
    toolbox: Toolbox = world.open_toolbox()

    async def list_tools(_: Any, __: Any) -> types.ListToolsResult:  # noqa: ANN401
        functions = [description["function"] for description in toolbox.describe()]
        listed = [
            types.Tool(name=f["name"], description=f["description"], input_schema=f["parameters"])  # type: ignore[index,call-overload]
            for f in functions
        ]
        return types.ListToolsResult(tools=listed)

    async def call_tool(_: Any, given: types.CallToolRequestParams) -> types.CallToolResult:  # noqa: ANN401
        call = ToolCall(id="mcp", name=given.name, arguments=given.arguments or {})
        result = toolbox.execute(call, database)
        body = result.to_content()
        text = types.TextContent(type="text", text=json.dumps(body, ensure_ascii=False))
        return types.CallToolResult(content=[text], structured_content=body, is_error=result.failure is not None)

    return Server("streamdial", version=__version__, on_list_tools=list_tools, on_call_tool=call_tool)


async def _serve(world: EnvironmentRecord) -> None:
    database = world.open_database()
    server = build_server(world, database)
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
    database.close()


def serve_tools(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run with tools.", metavar="RUN")],
    agent: Annotated[str, typer.Option(help="Id of the agent whose world it is, where there are several.")] = "",
) -> None:
    """Serve the tools over a run's world to an MCP client, on standard input and output."""
    asyncio.run(_serve(open_world(folder, agent)))

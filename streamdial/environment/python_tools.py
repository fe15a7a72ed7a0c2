"""Python functions as tools: what their signatures and docstrings say is what a model is told."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import PydanticSchemaGenerationError, PydanticUserError, TypeAdapter, validate_call

from streamdial.environment.external_tools import ExternalTool, refuse_tools
from streamdial.ids import hash_text


def read_functions(path: Path) -> tuple[ExternalTool, ...]:
    """Return the public functions of a Python file as tools, in their order.

    The file is executed. A function is public if its name has no leading `_` and the file itself defines it; types of
    its parameters are checked by pydantic; the first paragraph of its docstring is what a model is told. It may be
    asynchronous; other functions run in a thread.

    Raises:
        ConfigurationError: If the file cannot be executed, or a function has no docstring or an unknown type.
    """
    module = _execute(path)
    found = [(name, each) for name, each in vars(module).items() if inspect.isfunction(each)]
    own = [(name, each) for name, each in found if each.__module__ == module.__name__ and not name.startswith("_")]
    return tuple(build_function_tool(name, each, path) for name, each in own)


def build_function_tool(name: str, function: Callable[..., Any], path: Path) -> ExternalTool:
    """Return a function as a tool.

    Args:
        name: What it is called by.
        function: The function; all its parameters are named in a call.
        path: Where it comes from, for errors.

    Raises:
        ConfigurationError: See `read_functions`.
    """
    description = " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
    if not description:
        raise refuse_tools(path, f"{name} has no docstring, so no model could know what it is for")
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    if kinds - {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}:
        raise refuse_tools(path, f"{name} has parameters without a name (*, **, /)")
    try:
        schema = TypeAdapter[Any](function).json_schema()  # type: ignore[arg-type]
        checked = validate_call(function)
    except (PydanticSchemaGenerationError, PydanticUserError, NameError) as error:
        raise refuse_tools(path, f"{name}: {str(error).splitlines()[0]}") from error

    async def run(arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        if inspect.iscoroutinefunction(function):
            return await checked(**arguments)
        return await asyncio.to_thread(checked, **arguments)

    return ExternalTool(name, description, schema, run)


def _execute(path: Path) -> ModuleType:
    name = f"streamdial_external_tools_{re.sub(r'[^a-zA-Z0-9]', '_', path.stem)}_{hash_text(str(path))[:8]}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None or not path.is_file():
        raise refuse_tools(path, "there is no such file")
    module = importlib.util.module_from_spec(found)
    # What pydantic evaluates types by.
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except Exception as error:
        raise refuse_tools(path, f"{type(error).__name__}: {error}") from error
    return module

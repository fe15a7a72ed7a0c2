"""The rules of the house: what may import what, how large a module may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import streamdial.evaluation
from tests.conftest import ROOT

ROOMS = (
    # What everybody may use.
    "_version",
    "errors",
    "ids",
    "counts",
    "defaults",
    "machine",
    "patterns",
    "plugins",
    "files",
    "options",
    "encodings",
    "delimited",
    "telemetry",
    "privacy",
    "logs",
    "records",
    "_languages",
    "text",
    "chat_tokens",
    "models",
    "prompts",
    "domains",
    "slots",
    "lexicon",
    "testing",
    # The phases.
    "screen",
    "sources",
    "signals",
    "verticals",
    "personas",
    "blueprints",
    "environment",
    "policies",
    "strategies",
    "planning",
    "phrases",
    "claims",
    "dialogues",
    "tooluse",
    "corpora",
    "filtering",
    "evaluation",
    "exports",
    # Runs of them.
    "store",
    "feeds",
    "pipeline",
    "tasks",
    "flows",
    "deployments",
)
"""Rooms, and modules that are none, in the order in which they may import: each only those before it."""
SUB_ROOMS = {
    "evaluation": ("metrics", "judges", "human_eval", "dst"),
    "exports": ("formats", "report", "card"),
}
"""The same inside a room. What lies beside its sub-rooms may use them and be used by them, but not in a circle."""
ORCHESTRATION = ("tasks", "flows", "deployments")
"""Rooms whose folders lie at the top of the checkout."""
HEAVY = {
    *("litellm", "torch", "prefect", "whisperx", "faster_whisper", "xllamacpp"),
    *("sklearn", "scipy", "sentence_transformers", "aiohttp", "babel", "pint"),
    *("cv2", "av", "rapidocr"),
}
MODULES = sorted(path for name in ("streamdial", *ORCHESTRATION) for path in (ROOT / name).rglob("*.py"))


def list_imports(path: Path, *, top_level: bool = False) -> Iterator[str]:
    """Yield the modules a file imports, those of its functions too unless told otherwise."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path.name} imports relatively"
            yield node.module


def name_file(path: Path) -> str:
    return str(path.relative_to(ROOT))


def name_module(path: Path) -> str:
    """Return the dotted name a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "streamdial" else ("streamdial", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


KNOWN = {name_module(path): path for path in MODULES}


def split_room(module: str) -> tuple[str, str]:
    """Return the room of a module and what follows; both are empty for the package and for others' modules."""
    top, _, rest = module.partition(".")
    room, _, below = rest.partition(".") if top == "streamdial" else ("", "", "")
    return room, below.partition(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=name_file)
def test_imports_point_one_way(path: Path) -> None:
    room, own = split_room(name_module(path))
    if not room:
        return
    assert room in ROOMS, f"{room} has no place in the order of the rooms"
    order = SUB_ROOMS.get(room, ())
    for module in list_imports(path):
        if module.partition(".")[0] == "prefect":
            assert room in ORCHESTRATION, "prefect belongs to flows, tasks and deployments"
        used, below = split_room(module)
        if used:
            assert ROOMS.index(used) <= ROOMS.index(room), f"{room} imports the later {used}"
        if used == room and own in order and below in order:
            assert order.index(below) <= order.index(own), f"{room}/{own} imports the later {below}"


def test_every_sub_room_has_a_place_in_its_order() -> None:
    packages = {tuple(name.split(".")[1:]) for name, path in KNOWN.items() if path.name == "__init__.py"}
    assert {parts for parts in packages if len(parts) > 1} == {
        (room, below) for room, order in SUB_ROOMS.items() for below in order
    }


def list_neighbours(module: str, path: Path) -> set[str]:
    """Return the modules of its own room that a module imports when it is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # A name of a package may be a module of it.
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & set(KNOWN) or {node.module}
    return {name for name in found & set(KNOWN) if split_room(name)[0] == split_room(module)[0]} - {module}


@pytest.mark.parametrize("room", sorted({split_room(name)[0] for name in KNOWN} - {""}))
def test_no_modules_of_a_room_import_each_other_in_a_circle(room: str) -> None:
    graph = {name: list_neighbours(name, path) for name, path in KNOWN.items() if split_room(name)[0] == room}
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert not circle, " -> ".join(circle)


@pytest.mark.parametrize("path", MODULES, ids=name_file)
def test_modules_are_small_and_packages_only_re_export(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if path.name == "__init__.py":
        tree = ast.parse(text)
        assert all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign) for node in tree.body)


@pytest.mark.parametrize("path", [path for path in MODULES if ROOT / "streamdial" in path.parents], ids=name_file)
def test_what_is_heavy_is_imported_where_it_is_used(path: Path) -> None:
    # The fakes are imported by tests alone, and one of them is a server.
    heavy = HEAVY - {"aiohttp"} if path.parent == ROOT / "streamdial" / "testing" else HEAVY
    assert not {module.partition(".")[0] for module in list_imports(path, top_level=True)} & heavy


def test_the_evaluation_shows_few_names_and_loads_nothing_heavy() -> None:
    assert len(streamdial.evaluation.__all__) <= 30
    code = f"import sys, streamdial.evaluation; print(*(set(sys.modules) & {HEAVY | {'polars'}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_no_two_test_files_have_one_name() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))

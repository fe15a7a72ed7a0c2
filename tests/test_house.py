"""The rules of the house: what may import what, how large a module may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PHASES = (
    "sources",
    "signals",
    "personas",
    "blueprints",
    "policies",
    "dialogues",
    "tooluse",
    "corpora",
    "filtering",
    "evaluation",
    "exports",
)
"""Rooms in the order in which they may import: each only those before it."""
TOP = ("streamdial", "tasks", "flows", "deployments")
HEAVY = {"litellm", "torch", "prefect", "whisperx", "faster_whisper", "xllamacpp"}
MODULES = sorted(path for name in TOP for path in (ROOT / name).rglob("*.py"))


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


def name_module(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_module)
def test_imports_point_one_way(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    for module in list_imports(path):
        top, _, rest = module.partition(".")
        if top in TOP:
            assert TOP.index(top) <= TOP.index(parts[0]), f"{parts[0]} imports {module}"
        if parts[0] == "streamdial":
            assert top != "prefect", "prefect belongs to flows, tasks and deployments"
        room = rest.partition(".")[0]
        if top == "streamdial" and parts[0] == "streamdial" and parts[1] in PHASES and room in PHASES:
            assert PHASES.index(room) <= PHASES.index(parts[1]), f"{parts[1]} imports the later {room}"


@pytest.mark.parametrize("path", MODULES, ids=name_module)
def test_modules_are_small_and_packages_only_re_export(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if path.name == "__init__.py":
        tree = ast.parse(text)
        assert all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign) for node in tree.body)


@pytest.mark.parametrize("path", [path for path in MODULES if ROOT / "streamdial" in path.parents], ids=name_module)
def test_what_is_heavy_is_imported_where_it_is_used(path: Path) -> None:
    assert not {module.partition(".")[0] for module in list_imports(path, top_level=True)} & HEAVY

"""Every name taken from an optional package exists in the version that is pinned; fakes cannot tell."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

EXTRAS = {
    "faster_whisper": "faster-whisper",
    "whisperx": "whisperx",
    "sentence_transformers": "sentence-transformers",
    "xllamacpp": "xllamacpp",
    "feedparser": "feedparser",
    "yt_dlp": "yt-dlp",
}
"""Packages of extras that our sources import, and what the index calls them."""


class Use(NamedTuple):
    """A name of an optional package as it is used: its module, and the keywords where it is called."""

    module: str
    name: str
    keywords: frozenset[str]
    place: str


def list_uses(path: Path) -> Iterator[Use]:
    """Yield the names a file takes from optional packages, by `from M import N` and as `M.N`.

    `self._M.N` counts where `M` is imported in the file: recognisers keep the module so.
    """
    tree = ast.parse(path.read_text("utf-8"))
    modules: dict[str, str] = {}
    names: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {a.asname or a.name: a.name for a in node.names if a.name.partition(".")[0] in EXTRAS}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in EXTRAS:
            names |= {a.asname or a.name: (str(node.module), a.name) for a in node.names}
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = {local: Use(*taken, frozenset(), path.name) for local, taken in names.items()}
    yield from found.values()
    for node in ast.walk(tree):
        call = called.get(id(node))
        keywords = frozenset(k.arg for k in call.keywords if k.arg) if call else frozenset()
        if isinstance(node, ast.Name) and node.id in names:
            yield Use(*names[node.id], keywords, f"{path.name}:{node.lineno}")
        elif isinstance(node, ast.Attribute):
            owner = node.value
            local = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "").removeprefix("_")
            if local in modules:
                yield Use(modules[local], node.attr, keywords, f"{path.name}:{node.lineno}")


FILES = sorted(path for room in ("streamdial", "tasks", "flows", "deployments") for path in (ROOT / room).rglob("*.py"))
USES = sorted({use for path in FILES for use in list_uses(path)})


def find_pin(package: str) -> str:
    """Return the requirement of a package as the extras write it."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted = re.compile(rf"{re.escape(package)}(?:\[.*?\])?\s*[=<>!~]")
    return next(each for listed in extras.values() for each in listed if wanted.match(each))


def list_definitions(wheel: Path) -> dict[str, dict[str, ast.stmt]]:
    """Return what the modules of a wheel define or import at their top, by module and name."""
    defined: dict[str, dict[str, ast.stmt]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for file in (name for name in archive.namelist() if name.endswith(".py")):
            module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            own = defined.setdefault(module, {})
            for node in ast.parse(archive.read(file)).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    own[node.name] = node
                elif isinstance(node, ast.Import | ast.ImportFrom):
                    own |= {alias.asname or alias.name: node for alias in node.names}
                elif isinstance(node, ast.Assign):
                    own |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return defined


def list_parameters(node: ast.stmt) -> set[str] | None:
    """Return the names a function or a class may be called with; None where it passes all on."""
    if isinstance(node, ast.ClassDef):
        made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
        return list_parameters(made[0]) if made else set()
    if not isinstance(node, ast.FunctionDef) or node.args.kwarg:
        return None
    return {arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}


def find_faults(uses: list[Use], defined: dict[str, dict[str, ast.stmt]]) -> list[str]:
    """Return what is used and is not there, as sentences."""
    faults = []
    for use in uses:
        if use.name not in defined.get(use.module, {}) and f"{use.module}.{use.name}" not in defined:
            faults.append(f"{use.place}: {use.module} has no {use.name}")
            continue
        # A package's own namespace may only pass on what one of its modules defines.
        bodies = [node for own in defined.values() if (node := own.get(use.name)) is not None]
        known = [parameters for node in bodies if (parameters := list_parameters(node)) is not None]
        if known and (unknown := use.keywords - set.union(*known)):
            faults.append(f"{use.place}: {use.name} takes no {', '.join(sorted(unknown))}")
    return faults


def test_every_optional_package_of_the_table_is_used_somewhere() -> None:
    assert {use.module.partition(".")[0] for use in USES} == set(EXTRAS)
    assert ("whisperx.diarize", "DiarizationPipeline") in {(use.module, use.name) for use in USES}


def test_a_name_that_is_not_there_and_a_keyword_that_is_not_taken_are_found() -> None:
    tree = ast.parse("def load(path, *, device): ...\nclass Model:\n    def __init__(self, size): ...")
    defined = {"m": {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}}
    uses = [
        Use("m", "load", frozenset({"device"}), "a.py:1"),
        Use("m", "load", frozenset({"devices"}), "a.py:2"),
        Use("m", "Model", frozenset({"size"}), "a.py:3"),
        Use("m", "DiarizationPipeline", frozenset(), "a.py:4"),
    ]
    assert find_faults(uses, defined) == ["a.py:2: load takes no devices", "a.py:4: m has no DiarizationPipeline"]


@pytest.mark.wheel
@pytest.mark.parametrize("package", sorted(EXTRAS))
def test_the_pinned_version_has_every_name_we_use(package: str, tmp_path: Path) -> None:
    uses = [use for use in USES if use.module.partition(".")[0] == package]
    if importlib.util.find_spec(package) is not None:
        for use in uses:
            module = importlib.import_module(use.module)
            assert hasattr(module, use.name), f"{use.place}: {use.module} has no {use.name}"
        return
    # What cannot share an environment with the tests is read, not imported.
    pin = find_pin(EXTRAS[package])
    command = [sys.executable, "-m", "pip", "download", pin, "--no-deps", "--only-binary=:all:", "-d", str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    if answer.returncode:
        pytest.skip(f"{pin} cannot be fetched from the package index: {answer.stderr.strip().splitlines()[-1:]}")
    (wheel,) = tmp_path.glob("*.whl")
    assert find_faults(uses, list_definitions(wheel)) == []

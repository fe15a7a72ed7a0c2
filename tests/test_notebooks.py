"""The notebooks of the examples run from top to bottom, in a folder of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))


@pytest.mark.models
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "restaurant_live").symlink_to(ROOT / "examples" / "restaurant_live")
    (tmp_path / "notebooks").mkdir()
    book = nbformat.read(notebook, as_version=4)
    NotebookClient(book, timeout=900, resources={"metadata": {"path": str(tmp_path / "notebooks")}}).execute()
    shown = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    kinds = {kind for output in shown for kind in output.get("data", {})}
    assert "text/html" in kinds
    # Nothing is committed with what it once gave.
    assert not any(cell.get("outputs") for cell in nbformat.read(notebook, as_version=4).cells)


def test_there_are_two_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["better_dataset", "recording_to_dataset"]

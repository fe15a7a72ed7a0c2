from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamdial.store import EdgeStore, ServerStore, VectorStore


@pytest.fixture(params=["edge", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorStore]:
    made: VectorStore = EdgeStore(tmp_path / "store") if request.param == "edge" else ServerStore.in_memory()
    yield made
    made.close()

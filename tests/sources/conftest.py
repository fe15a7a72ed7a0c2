"""What the tests of the readers share."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.privacy import Pseudonymizer

REAL_DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


@pytest.fixture
def pseudonyms() -> Pseudonymizer:
    return Pseudonymizer(bytes(range(32)))


@pytest.fixture
def counts() -> Counts:
    return Counts("sources")


@pytest.fixture
def real_data() -> Path:
    if not REAL_DATA.is_dir():
        pytest.skip("the folder shared/data beside the repository is absent")
    return REAL_DATA

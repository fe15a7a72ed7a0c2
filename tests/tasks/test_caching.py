from __future__ import annotations

from typing import Any

import pytest
from prefect import task
from prefect.states import Failed

from streamdial.errors import ConfigurationError, ModelError, NothingLeftError, SourceError, StoreError
from streamdial.tasks._caching import is_worth_retrying


@task
def work() -> None: ...


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (StoreError("the Qdrant server does not answer", transient=True), True),
        (StoreError("the disk is full"), False),
        (ModelError("rate limit", transient=True, kind="rate_limit"), True),
        (ModelError("no such model", transient=False, kind="request"), False),
        (ConfigurationError("a wrong setting"), False),
        (SourceError("cannot be read"), False),
        (NothingLeftError("screening", {"foreign": 1}), False),
        (RuntimeError("something nobody thought of"), True),
    ],
)
async def test_only_what_may_pass_by_itself_is_tried_again(error: Exception, again: bool) -> None:
    run: Any = None
    assert await is_worth_retrying(work, run, Failed(data=error)) is again

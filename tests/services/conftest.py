"""Real services for a session: PostgreSQL, Redis, a Prefect server on both, workers."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamdial.deployments.services import Services, list_missing
from streamdial.testing import MockEndpoint
from tests.prefect_api import PrefectApi


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    missing = list_missing()
    if missing:
        pytest.skip(f"{', '.join(missing)} cannot be run here: python -m streamdial.deployments.services install")
    # PostgreSQL's own user must reach its folder; pytest's folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="streamdial-services-", dir="/var/tmp"))
    made = Services(folder)
    before = dict(os.environ)
    try:
        made.start(workers=1)
        os.environ.update(made.environment)
        yield made
    finally:
        os.environ.clear()
        os.environ.update(before)
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def api(services: Services) -> PrefectApi:
    environment = services.environment
    user, _, password = environment["PREFECT_API_AUTH_STRING"].partition(":")
    return PrefectApi(environment["PREFECT_API_URL"], (user, password))


@pytest.fixture
def endpoint() -> Iterator[MockEndpoint]:
    with MockEndpoint(latency=0.02) as made:
        yield made


@pytest.fixture
def reap_now(services: Services) -> Callable[..., dict[str, list[str]]]:
    """Run the flow `reap` in this process, at once instead of on its schedule."""

    def run(silent_seconds: float, settled_seconds: float = 30.0) -> dict[str, list[str]]:
        from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

        from streamdial.flows import reap

        environment = services.environment
        chosen = {
            PREFECT_API_URL: environment["PREFECT_API_URL"],
            PREFECT_API_AUTH_STRING: environment["PREFECT_API_AUTH_STRING"],
        }
        with temporary_settings(chosen):
            return asyncio.run(reap(silent_seconds=silent_seconds, settled_seconds=settled_seconds))

    return run

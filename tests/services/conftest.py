"""Real services for a session: PostgreSQL, Redis, a Prefect server on both, workers."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streamdial.deployments.services import Services, list_missing
from streamdial.testing import MockEndpoint

END = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


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


class Api:
    """Prefect's REST API, as any other program would use it."""

    def __init__(self, services: Services) -> None:
        environment = services.environment
        user, _, password = environment["PREFECT_API_AUTH_STRING"].partition(":")
        self._client = httpx.Client(base_url=environment["PREFECT_API_URL"], auth=(user, password), timeout=60)

    def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        # The server of a killed database answers again after a moment.
        for _ in range(30):
            try:
                answer = self._client.request(method, path, json=body or None)
            except httpx.TransportError:
                time.sleep(1)
                continue
            if answer.status_code < 500:
                return answer
            time.sleep(1)
        raise AssertionError(f"{path} did not answer")

    def find_deployment(self, name: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/deployments/name/{name}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def trigger(self, name: str, parameters: dict[str, Any]) -> str:
        deployment = self.find_deployment(name)
        answer = self.ask("POST", f"/deployments/{deployment['id']}/create_flow_run", parameters=parameters)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def read_run(self, run: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/flow_runs/{run}").json())

    def wait(self, is_so: Callable[[], bool], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
            time.sleep(0.3)

    def wait_for_end(self, run: str, seconds: float = 240) -> str:
        self.wait(lambda: self.read_run(run)["state_type"] in END, seconds, "the run ends")
        return str(self.read_run(run)["state_type"])


@pytest.fixture
def api(services: Services) -> Api:
    return Api(services)


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

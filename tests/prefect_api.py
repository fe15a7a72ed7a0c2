"""Prefect's REST API, as any other program would use it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

END = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class PrefectApi:
    """A client that asks again: a server whose database is locked or restarted answers after a moment."""

    def __init__(self, url: str, auth: tuple[str, str] | None = None) -> None:
        self._client = httpx.Client(base_url=url, auth=auth, timeout=60)

    def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
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

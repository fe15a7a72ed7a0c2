"""Serves the deployments from one long-lived process, without workers: `python -m streamdial.deployments.serve`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from prefect import serve
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import load_flow_from_entrypoint


def read_deployments() -> list[dict[str, Any]]:
    """Return the entries of deployments/prefect.yaml: one list for workers and for this process."""
    text = (Path(__file__).parent / "prefect.yaml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = yaml.safe_load(text)["deployments"]
    return entries


def build_deployments() -> list[RunnerDeployment]:
    """Return a deployment for each entry of prefect.yaml."""
    made: list[Any] = [
        load_flow_from_entrypoint(entry["entrypoint"]).to_deployment(
            name=entry["name"],
            description=entry["description"],
            tags=entry["tags"],
            parameters=entry["parameters"],
            concurrency_limit=entry["concurrency_limit"],
            schedules=[_build_schedule(schedule) for schedule in entry.get("schedules", ())],
        )
        for entry in read_deployments()
    ]
    return made


def _build_schedule(entry: dict[str, Any]) -> DeploymentScheduleCreate:
    schedule = IntervalSchedule(interval=timedelta(seconds=entry["interval"]))
    return DeploymentScheduleCreate(schedule=schedule, active=entry["active"])


def main() -> None:
    """Register the deployments and run what is triggered until stopped."""
    serve(*build_deployments())


if __name__ == "__main__":
    main()

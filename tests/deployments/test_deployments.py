from __future__ import annotations

import subprocess
import sys

import pytest
from prefect.client.orchestration import get_client

from streamdial.deployments.serve import build_deployments, read_deployments
from streamdial.domains import list_domains
from streamdial.pipeline import RunSettings, ToolUseSettings
from tests.conftest import ROOT

pytestmark = pytest.mark.prefect


def test_every_domain_has_a_deployment_whose_parameters_are_valid() -> None:
    entries = {entry["name"]: entry for entry in read_deployments()}
    for domain in list_domains():
        settings = RunSettings.model_validate(entries[f"stream-{domain}"]["parameters"]["settings"])
        assert settings.domain == domain
        tools = ToolUseSettings.model_validate(entries[f"tool-use-{domain}"]["parameters"]["settings"])
        assert tools.domain == domain
    assert "poll" in entries


def test_one_process_can_serve_them_all() -> None:
    assert {deployment.name for deployment in build_deployments()} == {entry["name"] for entry in read_deployments()}


async def test_prefect_deploy_accepts_them(prefect_server: str, shell_environment: dict[str, str]) -> None:
    environment = {**shell_environment, "PREFECT_API_URL": prefect_server, "STREAMDIAL_ROOT": str(ROOT)}
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    made = subprocess.run(
        [*prefect, "work-pool", "create", "streamdial", "--type", "process", "--overwrite"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    done = subprocess.run(
        [*prefect, "deploy", "--all", "--prefect-file", "deployments/prefect.yaml"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    async with get_client() as client:
        found = {deployment.name: deployment for deployment in await client.read_deployments()}
    assert set(found) >= {entry["name"] for entry in read_deployments()}
    # The UI's form: descriptions and limits come from the settings model.
    schema = found["stream-automotive"].parameter_openapi_schema
    assert "Dialogues to make." in str(schema)

"""docker-compose.yml as far as it can be checked without a container engine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streamdial.models.build import LEAN_PROVIDERS

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
SECRETS = ("POSTGRES_PASSWORD", "PREFECT_PASSWORD", "QDRANT_API_KEY", "REDIS_PASSWORD")


def read_file() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())  # type: ignore[no-any-return]


def find_compose(folder: Path) -> list[str] | None:
    """Return the words that have Compose read the file, by the version that is here; None where there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            told = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
            if told.returncode == 0 and told.stdout.strip().removeprefix("v").startswith("1."):
                # Debian 12 has this one; it knows all of the file but the name of the project.
                copy = folder / FILE.name
                copy.write_text(re.sub(r"(?m)^name:.*\n", "", FILE.read_text()))
                return [*command, "--file", str(copy), "--project-directory", str(ROOT)]
            if told.returncode == 0:
                return [*command, "--file", str(FILE), "--profile", "*"]
    return None


def test_services_wait_for_services_that_are_there_and_have_what_is_waited_for() -> None:
    services = read_file()["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other], f"{name} waits until {other} is healthy"
            else:
                assert services[other].get("restart", "no") == "no", f"{other} would never complete"


def test_every_volume_that_is_used_is_declared() -> None:
    known = read_file()
    used = {place.split(":")[0] for service in known["services"].values() for place in service.get("volumes", ())}
    assert {name for name in used if not name.startswith(".")} == set(known["volumes"])


def test_qdrant_is_of_the_minor_version_of_the_client() -> None:
    client = re.search(r"^qdrant-client==(\d+\.\d+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    server = re.search(r"QDRANT_TAG:-v(\d+\.\d+)", read_file()["services"]["qdrant"]["image"])
    assert client and server and client[1] == server[1]


def test_secrets_are_asked_for_and_keys_of_providers_are_passed_by_name() -> None:
    environment = read_file()["services"]["worker"]["environment"]
    example = (ROOT / ".env.example").read_text()
    for name in SECRETS:
        assert f"${{{name}:?" in FILE.read_text() and f"\n{name}=\n" in example
    keys = {name for name in environment if name.endswith(("_API_KEY", "_TOKEN", "_API_BASE"))} - {"QDRANT_API_KEY"}
    assert {f"{prefix}_API_KEY" for prefix in LEAN_PROVIDERS.values()} < keys
    assert {environment[name] for name in keys} == {None}, "a value would be passed where none is set"


def test_redis_asks_for_the_password_that_prefect_gives() -> None:
    services = read_file()["services"]
    asked = services["redis"]["environment"]["REDISCLI_AUTH"]
    assert services["prefect"]["environment"]["PREFECT_REDIS_MESSAGING_PASSWORD"] == asked
    assert "--requirepass" in services["redis"]["command"][-1]


def test_workers_have_the_health_server_their_check_asks() -> None:
    services = read_file()["services"]
    for name in ("worker", "worker-whisperx"):
        worker = services[name]
        port = worker["environment"]["PREFECT_WORKER_WEBSERVER_PORT"]
        assert "--with-healthcheck" in worker["command"] and f":{port}/health" in worker["healthcheck"]["test"][-1]
        assert worker["depends_on"]["weights"] == {"condition": "service_completed_successfully"}


def test_ports_are_published_on_this_machine_alone() -> None:
    for service in read_file()["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_compose_takes_the_file_and_asks_for_the_secrets(tmp_path: Path) -> None:
    compose = find_compose(tmp_path)
    if compose is None:
        pytest.skip("no docker compose is here")
    filled = tmp_path / ".env"
    filled.write_text("".join(f"{name}=x\n" for name in SECRETS) + "ANTHROPIC_API_KEY=of-the-file\n")
    ask = [*compose, "--env-file"]
    told = subprocess.run([*ask, str(filled), "config"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    services = yaml.safe_load(told.stdout)["services"]
    assert set(services) == set(read_file()["services"])
    assert services["worker"]["environment"]["ANTHROPIC_API_KEY"] == "of-the-file"
    empty = tmp_path / "empty.env"
    empty.write_text("")
    refused = subprocess.run([*ask, str(empty), "config"], capture_output=True, text=True, check=False)
    assert refused.returncode != 0 and "in .env" in refused.stderr

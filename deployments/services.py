"""Starts the services of a shared installation without containers: `python -m streamdial.deployments.services start`.

PostgreSQL, Redis, a Prefect server on both, and workers, from Debian's packages, on 127.0.0.1 alone. For machines
without a container engine, and for the integration tests. Everything is stopped by the process ids written down here.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import typer

from streamdial.deployments._progress import tell_progress
from streamdial.deployments.register import POOL

_CHECKOUT = Path(__file__).resolve().parents[1]
ROOT = _CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else Path.cwd()
"""Where relative paths of the deployments lie: the checkout, or where the services are started from."""

DATA = Path(os.environ.get("STREAMDIAL_SERVICES", "/var/tmp/streamdial-services"))
PACKAGES = {"postgresql": "initdb", "redis-server": "redis-server"}
"""Debian's packages, each with a program of it."""
SECONDS = 180.0
"""What a service may take to answer on a slow machine."""


class Services:
    """A set of services whose data lie in one folder.

    Args:
        data: The folder; made where it is missing. PostgreSQL runs as its own user where this process is root, so
            that user must be able to reach it.
    """

    def __init__(self, data: Path = DATA) -> None:
        self.data = data
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise RuntimeError(f"{data} belongs to somebody else; name another folder with --data")
        self._file = data / "services.json"
        self.state: dict[str, Any] = (
            json.loads(self._file.read_text()) if self._file.is_file() else {"pids": {}, "started": {}}
        )

    @property
    def environment(self) -> dict[str, str]:
        """What clients of these services need in their environment."""
        state = self.state
        return {
            "PREFECT_API_URL": f"http://127.0.0.1:{state['prefect_port']}/api",
            "PREFECT_API_AUTH_STRING": f"admin:{state['password']}",
            "PREFECT_HOME": str(self.data / "client"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            "PREFECT_LOGGING_EXTRA_LOGGERS": "streamdial",
            "STREAMDIAL_ROOT": str(ROOT),
            "DO_NOT_TRACK": "1",
        }

    def start(self, *, workers: int = 1, tell: Callable[[str], None] | None = None) -> None:
        """Start what does not run: PostgreSQL, Redis, the Prefect server, the work pool, the deployments, workers.

        Args:
            workers: How many workers.
            tell: Is given a line when a step begins, while it is waited for, and when it is done.

        Raises:
            RuntimeError: If a program is missing, or a service does not answer in time; its log is named.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o711)
        for name in ("password", "database_password"):
            self.state.setdefault(name, secrets.token_urlsafe(18))
        for name in ("postgres_port", "redis_port", "prefect_port"):
            self.state.setdefault(name, find_free_port())
        self._keep()
        steps: list[tuple[str, Callable[[], None]]] = [
            ("PostgreSQL", self.start_postgres),
            ("Redis", self.start_redis),
            ("Prefect server", self.start_prefect),
            ("work pool and deployments", self._register),
            *((name, partial(self.start_worker, name)) for name in (f"worker-{number}" for number in range(workers))),
        ]
        for number, (name, begin) in enumerate(steps, start=1):
            with tell_progress(f"[{number}/{len(steps)}] {name}", tell):
                begin()

    def _register(self) -> None:
        command = [sys.executable, "-m", "streamdial.deployments.register"]
        _run(command, "deploying", {**os.environ, **self.environment})

    def start_postgres(self) -> None:
        """Start PostgreSQL, making its cluster and database first where they are missing."""
        folder, port = self.data / "postgres", self.state["postgres_port"]
        if not (folder / "PG_VERSION").is_file():
            folder.mkdir(mode=0o700, exist_ok=True)
            secret = folder.with_suffix(".pw")
            secret.write_text(self.state["database_password"])
            for path in (folder, secret):
                _give_to_postgres(path)
            options = ["--username=prefect", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8"]
            _run([*_as_postgres(), find_program("initdb"), "-D", str(folder), *options], "initdb")
            secret.unlink()
        command = [find_program("postgres"), "-D", str(folder), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        self._spawn("postgres", [*_as_postgres(), *command])
        environment = {**os.environ, "PGPASSWORD": self.state["database_password"]}
        ask = ["-h", "127.0.0.1", "-p", str(port), "-U", "prefect"]

        def is_up() -> bool:
            query = [find_program("psql"), *ask, "-d", "postgres", "-c", "select 1"]
            return subprocess.run(query, env=environment, capture_output=True, check=False).returncode == 0

        self._wait("postgres", is_up)
        make = [find_program("psql"), *ask, "-d", "postgres", "-c", "create database prefect"]
        subprocess.run(make, env=environment, capture_output=True, check=False)

    def start_redis(self) -> None:
        """Start Redis; what tasks hold of the limits outlives a restart."""
        port = self.state["redis_port"]
        command = [find_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--appendonly", "yes"]
        self._spawn("redis", [*command, "--dir", str(self.data)])
        self._wait("redis", lambda: _is_listening(port))

    def start_prefect(self) -> None:
        """Start the Prefect server on PostgreSQL and Redis, with the recorder writing in batches."""
        state = self.state
        database = f"prefect:{state['database_password']}@127.0.0.1:{state['postgres_port']}/prefect"
        environment = {
            **self.environment,
            "PREFECT_HOME": str(self.data / "server"),
            "PREFECT_SERVER_API_AUTH_STRING": f"admin:{state['password']}",
            "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{database}",
            "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
            "PREFECT_REDIS_MESSAGING_PORT": str(state["redis_port"]),
            # In memory, the places of tasks that ran while the server was started anew would be lost for good.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        }
        command = [_find_prefect(), "server", "start", "--host", "127.0.0.1", "--port", str(state["prefect_port"])]
        self._spawn("prefect", command, environment)
        url = f"{self.environment['PREFECT_API_URL']}/health"
        self._wait("prefect", lambda: _answers(url))

    def start_worker(self, name: str) -> None:
        """Start a worker on the pool; each run has a process of its own."""
        # No --limit: a run that is started again while its worker still holds its place stops the worker.
        command = [_find_prefect(), "worker", "start", "--pool", POOL, "--name", name]
        self._spawn(name, command, {**self.environment, "PREFECT_WORKER_QUERY_SECONDS": "2"})

    def stop(self) -> None:
        """Stop what was started, the last first; each gets 20 seconds to end by itself."""
        for name in reversed(list(self.state["pids"])):
            self.end(name, signal.SIGTERM)

    def end(self, name: str, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """End one service and what it started, by the process group this module gave it."""
        running = self.is_running(name)
        pid = self.state["pids"].pop(name, None)
        self._keep()
        # After a restart of the machine the number may be another program's.
        if pid is None or not running:
            return
        # PostgreSQL ends its children itself, and waits for none of them only at SIGINT.
        own = name == "postgres" and with_signal is signal.SIGTERM
        for sent, seconds in ((signal.SIGINT if own else with_signal, 20.0), (signal.SIGKILL, 10.0)):
            with suppress(ProcessLookupError):
                os.killpg(pid, sent)
            with suppress(TimeoutError):
                _wait_until(lambda: not _is_alive(pid), seconds)
                return

    def is_running(self, name: str) -> bool:
        """Tell whether a service that was started still runs."""
        pid = self.state["pids"].get(name)
        return pid is not None and _is_alive(pid) and _read_start(pid) == self.state["started"].get(name)

    def _spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        if self.is_running(name):
            return
        with (self.data / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.state["pids"][name] = process.pid
        self.state["started"][name] = _read_start(process.pid)
        self._keep()

    def _wait(self, name: str, is_up: Callable[[], bool]) -> None:
        try:
            _wait_until(lambda: is_up() or not self.is_running(name), SECONDS)
        except TimeoutError as error:
            raise RuntimeError(f"{name} did not answer in {SECONDS:.0f} s; see {self.data / name}.log") from error
        if not self.is_running(name):
            raise RuntimeError(f"{name} ended at once; see {self.data / name}.log")

    def _keep(self) -> None:
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.state, file)


def list_missing(*more: str) -> list[str]:
    """Return the Debian packages whose programs are not there, of those the services need and of more."""
    programs = {**PACKAGES, **{name: name for name in more}}
    return [package for package, program in programs.items() if not _look_for(program)]


def install(*more: str) -> None:
    """Install what is missing from Debian's packages; needs root. No service is started by the installation.

    Args:
        more: Packages beside those of the services, named as their program: `chromium`, `ffmpeg`.

    Raises:
        RuntimeError: If they cannot be installed.
    """
    missing = list_missing(*more)
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RuntimeError(f"missing: {', '.join(missing)}; install them: apt-get install {' '.join(missing)}")
    policy = Path("/usr/sbin/policy-rc.d")
    guard = not policy.exists()
    if guard:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-q"], "apt-get update", environment)
        _run(["apt-get", "install", "-qy", "--no-install-recommends", *missing], "apt-get install", environment)
    finally:
        if guard:
            policy.unlink()


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def find_program(name: str) -> str:
    """Return the path of a program; Debian keeps PostgreSQL's out of PATH.

    Raises:
        RuntimeError: If it is not there.
    """
    found = _look_for(name)
    if found is None:
        raise RuntimeError(f"{name} is not there; install it: python -m streamdial.deployments.services install")
    return found


def _look_for(name: str) -> str | None:
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(beside[0]) if beside else shutil.which(name)


def _find_prefect() -> str:
    return str(Path(sys.executable).parent / "prefect")


def _as_postgres() -> list[str]:
    # PostgreSQL refuses to run as root.
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


def _give_to_postgres(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


def _run(command: Sequence[str], what: str, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise RuntimeError(f"{what} failed: {' '.join(told)[:1000]}")


def _wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.2)


def _is_alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _read_start(pid: int) -> str:
    """Return when a process was started, in ticks since the machine was; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _is_listening(port: int) -> bool:
    with socket.socket() as place:
        return place.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except urllib.error.HTTPError as error:
        return error.code in (401, 403)
    except OSError:
        return False


def main() -> None:
    """Start, stop or tell the services."""
    parser = argparse.ArgumentParser(
        prog="python -m streamdial.deployments.services", description=__doc__.splitlines()[0]
    )
    parser.add_argument("what", choices=("install", "start", "stop", "status", "environment"))
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the services' data")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--with", dest="more", nargs="+", default=[], help="packages that are installed as well")
    arguments = parser.parse_args()
    services = Services(arguments.data)
    if arguments.what == "install":
        install(*arguments.more)
    elif arguments.what == "start":
        if missing := list_missing():
            with tell_progress(f"installing {', '.join(missing)}", typer.echo):
                install()
        services.start(workers=arguments.workers, tell=typer.echo)
        url = services.environment["PREFECT_API_URL"].removesuffix("/api")
        typer.echo(f"Prefect's UI: {url}, user admin, password in {services.data / 'services.json'}")
        typer.echo('In a shell: eval "$(python -m streamdial.deployments.services environment)"')
    elif arguments.what == "stop":
        services.stop()
    elif arguments.what == "status":
        for name in services.state["pids"]:
            typer.echo(f"{name:12} {'runs' if services.is_running(name) else 'is gone'}")
    else:
        for name, value in services.environment.items():
            typer.echo(f"export {name}='{value}'")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(str(error))

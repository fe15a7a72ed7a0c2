"""What people install: the wheel, unpacked beside a project of theirs that has modules called tasks and flows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from streamdial.testing import MockEndpoint
from tests.conftest import ROOT
from tests.prefect_api import PrefectApi

pytestmark = pytest.mark.wheel
VERSION = "0.0.0+unpacked"
"""What the unpacked package is told to be, so that a run says whether it was made by it."""
FOLDERS = ("streamdial", "flows", "tasks", "deployments")


class Project(NamedTuple):
    """A project that has the wheel installed.

    Attributes:
        wheel: The wheel.
        site: Where it is unpacked.
        own: The project's folder, with modules of its own.
        environment: Environment of its commands.
    """

    wheel: Path
    site: Path
    own: Path
    environment: dict[str, str]

    def run(self, *arguments: str, seconds: float = 180) -> str:
        """Return what Python prints; the unpacked wheel comes before what is installed here, `-P` leaves cwd out."""
        done = subprocess.run(
            [sys.executable, "-P", *arguments],
            cwd=self.own, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, shell_environment: dict[str, str]) -> Project:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    site, own = folder / "site", folder / "own"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "streamdial" / "_version.py").write_text(f'__version__ = "{VERSION}"\n', encoding="utf-8")
    own.mkdir()
    for name in ("tasks", "flows", "deployments"):
        (own / f"{name}.py").write_text("OWNER = 'the project'\n", encoding="utf-8")
    return Project(wheel, site, own, {**shell_environment, "PYTHONPATH": f"{site}{os.pathsep}{own}"})


def test_all_its_files_lie_below_one_name(project: Project) -> None:
    with zipfile.ZipFile(project.wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"streamdial"}
    expected = {
        (path.relative_to(ROOT) if folder == "streamdial" else Path("streamdial", path.relative_to(ROOT))).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not _is_below_link(path)
    }
    assert {name for name in names if ".dist-info/" not in name} == expected


def _is_below_link(path: Path) -> bool:
    return any(parent.is_symlink() for parent in path.parents if ROOT in parent.parents)


def test_a_projects_own_modules_keep_their_names(project: Project) -> None:
    code = (
        "import tasks, flows, deployments, json;"
        "import streamdial, streamdial.flows, streamdial.tasks, streamdial.deployments.serve as serve;"
        "print(json.dumps([tasks.OWNER, flows.OWNER, deployments.OWNER, streamdial.__version__,"
        " streamdial.flows.__file__, streamdial.flows.stream.name]))"
    )
    *owners, version, place, name = json.loads(project.run("-c", code))
    assert owners == ["the project"] * 3
    assert (version, name) == (VERSION, "stream")
    assert Path(place).is_relative_to(project.site)


def test_its_command_line_and_its_deployments_are_there(project: Project) -> None:
    told = ConfigParser()
    told.read(next(project.site.glob("*.dist-info")) / "entry_points.txt", encoding="utf-8")
    module, _, function = told["console_scripts"]["streamdial"].partition(":")
    run = f"import sys; from {module} import {function}; sys.argv = ['streamdial', *sys.argv[1:]]; {function}()"
    assert {"--source", "--sources"} <= set(project.run("-c", run, "run", "--help").split())
    assert project.run("-c", run, "--version").strip() == VERSION
    code = "from streamdial.deployments.serve import read_deployments; print(*[e['name'] for e in read_deployments()])"
    assert {"stream-hotel", "poll", "evaluate"} <= set(project.run("-c", code).split())


LINES = f"""
import json, sys
from datasets import load_dataset
import streamdial as sd

recording = {str(ROOT / "examples" / "restaurant_live")!r}
shown = sd.preview(recording, domain="restaurant", dialogues=2)
assert len(shown.dialogues) == 2 and shown.estimate(200).total.seconds > 0
made = sd.run(sources=[recording], domain="restaurant", dialogues=4, out="python")
run = sd.open_run("python")
assert run.dialogues and run.signals.questions and run.personas.users and run.knowledge and run.counts
assert run.to_polars("dialogues").height == len(run.dialogues)
chat = [{{"time": 5, "user": "ann", "text": "is the Jade Garden spicy?"}}]
pages = ["<table><tr><th>Set menu<th>Price<tr><td>Jade Garden<td>$198</table>"]
assert sd.extract_signals({{"chat": chat, "pages": pages}}, "restaurant", screen="keep").questions
kept = sd.filter_dialogues(run.all_dialogues, user_threshold=0.9)
assert len(kept.rethreshold(0.95).kept) >= len(kept.kept)
rows = load_dataset("python/dataset", split="train")
print(json.dumps([sd.__version__, len(run.all_dialogues), rows[0]["messages"][0]["role"]]))
"""


def test_the_python_lines_of_the_readme_work_from_it(project: Project) -> None:
    environment = {**project.environment, "HF_HOME": str(project.own / "hub")}
    told = project._replace(environment=environment).run("-c", LINES, seconds=500)
    assert json.loads(told.splitlines()[-1]) == [VERSION, 4, "system"]
    # Neither a preview nor what was in memory left anything behind.
    assert {path.name for path in project.own.iterdir() if path.is_dir()} <= {"python", "hub", "__pycache__"}


def test_a_file_of_settings_it_wrote_is_run_by_it(project: Project) -> None:
    run = "from streamdial.deployments.cli import main; import sys; sys.argv = ['streamdial', *sys.argv[1:]]; main()"
    recording = str(ROOT / "examples" / "restaurant_live")
    project.run("-c", run, "init", "mine.yaml", "--domain", "restaurant", "--source", recording)
    told = project.run("-c", run, "run", "--config", "mine.yaml", "--preview", "1", "--out", "config", seconds=400)
    assert "Estimate for 16 dialogues, learnt from 1" in told
    assert (
        json.loads((project.own / "config" / "run.json").read_text(encoding="utf-8"))["parts"]["domain"] == "restaurant"
    )


@contextmanager
def start_worker(project: Project, environment: dict[str, str]) -> Iterator[Path]:
    """Start a worker from the project's folder; yields its log."""
    command = [sys.executable, "-P", "-m", "prefect", "worker", "start", "--pool", "streamdial", "--name", "wheel"]
    log = project.own / "worker.log"
    with log.open("w", encoding="utf-8") as told:
        worker = subprocess.Popen(
            command, cwd=project.own, env=environment, stdout=told, stderr=told, start_new_session=True
        )
    try:
        yield log
    finally:
        os.killpg(worker.pid, signal.SIGTERM)
        try:
            worker.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)


@pytest.mark.prefect
def test_a_deployment_registered_from_it_runs_in_a_worker(project: Project, prefect_server: str) -> None:
    environment = {
        **project.environment,
        "PREFECT_API_URL": prefect_server,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "STREAMDIAL_ROOT": str(project.own),
    }
    project._replace(environment=environment).run("-m", "streamdial.deployments.register", seconds=400)
    api = PrefectApi(prefect_server)
    out = project.own / "run"
    with MockEndpoint() as endpoint, start_worker(project, environment) as log:
        settings = {
            "domain": "hotel",
            "sources": {"paths": [str(ROOT / "examples" / "hotel_live_zh")], "screen_text": "off"},
            "out": "run",
            "models": {"model": "hosted_vllm/mock", "api_base": endpoint.url, "mode": "reworded"},
            "dialogues": {"count": 2, "min_turns": 2},
        }
        run = api.trigger("stream/stream-hotel", {"settings": settings})
        try:
            state = api.wait_for_end(run, seconds=400)
        except AssertionError as error:
            raise AssertionError(log.read_text(encoding="utf-8")) from error
        assert state == "COMPLETED", log.read_text(encoding="utf-8")
        assert endpoint.count
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["dialogues_kept"] >= 1
    # It was the unpacked package that made it, not the one the tests run in.
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["parts"]["version"].endswith(VERSION)

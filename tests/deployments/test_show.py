from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from streamdial.blueprints import induce_blueprint
from streamdial.deployments.cli import app
from streamdial.domains import load_pack, load_seeds
from streamdial.errors import ConfigurationError
from streamdial.records import (
    AgentPersona,
    AgentStyle,
    Constraint,
    Inquiry,
    Language,
    Observed,
    Provenance,
    UserPersona,
    UserStyle,
    Utterance,
)
from streamdial.store import RecordStore, open_store

DIMENSIONS = 512
IDS = {"user": "11111111-0000-4000-8000-000000000001", "agent": "22222222-0000-4000-8000-000000000002"}
TEXTS: dict[Language, tuple[str, str, str]] = {
    "en": ("find a room under $150", "is breakfast included?", "Lakeside Hotel"),
    "zh": ("想找500元以内的房间", "含早餐吗？", "湖边酒店"),
}


def make_records(language: Language) -> list[Any]:
    objective, question, name = TEXTS[language]
    common: dict[str, Any] = {"domain": "hotel", "language": language, "provenance": Provenance(source_id="s")}
    user = UserPersona(
        id=IDS["user"],
        objective=Observed(text=objective, evidence=("q1",)),
        primary_inquiries=(Inquiry(text=question, asks=("breakfast",), evidence=("q2",)),),
        constraints=(Constraint(slot="price", value="150", hardness="must", evidence=("q1",)),),
        potential_utterances=(Utterance(text=question, origin="own", evidence=("q2",)),) * 5,
        style=UserStyle(mean_length=4),
        **common,
    )
    agent = AgentPersona(
        id=IDS["agent"],
        account="lake",
        identity=Observed(text=name, evidence=("p",)),
        style=AgentStyle(description=""),
        **common,
    )
    return [user, agent]


@pytest.fixture(params=["en", "zh"])
def run_folder(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Language, str]:
    """A run's folder with two personas and a blueprint in its store."""
    language: Language = request.param
    instance = "0123456789abcdef"
    marker = {"instance": instance, "fingerprint": "f", "parts": {"embedder": '"use-multilingual"', "domain": "hotel"}}
    (tmp_path / "run.json").write_text(json.dumps(marker), encoding="utf-8")
    engine = open_store(tmp_path / "store", url=None)
    store = RecordStore(engine, DIMENSIONS, prefix=f"r{instance[:12]}_")
    people = make_records(language)
    vectors = np.eye(2, DIMENSIONS, dtype=np.float32)
    for row, person in enumerate(people):
        store.put("personas", [person], {"text": vectors[row : row + 1]})
    blueprint = induce_blueprint(
        people[1],
        load_pack("hotel"),
        strategies=(),
        questions={},
        responses={},
        pairs=(),
        seeds=load_seeds(load_pack("hotel"), language),
    )
    store.put("blueprints", [blueprint], {"text": vectors[:1]})
    engine.flush()
    engine.close()
    return tmp_path, language, blueprint.id


def call(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["show", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_persona_is_shown_in_its_language_with_its_evidence(run_folder: tuple[Path, Language, str]) -> None:
    folder, language, _ = run_folder
    objective, question, name = TEXTS[language]
    listed = call("persona", "--run", str(folder))
    assert IDS["user"] in listed and IDS["agent"] in listed and name in listed
    shown = call("persona", IDS["user"][:8], "--run", str(folder))
    assert objective in shown and question in shown
    assert "[q1]" in shown and "[q2]" in shown
    assert {"en": "must", "zh": "必须"}[language] in shown
    assert name in call("persona", IDS["agent"], "--run", str(folder))


def test_a_blueprint_is_shown_in_its_language_and_drawn(run_folder: tuple[Path, Language, str], tmp_path: Path) -> None:
    folder, language, identifier = run_folder
    assert identifier in call("blueprint", "--run", str(folder))
    picture = tmp_path / "graph.svg"
    shown = call("blueprint", identifier[:6], "--run", str(folder), "--svg", str(picture))
    for part in {
        "en": ("Rhythm overview", "Key nodes", "Scenarios", "Flow atlas"),
        "zh": ("整体节奏概览", "关键节点", "典型场景与应对策略", "对话流程图谱"),
    }[language]:
        assert part in shown
    assert f"[hotel-{language}-01#" in shown
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert call("blueprint", identifier, "--run", str(folder), "--mermaid").startswith("flowchart TD")


def test_what_is_not_there_is_said_with_what_to_do(run_folder: tuple[Path, Language, str], tmp_path: Path) -> None:
    folder, _, _ = run_folder
    with pytest.raises(ConfigurationError, match="no persona of the run has an id that begins with '99'; there are 2"):
        call("persona", "99", "--run", str(folder))
    with pytest.raises(ConfigurationError, match="is not the folder of a run"):
        call("blueprint", "--run", str(tmp_path / "elsewhere"))
    for marker in ("{}", '{"instance": "x", "parts": {"embedder": "e", "domain": "hotel"}}'):
        (tmp_path / "bare").mkdir(exist_ok=True)
        (tmp_path / "bare" / "run.json").write_text(marker, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"is not the folder of a run|holds no records"):
            call("persona", "--run", str(tmp_path / "bare"))
        assert not (tmp_path / "bare" / "store").exists()

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError, StoreError
from streamdial.store import RecordStore, open_store
from tests.exports.conftest import make_agent, make_blueprint, make_dialogue, make_turns, make_user

DIMENSIONS = 512


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The folder of a finished run: two dialogues made, one kept."""
    parts = {"embedder": '"use-multilingual"', "domain": "automotive"}
    write(tmp_path / "run.json", {"instance": "0123456789abcdef", "fingerprint": "f", "parts": parts})
    engine = open_store(tmp_path / "store", url=None)
    store = RecordStore(engine, DIMENSIONS, prefix="r0123456789ab_")
    ids = {"u": "11111111-0000-4000-8000-000000000001", "a": "22222222-0000-4000-8000-000000000002"}
    plan = "33333333-0000-4000-8000-000000000003"
    vectors = np.eye(1, DIMENSIONS, dtype=np.float32)
    store.put("personas", [make_user(ids["u"])], {"text": vectors})
    store.put("personas", [make_agent(ids["a"])], {"text": vectors})
    store.put("blueprints", [make_blueprint(plan)], {"text": vectors})
    engine.flush()
    engine.close()
    made = [make_dialogue(f"d{n}", *make_turns(), user=ids["u"], agent=ids["a"], plan=plan) for n in (1, 2)]
    (tmp_path / "dialogues").mkdir()
    lines = "".join(dialogue.model_dump_json() + "\n" for dialogue in made)
    (tmp_path / "dialogues" / "shard-0.jsonl").write_text(lines, encoding="utf-8")
    dropped = {"id": "d2", "repeats": "d1", "user_score": 1.0, "agent_score": 1.0, "reason": "repeats"}
    filtered: dict[str, Any] = {"grid": [], "sizes": {"2": 1}, "largest": [], "communities": {"d1": 0, "d2": 0}}
    write(tmp_path / "filter.json", {"kept": ["d1"], "dropped": [dropped], **filtered})
    told = {"shards": ["dialogues/shard-0.jsonl"], "counts": [], "records": [*ids.values(), plan]}
    write(tmp_path / "delivery.json", {**told, "seeds": None, "storage": None, "settings": {"fingerprint": "f"}})
    return tmp_path


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def call(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_run_is_exported_again_with_the_figures_of_its_evaluation(finished: Path) -> None:
    assert "1 dialogues" in call("export", str(finished))
    card = (finished / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "n/a: the set was not evaluated" in card
    assert pl.read_parquet(finished / "dataset" / "dialogues.parquet")["id"].to_list() == ["d1"]
    write(finished / "evaluation.json", {"distinct_2": {"value": 0.5, "unit": "share"}})
    call("export", str(finished))
    card = (finished / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "| distinct 2 | 0.5 |" in card
    assert "distinct_2" in (finished / "report" / "index.html").read_text(encoding="utf-8")


def test_another_folder_can_take_the_export(finished: Path, tmp_path: Path) -> None:
    call("export", str(finished), "--to", str(tmp_path / "copy"), "--split-seed", "3")
    assert json.loads((tmp_path / "copy" / "dataset" / "splits.json").read_text())["seed"] == 3
    assert not (finished / "dataset").exists()


def test_a_run_that_never_exported_is_told_what_to_do(finished: Path) -> None:
    (finished / "delivery.json").unlink()
    with pytest.raises(ConfigurationError, match="has not been exported yet"):
        call("export", str(finished))


def test_a_run_whose_dialogues_are_gone_exports_no_empty_set(finished: Path) -> None:
    shard = finished / "dialogues" / "shard-0.jsonl"
    shard.write_text("")
    with pytest.raises(ConfigurationError, match="1 of 1 dialogues the filter kept are not in the run's shards"):
        call("export", str(finished))
    shard.unlink()
    with pytest.raises(StoreError, match=r"shard-0\.jsonl cannot be read"):
        call("export", str(finished))
    assert not (finished / "dataset").exists()


def test_pushing_needs_a_token(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("export", str(finished))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="no token"):
        call("push", str(finished), "me/cars")

"""SSI of one recording that is broken off again and again gets further each time, and ends as if nothing had been."""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import streamdial.pipeline.run as run_module
import streamdial.pipeline.workspace as workspace_module
import streamdial.sources.page as page_module
from streamdial.models import CachedEmbedder, Vectors
from streamdial.models.speech import FasterWhisperTranscriber
from streamdial.pipeline import Pipeline
from streamdial.sources.fetching import Fetched
from streamdial.testing import HashingEmbedder

RATE = 100
SECONDS = 500
SAID = (
    "大家晚上好欢迎来到湖边酒店",
    "望湖大床房一晚568元含双早",
    "房间面积有36平米",
    "电话13812345678可以预订",
    "退房时间是中午十二点",
    "停车是免费的",
)
PAGE = """<html><title>湖边酒店</title><body><p>湖边酒店有五种房型，含早餐。</p>
<table><tr><th>房型</th><th>价格</th></tr><tr><td>望湖大床房</td><td>568元</td></tr>
<tr><td>亲子房</td><td>688元</td></tr></table></body></html>"""


class Killed(BaseException):
    """What no code of ours catches."""


class Machine:
    """Does what costs time, and is killed after so much of it."""

    def __init__(self) -> None:
        self.lives = 10_000
        self.done: list[str] = []

    def work(self, what: str) -> None:
        if self.lives == 0:
            raise Killed
        self.lives -= 1
        self.done.append(what)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()

    class Whisper:
        def __init__(self, path: str, **options: object) -> None:
            pass

        def transcribe(self, sound: np.ndarray, **asked: object) -> tuple[Iterator[SimpleNamespace], None]:
            def hear() -> Iterator[SimpleNamespace]:
                machine.work("part")
                figures = {"compression_ratio": 1.2, "avg_logprob": -0.3, "no_speech_prob": 0.1}
                for place in range(3):
                    text = SAID[(int(sound[0]) + place) % len(SAID)]
                    start = 10.0 + 20 * place
                    yield SimpleNamespace(start=start, end=start + 4, text=text, words=[], **figures)

            return hear(), None

    class Embedder(HashingEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            machine.work("batch")
            return super().embed(texts)

    def fetch(url: str, *, allow_private: bool = False) -> Fetched:
        machine.work("page")
        return Fetched(PAGE.encode(), url, "utf-8")

    module = ModuleType("faster_whisper")
    module.WhisperModel = Whisper  # type: ignore[attr-defined]
    sound = np.arange(SECONDS * RATE, dtype=np.float32)
    module.decode_audio = lambda path, sampling_rate: sound  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    monkeypatch.setattr(FasterWhisperTranscriber, "RATE", RATE)
    monkeypatch.setattr(run_module, "build_embedder", lambda _, path: CachedEmbedder(Embedder(64), path))
    monkeypatch.setattr(page_module, "fetch_page", fetch)
    monkeypatch.setattr(workspace_module, "load_salt", lambda path: b"s" * 32)
    return machine


@pytest.fixture
def sources(tmp_path: Path) -> tuple[str, ...]:
    asked = ("望湖大床房多少钱", "有早餐吗", "两个人来，预算600以内", "房间多大", "几点退房", "停车收费吗") * 2
    chat = "".join(
        f'<d p="{12.0 + 35 * n},1,25,16777215,1760000000,0,a{n % 7},{n},10">{text}</d>' for n, text in enumerate(asked)
    )
    (tmp_path / "chat.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?><i>{chat}</i>', encoding="utf-8")
    with wave.open(str(tmp_path / "speech.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return str(tmp_path / "chat.xml"), str(tmp_path / "speech.wav"), "https://example.org/a", "https://example.org/b"


def mine(sources: tuple[str, ...], out: Path, model: Path) -> dict[str, Any]:
    with Pipeline(domain="hotel", sources=sources, out=str(out), signals="rules", speech_model=str(model)) as run:
        mined = run.signals()
    found = {name: getattr(mined, name) for name in ("questions", "responses", "pairs", "knowledge")}
    told = json.loads((out / "counts" / "1-signals.json").read_text(encoding="utf-8"))
    return {**{name: [each.model_dump_json() for each in rows] for name, rows in found.items()}, "told": told}


def test_a_recording_broken_off_again_and_again_ends_as_if_nothing_had_been(
    machine: Machine, sources: tuple[str, ...], tmp_path: Path
) -> None:
    undisturbed = mine(sources, tmp_path / "whole", tmp_path)
    assert undisturbed["questions"] and undisturbed["responses"] and undisturbed["knowledge"]
    costs, machine.done = machine.done, []
    assert costs.count("page") == 2 and costs.count("part") > 4 and costs.count("batch") > 1
    starts = 0
    while True:
        starts += 1
        machine.lives, before = 2, len(machine.done)
        try:
            found = mine(sources, tmp_path / "broken", tmp_path)
        except Killed:
            # Killed while it was at the third thing: two more are done for good.
            assert len(machine.done) == before + 2
            assert starts < len(costs)
            continue
        break
    assert starts > 4
    assert machine.done == costs
    assert found == undisturbed
    kept = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "broken" / "cache").rglob("*.json"))
    assert "13812345678" not in kept and "[PHONE]" in kept

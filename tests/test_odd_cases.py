"""The small odd inputs beside the repository that are no recordings: tables, sets, answers, masking, endpoints."""

from __future__ import annotations

import ast
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from streamdial.corpora import read_seeds
from streamdial.counts import Counts
from streamdial.delimited import read_rows
from streamdial.domains import load_pack
from streamdial.encodings import decode_text
from streamdial.environment import read_knowledge_file
from streamdial.errors import ModelError
from streamdial.evaluation.human_eval.answers import read_answers
from streamdial.models import ChatMessage, ChatRequest, ModelRuntime
from streamdial.models.embedding import CachedEmbedder
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.models.structured import complete_structured
from streamdial.personas import Knowledge
from streamdial.pipeline import Pipeline
from streamdial.pipeline.run import open_run
from streamdial.pipeline.views import MadeDialogues
from streamdial.privacy import mask_personal_data
from streamdial.testing import HashingEmbedder
from tests.conftest import ROOT

HOTEL = load_pack("hotel")
EXAMPLE = ROOT / "examples" / "hotel_live_zh"


@pytest.fixture
def cases(shared_data: Path) -> Path:
    folder = shared_data / "cases"
    if not folder.is_dir():
        pytest.skip("the folder of odd inputs is absent")
    return folder


def read_table(cases: Path, name: str) -> tuple[Knowledge, Counts]:
    counts = Counts("table")
    return read_knowledge_file(cases / name / "rooms.csv", HOTEL, "en", counts), counts


def list_prices(known: Knowledge) -> dict[str, tuple[str, str | None]]:
    return {row.entity: (row.value, row.unit) for row in known.rows if row.slot == "price"}


def test_an_odd_table_tells_what_is_given_twice_and_in_which_currencies(cases: Path) -> None:
    known, counts = read_table(cases, "60-tooluse-table-odd")
    assert list_prices(known) == {
        "City Twin": ("110", "USD"),
        "Garden Double": ("120", "USD"),
        "Lake Suite": ("1980", "USD"),
        "Family Room": ("150", "GBP"),
    }
    assert set(known.entities) == {*list_prices(known), "Attic", "Budget"}
    told = "\n".join(counts.notes)
    assert "City Twin, price: $110 holds, $115 is given as well" in told
    assert "USD 3, GBP 1" in told


def test_a_table_of_semicolons_and_decimal_commas_is_read(cases: Path) -> None:
    known, _ = read_table(cases, "62-table-semicolon")
    assert list_prices(known) == {"City Twin": ("110.5", "EUR"), "Garden Double": ("1980", "EUR")}


def test_which_of_two_columns_of_one_name_holds_is_told(cases: Path) -> None:
    known, counts = read_table(cases, "64-table-bom-dupcols")
    assert list_prices(known) == {"City Twin": ("110", "USD"), "Garden Double": ("130", "USD")}
    assert "$110 holds, $120" in counts.notes[0] and "$110 holds, $115" in counts.notes[0]


def test_a_sound_table_is_read_without_a_word(cases: Path) -> None:
    known, counts = read_table(cases, "66-table-clean")
    assert len(list_prices(known)) == len(known.entities) == 4
    assert not counts.notes


def test_odd_values_of_multiwoz_are_values_or_none(cases: Path) -> None:
    counts = Counts("seeds")
    seeds = read_seeds(cases / "40-multiwoz-odd-values" / "data.json", HOTEL, "en", counts)
    assert [seed.id for seed in seeds] == ["PMUL0001.json", "PMUL0003.json"]
    values = {value for seed in seeds for turn in seed.turns for value in turn.inform.values()}
    assert not values & {"not mentioned", "none", "do n't care", "cheap|moderate"}
    assert counts.dropped["too_short"] + counts.dropped["other_domain"] == 2


def test_values_of_sgd_are_the_first_of_several(cases: Path) -> None:
    counts = Counts("seeds")
    seeds = read_seeds(cases / "41-sgd-multi-values" / "dialogues.json", HOTEL, "en", counts)
    assert "1_00001" not in [seed.id for seed in seeds] and counts.dropped
    assert not [turn for seed in seeds for turn in seed.turns if "['" in str(turn.inform)]


@pytest.mark.parametrize("form", ["comma", "dec", "gbk", "semicolon", "utf16", "wide"])
def test_answers_are_read_as_any_spreadsheet_saves_them(cases: Path, form: str) -> None:
    path = cases / "76-answers-excel" / f"answers_{form}.csv"
    header, *rows = read_rows(decode_text(path.read_bytes()).text)
    key = {
        "criteria": [name.removesuffix("_user") for name in header if name.endswith("_user")],
        "items": {row[0]: {} for row in rows if row},
    }
    answers = read_answers([path], Counts("answers"), key=key)
    assert [answer.score for answer in answers] == [4.0] * 60


def test_lines_are_masked_as_they_should_be(cases: Path) -> None:
    tree = ast.parse((cases / "83-mask-zh" / "mask.py").read_text("utf-8"))
    (told,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "CASES")  # type: ignore[attr-defined]
    for text, wanted in ast.literal_eval(told):
        assert mask_personal_data(text) == (text if wanted == "same" else wanted)


class Person(BaseModel):
    """Somebody."""

    name: str
    seats: int
    tags: list[str]


@pytest.fixture
def serve() -> Iterator[Callable[[Path], int]]:
    """Starts an endpoint of the folder as a process; returns its port."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: Path) -> int:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
        started.append(subprocess.Popen([sys.executable, str(script), str(port)]))
        while started[-1].poll() is None:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.1)
        raise AssertionError(f"{script.name} ended with {started[-1].returncode}")

    yield start
    for process in started:
        process.terminate()
        process.wait()


ODD = {
    **dict.fromkeys(
        ("listcontent", "think", "thinkopen", "fence", "trailing", "single", "wrapped", "inlist"), "answered"
    ),
    **dict.fromkeys(
        ("double", "twice", "sse", "streamonly", "maxtokens", "temperature", "seed", "toolnull"), "answered"
    ),
    **dict.fromkeys(("nousage", "nousagekey", "usagestr", "usageneg", "usagelist", "bom"), "answered"),
    **dict.fromkeys(("contentfilter", "contentfilterpart", "azurefilter"), "filtered"),
}
"""What comes of an answer that is odd in this way."""


@pytest.mark.parametrize("mode", ODD)
async def test_odd_answers_of_an_endpoint(cases: Path, serve: Callable[[Path], int], mode: str) -> None:
    port = serve(cases / "80-endpoint-odd-answers" / "fake.py")
    model = OpenAIChatModel("m", f"http://127.0.0.1:{port}/{mode}/v1", api_key="k", timeout=20)
    runtime = ModelRuntime(model, attempts=2, longest_wait=0.2)
    message = ChatMessage(role="user", content="Give a person.")
    request = ChatRequest(messages=(message,), max_tokens=50, temperature=0.7, seed=1, purpose="x")
    try:
        if ODD[mode] == "answered":
            person, reply = await complete_structured(runtime, request, Person)
            assert (person.name, person.seats, person.tags) == ("Ann", 7, ["a", "b"])
            assert reply.prompt_tokens >= 0
        else:
            with pytest.raises(ModelError) as refused:
                await complete_structured(runtime, request, Person)
            assert refused.value.kind == ODD[mode]
    finally:
        await runtime.aclose()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["think", "cfpart", "stopmark"])
def test_a_run_with_an_odd_endpoint_keeps_no_odd_wording(
    cases: Path, serve: Callable[[Path], int], mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = serve(cases / "81-run-with-odd-endpoint" / "fake2.py")
    dialogues = make_run(f"http://127.0.0.1:{port}/{mode}/v1", tmp_path, monkeypatch).dialogues
    assert len(dialogues) == 2
    said = "\n".join(turn.utterance for dialogue in dialogues for turn in dialogue.turns)
    odd = ("<think", "</think", "然后我还想问一下关于", "，但是这个", "Sure!", "<|", "thinking")
    assert not [mark for mark in odd if mark in said]


@pytest.mark.slow
def test_a_run_whose_account_is_empty_leaves_its_dialogues_and_says_why(
    cases: Path, serve: Callable[[Path], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = serve(cases / "81-run-with-odd-endpoint" / "fake2.py")
    made = make_run(f"http://127.0.0.1:{port}/quota/v1", tmp_path, monkeypatch)
    assert (made.left, list(made.failed)) == (2, [])
    (letter,) = (tmp_path / "run" / "dead_letters.jsonl").read_text("utf-8").splitlines()
    assert '"kind":"left"' in letter and '"reason":"quota"' in letter


def make_run(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> MadeDialogues:
    """Make a run whose lines a model rewords."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    source = Path(shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("*.mp4")))
    given = {"mode": "reworded", "signals": "rules", "min_turns": 4, "model": "openai/m", "api_base": url}
    with Pipeline(domain="hotel", sources=[str(source)], out=str(folder / "run"), dialogues=2, **given) as making:
        open_run(making.settings).embedder = CachedEmbedder(HashingEmbedder(512))
        return making.generate()

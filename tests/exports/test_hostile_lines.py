"""A hundred hostile lines wherever a recording has text: they change nothing but themselves, and nothing runs them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamdial import LoadedRun
from streamdial.chat_tokens import CHAT_TOKEN
from streamdial.errors import StreamDialError
from streamdial.evaluation.human_eval.sheets import choose_items, write_items
from streamdial.exports import DataSet
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.embedding import CachedEmbedder
from streamdial.pipeline import Pipeline
from streamdial.pipeline.run import open_run
from streamdial.records import Inquiry, Observed
from streamdial.testing import Fault, HashingEmbedder, MockEndpoint, ObedientModel
from tests.conftest import ROOT
from tests.evaluation.evaluation_material import make_set, make_talk
from tests.exports.conftest import CHROMIUM, Show
from tests.planting import (
    make_planned_run,
    plant_chat,
    plant_comments,
    plant_page,
    plant_profile,
    plant_speech,
    read_everything,
)

EXAMPLE = ROOT / "examples" / "hotel_live_zh"
LINES = [json.loads(line)["text"] for line in (ROOT / "tests/data/hostile/lines.jsonl").read_text("utf-8").splitlines()]
MEGABYTE = "PWNED 大床房多少钱？" * 60_000
KEY = "sk-planted-0b8d4f6a2c9e7135"
MODES = ("planned", "guided", "direct")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_OBEDIENT = ObedientModel()

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


def answer(body: Mapping[str, Any]) -> str:
    """Word guided turns as told, and direct ones with the first act the endpoint is held to."""
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    if "utterance" in (properties := schema.get("properties", {})) and "act" in properties:
        # Where it has no answer, the plan goes on by itself, so that a dialogue comes to its end.
        if len(body["messages"]) % 3:
            return "{}"
        act = properties["act"].get("enum", ["ask"])[0]
        return json.dumps({"act": act, "utterance": f"好的，第{len(body['messages'])}句"}, ensure_ascii=False)
    messages = tuple(ChatMessage(role=m["role"], content=m["content"] or "") for m in body["messages"])
    return str(_OBEDIENT._replies(ChatRequest(messages=messages)))  # type: ignore[operator]


def plant(source: Path) -> Path:
    """Return a recording with the lines in chat, comments, speech, page, profile and people's names."""
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("*.mp4"))
    plant_chat(source, [*LINES, MEGABYTE], LINES)
    plant_comments(source, [*LINES, MEGABYTE], LINES)
    plant_speech(source, [*LINES, MEGABYTE])
    plant_page(source, LINES, title="</title><script>window.PWNED=1</script>")
    plant_profile(source, LINES)
    return source


def make_run(source: Path, out: Path, mode: str, endpoint: MockEndpoint) -> None:
    """Make a run whose model is at an endpoint, with the key of the environment."""
    with Pipeline(
        domain="hotel",
        sources=[str(source)],
        out=str(out),
        mode=mode,
        model="openai/mock",
        api_base=endpoint.url,
        signals="model" if mode == "guided" else "rules",
        min_turns=4,
        screen="keep",
        dialogues=4,
    ) as making:
        run = open_run(making.settings)
        run.workspace.vectors.parent.mkdir(parents=True, exist_ok=True)
        run.embedder = CachedEmbedder(HashingEmbedder(512), run.workspace.vectors)
        making.filter()


@pytest.fixture(scope="module")
def clean_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "recording"
    return Path(shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.mp4")))


@pytest.fixture(scope="module")
def clean(clean_source: Path) -> LoadedRun:
    make_planned_run(clean_source, clean_source.parent / "run", "hotel", dialogues=4)
    return LoadedRun(clean_source.parent / "run", domain="hotel")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[MockEndpoint]:
    with pytest.MonkeyPatch.context() as patch, MockEndpoint(answer) as served:
        patch.setenv("OPENAI_API_KEY", KEY)
        yield served


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, endpoint: MockEndpoint) -> dict[str, Path]:
    """The folder of a run by its mode."""
    folder = tmp_path_factory.mktemp("hostile")
    source = plant(folder / "recording")
    for mode in MODES:
        make_run(source, folder / mode, mode, endpoint)
    return {mode: folder / mode for mode in MODES}


def count_contents(records: Iterable[Any], *fields: str) -> Counter[str]:
    """Count records by what they say; ids follow from the bytes of the files, which are others."""
    return Counter(str([getattr(record, field) for field in fields]) for record in records)


def list_contents(run: LoadedRun) -> Iterator[Counter[str]]:
    """Yield what questions, pairs, facts and user personas say."""
    yield count_contents(run.signals.questions, "text", "raw_text", "act", "asks", "slots", "entities")
    yield count_contents(run.signals.pairs, "score")
    yield count_contents(run.knowledge, "entity", "slot", "value", "text")
    for user in sorted(run.personas.users, key=lambda user: user.objective.text):
        yield Counter([user.objective.text, *(inquiry.text for inquiry in user.primary_inquiries)])


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["planned", "direct"])
def test_they_change_no_record_but_their_own(clean: LoadedRun, runs: dict[str, Path], mode: str) -> None:
    hostile = LoadedRun(runs[mode], domain="hotel")
    for before, after in zip(list_contents(clean), list_contents(hostile), strict=True):
        assert before == after
    said, also = (count_contents(run.signals.responses, "text", "tells") for run in (clean, hostile))
    assert said <= also
    assert all("PWNED" in text for text in also - said)
    (agent,), (same,) = clean.personas.agents, hostile.personas.agents
    assert same.identity.text == agent.identity.text
    assert not [line for line in same.style.sample_lines if "PWNED" in line]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_nobody_says_them_in_a_dialogue(runs: dict[str, Path], mode: str) -> None:
    dialogues = LoadedRun(runs[mode], domain="hotel").all_dialogues
    assert dialogues
    assert not [turn.utterance for dialogue in dialogues for turn in dialogue.turns if "PWNED" in turn.utterance]


@pytest.mark.slow
def test_no_token_of_a_chat_template_is_sent_to_a_model(runs: dict[str, Path], endpoint: MockEndpoint) -> None:
    assert runs and endpoint.count > 10
    sent = [message["content"] or "" for body in endpoint.bodies for message in body["messages"]]
    assert any("PWNED" in text for text in sent), "what a page says is shown to the model that looks for facts"
    assert not [text for text in sent if CHAT_TOKEN.search(text)]


@pytest.mark.slow
def test_the_key_is_sent_and_stands_in_no_file(
    runs: dict[str, Path],
    clean_source: Path,
    endpoint: MockEndpoint,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert endpoint.headers["Authorization"] == f"Bearer {KEY}"
    refused = Fault("status", 401, message=f"Incorrect API key provided: {KEY}. PWNED")
    with MockEndpoint(answer, faults=lambda number, body: refused) as closed:
        with pytest.raises(StreamDialError) as ended:
            make_run(clean_source, tmp_path / "ended", "guided", closed)
        assert closed.headers["Authorization"] == f"Bearer {KEY}"
    told = [str(ended.value), *capfd.readouterr()]
    folders = [*runs.values(), tmp_path / "ended"]
    written = [(name, text) for folder in folders for name, text in read_everything(folder)]
    assert not [name for name, text in written if KEY in text]
    assert not [text for text in told if KEY in text]


@pytest.mark.slow
def test_no_cell_of_a_sheet_begins_as_a_formula(runs: dict[str, Path], tmp_path: Path) -> None:
    talks = make_set(*(make_talk(line, line, key=f"t{number}") for number, line in enumerate(LINES)), name="ours")
    write_items(choose_items([talks], count=100), tmp_path, criteria=("overall",))
    sheets = [path for folder in (tmp_path, *runs.values()) for path in folder.rglob("*.csv")]
    assert sheets
    for path in sheets:
        rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        assert not [cell for row in rows for cell in row if cell.startswith(_FORMULA)]


@pytest.mark.slow
@pytest.mark.browser
@in_browser
def test_the_report_of_such_a_run_runs_no_script(runs: dict[str, Path], browser: Any) -> None:
    for folder in runs.values():
        (path,) = folder.rglob("index.html")
        page = browser.new_page()
        told: list[str] = []
        page.on("pageerror", lambda error: told.append(str(error)))  # noqa: B023
        page.on("dialog", lambda dialog: told.append(dialog.message))  # noqa: B023
        page.on("request", lambda request: told.append(request.url) if request.url != path.as_uri() else None)  # noqa: B023
        page.goto(path.as_uri())
        for view in ("overview", "dialogues", "filter"):
            page.evaluate("place => { location.hash = place; }", view)
        assert page.evaluate("window.PWNED === undefined")
        assert not told
        page.close()


@pytest.mark.browser
@in_browser
def test_a_report_full_of_them_runs_none(data: DataSet, show: Show) -> None:
    talks = [
        dialogue.model_copy(
            update={
                "turns": tuple(
                    turn.model_copy(update={"utterance": LINES[(place + number) % len(LINES)]})
                    for place, turn in enumerate(dialogue.turns)
                )
            }
        )
        for number, dialogue in enumerate(data.dialogues)
    ]
    inquiries = tuple(Inquiry(text=line, evidence=("q1",)) for line in LINES if line.strip("\0"))
    told = {"primary_inquiries": inquiries, "objective": Observed(text=LINES[30], evidence=("q1",))}
    users = {key: user.model_copy(update=told) for key, user in data.users.items()}
    page = show(replace(data, dialogues=tuple(talks), users=users))
    for place in ("overview", "dialogues", *(f"d/{dialogue.id}" for dialogue in talks)):
        page.evaluate("place => { location.hash = place; }", place)
        page.wait_for_timeout(50)
    assert page.evaluate("window.PWNED === undefined")

"""The second generator with scripted fakes: the real Prefect flow, the real embedded store, real databases."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from streamdial.environment import FaultRates
from streamdial.errors import ConfigurationError, FingerprintError, ModelError, NothingLeftError
from streamdial.files import read_json, read_lines, write_json
from streamdial.flows import stream, tool_use
from streamdial.ids import hash_text
from streamdial.models import CachedEmbedder, ModelChoice
from streamdial.options import list_options
from streamdial.pipeline import (
    GenerationRules,
    RunSettings,
    ToolUseSettings,
    close_run,
    make_tool_shard,
    open_run,
)
from streamdial.policies import HumanRules
from streamdial.records import Dialogue, UserPersona
from streamdial.testing import EchoChatModel, HashingEmbedder
from streamdial.tooluse import TaskOptions, ToolDialogue
from tests.conftest import ROOT

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]
ROOMS = """room,price,guests,bed,breakfast,view,size,pets,cancellation
Garden Double,$120,2,king bed,no breakfast,garden view,22 m2,no pets,free till 6 pm
Garden Twin,$140,3,two beds,with breakfast,garden view,26 m2,pets allowed,free till 6 pm
Lake King,$210,2,king bed,with breakfast,lake view,30 m2,no pets,free till the day before
Lake Family,$280,4,family beds,with breakfast,lake view,42 m2,pets allowed,free till the day before
City Twin,$110,2,two beds,no breakfast,city view,20 m2,no pets,no refund
Tower Suite,$390,3,king bed,with breakfast,city view,60 m2,no pets,free till two days before
"""


def put_fakes(monkeypatch: pytest.MonkeyPatch) -> EchoChatModel:
    """Put fakes where models are built; everything else of the run is real."""
    echo = EchoChatModel()
    monkeypatch.setattr("streamdial.pipeline.run.build_chat_model", lambda *_, **__: ModelChoice(echo, "planned", 4))
    monkeypatch.setattr(
        "streamdial.pipeline.run.build_embedder", lambda _, path: CachedEmbedder(HashingEmbedder(256), path)
    )
    return echo


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> EchoChatModel:
    return put_fakes(monkeypatch)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> tuple[ToolUseSettings, dict[str, Any]]:
    """A finished run over the table."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "rooms.csv").write_text(ROOMS, encoding="utf-8")
    settings = build_settings(folder, folder / "rooms.csv", dialogues=8)
    with pytest.MonkeyPatch.context() as patch:
        put_fakes(patch)
        return settings, asyncio.run(tool_use(settings))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Path:
    """The folder of a finished run of the main job."""
    settings = RunSettings(
        domain="hotel",
        sources=(str(ROOT / "examples" / "hotel_live_zh"),),
        screen_text="off",
        out=str(tmp_path_factory.mktemp("base") / "run"),
        dialogues=6,
        mode="reworded",
    )
    with pytest.MonkeyPatch.context() as patch:
        put_fakes(patch)
        asyncio.run(stream(settings))
    return Path(settings.out)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rooms.csv"
    path.write_text(ROOMS, encoding="utf-8")
    return path


def build_settings(folder: Path, rooms: Path, **more: object) -> ToolUseSettings:
    values = {"domain": "hotel", "table": str(rooms), "out": str(folder / "run"), "dialogues": 4, "shard_size": 2}
    values["mode"] = "reworded"
    return ToolUseSettings.model_validate({**values, **more})


def read_plain(out: str) -> list[Dialogue]:
    return [
        Dialogue.model_validate(line)
        for shard in sorted(Path(out, "dialogues").glob("shard-*.jsonl"))
        for line in read_lines(shard)
    ]


def read_tools(out: str, folder: str = "tool_dialogues") -> list[ToolDialogue]:
    return [
        ToolDialogue.model_validate(line)
        for shard in sorted(Path(out, folder).glob("shard-*.jsonl"))
        for line in read_lines(shard)
    ]


def test_a_table_becomes_a_set_of_verified_dialogues_with_tools(
    finished: tuple[ToolUseSettings, dict[str, Any]],
) -> None:
    settings, summary = finished
    assert summary["failed"] == [] and summary["left"] == 0
    tools, plain = read_tools(settings.out), read_plain(settings.out)
    assert [dialogue.id for dialogue in tools] == [dialogue.id for dialogue in plain]
    assert len(tools) + len(read_tools(settings.out, "unverified")) == 8
    assert all(dialogue.verified for dialogue in tools)
    for made, told in zip(tools, plain, strict=True):
        assert [turn.utterance for turn in made.turns] == [turn.utterance for turn in told.turns]
        assert all(turn.stage for turn in told.turns)
    # What the agent tells is traced to the row it stands in.
    known = {line["id"] for shard in Path(settings.out, "cast").glob("people-*") for line in _list_knowledge(shard)}
    assert any(known & set(turn.evidence) for turn in plain[0].turns if turn.tell)
    phases = {report["phase"] for report in summary["counts"]}
    assert {"table", "databases", "tools", "drafts of tasks", "verification", "dialogues", "filter"} <= phases
    assert all(Path(file).is_file() for file in summary["files"])
    data = Path(settings.out, "dataset")
    assert "streamdial tooluse --out DIR --domain hotel --dialogues 8 --table rooms.csv" in (
        data / "README.md"
    ).read_text(encoding="utf-8")


def test_all_counts_of_a_run_add_up(finished: tuple[ToolUseSettings, dict[str, Any]]) -> None:
    check_counts(finished[1])


def check_counts(summary: dict[str, Any]) -> None:
    for report in summary["counts"]:
        assert report["asked"] >= report["made"] >= report["kept"], report
        assert report["asked"] == report["kept"] + sum(report["dropped"].values()), report


def _list_knowledge(path: Path) -> list[dict[str, str]]:
    return [row for line in read_lines(path) if line["type"] == "AgentPersona" for row in line["record"]["knowledge"]]


async def test_a_finished_run_answers_from_its_tasks_and_a_larger_one_goes_on(
    tmp_path: Path, table: Path, model: EchoChatModel
) -> None:
    settings = build_settings(tmp_path, table, dialogues=2)
    await tool_use(settings)
    before, asked = read_tools(settings.out), len(model.requests)
    summary = await tool_use(build_settings(tmp_path, table, dialogues=4))
    assert read_tools(settings.out)[: len(before)] == before
    assert summary["dialogues_asked"] == 4 and len(model.requests) > asked
    with pytest.raises(FingerprintError, match="mode"):
        await tool_use(build_settings(tmp_path, table, orientation="task-oriented"))
    table.write_text(ROOMS.replace("$110", "$99"), encoding="utf-8")
    with pytest.raises(FingerprintError, match="table"):
        await tool_use(build_settings(tmp_path, table))


async def test_a_run_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, table: Path, model: EchoChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = build_settings(tmp_path, table, max_tokens=2000)
    left = (await tool_use(settings))["left"]
    assert left > 0
    kept = {dialogue.id: dialogue for dialogue in read_tools(settings.out)}
    summary = await tool_use(build_settings(tmp_path, table))
    assert summary["left"] == 0
    after = {dialogue.id: dialogue for dialogue in read_tools(settings.out)}
    assert {name: after[name] for name in kept} == kept and len(after) > len(kept)


async def test_failures_go_to_the_dead_letters_and_come_back(
    tmp_path: Path, table: Path, model: EchoChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, calls = model.complete, iter(range(10_000))

    async def fail_once(request: object) -> object:
        if next(calls) == 5:
            raise ModelError("refused", transient=False, kind="request")
        return await complete(request)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "complete", fail_once)
    settings = build_settings(tmp_path, table)
    assert len((await tool_use(settings))["failed"]) == 1
    assert (await tool_use(build_settings(tmp_path, table, retry_failed=True)))["failed"] == []


async def test_repeats_of_a_plan_share_its_tasks_and_pass_hat_k_is_told(tmp_path: Path, table: Path) -> None:
    settings = build_settings(tmp_path, table, dialogues=8, trials=2, faults=FaultRates(error=0.2, timeout=0.1))
    summary = await tool_use(settings)
    assert list(summary["pass_hat"]) == ["1", "2"]
    assert 0 < summary["pass_hat"]["2"] <= summary["pass_hat"]["1"] <= 1
    everything = [*read_tools(settings.out), *read_tools(settings.out, "unverified")]
    base = [frozenset(task.wish.id for task in dialogue.tasks[:1]) for dialogue in everything]
    assert len(everything) == 8 and len(set(base)) == 4
    assert len({dialogue.seed for dialogue in everything}) == 8


async def test_what_fails_its_tasks_is_kept_apart_with_the_reason(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamdial.tooluse.agent import Speech
    from streamdial.tooluse.planned_agent import PlannedAgent

    speak = PlannedAgent.speak

    async def promise(self: PlannedAgent, turns: object, call: object) -> Speech:
        said = await speak(self, turns, call)  # type: ignore[arg-type]
        changed = tuple(
            act.model_copy(update={"reference": "B9999"}) if act.act == "confirm" else act for act in said.acts
        )
        return said._replace(acts=changed)

    monkeypatch.setattr(PlannedAgent, "speak", promise)
    settings = build_settings(tmp_path, table, dialogues=8, tasks=TaskOptions(shapes={"book": 0.5, "waitlist": 0.5}))
    summary = await tool_use(settings)
    failed = read_tools(settings.out, "unverified")
    assert failed and not any(dialogue.verified for dialogue in failed)
    reasons = {reason for dialogue in failed for verdict in dialogue.verdicts for reason in verdict.reasons}
    assert "made_up_success" in reasons
    counted = {report["phase"]: report for report in summary["counts"]}
    assert counted["dialogues"]["dropped"]["not_verified"] == len(failed)
    assert counted["verification"]["dropped"]["made_up_success"] >= len(failed)
    ids = {dialogue.id for dialogue in read_plain(settings.out)}
    assert not ids & {dialogue.id for dialogue in failed}


def build_continued(tmp_path: Path, base: Path) -> ToolUseSettings:
    values = {"domain": "hotel", "base": str(base), "out": str(tmp_path / "run"), "dialogues": 8, "continued": 0.5}
    return ToolUseSettings.model_validate(values)


async def test_a_run_of_the_main_job_is_gone_on_from_with_tools(tmp_path: Path, base: Path) -> None:
    settings = build_continued(tmp_path, base)
    summary = await tool_use(settings)
    before = {dialogue.id: dialogue for dialogue in read_plain(str(base))}
    plain, tools = read_plain(settings.out), read_tools(settings.out)
    assert summary["dialogues_kept"] and len(plain) >= 6
    gone_on = [(d, t) for d, t in zip(plain, tools, strict=True) if t.turns[0].given]
    assert gone_on
    histories = [line for file in Path(settings.out, "histories").iterdir() for line in read_lines(file)]
    assert {line["id"] for line in histories} <= set(before)
    for told, made in gone_on:
        given = sum(turn.given for turn in made.turns)
        same = [d for d in before.values() if d.turns[:given] == told.turns[:given]]
        assert same and same[0].user_persona_id == told.user_persona_id
        assert not any(turn.given for turn in made.turns[given:]) and made.verified
        # What was booked there is in no database of ours, and who was asked something answers.
        assert not {"confirm", "hold"} & {turn.act for turn in told.turns[:given]}
        assert told.turns[given - 1].act not in ("request", "propose")
    counts = {report["phase"]: report for report in summary["counts"]}
    assert counts["histories"]["asked"] == len(histories)
    assert counts["base run"]["asked"] == counts["base run"]["kept"]
    check_counts(summary)
    # The words of the stream's customers are among the evidence, with their second.
    report = Path(settings.out, "report", "index.html").read_text(encoding="utf-8")
    assert "hotel_live_zh" in report
    people = [line for file in Path(settings.out, "cast").glob("people-*") for line in read_lines(file)]
    personas = {line["record"]["id"] for line in people if line["type"] == UserPersona.__name__}
    assert {dialogue.user_persona_id for dialogue in plain} <= personas


async def test_a_base_that_is_none_is_refused_with_what_to_do(tmp_path: Path, table: Path) -> None:
    with pytest.raises(ConfigurationError, match="no folder of a run"):
        await tool_use(build_settings(tmp_path, table, table=None, base=str(tmp_path / "nothing")))
    begun = tmp_path / "begun"
    write_json(begun / "run.json", {"instance": "i", "fingerprint": "f", "parts": {"domain": "hotel"}})
    with pytest.raises(ConfigurationError, match="is not finished"):
        await tool_use(build_continued(tmp_path, begun))


async def test_a_base_that_has_lost_its_calls_is_refused(
    tmp_path: Path, finished: tuple[ToolUseSettings, dict[str, Any]]
) -> None:
    with pytest.raises(ConfigurationError, match="was made by streamdial tooluse"):
        await tool_use(build_continued(tmp_path, Path(finished[0].out)))


@pytest.mark.parametrize("left", ["nothing", "an empty store"])
async def test_a_base_whose_records_are_elsewhere_is_refused_and_left_alone(
    tmp_path: Path, base: Path, left: str
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(base, moved, ignore=shutil.ignore_patterns("store"))
    if left == "an empty store":
        (moved / "store").mkdir()
        (moved / "store" / "mark").write_text("mark", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"not in its store.*--qdrant-url"):
        await tool_use(build_continued(tmp_path, moved))
    assert (moved / "store").exists() == (left != "nothing")


async def test_a_table_with_too_little_to_wish_for_says_so(tmp_path: Path, table: Path) -> None:
    table.write_text("\n".join(",".join(line.split(",")[:2]) for line in ROOMS.splitlines()), encoding="utf-8")
    with pytest.raises(NothingLeftError, match=r"user personas kept nothing \(too_few_attributes 200\)"):
        await tool_use(build_settings(tmp_path, table))


async def test_files_that_cannot_be_used_are_told_before_anything_is_made(tmp_path: Path, table: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("rates: {vague_first: 2}", encoding="utf-8")
    for name in ("user_rules", "simulated_tools"):
        settings = build_settings(tmp_path, table, out=str(tmp_path / name), **{name: str(given)}, mode="direct")
        with pytest.raises(ConfigurationError, match="cannot be used"):
            await tool_use(settings)
        assert not Path(settings.out, "store").exists()


async def test_whose_number_stands_in_a_table_is_in_no_file_of_the_run(tmp_path: Path, table: Path) -> None:
    line = "Loft 13812345678,$150,2,king bed,with breakfast,lake view,30 m2,no pets,no refund"
    table.write_text(f"{ROOMS}{line}\n", encoding="utf-8")
    settings = build_settings(tmp_path, table, dialogues=2)
    summary = await tool_use(settings)
    told = {report["phase"]: report["notes"] for report in summary["counts"]}
    assert told["table"] == ["personal data was masked in 1 cells of the table"]
    texts = [file.read_bytes() for file in Path(settings.out).rglob("*") if file.is_file()]
    assert any(b"Loft [PHONE]" in text for text in texts)
    assert not any(b"13812345678" in text for text in texts)


async def test_shards_need_no_file_that_was_given(tmp_path: Path, table: Path) -> None:
    rules, tools = tmp_path / "rules.yaml", tmp_path / "tools.yaml"
    rules.write_text("rates: {thanks: 1}\npatience: 9", encoding="utf-8")
    tools.write_text(
        "[{name: get_weather, description: Weather., returns: [{name: sky, type: text}]}]", encoding="utf-8"
    )
    given = {"user_rules": str(rules), "simulated_tools": str(tools), "mode": "direct"}
    settings = build_settings(tmp_path, table, dialogues=2, **given)
    await tool_use(settings)
    made = [*read_tools(settings.out), *read_tools(settings.out, "unverified")]
    out = Path(settings.out)
    (name,) = {entry["manners"] for entry in read_json(out / "cast" / "assignments-2.json")}
    manners = GenerationRules.model_validate_json((out / name).read_text(encoding="utf-8"))
    assert manners.rules == HumanRules.model_validate({"rates": {"thanks": 1}, "patience": 9})
    for file in (rules, tools, table, *out.glob("dialogues/*.journal")):
        file.unlink()
    assignments = (out / "cast" / "assignments-2.json").read_text(encoding="utf-8")
    (people,) = out.glob("cast/people-*")
    arguments = ("cast/assignments-2.json", hash_text(assignments), 0, 2, f"cast/{people.name}", "again")
    await make_tool_shard(open_run(settings), *arguments)
    await close_run(settings)
    assert [*read_tools(settings.out), *read_tools(settings.out, "unverified")] == made
    for dialogue in made:
        assert dialogue.tools[-1]["function"]["name"] == "get_weather"  # type: ignore[index, call-overload]


async def test_a_table_with_nothing_to_choose_from_makes_nothing(tmp_path: Path, table: Path) -> None:
    table.write_text("\n".join(ROOMS.splitlines()[:2]), encoding="utf-8")
    with pytest.raises(NothingLeftError, match="databases"):
        await tool_use(build_settings(tmp_path, table))


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, table: Path) -> None:
    for more, told in (
        ({"table": None}, "give one of sources, table and base, not none"),
        ({"base": str(tmp_path)}, "not table and base"),
        ({"continued": 0.5}, "continued needs base"),
        # What only the main job has is no setting of this one.
        ({"second_goals": 0.5}, r"second_goals\s+Extra inputs are not permitted"),
        ({"strategies": {"second_goals": 0.5}}, r"strategies\.second_goals\s+Extra inputs are not permitted"),
    ):
        with pytest.raises(ValidationError, match=told):
            build_settings(tmp_path, table, **more)
    shown = {option.name for option in list_options(ToolUseSettings, deep=False)}
    assert "second_goals" not in shown and {"table", "base", "orientation", "faults", "strategy"} <= shown


async def test_the_figures_of_a_set_can_be_evaluated_as_any_others(
    finished: tuple[ToolUseSettings, dict[str, Any]],
) -> None:
    from streamdial.evaluation import EvaluationOptions, run_evaluation

    evaluation, _ = await run_evaluation(EvaluationOptions(folder=finished[0].out, embedder="none"))
    assert sum(row.own.value is not None for row in evaluation.rows) > 10

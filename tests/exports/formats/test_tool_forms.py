"""Every form of dialogues with tools is read back, checked by its own rules and, where it can be, executed."""

import ast
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from streamdial.counts import Counts
from streamdial.environment import EnvironmentRecord, ToolCall, ToolResult, build_environment, diff_states
from streamdial.errors import StreamDialError
from streamdial.exports import DataSet, ToolUseSet, split_data_set, write_all, write_tool_forms
from streamdial.exports.formats.tool_bfcl import write_python_call
from streamdial.tooluse import Step, ToolDialogue
from streamdial.tooluse.verification import check_changes, replay_steps
from tests.exports.conftest import make_turns
from tests.exports.tool_sets import make_tool_set, plain

ACCOUNTS = ("hotel_en", "menus_zh")


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def get_tools(data: DataSet) -> ToolUseSet:
    assert data.tool_use is not None
    return data.tool_use


def replace_dialogue(data: DataSet, made: ToolDialogue) -> DataSet:
    """Return a set of this dialogue alone."""
    return replace(data, dialogues=(plain(made),), tool_use=replace(get_tools(data), dialogues={made.id: made}))


def insert_simulated(made: ToolDialogue) -> ToolDialogue:
    """Return a dialogue in which the agent asked a simulated tool before its first words."""
    result = ToolResult(call_id="call_0", name="get_weather", rows=({"sky": "clear"},), origin="simulated")
    step = Step(reasoning="", call=ToolCall(id="call_0", name="get_weather"), result=result)
    function = {"name": "get_weather", "description": "", "parameters": {"type": "object", "properties": {}}}
    turns = list(made.turns)
    place = next(number for number, turn in enumerate(turns) if turn.role == "agent")
    turns[place] = turns[place].model_copy(update={"steps": (step, *turns[place].steps)})
    tools = (*made.tools, {"type": "function", "function": function})
    return made.model_copy(update={"turns": tuple(turns), "tools": tools})


def write_forms(data: DataSet, folder: Path) -> tuple[list[Path], list[Counts]]:
    return write_tool_forms(data, split_data_set(data), folder)


@pytest.fixture(params=ACCOUNTS, scope="module")
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[DataSet, Path]:
    data, folder = make_tool_set(request.param), tmp_path_factory.mktemp("tools")
    paths, counts = write_forms(data, folder)
    assert {path for path in folder.rglob("*") if path.is_file()} == set(paths)
    assert all(count.asked == count.kept == len(data.dialogues) > 8 for count in counts)
    return data, folder


def check_openai_line(line: dict[str, Any]) -> None:
    """Raise unless a line is what OpenAI's fine-tuning takes."""
    assert set(line) == {"messages", "tools", "parallel_tool_calls"} and line["parallel_tool_calls"] is False
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in line["tools"]}
    assert len(schemas) == len(line["tools"]) <= 128
    assert all(tool["type"] == "function" for tool in line["tools"])
    first, *messages = line["messages"]
    assert first["role"] == "system" and first["content"]
    waiting: list[str] = []
    for message in messages:
        if waiting:
            assert set(message) == {"role", "tool_call_id", "content"} and message["role"] == "tool"
            assert message["tool_call_id"] == waiting.pop(0)
            json.loads(message["content"])
        elif "tool_calls" in message:
            assert set(message) == {"role", "content", "tool_calls"} and message["role"] == "assistant"
            assert len(message["tool_calls"]) == 1
            for call in message["tool_calls"]:
                assert set(call) == {"id", "type", "function"} and call["type"] == "function"
                arguments = json.loads(call["function"]["arguments"])
                jsonschema.Draft202012Validator(schemas[call["function"]["name"]]).validate(arguments)
                waiting.append(call["id"])
        else:
            assert set(message) == {"role", "content"} and message["role"] in ("user", "assistant")
            assert message["content"].strip()
    assert not waiting and messages[-1]["role"] == "assistant" and "tool_calls" not in messages[-1]


def test_openai_lines_are_what_the_service_takes(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    lines = read_lines(folder / "openai" / "train.jsonl")
    for line in lines:
        check_openai_line(line)
    assert any("tool_calls" in message for line in lines for message in line["messages"])
    # The facts are the tools' to tell.
    system = lines[0]["messages"][0]["content"]
    assert system.startswith(("You are the assistant of Silver Leaf Motors. ", "你是Silver Leaf Motors的客服。"))
    assert not any(row.entity in system for row in data.agents["a1"].knowledge)


def test_messages_are_the_same_with_reasoning_and_where_it_is_from(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    plain_lines = read_lines(folder / "openai" / "train.jsonl")
    for line, bare, made in zip(
        read_lines(folder / "messages" / "train.jsonl"), plain_lines, data.list_tool_dialogues(), strict=True
    ):
        assert any("reasoning_content" in message for message in line["messages"])
        for message in line["messages"]:
            message.pop("reasoning_content", None)
        metadata = line.pop("metadata")
        assert line == bare
        assert (metadata["dialogue_id"], metadata["world"]) == (made.id, made.world)
        assert all(verdict["passed"] for verdict in metadata["verdicts"])
        assert [task["id"] for task in metadata["tasks"]] == [task.wish.id for task in made.tasks]
        assert metadata["provenance"]["source_id"]


def test_sharegpt_lines_have_each_side_on_its_places(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    for line, made in zip(read_lines(folder / "sharegpt" / "train.jsonl"), data.list_tool_dialogues(), strict=True):
        said = line["conversations"]
        assert len(said) % 2 == 0 and said[-1]["from"] == "gpt" and line["system"]
        for place, message in enumerate(said):
            assert message["from"] in (("human", "observation"), ("gpt", "function_call"))[place % 2]
            assert message["value"]
        names = {function["name"] for function in json.loads(line["tools"])}
        calls = [json.loads(message["value"]) for message in said if message["from"] == "function_call"]
        assert {call["name"] for call in calls} <= names
        assert [call["arguments"] for call in calls] == [s.call.arguments for t in made.turns for s in t.steps]


def test_sharegpt_has_no_place_for_a_call_after_the_agents_words(tmp_path: Path) -> None:
    data = make_tool_set()
    made = next(made for made in data.list_tool_dialogues() if len(made.turns) > 4)
    greeting, begun = made.turns[1].model_copy(update={"steps": ()}), made.turns
    twice = made.model_copy(update={"turns": (greeting, *begun[:2], greeting, *begun[2:])})
    _, counts = write_forms(replace_dialogue(data, twice), tmp_path)
    assert all(count.kept == 1 for count in counts)
    (line,) = read_lines(tmp_path / "sharegpt" / "train.jsonl")
    # The greeting before the user spoke is left out, the one after the agent's words is joined to them.
    assert line["conversations"][0] == {"from": "human", "value": begun[0].utterance}
    assert f"{begun[1].utterance}\n{greeting.utterance}" in [message["value"] for message in line["conversations"]]

    calling = next(turn for turn in begun if turn.steps)
    other = made.model_copy(update={"turns": (*begun[:2], calling)})
    _, counts = write_forms(replace_dialogue(data, other), tmp_path)
    assert {count.phase: dict(count.dropped) for count in counts if count.dropped} == {
        "sharegpt tools export": {"call_after_words": 1}
    }


def run_python_calls(texts: list[str], world: EnvironmentRecord) -> Any:
    """Execute calls in Python's syntax on a world and return how its database differs."""
    toolbox = world.open_toolbox()
    with closing(world.open_database()) as database:
        before = database.snapshot()
        for number, text in enumerate(texts):
            tree = ast.parse(text, mode="eval").body
            assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.args
            arguments = {str(part.arg): ast.literal_eval(part.value) for part in tree.keywords}
            call = ToolCall(id=str(number), name=tree.func.id, arguments=arguments)
            failure = toolbox.execute(call, database).failure
            # What a guard refuses tells something; an error of the caller does not.
            assert failure is None or failure.kind not in ("unknown_tool", "invalid_arguments")
        return diff_states(before, database.snapshot())


def test_bfcl_ground_truth_brings_the_database_where_the_dialogue_did(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    worlds = get_tools(data).worlds
    entries, answers = (read_lines(folder / f"bfcl_{name}.jsonl") for name in ("multi_turn", "possible_answer"))
    documented = {(doc["class"], doc["name"]) for doc in read_lines(folder / "bfcl_func_doc.jsonl")}
    faulty = 0
    for entry, answer, made in zip(entries, answers, data.list_tool_dialogues(), strict=True):
        assert (entry["id"], entry["dialogue_id"]) == (answer["id"], made.id)
        assert entry["id"].rpartition("_")[2].isdigit(), "the leaderboard sorts by this number"
        said = [turn.utterance for turn in made.turns if turn.role == "user"]
        assert entry["question"] == [[{"role": "user", "content": text}] for text in said]
        assert len(answer["ground_truth"]) == len(said)
        calls = [call for turn in answer["ground_truth"] for call in turn]
        assert run_python_calls(calls, worlds[made.world]) == made.changes
        (name,) = entry["involved_classes"]
        assert {(name, call.partition("(")[0]) for call in calls} <= documented
        assert (folder / entry["initial_config"][name]["database"]).is_file()
        steps = [step for turn in made.turns for step in turn.steps]
        faulty += sum(step.result.fault is not None for step in steps)
        assert len(calls) == sum(step.result.fault is None for step in steps)
    assert faulty > 5, "calls that failed on purpose are in the dialogues"


def test_worlds_that_hold_the_same_do_not_overwrite_each_other(tmp_path: Path) -> None:
    data = make_tool_set()
    used = get_tools(data)
    (world,) = used.worlds.values()
    other = build_environment("a2", world.database, world.contents, world.tools)
    first, second, *_ = data.list_tool_dialogues()
    moved = second.model_copy(update={"world": other.id})
    both = ToolUseSet({first.id: first, second.id: moved}, {world.id: world, other.id: other})
    kept = tuple(dialogue for dialogue in data.dialogues if dialogue.id in both.dialogues)
    write_forms(replace(data, dialogues=kept, tool_use=both), tmp_path)
    assert {path.stem for path in tmp_path.glob("worlds/*.json")} == {world.id, other.id}
    assert {path.name for path in (tmp_path / "tau2").iterdir()} == {world.id, other.id}
    entries = read_lines(tmp_path / "bfcl_multi_turn.jsonl")
    assert len({entry["involved_classes"][0] for entry in entries}) == 2
    assert first.database == moved.database


def test_a_word_of_python_may_name_an_argument() -> None:
    call = ToolCall(id="1", name="find", arguments={"from": "Bath", "price_max": 300.0, "note": "it's \n fine"})
    text = write_python_call(call)
    assert text == """find(price_max=300.0, note="it's \\n fine", **{'from': 'Bath'})"""
    ast.parse(text)


def test_what_only_a_model_could_answer_is_no_bfcl_entry(tmp_path: Path) -> None:
    data = make_tool_set()
    made = insert_simulated(data.list_tool_dialogues()[0])
    _, counts = write_forms(replace_dialogue(data, made), tmp_path)
    assert {count.phase: dict(count.dropped) for count in counts if count.dropped} == {
        "bfcl export": {"simulated_tool": 1}
    }
    assert read_lines(tmp_path / "bfcl_multi_turn.jsonl") == []
    assert "get_weather" in (tmp_path / "openai" / "train.jsonl").read_text()


def test_tau2_actions_end_as_the_rubrics_want(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    used = get_tools(data)
    (world,) = used.worlds.values()
    target = folder / "tau2" / world.id
    toolbox = world.open_toolbox()
    tasks = json.loads((target / "tasks.json").read_bytes())
    assert [task["id"] for task in tasks] == [made.id for made in data.list_tool_dialogues()]
    with closing(world.open_database()) as database:
        assert json.loads((target / "db.json").read_bytes()) == database.snapshot()
        for task, made in zip(tasks, data.list_tool_dialogues(), strict=True):
            criteria = task["evaluation_criteria"]
            calls = [
                ToolCall(id=action["action_id"], name=action["name"], arguments=action["arguments"])
                for action in criteria["actions"]
            ]
            owners = {call.id: own.wish.id for own in made.tasks for call in own.reference}
            with closing(database.copy()) as copy:
                results = [toolbox.execute(call, copy) for call in calls]
            assert not any(result.failure for result in results)
            steps = [
                Step(reasoning="", call=call, result=result, task=owners[call.id])
                for call, result in zip(calls, results, strict=True)
            ]
            done = replay_steps(steps, database, toolbox).by_task
            assert not any(check_changes(own.rubric.changes, done.get(own.wish.id, ())) for own in made.tasks)
            words = " ".join(turn.utterance for turn in made.turns if turn.role == "agent").replace(",", "").lower()
            assert all(fact.lower() in words for fact in criteria["communicate_info"])
            hard = [own for own in made.tasks if not own.solvable]
            assert len(criteria["nl_assertions"]) == len(hard)
            assert ("NL_ASSERTION" in criteria["reward_basis"]) == bool(hard) and "DB" in criteria["reward_basis"]
            told = json.dumps(task["user_scenario"], ensure_ascii=False)
            assert not any(tool.name in told for tool in world.tools), "a user knows nothing of tools"


def test_tau2_tells_the_user_its_tasks_in_words(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    (world,) = get_tools(data).worlds
    tasks = json.loads((folder / "tau2" / world / "tasks.json").read_bytes())
    for task, made in zip(tasks, data.list_tool_dialogues(), strict=True):
        instructions = task["user_scenario"]["instructions"]
        *steps, manner = instructions["task_instructions"].splitlines()
        assert [step.partition(".")[0] for step in steps] == [str(number + 1) for number in range(len(made.tasks))]
        assert instructions["reason_for_call"] == steps[0].partition(". ")[2]
        assert "{" not in manner + instructions["task_instructions"]
    policy = (folder / "tau2" / world / "policy.md").read_text()
    assert "make_booking" in policy and "Silver Leaf Motors" in policy


def test_a_task_whose_reference_fails_is_no_tau2_task(tmp_path: Path) -> None:
    data = make_tool_set()
    made = next(d for d in data.list_tool_dialogues() if any(task.rubric.changes for task in d.tasks))
    idle = tuple(task.model_copy(update={"reference": ()}) for task in made.tasks)
    _, counts = write_forms(replace_dialogue(data, made.model_copy(update={"tasks": idle})), tmp_path)
    assert {count.phase: dict(count.dropped) for count in counts if count.dropped} == {
        "tau2 export": {"reference_fails": 1}
    }


def test_records_and_worlds_are_read_back_as_they_were(written: tuple[DataSet, Path]) -> None:
    data, folder = written
    used = get_tools(data)
    kept = [ToolDialogue.model_validate(line) for line in read_lines(folder / "dialogues.jsonl")]
    assert kept == data.list_tool_dialogues()
    failed = [ToolDialogue.model_validate(line) for line in read_lines(folder / "unverified.jsonl")]
    assert {made.id for made in failed} == {made.id for made in used.unverified} and failed
    assert all(
        reason for made in failed for verdict in made.verdicts if not verdict.passed for reason in verdict.reasons
    )
    for key, world in used.worlds.items():
        assert EnvironmentRecord.model_validate_json((folder / "worlds" / f"{key}.json").read_bytes()) == world
        with (
            closing(sqlite3.connect(folder / "worlds" / f"{key}.sqlite")) as file,
            closing(world.open_database()) as own,
        ):
            for table, rows in own.snapshot().items():
                assert file.execute(f"SELECT * FROM {table}").fetchall() == [tuple(r.values()) for r in rows.values()]
            (free,) = file.execute("SELECT SUM(free) FROM availability").fetchone()
            assert free == sum(units for *_, units in world.contents.stock)


def test_the_same_set_gives_the_same_bytes(tmp_path: Path) -> None:
    data = make_tool_set()
    for name in "ab":
        write_forms(data, tmp_path / name)
    a, b = ({p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")} for n in "ab")
    assert a == b and len(a) == 15


def test_a_whole_export_has_them_and_one_without_tools_has_not(data: DataSet, tmp_path: Path) -> None:
    with_tools = make_tool_set()
    paths = {path.relative_to(tmp_path).as_posix() for path in write_all(with_tools, tmp_path)}
    assert {
        "dataset/tools/openai/train.jsonl",
        "dataset/tools/bfcl_func_doc.jsonl",
        "dataset/chat/train.jsonl",
    } <= paths
    card = (tmp_path / "dataset" / "README.md").read_text()
    assert "12 of the dialogues call tools over 1 database" in card
    assert "Verified by execution: 12 of 14 dialogues (85.7 %)" in card
    assert (
        "| a dialogue, by mode | task-oriented | user-oriented |\n| --- | ---: | ---: |\n| dialogues | 2 | 10 |" in card
    )
    assert "`tools/openai/{part}.jsonl`" in card and "| cannot be met; full: the waitlist |" in card
    write_all(data, tmp_path / "other")
    assert not (tmp_path / "other" / "dataset" / "tools").exists()
    card = (tmp_path / "other" / "dataset" / "README.md").read_text()
    assert "## Tools" not in card and "tools/" not in card


def test_a_dialogue_in_a_world_that_is_not_there_is_refused() -> None:
    data = make_tool_set()
    with pytest.raises(StreamDialError, match="took place in the world"):
        replace(data, tool_use=replace(get_tools(data), worlds={}))


def test_a_dialogue_without_calls_may_stand_beside(data: DataSet) -> None:
    tools = make_tool_set()
    other = plain(tools.list_tool_dialogues()[0]).model_copy(update={"id": "d0", "turns": make_turns()})
    mixed = replace(tools, dialogues=(*tools.dialogues, other))
    assert len(mixed.list_tool_dialogues()) == len(mixed.dialogues) - 1

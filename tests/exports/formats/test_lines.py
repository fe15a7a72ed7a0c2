import json
from pathlib import Path

from streamdial.exports import (
    DataSet,
    list_states,
    write_chat_jsonl,
    write_records,
    write_sessions_jsonl,
    write_sharegpt_jsonl,
)
from streamdial.records import AgentPersona, Blueprint, Dialogue, UserPersona, accumulate_state


def test_chat_lines_start_with_the_agent_and_end_with_it(data: DataSet, tmp_path: Path) -> None:
    counts = write_chat_jsonl(data, tmp_path / "chat.jsonl")
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (2, 2, {})
    first, second = (json.loads(line) for line in (tmp_path / "chat.jsonl").read_bytes().splitlines())
    assert [message["role"] for message in first["messages"]] == ["system", "user", "assistant"]
    assert first["messages"][0]["content"].startswith("You are the assistant of Silver Leaf Motors.")
    assert first["messages"][2]["content"] == "540 km on a full charge."
    assert (first["metadata"]["dialogue_id"], first["metadata"]["user_turns_cut"]) == ("d1", "1")
    assert [message["role"] for message in second["messages"]] == ["system", "assistant"]


def test_a_talk_without_the_agent_is_counted_as_dropped(data: DataSet, tmp_path: Path) -> None:
    talk = data.list_dialogues()[0]
    mute = talk.model_copy(update={"turns": talk.turns[:1]})
    alone = DataSet(data.pack, ("en",), (mute,), data.users, data.agents, data.blueprints)
    counts = write_chat_jsonl(alone, tmp_path / "chat.jsonl")
    assert (counts.kept, dict(counts.dropped)) == (0, {"no_agent_turn": 1})
    assert (tmp_path / "chat.jsonl").read_bytes() == b""


def test_sessions_read_back_as_the_records_they_were(data: DataSet, tmp_path: Path) -> None:
    write_sessions_jsonl(data, tmp_path / "sessions.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "sessions.jsonl").read_bytes().splitlines()]
    assert [line["id"] for line in lines] == ["d1", "d2"]
    files = write_records(data, tmp_path)
    users, agents, blueprints = ([json.loads(line) for line in path.read_bytes().splitlines()] for path in files)
    assert [UserPersona.model_validate(body) for body in users] == [data.users[key] for key in sorted(data.users)]
    assert [AgentPersona.model_validate(body) for body in agents] == [data.agents["a1"]]
    assert [Blueprint.model_validate(body) for body in blueprints] == [data.blueprints["b1"]]
    for line, dialogue in zip(lines, data.list_dialogues(), strict=True):
        assert Dialogue.model_validate(line["dialogue"]) == dialogue
        assert dialogue.user_persona_id in data.users
        assert line["states"] == list_states(dialogue)
        assert line["states"][-1] == accumulate_state(dialogue.turns)
    assert lines[0]["states"] == [{"seats": "7"}, {"seats": "7"}, {"seats": "5", "price": "50000"}]


def test_sharegpt_lines_begin_with_the_user_end_with_the_agent_and_take_turns(data: DataSet, tmp_path: Path) -> None:
    talk = data.list_dialogues()[0]
    first, second, third = talk.turns
    hello = second.model_copy(update={"utterance": "Hello."})
    again = first.model_copy(update={"utterance": "Hm?"})
    long = talk.model_copy(update={"id": "d5", "turns": (hello, first, again, second, third)})
    alone = DataSet(data.pack, ("en",), (long, data.list_dialogues()[1]), data.users, data.agents, data.blueprints)
    counts = write_sharegpt_jsonl(alone, tmp_path / "sharegpt.jsonl")
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (2, 1, {"no_exchange": 1})
    (line,) = (json.loads(line) for line in (tmp_path / "sharegpt.jsonl").read_bytes().splitlines())
    assert line["conversations"] == [
        {"from": "human", "value": "We need 7 seats, how far does the Meridian go?\nHm?"},
        {"from": "gpt", "value": "540 km on a full charge."},
    ]
    assert line["system"].startswith("You are the assistant of Silver Leaf Motors.")
    assert (line["metadata"]["agent_turns_cut"], line["metadata"]["user_turns_cut"]) == ("1", "1")


def test_a_slot_taken_back_is_in_the_state_no_longer(data: DataSet) -> None:
    talk = data.list_dialogues()[0]
    back = talk.turns[2].model_copy(update={"inform": {"seats": ""}})
    assert list_states(talk.model_copy(update={"turns": (*talk.turns, back)}))[-1] == {"price": "50000"}

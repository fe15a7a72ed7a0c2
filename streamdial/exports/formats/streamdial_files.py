"""StreamDial's own four kinds of file, as published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.chunks import cut_into_chunks
from streamdial.exports.profiles import describe_agent, describe_blueprint, describe_user
from streamdial.files import write_json
from streamdial.records import Dialogue

CHUNK = 1000
"""Dialogues a file."""

_ROLES = {"user": "user", "agent": "system"}


def write_streamdial_files(data: DataSet, folder: Path) -> list[Path]:
    """Write `dialogue_{i}.json`, `user_profile.json`, `assistant_profile.json` and `dialogue_plan.json`.

    Ids are `<release name>_stream_<n>`, counted from 1 in the order of the record ids, so the same data gives the same
    numbers. An empty data set gives the same files with empty lists. Chunks of an earlier, longer export to the same
    folder are removed.

    Args:
        data: The data set.
        folder: Folder of the domain; made where it is missing.

    Returns:
        The files written, dialogues first.
    """
    users, agents, plans = (_number(data, known) for known in (data.users, data.agents, data.blueprints))
    rows = _list_rows(data, users, agents, plans)
    dialogues = [
        write_json(folder / f"dialogue_{number}.json", chunk, published=True)
        for number, chunk in enumerate(cut_into_chunks(rows, CHUNK))
    ]
    written = [*dialogues]
    bodies: tuple[tuple[str, str, str, Mapping[str, str], Mapping[str, Any]], ...] = (
        (
            "user_profile",
            "profile_id",
            "profile",
            users,
            {k: describe_user(v, data.pack) for k, v in data.users.items()},
        ),
        (
            "assistant_profile",
            "profile_id",
            "profile",
            agents,
            {key: describe_agent(agent, data.pack) for key, agent in data.agents.items()},
        ),
        (
            "dialogue_plan",
            "plan_id",
            "plan",
            plans,
            {key: describe_blueprint(plan, data.pack) for key, plan in data.blueprints.items()},
        ),
    )
    for name, id_key, body_key, numbers, made in bodies:
        listed = [{id_key: number, body_key: made[key]} for key, number in numbers.items()]
        written.append(write_json(folder / f"{name}.json", listed, published=True))
    _remove_leftovers(folder, len(dialogues))
    return written


def _number(data: DataSet, ids: Iterable[str]) -> dict[str, str]:
    return {key: f"{data.pack.release_name}_stream_{number}" for number, key in enumerate(sorted(ids), start=1)}


def _list_rows(
    data: DataSet, users: Mapping[str, str], agents: Mapping[str, str], plans: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    numbers = _number(data, (dialogue.id for dialogue in data.dialogues))
    for dialogue in data.list_dialogues():
        yield {
            "dialogue_id": numbers[dialogue.id],
            "user_profile_id": users[dialogue.user_persona_id],
            "assistant_profile_id": agents[dialogue.agent_persona_id],
            "dialogue_plan_id": plans[dialogue.blueprint_id],
            "domain": data.pack.release_name,
            "dialogue": _list_turns(dialogue),
        }


def _list_turns(dialogue: Dialogue) -> list[dict[str, Any]]:
    return [
        {"turn_id": turn.turn_id, "role": _ROLES[turn.role], "utterance": turn.utterance} for turn in dialogue.turns
    ]


def _remove_leftovers(folder: Path, chunks: int) -> None:
    for file in folder.glob("dialogue_*.json"):
        number = re.fullmatch(r"dialogue_(\d+)\.json", file.name)
        if number and int(number[1]) >= chunks:
            file.unlink()

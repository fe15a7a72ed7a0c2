"""Full quadruplets <P_u, P_a, B, H>: dialogues with their states, and the records they name, each written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.exports.dataset import DataSet
from streamdial.files import write_lines
from streamdial.records import Dialogue, Record

RECORDS = ("users", "agents", "blueprints")
"""Files of `records/`: what sessions name by id."""


def list_states(dialogue: Dialogue) -> list[dict[str, str]]:
    """Return the dialogue state after each turn: all slots informed so far, a later value replacing an earlier one.

    A slot the user takes back is in it no longer.
    """
    states: list[dict[str, str]] = []
    state: dict[str, str] = {}
    for turn in dialogue.turns:
        state = {slot: value for slot, value in {**state, **turn.inform}.items() if value}
        states.append(state)
    return states


def write_sessions_jsonl(data: DataSet, path: Path) -> Counts:
    """Write one line per dialogue: `id`, `domain`, `language`, `dialogue` and `states`.

    The dialogue reads back as the record it was; what has its default is left out. It names user persona, agent persona
    and blueprint by id, which `write_records` writes. `states[i]` is the state after turn i.

    Returns:
        Asked, made and kept: all of them.
    """
    write_lines(path, _list_sessions(data), published=True)
    count = len(data.dialogues)
    return Counts("sessions export", asked=count, made=count, kept=count)


def _list_sessions(data: DataSet) -> Iterator[dict[str, Any]]:
    for dialogue in data.list_dialogues():
        yield {
            "id": dialogue.id,
            "domain": dialogue.domain,
            "language": dialogue.language,
            "dialogue": dialogue.model_dump(mode="json", exclude_defaults=True),
            "states": list_states(dialogue),
        }


def write_records(data: DataSet, folder: Path) -> list[Path]:
    """Write the personas and blueprints that dialogues name, a file of `RECORDS` each, a record a line by id.

    The dialogues of comment threads stand in `threads.jsonl`, as `--seeds` reads them, where there are any.
    """
    named = {goal.user_persona_id for dialogue in data.dialogues for goal in dialogue.goals}
    for dialogue in data.dialogues:
        named |= {dialogue.user_persona_id, dialogue.agent_persona_id, dialogue.blueprint_id}
    bodies: list[Mapping[str, Record]] = [
        {key: record for key, record in records.items() if key in named}
        for records in (data.users, data.agents, data.blueprints)
    ]
    written = [
        write_lines(
            folder / f"{name}.jsonl",
            (records[key].model_dump(mode="json", exclude_defaults=True) for key in sorted(records)),
            published=True,
        )
        for name, records in zip(RECORDS, bodies, strict=True)
        if records
    ]
    if data.threads:
        threads = (seed.model_dump(mode="json", exclude_defaults=True) for seed in data.threads)
        written.append(write_lines(folder / "threads.jsonl", threads, published=True))
    return written

"""Full quadruplets <P_u, P_a, B, H> with the dialogue state, one per line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streamdial.exports.dataset import DataSet
from streamdial.files import write_lines
from streamdial.records import Dialogue, Record


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


def write_sessions_jsonl(data: DataSet, path: Path) -> Path:
    """Write one line per dialogue: `id`, `domain`, `language`, `user`, `agent`, `blueprint`, `dialogue` and `states`.

    The four bodies read back as the records they were; what is None is left out. `states[i]` is the state after turn
    i. Every line is complete in itself, so personas and blueprints come as often as they are used.
    """
    return write_lines(path, _list_sessions(data), published=True)


def _list_sessions(data: DataSet) -> Iterator[dict[str, Any]]:
    users, agents, blueprints = _Bodies(data.users), _Bodies(data.agents), _Bodies(data.blueprints)
    for dialogue in data.list_dialogues():
        yield {
            "id": dialogue.id,
            "domain": dialogue.domain,
            "language": dialogue.language,
            "user": users[dialogue.user_persona_id],
            "agent": agents[dialogue.agent_persona_id],
            "blueprint": blueprints[dialogue.blueprint_id],
            "dialogue": dialogue.model_dump(mode="json", exclude_none=True),
            "states": list_states(dialogue),
        }


class _Bodies(dict[str, dict[str, Any]]):
    """Dumped records by id, each dumped once."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        super().__init__()
        self._records = records

    def __missing__(self, key: str) -> dict[str, Any]:
        body = self[key] = self._records[key].model_dump(mode="json", exclude_none=True)
        return body

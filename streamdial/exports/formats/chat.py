"""Dialogues in the chat form that fine-tuning services read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from streamdial.counts import Counts
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.system_message import write_system_message
from streamdial.files import write_lines
from streamdial.records import Dialogue
from streamdial.strategies.adversarial import find_adversary

_METADATA = (
    *("dialogue_id", "user_persona_id", "agent_persona_id", "blueprint_id", "domain", "language", "path", "outcome"),
    "user_turns_cut",
)
COLUMNS = pl.Schema(
    {
        "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
        "metadata": pl.Struct(dict.fromkeys(_METADATA, pl.String)),
    }
)
"""Keys of a line of `write_chat_jsonl`."""
ROLES = {"user": "user", "agent": "assistant"}
"""Who speaks, as chat forms call it."""
_SHAREGPT_ROLES = {"user": "human", "agent": "gpt"}


def write_chat_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"messages": [...], "metadata": {...}}`, one dialogue per line.

    The system message is the agent with the facts the dialogue needs (`write_system_message`), where the data set has
    one. Services want the assistant to speak last: user turns after
    the last agent turn are left out and counted in the line's metadata. A dialogue without agent turns is dropped.

    Returns:
        Asked, made, kept, and dropped by reason (`no_agent_turn`, `pressure`, `arsenal`).
    """
    counts = Counts("chat export", asked=len(data.dialogues))
    write_lines(path, _list_chats(data, counts), published=True)
    return counts


def _list_for_training(data: DataSet, counts: Counts) -> Iterator[Dialogue]:
    """Yield the dialogues of a file for training; adversarial ones are dropped by their strategy unless chosen."""
    for dialogue in data.list_dialogues():
        if adversary := find_adversary(dialogue):
            counts.drop(adversary)
        else:
            yield dialogue


def _list_chats(data: DataSet, counts: Counts) -> Iterator[dict[str, Any]]:
    for dialogue in _list_for_training(data, counts):
        last = max((number for number, turn in enumerate(dialogue.turns) if turn.role == "agent"), default=None)
        if last is None:
            counts.drop("no_agent_turn")
            continue
        turns = dialogue.turns[: last + 1]
        counts.keep()
        yield {
            "messages": [
                *({"role": "system", "content": text} for text in [write_system(dialogue, data)] if text),
                *({"role": ROLES[turn.role], "content": turn.utterance} for turn in turns),
            ],
            "metadata": _list_metadata(dialogue, cut=len(dialogue.turns) - len(turns)),
        }


def write_sharegpt_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"id", "system", "conversations": [{"from", "value"}], "metadata"}`, one dialogue per line.

    Trainers that read this form want `human` first, `gpt` last, and the two in turn: agent turns before the first user
    turn and user turns after the last agent turn are left out and counted in the line's metadata, turns of one side
    that follow each other are joined by a line break.

    Returns:
        Asked, made, kept, and dropped by reason (`no_exchange`, `pressure`, `arsenal`).
    """
    counts = Counts("sharegpt export", asked=len(data.dialogues))
    write_lines(path, _list_conversations(data, counts), published=True)
    return counts


def _list_conversations(data: DataSet, counts: Counts) -> Iterator[dict[str, Any]]:
    for dialogue in _list_for_training(data, counts):
        roles = [turn.role for turn in dialogue.turns]
        first = roles.index("user") if "user" in roles else len(roles)
        last = len(roles) - roles[::-1].index("agent") if "agent" in roles else 0
        turns = dialogue.turns[first:last]
        if not turns:
            counts.drop("no_exchange")
            continue
        counts.keep()
        yield {
            "id": dialogue.id,
            "system": write_system(dialogue, data),
            "conversations": [
                {"from": _SHAREGPT_ROLES[role], "value": "\n".join(turn.utterance for turn in said)}
                for role, said in groupby(turns, key=lambda turn: turn.role)
            ],
            "metadata": {**_list_metadata(dialogue, cut=len(roles) - last), "agent_turns_cut": str(first)},
        }


def write_system(dialogue: Dialogue, data: DataSet) -> str:
    """Return the system message of a dialogue; empty where the data set has none."""
    agent = data.agents[dialogue.agent_persona_id]
    return write_system_message(agent, data, dialogue, kind=data.system_prompt)


def _list_metadata(dialogue: Dialogue, *, cut: int) -> dict[str, str]:
    # Services that keep metadata want texts as values.
    return {
        "dialogue_id": dialogue.id,
        "user_persona_id": dialogue.user_persona_id,
        "agent_persona_id": dialogue.agent_persona_id,
        "blueprint_id": dialogue.blueprint_id,
        "domain": dialogue.domain,
        "language": dialogue.language,
        "path": dialogue.path,
        "outcome": dialogue.outcome,
        "user_turns_cut": str(cut),
    }

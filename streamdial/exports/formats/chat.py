"""Dialogues in the chat form that fine-tuning services read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.exports.dataset import DataSet
from streamdial.exports.profiles import list_knowledge
from streamdial.files import write_lines
from streamdial.records import AgentPersona, Dialogue, Language

_ROLES = {"user": "user", "agent": "assistant"}
_SHAREGPT_ROLES = {"user": "human", "agent": "gpt"}
_HEADS: dict[Language, tuple[str, ...]] = {
    "en": ("Certification", "Style", "Boundaries", "Commitments", "Facts"),
    "zh": ("资质", "风格", "业务范围", "服务承诺", "知识"),
}


def write_chat_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"messages": [...], "metadata": {...}}`, one dialogue per line.

    The system message is the agent persona with its facts. Services want the assistant to speak last: user turns after
    the last agent turn are left out and counted in the line's metadata. A dialogue without agent turns is dropped.

    Returns:
        Asked, made, kept, and dropped by reason (`no_agent_turn`).
    """
    counts = Counts("chat export", asked=len(data.dialogues))
    write_lines(path, _list_chats(data, counts), published=True)
    return counts


def _list_chats(data: DataSet, counts: Counts) -> Iterator[dict[str, Any]]:
    systems: dict[str, str] = {}
    for dialogue in data.list_dialogues():
        last = max((number for number, turn in enumerate(dialogue.turns) if turn.role == "agent"), default=None)
        if last is None:
            counts.drop("no_agent_turn")
            continue
        if dialogue.agent_persona_id not in systems:
            systems[dialogue.agent_persona_id] = write_system_message(data.agents[dialogue.agent_persona_id], data)
        turns = dialogue.turns[: last + 1]
        counts.made += 1
        counts.kept += 1
        yield {
            "messages": [
                {"role": "system", "content": systems[dialogue.agent_persona_id]},
                *({"role": _ROLES[turn.role], "content": turn.utterance} for turn in turns),
            ],
            "metadata": _list_metadata(dialogue, cut=len(dialogue.turns) - len(turns)),
        }


def write_sharegpt_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"id", "system", "conversations": [{"from", "value"}], "metadata"}`, one dialogue per line.

    Trainers that read this form want `human` first, `gpt` last, and the two in turn: agent turns before the first user
    turn and user turns after the last agent turn are left out and counted in the line's metadata, turns of one side
    that follow each other are joined by a line break.

    Returns:
        Asked, made, kept, and dropped by reason (`no_exchange`).
    """
    counts = Counts("sharegpt export", asked=len(data.dialogues))
    write_lines(path, _list_conversations(data, counts), published=True)
    return counts


def _list_conversations(data: DataSet, counts: Counts) -> Iterator[dict[str, Any]]:
    systems = {key: write_system_message(agent, data) for key, agent in data.agents.items()}
    for dialogue in data.list_dialogues():
        roles = [turn.role for turn in dialogue.turns]
        first = roles.index("user") if "user" in roles else len(roles)
        last = len(roles) - roles[::-1].index("agent") if "agent" in roles else 0
        turns = dialogue.turns[first:last]
        if not turns:
            counts.drop("no_exchange")
            continue
        counts.made += 1
        counts.kept += 1
        yield {
            "id": dialogue.id,
            "system": systems[dialogue.agent_persona_id],
            "conversations": [
                {"from": _SHAREGPT_ROLES[role], "value": "\n".join(turn.utterance for turn in said)}
                for role, said in groupby(turns, key=lambda turn: turn.role)
            ],
            "metadata": {**_list_metadata(dialogue, cut=len(roles) - last), "agent_turns_cut": str(first)},
        }


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


def write_system_message(agent: AgentPersona, data: DataSet, *, facts: bool = True) -> str:
    """Return the system message of an agent: identity, what was observed of it, and its knowledge, a line per entity.

    Args:
        agent: The agent persona.
        data: Its data set.
        facts: Whether to write the knowledge; not for an agent that has tools to look it up.
    """
    colon, comma = ("：", "，") if agent.language == "zh" else (": ", ", ")
    certification, style, boundaries, commitments, known = _HEADS[agent.language]
    listed = (
        (certification, [agent.certification.text] if agent.certification else []),
        (style, [agent.style.description] if agent.style.description else []),
        (boundaries, [boundary.text for boundary in agent.service_boundaries]),
        (commitments, [commitment.text for commitment in agent.commitments]),
    )
    lines = [agent.identity.text]
    lines += [f"{head}{colon}{text}" for head, texts in listed for text in texts]
    if facts and (entities := list_knowledge(agent, data.pack)):
        lines.append(f"{known}{colon}".rstrip())
        for entity in entities:
            name, *attributes = entity.items()
            lines.append(f"- {name[1]}{colon}{comma.join(f'{key} {value}' for key, value in attributes)}")
    return "\n".join(lines)

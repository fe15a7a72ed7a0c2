"""Names of the files of a run with tools, in its folder."""

from __future__ import annotations


def name_world(agent: str) -> str:
    """Return the name of the file of an agent's database and tools."""
    return f"worlds/{agent}.json"


def name_tool_shard(shard: str) -> str:
    """Return the name of the file of a shard's dialogues with calls and results."""
    return shard.replace("dialogues/", "tool_dialogues/")


def name_unverified(shard: str) -> str:
    """Return the name of the file of a shard's dialogues of which a task failed."""
    return shard.replace("dialogues/", "unverified/")

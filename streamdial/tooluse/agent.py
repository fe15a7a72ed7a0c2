"""The agent's policy in dialogues with tools; its reasoning, calls and speech are kept apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from streamdial.policies import Policy
from streamdial.records import Realisation
from streamdial.tooluse.records import Act, Step, ToolTurn

Caller = Callable[[str, Mapping[str, JsonValue], str, str], Awaitable[Step]]
"""Makes a call: name of the tool, arguments, reasoning and id of the task."""


class Speech(NamedTuple):
    """What an agent says, what it thought before, and how the words came about."""

    utterance: str
    acts: tuple[Act, ...]
    reasoning: str
    realisation: Realisation = "template"
    evidence: tuple[str, ...] = ()


AgentPolicy = Policy[[Sequence[ToolTurn], Caller], Speech]
"""Whoever serves: a policy that is shown the turns and a way to make calls, and says something after any of them."""

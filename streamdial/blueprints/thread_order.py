"""The order of comments, which have no clock: by how deep in their thread they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streamdial.records import AgentResponse, UserQuestion


def list_parents(questions: Iterable[UserQuestion], responses: Iterable[AgentResponse]) -> dict[str, str]:
    """Return the parent of each message that became a signal and answers another one.

    Args:
        questions: What viewers asked; their evidence begins with the message and goes on with its parent.
        responses: What the account answered, likewise.
    """
    written = (one.provenance.derived_from for one in (*questions, *(r for r in responses if r.channel == "reply")))
    return {message[0]: message[1] for message in written if len(message) > 1}


def find_depth(response: AgentResponse, parents: Mapping[str, str]) -> int:
    """Return how many messages stand above a reply in its thread, as far as they are known.

    Args:
        response: The reply.
        parents: Message to the message it answers, from `list_parents`.
    """
    seen: set[str] = set()
    message = next(iter(response.provenance.derived_from), "")
    while message in parents and message not in seen:
        seen.add(message)
        message = parents[message]
    return len(seen)

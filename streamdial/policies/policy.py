"""A policy: decides and words what the user, or the agent, says next; rules, a model or a person play it."""

from __future__ import annotations

from typing import Any, ParamSpec, Protocol, TypeVar

from streamdial.plugins import get_plugin
from streamdial.records import Role

Shown = ParamSpec("Shown")
Said = TypeVar("Said", covariant=True)
Parts = TypeVar("Parts", contravariant=True)


class Policy(Protocol[Shown, Said]):
    """Speaks for the user or the agent of a dialogue: rules, a model, or a person.

    What it is shown and what it returns depends on the generator: the state of a dialogue, and a turn; or, in dialogues
    with tools, the turns so far (for an agent also a way to call tools), and a turn or a speech.
    """

    async def speak(self, *shown: Shown.args, **more: Shown.kwargs) -> Said:
        """Return what it says next; None where it has left.

        Raises:
            ModelError: If its model failed for good.
        """
        ...


class PolicyBuilder(Protocol[Parts]):
    """Builds a policy for one dialogue; a function is one.

    The parts are `streamdial.dialogues.PolicyParts` where a dialogue is made along a blueprint, and
    `streamdial.tooluse.ToolUserParts` or `ToolAgentParts` where it is made with tools.
    """

    def __call__(self, parts: Parts) -> Policy[..., Any]:
        """Return the policy.

        Raises:
            ConfigurationError: If a part it needs is not there.
        """
        ...


def build_policy(role: Role, name: str, parts: object) -> Any:  # noqa: ANN401
    """Return the policy of a name, built for one dialogue.

    Args:
        role: Whose policy it is.
        name: Its name in the registry.
        parts: What it is built from.

    Raises:
        ConfigurationError: If there is none of that name, or a part it needs is not there.
    """
    return get_plugin("user_policy" if role == "user" else "agent_policy", name)(parts)

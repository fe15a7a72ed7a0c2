"""The files that say how dialogues with tools are made, read once when a run starts and carried from there."""

from __future__ import annotations

from pathlib import Path

from streamdial.domains import DomainPack
from streamdial.errors import ConfigurationError
from streamdial.policies import HumanRules as UserRules
from streamdial.records import FrozenModel
from streamdial.runs.tool_settings import ToolUseSettings
from streamdial.tooluse import (
    SimulatedTool,
    list_template_names,
    load_simulated_tools,
    load_user_rules,
)


class Manners(FrozenModel):
    """What the files of `--user-rules` and `--simulated-tools` say."""

    rules: UserRules
    simulated: tuple[SimulatedTool, ...] = ()


def load_manners(settings: ToolUseSettings, pack: DomainPack, realisation: str) -> Manners:
    """Read the files of a run.

    Args:
        settings: The run.
        pack: Its domain pack, whose tools have names of their own.
        realisation: How the model it has realises dialogues.

    Raises:
        ConfigurationError: If a file cannot be used, or simulated tools are given to agents that never call them.
    """
    rules = load_user_rules(settings.user_rules)
    if settings.simulated_tools is None:
        return Manners(rules=rules)
    if realisation == "planned":
        raise ConfigurationError(
            f"--simulated-tools: agents are planned with the model {settings.model}, and never call them.",
            fix="give --realisation direct or a model that decides by itself, or leave the tools out",
        )
    taken = list_template_names(pack.entity_slot)
    return Manners(rules=rules, simulated=load_simulated_tools(Path(settings.simulated_tools), taken))

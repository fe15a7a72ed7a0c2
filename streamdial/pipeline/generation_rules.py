"""The files of rules for dialogues with tools: read once when a run starts, and passed on from there."""

from __future__ import annotations

from pathlib import Path

from streamdial.domains import DomainPack
from streamdial.environment import ExternalTool, SimulatedTool, load_external_tools, load_simulated_tools
from streamdial.errors import ConfigurationError
from streamdial.models import STRONG_MODES
from streamdial.pipeline.tool_settings import ToolUseSettings
from streamdial.policies import HumanRules, load_human_rules
from streamdial.records import FrozenModel
from streamdial.tooluse import list_template_names


class GenerationRules(FrozenModel):
    """What the files of `--user-rules` and `--simulated-tools` say."""

    rules: HumanRules
    simulated: tuple[SimulatedTool, ...] = ()


def load_generation_rules(settings: ToolUseSettings, pack: DomainPack, mode: str) -> GenerationRules:
    """Read the files of a run.

    Args:
        settings: The run.
        pack: Its domain pack, whose tools have names of their own.
        mode: How turns are made, see `Mode`; agents with tools are as free in `guided` as in `direct`.

    Raises:
        ConfigurationError: If a file cannot be used, or tools are given to agents that never call them.
    """
    rules, given = load_human_rules(settings.tool_use.user_rules), settings.tool_use
    if mode not in STRONG_MODES and (given.simulated_tools or given.external_tools):
        option = "--simulated-tools" if given.simulated_tools else "--external-tools"
        raise ConfigurationError(
            f"{option}: agents are planned with the model {settings.models.model}, and never call them.",
            fix="give --mode direct or a model that decides by itself, or leave the tools out",
        )
    if given.simulated_tools is None:
        return GenerationRules(rules=rules)
    taken = list_template_names(pack.entity_slot)
    return GenerationRules(rules=rules, simulated=load_simulated_tools(Path(given.simulated_tools), taken))


def load_external(settings: ToolUseSettings, pack: DomainPack, rules: GenerationRules) -> tuple[ExternalTool, ...]:
    """Return the tools of the user's own that a run calls: their file is there wherever dialogues are made.

    Args:
        settings: The run.
        pack: Its domain pack, whose tools have names of their own.
        rules: The files of its rules, whose simulated tools have names, too.

    Raises:
        ConfigurationError: If the file cannot be used, or a name is taken.
    """
    given = settings.tool_use
    if given.external_tools is None:
        return ()
    taken = {*list_template_names(pack.entity_slot), *(tool.name for tool in rules.simulated)}
    return load_external_tools(Path(given.external_tools), taken, given.tools_url or "")

"""The files of rules for dialogues with tools: read once when a run starts, and passed on from there."""

from __future__ import annotations

from pathlib import Path

from streamdial.domains import DomainPack
from streamdial.environment import SimulatedTool, load_simulated_tools
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
        ConfigurationError: If a file cannot be used, or simulated tools are given to agents that never call them.
    """
    rules = load_human_rules(settings.tool_use.user_rules)
    if settings.tool_use.simulated_tools is None:
        return GenerationRules(rules=rules)
    if mode not in STRONG_MODES:
        raise ConfigurationError(
            f"--simulated-tools: agents are planned with the model {settings.models.model}, and never call them.",
            fix="give --mode direct or a model that decides by itself, or leave the tools out",
        )
    taken = list_template_names(pack.entity_slot)
    return GenerationRules(rules=rules, simulated=load_simulated_tools(Path(settings.tool_use.simulated_tools), taken))

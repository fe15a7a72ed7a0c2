"""Follows a blueprint turn by turn: where the talk is, what fired, what the experts do in this situation."""

from __future__ import annotations

from collections.abc import Iterable

from streamdial.blueprints.induction import name_situation
from streamdial.domains import DomainPack
from streamdial.errors import BlueprintError
from streamdial.records import Blueprint, FlowPath, KeyNode, Scenario, Turn


class BlueprintRunner:
    """The position of one dialogue on one path of a blueprint. It works from acts and slots, without a model.

    Args:
        blueprint: A blueprint that passes its checks.
        path: Name of the path to follow.
        pack: Says which stages end a talk.
    """

    def __init__(self, blueprint: Blueprint, path: str, pack: DomainPack) -> None:
        self.blueprint = blueprint
        self.path = self._find_path(path)
        self.fired: list[KeyNode] = []
        self._position = 0
        self._terminal = {name for name, stage in pack.stages.items() if stage.terminal}
        self._nodes = {node.signal: node for node in blueprint.nodes}

    def _find_path(self, name: str) -> FlowPath:
        for path in self.blueprint.paths:
            if path.name == name:
                return path
        names = ", ".join(path.name for path in self.blueprint.paths)
        raise BlueprintError(f"path {name!r} is not in the blueprint; it has {names}")

    @property
    def stage(self) -> str:
        """Stage the talk is in."""
        return self.path.stages[self._position]

    @property
    def ended(self) -> bool:
        """Whether the talk has reached an end of its path."""
        return self.stage in self._terminal

    def includes(self, stage: str) -> bool:
        """Tell whether a stage lies on the path."""
        return stage in self.path.stages

    def observe(self, turn: Turn) -> KeyNode | None:
        """Take note of a turn and return the trigger it fired, if any.

        A user's act fires the trigger of that name, else a stated slot the trigger `slot:<name>`; the talk moves
        forward to its stage, never back, and to an end only by the agent's own closing turn. An agent's turn moves
        the talk to the turn's stage.
        """
        if turn.role == "agent":
            self._move(turn.stage)
            return None
        signals = (turn.act, *(f"slot:{slot}" for slot in turn.inform))
        node = next((self._nodes[signal] for signal in signals if signal in self._nodes), None)
        if node is None:
            return None
        self.fired.append(node)
        if node.stage not in self._terminal:
            self._move(node.stage)
        return node

    def _move(self, stage: str) -> None:
        if stage in self.path.stages:
            self._position = max(self._position, self.path.stages.index(stage))

    def find_scenarios(self, act: str, slots: Iterable[str] = ()) -> list[Scenario]:
        """Return what the experts do when the user does this, the closest situation first."""
        exact = name_situation(act, slots)
        found = [scenario for scenario in self.blueprint.scenarios if scenario.situation == exact]
        if exact != act:
            found += [scenario for scenario in self.blueprint.scenarios if scenario.situation == act]
        return found

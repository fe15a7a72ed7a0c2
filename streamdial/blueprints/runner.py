"""Follows a blueprint turn by turn: the dialogue's stage, the trigger that fired, what experts do at this point."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from streamdial.blueprints.behaviours import BehaviourPlan, find_behaviours
from streamdial.blueprints.graph import list_ends
from streamdial.blueprints.induction import name_situation
from streamdial.blueprints.locating import locate_stage
from streamdial.domains import DomainPack
from streamdial.errors import BlueprintError
from streamdial.models import ChatModel
from streamdial.records import Behaviour, Blueprint, FlowPath, KeyNode, Scenario, Turn


class Advice(NamedTuple):
    """What the blueprint advises at one point of the dialogue.

    Attributes:
        place: Stage of the blueprint the dialogue is in.
        next_place: Stage that comes next on the path; empty at its end.
        scenarios: What the experts do when the user does this, the closest situation first.
        acts: Acts of the agent in these scenarios, the first choice first.
        wanted: Behaviours that are planned and have not been shown yet.
        ended: Whether the path has reached its end.
        node: The trigger the last turn fired, where it was the user's and fired one.
    """

    place: str
    next_place: str
    scenarios: tuple[Scenario, ...]
    acts: tuple[str, ...]
    wanted: tuple[Behaviour, ...]
    ended: bool
    node: KeyNode | None = None

    def choose_scenarios(self, acts: Collection[str], most: int) -> list[Scenario]:
        """Return the closest scenarios with one of these acts, of those with the same act the first alone."""
        first = {one.act: one for one in reversed(self.scenarios) if one.act in acts}
        return sorted(first.values(), key=self.scenarios.index)[:most]


class BlueprintRunner:
    """The position of one dialogue on one path of a blueprint.

    It works from acts and slots, without a model; `locate` asks one.

    Args:
        blueprint: A blueprint that passes its checks.
        path: Name of the path to follow.
        pack: Says which stages end a dialogue.
        behaviours: What the dialogue is to show on purpose.
    """

    def __init__(
        self, blueprint: Blueprint, path: str, pack: DomainPack, behaviours: BehaviourPlan | None = None
    ) -> None:
        self.blueprint = blueprint
        self._pack = pack
        self.path = self._find_path(path)
        self.behaviours = behaviours or BehaviourPlan()
        self.fired: list[KeyNode] = []
        self._node: KeyNode | None = None
        self._position = 0
        self._turns: list[Turn] = []
        self._kinds = {stage.name: stage.pack_stage for stage in blueprint.stages}
        self._ends = set(list_ends(blueprint, pack))
        self._nodes: dict[str, KeyNode] = {}
        for node in blueprint.nodes:
            self._nodes.setdefault(node.signal, node)

    def _find_path(self, name: str) -> FlowPath:
        for path in self.blueprint.paths:
            if path.name == name:
                return path
        names = ", ".join(path.name for path in self.blueprint.paths)
        raise BlueprintError(f"path {name!r} is not in the blueprint; it has {names}")

    @property
    def place(self) -> str:
        """Stage of the blueprint the dialogue is in."""
        return self.path.stages[self._position]

    @property
    def stage(self) -> str:
        """Stage of the domain pack the dialogue is in."""
        return self._kinds.get(self.place, self.place)

    @property
    def ended(self) -> bool:
        """Whether the dialogue has reached an end of its path."""
        return self.place in self._ends

    def includes(self, stage: str) -> bool:
        """Tell whether a stage of the pack lies on the path."""
        return any(self._kinds.get(name, name) == stage for name in self.path.stages)

    def wants(self, behaviour: Behaviour) -> bool:
        """Tell whether a behaviour is planned and has not been shown yet."""
        return behaviour in self.behaviours.planned and behaviour not in find_behaviours(self._turns)

    def avoids(self, behaviour: Behaviour) -> bool:
        """Tell whether the dialogue is to do without a behaviour."""
        return behaviour in self.behaviours.avoided

    def observe(self, turn: Turn) -> KeyNode | None:
        """Take note of a turn and return the trigger it fired, if any.

        A user's situation (`ask:price`) fires the trigger of that name, else their act, else a stated slot the
        trigger `slot:<name>`; the dialogue moves forward to its stage, never back, and to an end only by the agent's
        own closing turn. An agent's turn moves the dialogue to the turn's stage.
        """
        self._turns.append(turn)
        self._node = None
        if turn.role == "agent":
            self._move(turn.stage)
            return None
        stated = (f"slot:{slot}" for slot in turn.inform)
        about = (name_situation(turn.act, [slot]) for slot in (*turn.request, *turn.inform))
        heard = self._pack.find_signals(turn.utterance)
        shown = (*heard, *about, turn.act, *stated)
        node = next((self._nodes[signal] for signal in shown if signal in self._nodes), None)
        if node is None:
            return None
        self._node = node
        self.fired.append(node)
        if node.stage not in self._ends:
            self._move(node.stage)
        return node

    def _move(self, stage: str) -> None:
        """Go forward to the next place on the path that is, or stands for, a stage."""
        for position in range(self._position, len(self.path.stages)):
            name = self.path.stages[position]
            if stage in (name, self._kinds.get(name, name)):
                self._position = position
                return

    async def locate(self, model: ChatModel, more: Sequence[Turn] = ()) -> str:
        """Have a model tell from the wording where the dialogue is, go there if it is further on, return the place.

        For turns that carry no acts or uncertain ones; see `locate_stage`.

        Args:
            model: Reads the dialogue.
            more: Turns that were said and not observed yet.

        Raises:
            ModelError: If the call itself fails.
        """
        self._move(await locate_stage(model, self.blueprint, [*self._turns, *more]))
        return self.place

    def find_scenarios(self, act: str, slots: Iterable[str] = ()) -> list[Scenario]:
        """Return what the experts do when the user does this, the closest situation first."""
        exact = name_situation(act, slots)
        found = [scenario for scenario in self.blueprint.scenarios if scenario.situation == exact]
        if exact != act:
            found += [scenario for scenario in self.blueprint.scenarios if scenario.situation == act]
        return found

    def advise(self) -> Advice:
        """Return the blueprint's advice at this point: the stage of the dialogue, and what the agent should do next."""
        last = next((turn for turn in reversed(self._turns) if turn.role == "user"), None)
        scenarios = self.find_scenarios(last.act, last.request) if last else []
        following = self.path.stages[self._position + 1 : self._position + 2]
        shown = find_behaviours(self._turns)
        return Advice(
            place=self.place,
            next_place="" if self.ended or not following else following[0],
            scenarios=tuple(scenarios),
            acts=tuple(dict.fromkeys(scenario.act for scenario in scenarios)),
            wanted=tuple(sorted(self.behaviours.planned - set(shown))),
            ended=self.ended,
            node=self._node,
        )

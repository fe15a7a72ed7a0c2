"""Coverage quotas: dialogues are planned so that the cells of persona, strategy and path fill evenly."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from streamdial.domains import DomainPack
from streamdial.records import Blueprint, Dialogue, FlowPath

Cell = tuple[str, str, str]
"""User persona, strategy and path."""


class CoverageQuotas:
    """Chooses paths and strategies so that what is planned comes near the target plan, cell by cell.

    A cell is a user persona, a strategy and a path. Personas are taken in turn; the outcomes come to their shares,
    and the paths of one outcome and the strategies of one path come equally often. What is furthest behind is
    preferred, and what this persona had before comes last, so that the cells fill evenly.

    Args:
        shares: Wanted share of each outcome among the dialogues.
        pack: Says which strategies belong to which stage.
    """

    def __init__(self, shares: Mapping[str, float], pack: DomainPack) -> None:
        self._shares = shares
        self._pack = pack
        self._outcomes: Counter[str] = Counter()
        self._paths: Counter[tuple[str, str]] = Counter()
        self._strategies: Counter[tuple[str, str]] = Counter()
        self._cells: Counter[tuple[str, ...]] = Counter()

    def choose_path(self, user: str, blueprint: Blueprint, rng: random.Random) -> FlowPath:
        """Return the path the next dialogue of a persona is to take, and count it.

        Outcomes without a share are left out, unless the blueprint has no other.

        Args:
            user: Id of the user persona.
            blueprint: The agent's blueprint.
            rng: Decides between what is equally far behind.
        """
        wanted = [path for path in blueprint.paths if self._shares.get(path.outcome, 0.0) > 0] or list(blueprint.paths)
        outcomes = sorted({path.outcome for path in wanted})
        whole = sum(self._shares.get(outcome, 0.0) for outcome in outcomes) or 1.0
        made = sum(self._outcomes[outcome] for outcome in outcomes)
        lacks = {o: self._shares.get(o, 0.0) / whole * (made + 1) - self._outcomes[o] for o in outcomes}
        behind = [outcome for outcome in outcomes if lacks[outcome] > 0] or outcomes
        weights = [max(lacks[outcome], 1e-9) / (1 + self._cells[user, outcome]) ** 2 for outcome in behind]
        outcome = rng.choices(behind, weights=weights)[0]
        paths = [path for path in wanted if path.outcome == outcome]
        rng.shuffle(paths)
        path = min(paths, key=lambda p: (self._paths[blueprint.id, p.name], self._cells[user, blueprint.id, p.name]))
        self._outcomes[outcome] += 1
        self._paths[blueprint.id, path.name] += 1
        self._cells[user, outcome] += 1
        self._cells[user, blueprint.id, path.name] += 1
        return path

    def choose_strategy(self, user: str, blueprint: Blueprint, path: FlowPath, rng: random.Random) -> str:
        """Return the strategy the agent is to prefer where the dialogue allows it, and count it; empty without one.

        Args:
            user: Id of the user persona.
            blueprint: The agent's blueprint, whose scenarios say what experts do.
            path: The path of the dialogue.
            rng: Decides between what is equally far behind.
        """
        kinds = {stage.name: stage.pack_stage for stage in blueprint.stages}
        stages = {kinds.get(stage, stage) for stage in path.stages}
        offered = list_choices(blueprint, self._pack)
        known = sorted(
            {name for names in offered.values() for name in names if self._pack.strategies[name].stage in stages}
        )
        if not known:
            return ""
        rng.shuffle(known)
        name = min(known, key=lambda n: (self._strategies[path.outcome, n], self._cells[user, path.outcome, n]))
        self._strategies[path.outcome, name] += 1
        self._cells[user, path.outcome, name] += 1
        return name


def list_choices(blueprint: Blueprint, pack: DomainPack) -> dict[str, Sequence[str]]:
    """Return the strategies the experts follow in each situation, known to the pack, in the blueprint's order."""
    found: dict[str, list[str]] = {}
    for scenario in blueprint.scenarios:
        if scenario.strategy in pack.strategies:
            found.setdefault(scenario.situation, []).append(scenario.strategy)
    return {situation: tuple(dict.fromkeys(names)) for situation, names in found.items()}


def list_cells(dialogues: Iterable[Dialogue]) -> list[Cell]:
    """Return the cells dialogues reach: persona, strategy and path of each strategy the agent followed."""
    return sorted(
        {
            (dialogue.user_persona_id, turn.strategy, dialogue.path)
            for dialogue in dialogues
            for turn in dialogue.turns
            if turn.strategy
        }
    )


def describe_coverage(cells: Iterable[Cell], personas: int) -> str:
    """Return how many of the cells are reached, as one line.

    Args:
        cells: The cells reached.
        personas: User personas there are. Strategies and paths are those that occur at all.
    """
    reached = {tuple(cell) for cell in cells}
    users, strategies, paths = ({cell[place] for cell in reached} for place in range(3))
    whole = personas * len(strategies) * len(paths)
    share = f" ({len(reached) / whole:.0%})" if whole else ""
    return (
        f"coverage: {len(reached)} of {whole} cells of persona, strategy and path{share}; {len(users)} of {personas} "
        f"personas, {len(strategies)} strategies, {len(paths)} paths"
    )

"""The selector: which user talks to which agent, along which blueprint."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streamdial.blueprints import BehaviourPlan, name_situation
from streamdial.dialogues.coverage import CoverageQuotas
from streamdial.dialogues.steering import (
    BehaviourQuotas,
    borrow,
    find_conflict,
    list_feasible,
)
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.personas import Knowledge
from streamdial.records import (
    AgentPersona,
    Behaviour,
    Blueprint,
    FlowPath,
    MatchScore,
    UserPersona,
    UserStyle,
)
from streamdial.strategies.second_goals import Goal


def strip_persona(persona: UserPersona) -> UserPersona:
    """Return a persona of which the wishes alone are left: no questions, habits, words or conflicts of its own."""
    plain = UserStyle(mean_length=persona.style.mean_length)
    nothing: dict[str, tuple[object, ...]] = {
        name: ()
        for name in (
            "basic_information",
            "core_requirements",
            "primary_inquiries",
            "knows",
            "does_not_know",
            "potential_utterances",
            "conflicts",
        )
    }
    return persona.model_copy(update={**nothing, "style": plain})


@dataclass(frozen=True)
class AgentProfile:
    """An agent persona with its blueprint and its knowledge."""

    persona: AgentPersona
    blueprint: Blueprint
    knowledge: Knowledge


@dataclass(frozen=True)
class Assignment:
    """One dialogue to be made.

    Attributes:
        id: Content-addressed id of the dialogue.
        path: Name of the blueprint's path.
        strategy: Strategy the agent is to prefer where the dialogue allows it; empty for none.
        seed: Seed of everything random in it.
        behaviours: What it is to show, and to do without.
        then: Goals the dialogue goes on with.
        human_rules: Whether the user follows human rules.
        paths: Paths of the agent's blueprint.
        models: Names of the models that play user and agent, where they are drawn for this dialogue.
    """

    id: str
    number: int
    user: UserPersona
    expert: int
    path: str
    strategy: str
    match: MatchScore
    seed: int
    behaviours: BehaviourPlan
    then: tuple[Goal, ...] = ()
    human_rules: bool = False
    paths: tuple[FlowPath, ...] = ()
    models: tuple[str, str] | None = None


@dataclass(frozen=True)
class MatchWeights:
    """Weights of M = alpha * cos(need, expertise) + beta * answerable + gamma * covered."""

    alpha: float = 0.4
    beta: float = 0.35
    gamma: float = 0.25
    temperature: float = 0.1


def score_match(user: UserPersona, expert: AgentProfile, cosine: float, weights: MatchWeights) -> MatchScore:
    """Return the matching score of a user and an agent with all its terms, each 0 to 1.

    Answerable is the share of the user's constraints and questions that the knowledge base can answer of the thing
    they are about; covered is the share of the inquiries that the blueprint has a scenario for. A user without
    constraints or inquiries counts as met.
    """
    knowledge = expert.knowledge
    asked = _list_matters(user, knowledge.pack)
    known = {row.slot for row in knowledge.rows}
    met = sum(slot in known if not entity else knowledge.get(entity, slot) is not None for slot, entity in asked)
    answerable = met / len(asked) if asked else 1.0
    situations = {scenario.situation for scenario in expert.blueprint.scenarios}
    acts = {situation.partition(":")[0] for situation in situations}
    covered = [
        name_situation(inquiry.act, inquiry.asks) in situations or inquiry.act in acts
        for inquiry in user.primary_inquiries
    ]
    share = sum(covered) / len(covered) if covered else 1.0
    expertise = max(0.0, cosine)
    total = weights.alpha * expertise + weights.beta * answerable + weights.gamma * share
    return MatchScore(
        expertise=round(expertise, 4),
        answerable=round(answerable, 4),
        covered=round(share, 4),
        alpha=weights.alpha,
        beta=weights.beta,
        gamma=weights.gamma,
        total=round(total, 4),
    )


def _list_matters(user: UserPersona, pack: DomainPack) -> set[tuple[str, str]]:
    """Return what a user is about as (slot, name of the thing asked about, empty where none was named).

    Days and hours are not in the knowledge base; a question about what there is can be answered by any agent.
    """
    matters = {(constraint.slot, "") for constraint in user.constraints}
    for inquiry in user.primary_inquiries:
        matters |= {(slot, next(iter(inquiry.entities), "")) for slot in inquiry.asks}
    left_out = {name for name, slot in pack.slots.items() if slot.booking or slot.type == "entity"}
    return {(slot, entity) for slot, entity in matters if slot not in left_out}


def describe_expertise(expert: AgentProfile) -> str:
    """Return what an agent knows as one text, for the cosine with a user's need."""
    boundaries = " ".join(boundary.text for boundary in expert.persona.service_boundaries)
    return f"{expert.persona.identity.text} {boundaries} {' '.join(expert.knowledge.entities)}".strip()


def choose_weighted(scores: Sequence[float], temperature: float, rng: random.Random) -> int:
    """Return an index drawn by softmax of the scores; a low temperature prefers the best."""
    top = max(scores)
    weights = [math.exp((score - top) / temperature) for score in scores]
    return rng.choices(range(len(scores)), weights=weights)[0]


class _Conflicts:
    """Tells whether a user's wishes conflict at an agent, each pair looked at once."""

    def __init__(self, experts: Sequence[AgentProfile]) -> None:
        self._experts = experts
        self._found: dict[tuple[str, int], bool] = {}

    def find(self, user: UserPersona, expert: int) -> bool:
        if (user.id, expert) not in self._found:
            self._found[user.id, expert] = bool(find_conflict(user, self._experts[expert].knowledge))
        return self._found[user.id, expert]


def assign_dialogues(
    users: Sequence[UserPersona],
    experts: Sequence[AgentProfile],
    embedder: Embedder,
    *,
    count: int,
    seed: int,
    shares: dict[str, float],
    behaviour_shares: Mapping[Behaviour, float] | None = None,
    weights: MatchWeights | None = None,
) -> list[Assignment]:
    """Return the dialogues to be made: for each a user, an agent with blueprint and path, and a seed.

    Users are taken in turn, in a seeded order, so that every persona is used before one is used twice. The same
    arguments give the same assignments, and a larger count begins with those of a smaller one.

    Args:
        users: User personas of a domain.
        experts: Agent profiles of the same domain.
        embedder: Compares needs with expertise.
        count: Dialogues wanted.
        seed: Seed of the run.
        shares: Wanted share of each outcome among the dialogues; those a blueprint has no path for are left out.
        behaviour_shares: Wanted share of the dialogues that show a behaviour on purpose; one without a share comes
            about where the dialogue leads to it.
        weights: Weights of the matching score.
    """
    weights = weights or MatchWeights()
    if not users or not experts or count <= 0:
        return []
    order = sorted(users, key=lambda user: user.id)
    random.Random(seed).shuffle(order)
    needs = embedder.embed([user.objective.text for user in order])
    expertise = embedder.embed([describe_expertise(expert) for expert in experts])
    cosines = np.asarray(needs @ expertise.T)
    quotas = BehaviourQuotas(behaviour_shares or {})
    coverage = CoverageQuotas(shares, experts[0].knowledge.pack)
    lent = {
        language: borrow([u for u in users if u.language == language], experts[0].knowledge.pack)
        for language in {u.language for u in users}
    }
    conflicts = _Conflicts(experts)
    feasible: dict[tuple[str, int, str], frozenset[Behaviour]] = {}
    matches: dict[int, list[MatchScore]] = {}
    assignments = []
    for number in range(count):
        row = number % len(order)
        user = order[row]
        draw = random.Random(f"{seed}/{number}/{user.id}")
        candidates = [i for i, expert in enumerate(experts) if expert.persona.language == user.language] or list(
            range(len(experts))
        )
        if row not in matches:
            matches[row] = [score_match(user, experts[i], float(cosines[row, i]), weights) for i in candidates]
        scores = matches[row]
        chosen = choose_weighted([score.total for score in scores], weights.temperature, draw)
        expert = experts[candidates[chosen]]
        path = coverage.choose_path(user.id, expert.blueprint, draw)
        strategy = coverage.choose_strategy(user.id, expert.blueprint, path, draw)
        dialogue_seed = draw.randrange(2**31)
        known = (user.id, candidates[chosen], path.outcome)
        if behaviour_shares and known not in feasible:
            feasible[known] = list_feasible(
                user, expert.knowledge, path.outcome, lent[user.language], conflict=conflicts.find(user, known[1])
            )
        assignments.append(
            Assignment(
                id=make_id("dialogue", user.id, expert.persona.id, expert.blueprint.id, path.name, seed, number),
                number=number,
                user=user,
                expert=candidates[chosen],
                path=path.name,
                strategy=strategy,
                match=scores[chosen],
                seed=dialogue_seed,
                behaviours=quotas.plan(feasible.get(known, ())),
                paths=expert.blueprint.paths,
            )
        )
    return assignments

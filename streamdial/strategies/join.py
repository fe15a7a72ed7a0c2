"""Two finished dialogues with one agent become one longer dialogue with two needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from streamdial.personas import Knowledge
from streamdial.records import Constraint, Dialogue, Turn, UserPersona
from streamdial.slots import DONT_CARE
from streamdial.strategies.likeness import find_contradictions, measure_likeness
from streamdial.strategies.strategy import Strategy, StrategyKind, StrategyOptions
from streamdial.text import tokenize

SETTLED = ("confirm",)
"""Acts of the agent after which somebody may come to another need."""
PUT_FORWARD = ("recommend", "recover", "upsell", "answer", "check_stock", "compare")


class JoinOptions(StrategyOptions):
    """Options of `join`."""

    likeness: float = Field(default=0.1, ge=0, le=1, description="Least likeness of the two users, 0 to 1.")
    most: int = Field(default=1, ge=1, le=8, description="Longer dialogues that begin with one dialogue.")


@dataclass(frozen=True)
class Seam:
    """Where two dialogues are joined.

    Attributes:
        first: The dialogue that comes first.
        second: The one that comes after it.
        cut: Turns of the first that are kept: up to where its need is settled.
        start: Number of the second's turn that follows; its greetings are left out.
    """

    first: Dialogue
    second: Dialogue
    cut: int
    start: int

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, as they stand in the two dialogues."""
        return (*self.first.turns[: self.cut], *self.second.turns[self.start :])


class Join(Strategy):
    """A dialogue that settled its need goes on with the second need of another dialogue with the same agent.

    Re3Dial retrieves for a session the one most likely to follow it and joins them, for dialogues that are longer than
    any that was found. Here the second is the most alike whose user could be the same person: no wish and no fact of
    one contradicts the other, nothing answered is asked again, no line is said twice. Dialogues of one shard are
    joined. Left out: the trained retriever; likeness is that of the things, attributes and words of the two needs.
    """

    NAME: ClassVar[str] = "join"
    KIND: ClassVar[StrategyKind] = "derive"
    FAMILY: ClassVar[str] = "recombination"
    PAPERS: ClassVar[tuple[str, ...]] = ("Re3Dial (arXiv 2305.02606)",)
    Options = JoinOptions

    def pair(
        self, first: Dialogue, pool: Sequence[Dialogue], users: Mapping[str, UserPersona], knowledge: Knowledge
    ) -> list[Seam]:
        """Return what a dialogue can go on with, the most alike first.

        Args:
            first: A usable dialogue.
            pool: Usable dialogues of the run.
            users: Users by id.
            knowledge: The knowledge base of its agent.
        """
        found = []
        for seam in _list_seams(first, pool):
            likeness = measure_likeness(users[first.user_persona_id], users[seam.second.user_persona_id])
            if likeness >= self.options.likeness and not find_incoherence(seam, knowledge):
                found.append((-likeness, seam.second.id, seam))
        return [seam for *_, seam in sorted(found, key=lambda entry: entry[:2])][: self.options.most]


def _list_seams(first: Dialogue, pool: Sequence[Dialogue]) -> Iterator[Seam]:
    """Yield where dialogues with the same agent could follow one that settled its need."""
    cut = next((n for n, turn in enumerate(first.turns, 1) if turn.role == "agent" and turn.act in SETTLED), 0)
    if first.outcome != "success" or first.goals or first.session is not None or not cut:
        return
    for second in pool:
        same = (second.agent_persona_id, second.blueprint_id, second.language, second.models) == (
            first.agent_persona_id,
            first.blueprint_id,
            first.language,
            first.models,
        )
        opening = [turn.act for turn in second.turns[:2]]
        start = 2 if opening == ["greet", "greet"] else 0
        if same and second.id != first.id and not second.goals and (start or opening[:1] != ["greet"]):
            yield Seam(first, second, cut, start)


def find_incoherence(seam: Seam, knowledge: Knowledge) -> str | None:
    """Return why two dialogues make no coherent longer one, or None.

    Reasons: `wishes` (one person does not want both), `same_need` (a wish is stated again, or the same thing is booked
    again), `facts` (a thing has two values of an attribute), `asked_again`
    (what was told is asked), `repeated` (a line is said twice), `same_time` (both are booked for one hour).
    """
    before, after = seam.first.turns[: seam.cut], seam.second.turns[seam.start :]
    wished, more = _list_stated(before), _list_stated(after)
    if find_contradictions(wished, more, knowledge):
        return "wishes"
    things = {turn.entity for turn in after if turn.act in PUT_FORWARD and turn.entity}
    again = {(one.slot, one.value) for one in wished} & {(one.slot, one.value) for one in more}
    if again or things <= {turn.entity for turn in before if turn.entity}:
        return "same_need"
    told, later = _list_told(before), _list_told(after)
    if any(later[key] != value for key, value in told.items() if key in later):
        return "facts"
    if any((turn.entity, slot) in told for turn in after if turn.role == "user" for slot in turn.request):
        return "asked_again"
    lines = [tuple(tokenize(turn.utterance)) for turn in seam.turns]
    asked = [turn.evidence[0] for turn in seam.turns if turn.role == "user" and turn.act == "ask" and turn.evidence]
    if len(set(lines)) < len(lines) or len(set(asked)) < len(asked):
        return "repeated"
    booked = [{**turn.inform} for part in (before, after) for turn in part if turn.act == "book"]
    return "same_time" if any(one == other for n, one in enumerate(booked) for other in booked[:n]) else None


def _list_stated(turns: Sequence[Turn]) -> list[Constraint]:
    """Return the wishes some turns state, the last value of each."""
    stated = {
        slot: value
        for turn in turns
        if turn.role == "user" and turn.act != "book"
        for slot, value in turn.inform.items()
        if value not in ("", DONT_CARE)
    }
    return [Constraint(slot=slot, value=value, evidence=("stated",)) for slot, value in stated.items()]


def _list_told(turns: Sequence[Turn]) -> dict[tuple[str, str], str]:
    own = {(t.entity, slot): value for t in turns for slot, value in t.tell.items() if t.role == "agent" and t.entity}
    return own | {(t.other, slot): value for t in turns for slot, value in t.tell_other.items() if t.other}

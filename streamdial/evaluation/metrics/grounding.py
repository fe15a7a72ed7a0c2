"""Grounding: whether the knowledge base, a turn's evidence or the user supports what an agent claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from streamdial.dialogues.checks import has_value
from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue, Fact
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Language, Turn
from streamdial.slots import SlotReader, find_numbers

Support = Literal["knowledge", "user", "evidence", "none"]
_HARMLESS = 2
"""Numbers in words up to this ("one of them", 一下) are idioms, not facts."""


class Claim(NamedTuple):
    """A slot value an agent states.

    Attributes:
        turn: Number of the turn.
        entity: What it is about.
        slot: The slot.
        value: The value, normalised.
    """

    turn: int
    entity: str
    slot: str
    value: str


class KnowledgeIndex:
    """One agent's knowledge base, for looking up what a turn says.

    Args:
        facts: Rows of knowledge.
        pack: The domain pack.
        language: Language of the dialogues.
    """

    def __init__(self, facts: Iterable[Fact], pack: DomainPack, language: Language) -> None:
        self._entities: dict[tuple[str, str], set[str]] = {}
        self._numbers: dict[str, set[float]] = {}
        for fact in facts:
            entity = fact.entity.casefold()
            self._entities.setdefault((fact.slot, fact.value.casefold()), set()).add(entity)
            told = self._numbers.setdefault(entity, set())
            told |= read_numbers(fact.entity) | read_numbers(fact.value) | read_numbers(fact.text)
        self.pack = pack
        self.language: Language = language
        self.reader = SlotReader(pack, language, sorted({fact.entity for fact in facts if fact.entity}))

    def holds(self, claim: Claim) -> bool:
        """Tell whether the knowledge base has the claim, of its entity or of the account as a whole."""
        entities = self._entities.get((claim.slot, claim.value.casefold()), set())
        return bool(entities) and (not claim.entity or bool(entities & {claim.entity.casefold(), ""}))

    def list_numbers(self, entities: Iterable[str]) -> set[float]:
        """Return the numbers known of some entities and of the account; of all where none is named."""
        names = {name.casefold() for name in entities if name}
        wanted = {*names, ""} if names else set(self._numbers)
        return set().union(*(self._numbers.get(name, set()) for name in wanted))


@lru_cache(maxsize=65_536)
def read_numbers(text: str) -> frozenset[float]:
    """Return the numbers that stand in a text, in digits or words."""
    return frozenset(found.value for found in find_numbers(text))


def list_claims(turns: Sequence[Turn]) -> Iterator[Claim]:
    """Yield the slot values that agent turns state by their annotation, those of a second entity too."""
    for number, turn in enumerate(turns):
        if turn.role == "agent":
            yield from (Claim(number, turn.entity, slot, value) for slot, value in turn.tell.items() if value)
            yield from (Claim(number, turn.other, slot, value) for slot, value in turn.tell_other.items() if value)


def find_support(claim: Claim, talk: EvaluatedDialogue, known: KnowledgeIndex, evidence: Iterable[str]) -> Support:
    """Return what supports a claim, the first of these that does.

    `knowledge`: a row of knowledge with this slot and value, of the entity or of the account as a whole; `user`: the
    user said it before, so it is said back; `evidence`: the value stands in the text of something the turn rests on; or
    `none`.

    Args:
        claim: The claim.
        talk: Its dialogue.
        known: The agent's knowledge base.
        evidence: Texts the turn rests on.
    """
    if known.holds(claim):
        return "knowledge"
    earlier = (turn for turn in talk.turns[: claim.turn] if turn.role == "user")
    if any(turn.inform.get(claim.slot, "").casefold() == claim.value.casefold() for turn in earlier):
        return "user"
    if claim.slot in known.pack.slots:
        value = (claim.value, None)
        for text in evidence:
            if has_value(text, known.pack, claim.slot, value, known.language):
                return "evidence"
    return "none"


def count_figures(
    talk: EvaluatedDialogue, number: int, known: KnowledgeIndex, evidence: Iterable[str]
) -> tuple[int, int]:
    """Return how many of the figures in an agent turn's wording are supported, and how many there are.

    A figure is supported where the knowledge of the turn's entities, its evidence, its annotation or an earlier user
    turn has the same number. It needs no annotation, so it finds figures that were invented beside it.

    Args:
        talk: The dialogue.
        number: Number of the turn.
        known: The agent's knowledge base.
        evidence: Texts the turn rests on.
    """
    turn = talk.turns[number]
    told = [
        found.value
        for found in find_numbers(turn.utterance)
        if turn.utterance[found.start].isdigit() or found.value > _HARMLESS
    ]
    if not told:
        return 0, 0
    texts = [*evidence, *turn.tell.values(), *turn.tell_other.values(), turn.entity, turn.other]
    texts += [earlier.utterance for earlier in talk.turns[:number] if earlier.role == "user"]
    borne = known.list_numbers((turn.entity, turn.other)).union(*(read_numbers(text) for text in texts))
    return sum(value in borne for value in told), len(told)


def measure_grounding(known: DialogueSet, pack: DomainPack | None, *, seed: int = 7) -> list[Statistic]:
    """Return the share of agents' claims and figures that are supported, and of claims by what supports them.

    Args:
        known: The set.
        pack: Its domain pack; None where it has none.
        seed: Seed of the resamples.
    """
    names = ("claims_supported", "claims_from_knowledge", "claims_from_user", "claims_from_evidence")
    figures = [Statistic(name, None, unit="share of claims") for name in names]
    figures.append(Statistic("figures_supported", None, unit="share of figures told"))
    talks = [talk for talk in known.talks if pack is not None and talk.domain == pack.id and talk.agent]
    if pack is None or not talks or not any(known.knowledge.get(talk.agent) for talk in talks):
        return [Statistic(figure.name, None, unit=figure.unit, reason="no K of the agents") for figure in figures]
    indexes: dict[tuple[str, Language], KnowledgeIndex] = {}
    rows = []
    for talk in talks:
        key = (talk.agent, talk.language)
        if key not in indexes:
            indexes[key] = KnowledgeIndex(known.knowledge.get(talk.agent, ()), pack, talk.language)
        rows.append(_count_dialogue(talk, indexes[key], known))
    columns = list(zip(*rows, strict=True))
    below = (columns[0], columns[0], columns[0], columns[0], columns[6])
    above = (columns[1], columns[2], columns[3], columns[4], columns[5])
    missing = ("no agent turn states a slot value",) * 4 + ("no agent turn has a figure in it",)
    return measure_ratios([Ratio(*parts) for parts in zip(figures, above, below, missing, strict=True)], seed=seed)


def _count_dialogue(talk: EvaluatedDialogue, index: KnowledgeIndex, known: DialogueSet) -> tuple[int, ...]:
    """Return claims; those supported in all, by knowledge, by the user, by evidence; figures supported; figures."""
    evidence = [[known.evidence[key] for key in turn.evidence if key in known.evidence] for turn in talk.turns]
    found = [find_support(claim, talk, index, evidence[claim.turn]) for claim in list_claims(talk.turns)]
    borne = figures = 0
    for number, turn in enumerate(talk.turns):
        if turn.role == "agent":
            right, told = count_figures(talk, number, index, evidence[number])
            borne, figures = borne + right, figures + told
    supports: tuple[Support, ...] = ("knowledge", "user", "evidence")
    return len(found), len(found) - found.count("none"), *(found.count(kind) for kind in supports), borne, figures

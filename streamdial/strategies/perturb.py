"""Variants of an exchange whose answer is known: as it was said, with another value, and left out."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from streamdial.personas import Knowledge
from streamdial.records import Turn, Variant
from streamdial.slots import SlotReader, format_value
from streamdial.strategies.counterfactual import list_other_values
from streamdial.strategies.house_rules import open_reader
from streamdial.strategies.strategy import RewritingStrategy, StrategyKind, StrategyOptions, Verdict

_ARTICLE = re.compile(r"\b(?:an?|the)\s+$", re.IGNORECASE)
_SURE = re.compile(r"(?:yes|no|sure|of course)\b|是的|有的|没有|不|对", re.IGNORECASE)
"""Where another value would need another sentence."""
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


class PerturbOptions(StrategyOptions):
    """Options of `perturb`."""

    most: int = Field(default=1, ge=1, le=8, description="Exchanges of a dialogue that get variants.")


class Perturb(RewritingStrategy):
    """Labelled variants of a question and its answer stand beside the dialogue, which stays as it is.

    PragWorld changes small parts of a dialogue and asks whether a model still knows what holds in it. `answerable`: the
    exchange as it is; `contradicted`: the agent's words state another value, one that another thing on sale has;
    `unanswerable`: the exchange is left out, and nothing else tells. What answers it follows from the knowledge base.
    They are in `Dialogue.variants`, for tests of models and for pairs of a right and a wrong answer; no dialogue of the
    set says anything wrong. Left out: changes of order and of who speaks.
    """

    NAME: ClassVar[str] = "perturb"
    KIND: ClassVar[StrategyKind] = "rewriter"
    FAMILY: ClassVar[str] = "recombination"
    PAPERS: ClassVar[tuple[str, ...]] = ("PragWorld (arXiv 2511.13021)",)
    Options = PerturbOptions

    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Add variants to the dialogue and keep it."""
        rng = random.Random(f"{state.seed}/{self.NAME}")
        state.variants += make_variants(state.turns, state.knowledge, open_reader(state), rng, most=self.options.most)
        return Verdict()


def make_variants(
    turns: Sequence[Turn], knowledge: Knowledge, reader: SlotReader, rng: random.Random, *, most: int = 1
) -> list[Variant]:
    """Return three variants each of some exchanges of a dialogue, in its order.

    Args:
        turns: The dialogue.
        knowledge: The agent's knowledge base.
        reader: Reads slots of the domain.
        rng: Draws exchanges and values.
        most: Exchanges that get variants.
    """
    found = [
        (turn, slot, words)
        for turn in turns
        if (slot := _find_answer(turn, turns)) and (words := contradict(turn, slot, knowledge, reader, rng))
    ]
    chosen = sorted(rng.sample(found, min(most, len(found))), key=lambda one: one[0].turn_id)
    return [
        Variant(
            kind=kind,
            turn=turn.turn_id,
            entity=turn.entity,
            slot=slot,
            value="" if kind == "unanswerable" else turn.tell[slot],
            utterance=said,
        )
        for turn, slot, words in chosen
        for kind, said in (("answerable", turn.utterance), ("contradicted", words), ("unanswerable", ""))
    ]


def _find_answer(turn: Turn, turns: Sequence[Turn]) -> str:
    """Return the one slot a turn tells that was just asked for and is told nowhere else; empty where there is none."""
    before = turns[turn.turn_id - 1] if turn.turn_id else None
    if turn.role != "agent" or before is None or before.act != "ask" or set(before.request) != set(turn.tell):
        return ""
    if len(turn.tell) != 1 or not turn.entity or turn.tell_other or turn.act != "answer":
        return ""
    (slot,) = turn.tell
    again = (one for one in turns if one is not turn and one.entity == turn.entity and slot in one.tell)
    return "" if any(True for _ in again) else slot


def contradict(turn: Turn, slot: str, knowledge: Knowledge, reader: SlotReader, rng: random.Random) -> str:
    """Return the words of a turn with another value of a slot, read back as that and else as before; empty without one.

    Args:
        turn: A turn that tells the slot.
        slot: The slot.
        knowledge: What the agent knows: the other value is one of another thing.
        reader: Reads slots of the domain.
        rng: Draws the value.
    """
    row = knowledge.get(turn.entity, slot)
    mentions = reader.find_values(turn.utterance)
    own = [one for one in mentions if one.slot == slot and one.value == turn.tell[slot]]
    others = list_other_values(knowledge, slot, turn.tell[slot])
    if row is None or len(own) != 1 or not others:
        return ""
    rest = sorted((one.slot, one.value) for one in mentions if one is not own[0])
    if any((_ARTICLE.search(turn.utterance[: own[0].start]), _SURE.match(turn.utterance), _SURE.match(own[0].surface))):
        return ""
    for value in rng.sample(others, len(others)):
        said = _NUMBER.sub(value, own[0].surface, count=1)
        if said == own[0].surface:
            said = format_value(reader.pack, slot, value, reader.language, own[0].unit or row.unit)
        words = turn.utterance[: own[0].start] + said + turn.utterance[own[0].end :]
        read = sorted((one.slot, one.value) for one in reader.find_values(words))
        if read == sorted([*rest, (slot, value)]):
            return words
    return ""

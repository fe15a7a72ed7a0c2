"""Previews a pack on its material: lines as they are read, lines that are dropped and why, things and facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from streamdial.domains import DomainPack
from streamdial.models import Embedder
from streamdial.signals.denoising import find_chat_noise, fold_message
from streamdial.signals.intents import IntentDecision, SecondOpinion, judge_texts
from streamdial.slots import Fact, SlotReader, learn_table_style, list_entities, read_table
from streamdial.verticals.material import Material, spread

SHOWN = 20
"""Lines of each kind that a preview shows."""


@dataclass(frozen=True)
class Preview:
    """What a pack makes of its material.

    Attributes:
        read: Lines with an intent and what was decided, in order.
        dropped: Lines without one.
        things: Names of what is sold.
        facts: Facts of the tables.
        left_out: Cells of tables that are no facts, by reason.
        unsure: What the draft was unsure of.
    """

    read: tuple[tuple[str, IntentDecision], ...]
    dropped: tuple[tuple[str, IntentDecision], ...]
    things: tuple[str, ...]
    facts: tuple[Fact, ...]
    left_out: Counter[str]
    unsure: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it for people to read: 20 lines of each kind, spread over the stream."""
        lines = [f"{len(self.read)} lines are read as questions and wishes, {SHOWN} of them:"]
        for text, decision in spread(self.read, SHOWN):
            stated = [f"{mention.slot}={mention.value}" for mention in decision.mentions]
            lines.append(f"  {text}  -> {' '.join([decision.act or '', *decision.asks, *stated])}")
        lines.append(f"{len(self.dropped)} lines are dropped, {SHOWN} of them:")
        lines += [f"  {text}  -> {decision.reason}" for text, decision in spread(self.dropped, SHOWN)]
        lines.append(f"{len(self.things)} things: {', '.join(self.things) or 'none'}")
        filled = Counter(fact.slot for fact in self.facts)
        told = ", ".join(f"{slot} {count}" for slot, count in filled.most_common())
        lines.append(f"{len(self.facts)} facts of the tables: {told or 'none'}")
        if self.left_out:
            reasons = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in self.left_out.most_common())
            lines.append(f"  cells left out: {reasons}")
        if self.unsure:
            lines += ["Unsure:", *(f"  {line}" for line in self.unsure)]
        return "\n".join(lines)


def preview_pack(
    pack: DomainPack,
    material: Material,
    *,
    unsure: Sequence[str] = (),
    things: Sequence[str] = (),
    embedder: Embedder | None = None,
) -> Preview:
    """Return what a pack makes of a material, by the rules a run reads it by.

    Args:
        pack: The pack.
        material: What it was drafted from, or any other.
        unsure: What the draft was unsure of.
        things: Names of what is sold, beside those the tables name.
        embedder: Sentence encoder of the second opinion; without it the rules decide alone.
    """
    tables = material.tables
    names = tuple(dict.fromkeys([*list_entities(pack, tables, material.language), *things]))
    reader = SlotReader(pack, material.language, names)
    opinion = SecondOpinion(pack, embedder) if embedder is not None else None
    texts = [fold_message(message.text) for message in material.messages]
    noise = {text: reason for text in texts if (reason := find_chat_noise(text, pack))}
    judged = [text for text in texts if text not in noise]
    decisions = dict(zip(judged, judge_texts(judged, reader, opinion), strict=True))
    decisions |= {text: IntentDecision(reason) for text, reason in noise.items()}
    style = learn_table_style(tables)
    facts: list[Fact] = []
    left_out: Counter[str] = Counter()
    for table in tables:
        found, dropped = read_table(pack, table, material.language, style)
        facts += found
        left_out += dropped
    ordered = [(text, decisions[text]) for text in dict.fromkeys(texts)]
    return Preview(
        tuple((text, decision) for text, decision in ordered if decision.act),
        tuple((text, decision) for text, decision in ordered if not decision.act),
        names,
        tuple(facts),
        left_out,
        tuple(unsure),
    )

"""Has a model improve a draft; each of its words is checked against the material before it is taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from streamdial.counts import Counts
from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.prompts import render_prompt
from streamdial.text import find_phrase, fold_text
from streamdial.verticals.drafting import PackDraft
from streamdial.verticals.material import Material, spread

_MOST_LINES = 120
_LONGEST_LINE = 120
_ID = re.compile(r"[a-z][a-z0-9_]{1,30}")
_GAPS = re.compile(r"\{(\w*)\}")
_TEXT_LENGTH = 80


class SlotProposal(BaseModel):
    """What the model says of one slot; what is empty keeps the draft."""

    model_config = ConfigDict(extra="forbid")

    slot: str = Field(max_length=60)
    id: str = Field(default="", max_length=60)
    ask: list[str] = Field(default_factory=list, max_length=12)
    question: str = Field(default="", max_length=_TEXT_LENGTH)
    need: str = Field(default="", max_length=_TEXT_LENGTH)
    fact: str = Field(default="", max_length=_TEXT_LENGTH)
    constraint: str = Field(default="", max_length=10)


class PackProposal(BaseModel):
    """The model's answer about a draft."""

    model_config = ConfigDict(extra="forbid")

    slots: list[SlotProposal] = Field(default_factory=list, max_length=60)
    topics: list[str] = Field(default_factory=list, max_length=80)
    keywords: list[str] = Field(default_factory=list, max_length=30)


async def refine_draft(draft: PackDraft, material: Material, model: ChatModel, counts: Counts) -> PackDraft:
    """Return the draft with what a model proposes and the material confirms.

    Asking phrases and topics must stand in a viewer's line, keywords anywhere in the material; wordings must hold
    `{value}` and nothing else to fill in; ids must be free. What is inherited keeps its id and wordings.

    Args:
        draft: The draft by statistics.
        material: What it was drafted from.
        model: A model that can write structured answers.
        counts: Gets `asked` (proposals), `kept` and drops: `unknown_slot`, `not_in_material`, `taken` (asks for another
            slot), `bad_id`, `bad_wording`, `bad_constraint`; `unusable_answer` where nothing could be read.
    """
    lines = [fold_text(message.text) for message in material.questions]
    prompt = render_prompt(
        "pack",
        draft.language,
        domain=draft.body["names"],
        slots=[_describe(name, slot) for name, slot in draft.body["slots"].items() if slot],
        lines=[line[:_LONGEST_LINE] for line in spread(lines, _MOST_LINES)],
    )
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=3000, temperature=0.0, purpose="pack"
    )
    answer = await try_structured(model, request, PackProposal)
    if answer is None:
        counts.asked += 1
        counts.drop("unusable_answer")
        return draft
    said = [line.lower() for line in lines]
    whole = [*said, *(line.lower() for line in material.told)]
    slots: dict[str, Any] = {name: dict(slot) if slot else slot for name, slot in draft.body["slots"].items()}
    for proposal in answer.slots:
        _take_slot(slots, proposal, said, counts)
    body = {
        **draft.body,
        "slots": _rename(slots, answer.slots, draft, counts),
        "topics": _add(draft.body["topics"], answer.topics, said, counts),
    }
    body["screening"] = {
        **draft.body["screening"],
        "keywords": _add(draft.body["screening"]["keywords"], answer.keywords, whole, counts),
    }
    renamed = {old: new for old, new in zip(slots, body["slots"], strict=True) if old != new}
    body["entity_slot"] = renamed.get(draft.body["entity_slot"], draft.body["entity_slot"])
    return PackDraft(body, draft.language, draft.things, list(draft.unsure), model.model_id)


def _describe(name: str, slot: dict[str, Any]) -> dict[str, str]:
    values = ", ".join(text for texts in slot.get("values", {}).values() for text in texts)
    return {"id": name, "type": slot.get("type", "inherited"), "name": slot.get("names", name), "choices": values[:200]}


def _stands(phrase: str, lines: Sequence[str]) -> bool:
    return any(find_phrase(line, phrase) is not None for line in lines)


def _add(known: list[str], proposed: Sequence[str], lines: Sequence[str], counts: Counts) -> list[str]:
    kept = list(known)
    for text in proposed:
        word = fold_text(text).lower()
        counts.asked += 1
        if len(word) < 2 or not _stands(word, lines):
            counts.drop("not_in_material")
        elif word not in kept:
            kept.append(word)
            counts.kept += 1
    return kept


def _take_slot(slots: dict[str, Any], proposal: SlotProposal, lines: Sequence[str], counts: Counts) -> None:
    slot = slots.get(proposal.slot)
    if not slot:
        counts.asked += 1
        counts.drop("unknown_slot")
        return
    for text in proposal.ask:
        phrase = fold_text(text).lower()
        counts.asked += 1
        others = {
            known for name, other in slots.items() if other and name != proposal.slot for known in other.get("ask", ())
        }
        if len(phrase) < 2 or not _stands(phrase, lines):
            counts.drop("not_in_material")
        elif phrase in others:
            counts.drop("taken")
        elif "ask" in slot and phrase not in slot["ask"]:
            slot["ask"] = [*slot["ask"], phrase]
            counts.kept += 1
    if "type" not in slot:
        return
    for key in ("question", "need", "fact"):
        text = fold_text(getattr(proposal, key))
        if not text or slot["type"] in ("entity", "text"):
            continue
        counts.asked += 1
        if _GAPS.findall(text) != ([] if key == "question" else ["value"]):
            counts.drop("bad_wording")
        elif key != "question" or slot.get("mined"):
            slot[key] = text
            counts.kept += 1
    if proposal.constraint and slot["type"] in ("money", "quantity", "count"):
        counts.asked += 1
        if proposal.constraint in ("max", "min"):
            slot["constraint"] = proposal.constraint
            counts.kept += 1
        else:
            counts.drop("bad_constraint")


def _rename(
    slots: dict[str, Any], proposals: Sequence[SlotProposal], draft: PackDraft, counts: Counts
) -> dict[str, Any]:
    """Return the slots under the ids a model proposes, where they are free and the slot is the pack's own."""
    wanted = {proposal.slot: proposal.id for proposal in proposals if proposal.id and proposal.id != proposal.slot}
    named: dict[str, Any] = {}
    for name, slot in slots.items():
        new = wanted.get(name, name)
        if new != name:
            counts.asked += 1
            if not slot or "type" not in slot or not _ID.fullmatch(new) or new in slots or new in named:
                counts.drop("bad_id")
                new = name
            else:
                counts.kept += 1
        named[new] = slot
    return named

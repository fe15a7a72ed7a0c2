"""A model improves a draft; what the material does not hold is not taken."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from streamdial.counts import Counts
from streamdial.records import Message, Segment
from streamdial.testing import ScriptedChatModel
from streamdial.verticals import Material, PackDraft, refine_draft


def make_material() -> Material:
    lines = ("how heavy is the alder?", "does it come with pegs?", "is it freestanding?")
    messages = tuple(Message(id=str(n), source_id="s", text=text, time=float(n)) for n, text in enumerate(lines))
    segment = Segment(id="a", source_id="s", start=0, end=1, text="The flysheet keeps the rain out.")
    return Material("en", (segment,), messages, (), (), Counts("material"))


def make_draft() -> PackDraft:
    weight = {"type": "quantity", "names": "weight", "ask": ["weight"], "headers": ["weight"], "units": {"g": ["g"]}}
    tent = {"type": "entity", "names": "tent", "ask": ["which tent"], "headers": ["tent"]}
    body: dict[str, Any] = {
        "id": "tents",
        "names": "Tents",
        "entity_slot": "tent",
        "screening": {"keywords": ["tent"]},
        "topics": [],
        "slots": {"tent": tent, "weight": weight | {"constraint": "min"}, "offer": None},
    }
    return PackDraft(body, "en")


def refine(answer: dict[str, Any]) -> tuple[PackDraft, Counts]:
    counts = Counts("pack")
    model = ScriptedChatModel([json.dumps(answer)])
    return asyncio.run(refine_draft(make_draft(), make_material(), model, counts)), counts


def test_what_stands_in_the_lines_is_taken() -> None:
    weight = {
        "slot": "weight",
        "id": "packed_weight",
        "ask": ["how heavy"],
        "need": "up to {value}",
        "constraint": "max",
    }
    draft, counts = refine({"slots": [weight], "topics": ["pegs", "freestanding"], "keywords": ["flysheet"]})
    slot = draft.body["slots"]["packed_weight"]
    assert (slot["ask"], slot["need"], slot["constraint"]) == (["weight", "how heavy"], "up to {value}", "max")
    assert draft.body["topics"] == ["pegs", "freestanding"]
    assert draft.body["screening"]["keywords"] == ["tent", "flysheet"]
    assert (draft.model, counts.kept, dict(counts.dropped)) == ("scripted", 7, {})


def test_what_does_not_is_dropped_with_its_reason() -> None:
    weight = {
        "slot": "weight",
        "id": "Weight!",
        "ask": ["how light", "which tent"],
        "need": "light",
        "constraint": "equal",
    }
    answer = {"slots": [weight, {"slot": "wings", "id": "wings"}], "topics": ["caravans"], "keywords": []}
    draft, counts = refine(answer)
    assert draft.body["slots"] == make_draft().body["slots"]
    assert dict(counts.dropped) == {
        "unknown_slot": 1, "not_in_material": 3, "bad_wording": 1, "bad_constraint": 1, "bad_id": 1,
    }  # fmt: skip


def test_an_entity_may_be_renamed_and_an_unusable_answer_keeps_the_draft() -> None:
    draft, _ = refine({"slots": [{"slot": "tent", "id": "shelter"}], "topics": [], "keywords": []})
    assert draft.body["entity_slot"] == "shelter"
    counts = Counts("pack")
    kept = asyncio.run(refine_draft(make_draft(), make_material(), ScriptedChatModel(["no", "no"]), counts))
    assert kept.body == make_draft().body
    assert dict(counts.dropped) == {"unusable_answer": 1}

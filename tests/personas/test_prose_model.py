from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.personas import ProseReader, propose_rows
from streamdial.prompts import hash_prompt
from streamdial.records import AgentResponse, KnowledgeRow, Page, Provenance
from streamdial.testing import ScriptedChatModel

PACK = load_pack("hotel")
TEXT = "The Orchard Room\nIt looks onto the lake, 38 m2 in all, and a night is yours for $140.\nYou park for free."
RIGHT = {
    "line": 2,
    "thing": "Orchard Room",
    "attribute": "price",
    "value": "$140",
    "quote": "a night is yours for $140",
}


def propose(*facts: dict[str, Any], text: str = TEXT, said: str = "") -> tuple[list[KnowledgeRow], Counts, str]:
    page = Page(id="page", source_id="s", url="u", title="Rooms", text=text, published="2026-01-01")
    responses = []
    if said:
        provenance = Provenance(source_id="rec", start=1.0, end=4.0)
        responses.append(
            AgentResponse(
                id="r",
                domain="hotel",
                language="en",
                provenance=provenance,
                text=said,
                raw_text=said,
                start=1.0,
                end=4.0,
            )
        )
    model, counts = ScriptedChatModel([json.dumps({"facts": list(facts)})]), Counts("model")
    reader = ProseReader(PACK, "en", ("Orchard Room", "Loft"))
    pages = [] if said else [page]
    rows = asyncio.run(propose_rows(pages, responses, reader, model, counts, told_on="2026-02-02"))
    return rows, counts, model.requests[0].messages[0].content


def test_a_proposal_whose_quote_stands_in_the_line_is_a_row() -> None:
    (row,), counts, prompt = propose(RIGHT)
    assert (row.entity, row.slot, row.value, row.unit, row.confidence) == ("Orchard Room", "price", "140", "USD", 0.9)
    assert (row.provenance.model_id, row.provenance.prompt_hash) == ("scripted", hash_prompt("knowledge", "en"))
    assert TEXT[row.provenance.char_start : row.provenance.char_end].startswith("It looks onto")
    assert row.observed_at == "2026-01-01"
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (1, 1, {})
    assert "- price: price per night" in prompt
    assert "availability" not in prompt


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"line": 9}, "not_quoted"),
        ({"quote": "a night costs $140"}, "not_quoted"),
        ({"value": "$150"}, "not_quoted"),
        ({"attribute": "ceiling"}, "unknown_attribute"),
        ({"attribute": "availability"}, "unknown_attribute"),
        ({"thing": "Cellar"}, "unknown_thing"),
        ({"thing": "Loft"}, "unknown_thing"),
        ({"thing": ""}, "unknown_thing"),
        ({"value": "yours for"}, "not_read_back"),
        ({"attribute": "bed_type"}, "not_read_back"),
    ],
)
def test_what_is_not_in_the_text_or_does_not_read_back_is_dropped(changes: dict[str, Any], reason: str) -> None:
    rows, counts, _ = propose({**RIGHT, **changes})
    assert rows == []
    assert counts.dropped == {reason: 1}
    assert counts.asked == 1


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Is the Orchard Room $140?", "question"),
        ("The Orchard Room is $140 if you stay a week.", "supposition"),
        ("The Orchard Room was $140.", "past"),
        ("The Orchard Room is about $140.", "uncertain"),
        ("The Orchard Room is $140 on weekdays.", "condition"),
        ("The Orchard Room is not $140.", "denial"),
    ],
)
def test_a_model_falls_into_no_trap_that_the_patterns_avoid(sentence: str, reason: str) -> None:
    rows, counts, _ = propose({**RIGHT, "line": 1, "quote": sentence}, said=sentence)
    assert rows == []
    assert counts.dropped == {reason: 1}


def test_what_holds_for_the_account_names_no_thing_and_speech_has_its_seconds() -> None:
    said = "Parking is free for you."
    fact = {"line": 1, "thing": "", "attribute": "parking", "value": "Parking is free", "quote": said}
    (row,), _, _ = propose(fact, said=said)
    assert (row.entity, row.slot, row.value, row.confidence) == ("", "parking", "free", 0.8)
    assert (row.provenance.start, row.provenance.end, row.observed_at) == (1.0, 4.0, "2026-02-02")


def test_a_useless_answer_is_counted() -> None:
    model, counts = ScriptedChatModel(["no", "no"]), Counts("model")
    page = Page(id="page", source_id="s", url="u", title="Rooms", text=TEXT)
    assert asyncio.run(propose_rows([page], [], ProseReader(PACK, "en"), model, counts)) == []
    assert counts.dropped == {"unusable_answer": 1}

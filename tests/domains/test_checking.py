"""All faults of a pack are told at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.domains import check_pack, list_domains
from tests.domains.test_inheritance import COSMETICS, PACKS, write_pack

FAULTY = """\
extends: service
id: boats
languages: [en]
names: Boats
entity_slot: boot
screening: {keywords: [boat]}
acts:
  user:
    sail: [sail away]
topics: [thanks, mooring]
slots:
  boat: {type: entity, names: boat, headers: [boat]}
  length: {type: quantity, names: length, ask: [how much], headers: [length]}
  hull:
    type: category
    names: hull
    ask: [hull]
    need: "a hull"
    values: {wood: [wooden], oak: [wooden]}
    mined: true
    lacks: [plastic]
templates:
  en:
    agent: {recommend: ["Take {thing}."]}
chat: {off_topic: [mooring]}
"""


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    faults = check_pack(write_pack(tmp_path, FAULTY))
    found = [(fault.line, fault.severity, ".".join(map(str, fault.place))) for fault in faults]
    assert found == [
        (5, "error", "entity_slot"),
        (6, "warning", "screening.keywords"),
        (9, "error", "acts.user.sail"),
        (10, "warning", "topics"),
        (13, "error", "slots.length"),
        (13, "warning", "slots.length.ask"),
        (14, "error", "slots.hull"),
        (14, "warning", "slots.hull.headers"),
        (14, "warning", "slots.hull.question"),
        (18, "error", "slots.hull.need"),
        (19, "error", "slots.hull.values.oak"),
        (24, "error", "templates.en.agent.recommend"),
        (25, "warning", "chat.off_topic"),
    ]
    assert all(fault.fix for fault in faults)
    assert str(faults[0]).startswith(f"{tmp_path}/own.yaml:5: error: entity_slot: ")


def test_faults_of_form_are_told_at_once_too(tmp_path: Path) -> None:
    text = COSMETICS.replace("topics:", "topcis:").replace("{type: entity", "{type: thing, colour: red")
    found = {(fault.line, fault.place) for fault in check_pack(write_pack(tmp_path, text))}
    assert found == {(7, ("topcis",)), (9, ("slots", "item", "type")), (9, ("slots", "item", "colour"))}


@pytest.mark.parametrize("name", [*list_domains(), *(str(path) for path in sorted(PACKS.glob("[!l]*.yaml")))])
def test_packs_that_are_used_have_no_errors(name: str) -> None:
    assert [fault for fault in check_pack(name) if fault.severity == "error"] == []

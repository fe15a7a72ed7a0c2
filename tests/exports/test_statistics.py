"""What a data set is counted to rest on."""

from __future__ import annotations

from streamdial.exports import DataSet, EvidenceItem
from streamdial.exports.statistics import count_bases, count_statistics
from streamdial.records import Turn


def say(*evidence: str, realisation: str = "phrase") -> Turn:
    return Turn.model_validate(
        {
            "turn_id": 0,
            "role": "agent",
            "utterance": "a",
            "act": "answer",
            "evidence": evidence,
            "realisation": realisation,
        }
    )


def test_a_seed_line_is_no_evidence_of_the_stream(empty: DataSet) -> None:
    items = [EvidenceItem(key, kind, "text", "s") for key, kind in (
        ("q1", "question"), ("k1", "knowledge"), ("s#1", "seed"), ("p#/a", "given"), ("u1", "strategy"))]  # fmt: skip
    data = DataSet(empty.pack, ("en",), (), {}, {}, {}, evidence={item.id: item for item in items})
    turns = [
        say("q1", "s#1"),
        say("k1"),
        say("p#/a"),
        say("s#1", realisation="seed_line"),
        say("u1"),
        say(),
        say("unknown", realisation="model"),
    ]
    assert count_bases(data, turns) == {"stream": 2, "given": 1, "seed": 1, "inventory": 2, "model": 1}


def test_shares_are_of_all_turns(data: DataSet) -> None:
    counted = count_statistics(data)
    assert sum(counted.bases.values()) == counted.turns

"""What a run says it has before dialogues are made, and where it stops because that is too little."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import streamdial as sd
from streamdial.errors import MissingMaterialError
from streamdial.pipeline.material import list_missing
from streamdial.pipeline.results import Material

ENOUGH = Material(
    things=3, facts=41, statements=9, answers=20, questions=12, answered=8, users=4, agents=1, profiles=0, plans=0
)
CHAT = [
    "Is the Meridian electric?",
    "what does the SUV cost?",
    "Can I get a test drive with the sedan on Saturday?",
    "how far does the electric car go on one charge?",
    "I need a family car with 7 seats, budget 40k",
    "does the hybrid have all-wheel drive?",
]


def test_enough_is_enough() -> None:
    assert list_missing(ENOUGH, profiles=False, plans=False) == {}
    assert ENOUGH.describe().startswith(
        "3 things, 41 facts, 9 statements, 20 answers, 12 questions (8 answered), 4 user"
    )


@pytest.mark.parametrize(
    ("change", "given", "what"),
    [
        ({"facts": 0}, {}, "no facts"),
        ({"things": 0}, {}, "nothing that is sold"),
        ({"answers": 0}, {}, "nobody answers"),
        ({}, {"profiles": True}, "no given profile"),
        ({}, {"plans": True}, "no given plan"),
    ],
)
def test_what_is_missing_is_named_with_what_to_add(change: dict[str, int], given: dict[str, bool], what: str) -> None:
    missing = list_missing(replace(ENOUGH, **change), **{"profiles": False, "plans": False, **given})
    assert len(missing) == 1
    assert next(iter(missing)).startswith(what)
    assert all(fix for fix in missing.values())


def test_a_given_agent_answers_where_no_stream_does() -> None:
    assert list_missing(replace(ENOUGH, answers=0, profiles=1), profiles=True, plans=False) == {}


def test_a_chat_alone_ends_with_what_to_add(tmp_path: Path) -> None:
    source = tmp_path / "chat"
    source.mkdir()
    lines = [
        json.dumps({"text": text, "author": f"viewer{number}", "time": 10 * number}) for number, text in enumerate(CHAT)
    ]
    (source / "comments.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (source / "page.html").write_text(
        "<html><body><p>Our cars: SUV, sedan, electric car, test drive.</p></body></html>"
    )
    with sd.Pipeline(
        domain="automotive", sources=[str(source)], out=tmp_path / "run", dialogues=2, mode="planned"
    ) as run:
        with pytest.raises(MissingMaterialError, match=r"no facts, K is empty; nobody answers.*--allow-empty") as told:
            run.generate()
        assert told.value.exit_code == 3
    whole = tmp_path / "whole"
    with sd.Pipeline(
        domain="automotive",
        sources=[str(source)],
        out=whole,
        dialogues=2,
        mode="planned",
        min_turns=4,
        allow_empty=True,
    ) as run:
        assert any("made of 0 things, 0 facts" in note for counts in run.generate().counts for note in counts.notes)

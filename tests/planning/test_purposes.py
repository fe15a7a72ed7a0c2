"""An answer says what it leaves open of the question."""

from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.personas import Knowledge
from streamdial.planning.moves import Move
from streamdial.planning.purposes import qualify_answer
from streamdial.records import KnowledgeRow
from tests.dialogues.material import build_state, plan, say, share


def owe(
    words: str, slot: str = "trunk", value: str = "430", moves: tuple[Move, ...] = (), answer: str = ""
) -> list[str]:
    ask = say("user", "ask", words, entity="Aster", request={slot: "?"})
    told = plan("agent", "answer", entity="Aster", tell={slot: (value, None)}, moves=moves, answer=answer)
    return [move.key for move in qualify_answer(told, build_state(), ask)]


def test_a_figure_is_no_answer_to_whether_something_will_do() -> None:
    assert owe("does a stroller fit?") == ["no_promise"]
    assert owe("is that enough for a trip to the coast?", "range", "480") == ["no_promise"]
    assert owe("is the all-wheel drive reliable?", "drive", "awd") == ["no_promise"]
    assert owe("how big is the trunk?") == []
    assert owe("does it fit 5 people?", "seats", "5") == []  # a number is answered by a number


def test_nothing_is_owed_where_the_answer_concludes_or_nothing_was_said_yet() -> None:
    assert owe("") == []
    assert owe("does a stroller fit?", answer="A stroller fits in with the wheels off.") == []
    assert owe("is the range enough?", "range", "480", (Move("bridge", "fits", slot="range"),)) == []


@pytest.mark.parametrize(
    ("room", "words", "owed"),
    [
        ("童趣房", "能加床吗？", ["react.partly"]),
        ("听松房", "能加床吗？", []),
        ("童趣房", "带小孩怎么收费？", []),
        ("童趣房", "大人怎么收费？", []),
    ],
)
def test_a_text_that_leaves_out_the_word_asked_for_owns_up_to_it(room: str, words: str, owed: list[str]) -> None:
    policies = {"听松房": "小孩免费，加床100元", "童趣房": "小孩免费，婴儿床免费"}
    state = build_state("zh")
    state.pack = load_pack("hotel")
    state.knowledge = Knowledge(
        [
            KnowledgeRow(id=name, entity=name, slot="children_policy", value=value, text=value, **share("zh", name))
            for name, value in policies.items()
        ],
        state.pack,
    )
    ask = say("user", "ask", words, entity=room, request={"children_policy": "?"})
    told = plan("agent", "answer", entity=room, tell={"children_policy": (policies[room], None)})
    assert [move.key for move in qualify_answer(told, state, ask)] == owed

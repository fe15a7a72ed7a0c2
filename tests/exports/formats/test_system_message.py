from dataclasses import replace

import pytest

from streamdial.exports import DataSet, EvidenceItem, write_system_message
from streamdial.records import Layout, Observed, Turn
from tests.exports.conftest import make_agent, make_dialogue, make_row


def build(data: DataSet, *turns: Turn, **changes: object) -> tuple[DataSet, str]:
    """Return a data set whose agent knows two cars, and its system message for a dialogue of some turns."""
    row = make_row("k3", "price", "24900").model_copy(update={"entity": "Juniper"})
    agent = make_agent("a1")
    bounds = ("test drive", "Sells Meridian and Juniper", "Riverton", "We do not have it in green.")
    agent = agent.model_copy(
        update={
            "identity": Observed(text="Silver Leaf Motors, Live every evening, Riverton", evidence=("acc",)),
            "service_boundaries": tuple(Observed(text=text, evidence=("acc",)) for text in bounds),
            "knowledge": (*agent.knowledge, row),
            **changes,
        }
    )
    dialogue = make_dialogue("d1", *turns)
    known = replace(data, agents={"a1": agent}, dialogues=(dialogue,))
    return known, write_system_message(agent, known, dialogue)


def test_it_says_who_speaks_and_lists_of_each_thing_what_is_wished_and_told(data: DataSet) -> None:
    wish = Turn(turn_id=0, role="user", utterance="up to 50000", act="inform", inform={"price": "50000"})
    told = Turn(turn_id=1, role="agent", utterance="540 km.", act="answer", entity="Meridian", tell={"range": "540"})
    _, text = build(data, wish, told)
    head, *facts = text.splitlines()
    assert head.startswith("You are the assistant of Silver Leaf Motors. The account is this: Live every evening.")
    assert "You help with test drive. You sell Juniper and Meridian." in head and "green" not in head
    assert facts == ["What is known:", "- Meridian: price $46,900, range 540 km", "- Juniper: price $24,900"]


def test_what_the_account_said_itself_stands_where_a_turn_says_it(data: DataSet) -> None:
    said = EvidenceItem("r9", "response", "We wash it before you come.", "stream")
    known = replace(data, evidence={**data.evidence, "r9": said})
    turn = Turn(turn_id=0, role="agent", utterance="We wash it.", act="answer", evidence=("r9",))
    _, text = build(known, turn)
    assert text.splitlines()[-2:] == ["What the account says about it:", "- We wash it before you come."]
    fact = turn.model_copy(update={"entity": "Meridian", "tell": {"range": "540"}})
    assert "wash" not in build(known, fact)[1]


def test_an_agent_with_tools_has_no_facts_and_none_is_empty(data: DataSet) -> None:
    known, _ = build(data)
    agent = known.agents["a1"]
    assert "46,900" not in write_system_message(agent, known)
    assert write_system_message(agent, known, known.dialogues[0], kind="none") == ""


def test_the_blueprint_is_told_as_the_stages_of_the_path(data: DataSet) -> None:
    known, _ = build(data)
    text = write_system_message(known.agents["a1"], known, known.dialogues[0], kind="blueprint")
    lines = text.splitlines()
    assert lines[1:4] == [
        "Lead the dialogue through these stages:",
        "1. Questions: answer",
        "2. Closing: say goodbye",
    ]


@pytest.mark.parametrize("layout", [None, Layout()])
def test_only_a_style_that_was_given_is_told(data: DataSet, layout: Layout | None) -> None:
    _, text = build(data, layout=layout)
    assert ("Your manner: calm." in text) == (layout is not None)

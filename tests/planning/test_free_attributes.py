"""An attribute that no slot of the pack has is told to whom asks for it by its name."""

from __future__ import annotations

import pytest

from streamdial.personas import Knowledge
from streamdial.planning import MinedAnswers, collect_answers
from streamdial.planning.free_attributes import word_free_row
from streamdial.records import KnowledgeRow, Language, UserQuestion
from tests.dialogues.material import PACK, build_knowledge, build_reader, share


def build_row(entity: str, slot: str, text: str, *, language: Language = "en") -> KnowledgeRow:
    return KnowledgeRow(id=f"k-{entity}-{slot}", entity=entity, slot=slot, value=text, text=text, **share(language))


def collect(text: str, *rows: KnowledgeRow, **more: object) -> MinedAnswers:
    language = rows[0].language
    fields = {"id": "q1", "text": text, "raw_text": text, "act": "ask", **share(language), **more}
    knowledge = Knowledge((*build_knowledge(language).rows, *rows), PACK)
    return collect_answers([], [UserQuestion.model_validate(fields)], {}, knowledge, build_reader(language))


CLEARANCE = build_row("Calder", "ground clearance", "180 mm")


def test_a_free_attribute_is_answered_in_a_sentence_with_its_row() -> None:
    answers = collect("what about the Ground Clearance of the Calder?", CLEARANCE, entities=("Calder",))
    found = answers.find(["q1"], "Calder")
    assert found is not None
    assert found.text == "The ground clearance of the Calder is 180 mm."
    assert found.evidence == (CLEARANCE.id,)
    assert [question.text for question in answers.questions] == ["what about the Ground Clearance of the Calder?"]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("what about the ground clearance?", {}),
        ("what about the ground clearance?", {"entities": ("Calder", "Aster")}),
        ("what about the ground clearance?", {"entities": ("Aster",)}),
        ("what about the clearance?", {"entities": ("Calder",)}),
        ("the ground clearance is too low", {"entities": ("Calder",), "act": "object"}),
        ("ground clearance and range?", {"entities": ("Calder",), "asks": ("range",)}),
    ],
)
def test_of_another_thing_of_several_or_beside_a_slot_it_is_not(text: str, more: dict[str, object]) -> None:
    assert len(collect(text, CLEARANCE, **more)) == 0


def test_what_holds_for_everything_answers_for_a_thing_and_the_longest_name_counts() -> None:
    rows = (build_row("", "gift card", "$20"), build_row("", "card", "accepted"))
    found = collect("is there a gift card?", *rows, entities=("Calder",)).find(["q1"], "Calder")
    assert found is not None
    assert found.text == "Gift card: $20."
    assert found.entities == ()


def test_a_sentence_is_written_in_the_language_of_its_row() -> None:
    assert word_free_row(build_row("晨曦", "离地间隙", "180毫米", language="zh")) == "晨曦的离地间隙是180毫米。"
    assert word_free_row(build_row("", "离地间隙", "180毫米", language="zh")) == "离地间隙：180毫米。"


def test_a_statement_of_a_page_can_be_said_of_its_thing_unasked() -> None:
    rows = [
        build_row("Calder", "statement 1", "The third row of the Calder folds flat into the floor."),
        build_row("Calder", "statement 2", "For two the Calder is what we recommend."),
    ]
    answers = collect("hello", *rows)
    assert [said.text for said in answers.list_statements("Calder", ("answer",))] == [rows[0].text]
    assert answers.list_statements("Calder", ("answer",))[0].evidence == rows[0].id


def test_what_a_viewer_told_is_said_as_theirs_and_after_what_the_account_says() -> None:
    told = build_row("Calder", "testimony 1", "ours has been quiet on gravel roads")
    own = build_row("Calder", "statement 1", "The third row of the Calder folds flat into the floor.")
    said = collect("hello", told, own).list_statements("Calder", ("answer",))
    assert [one.text for one in said] == [
        own.text,
        'A viewer tells of the Calder: "ours has been quiet on gravel roads".',
    ]
    assert said[-1].evidence == told.id
    assert said[-1].slots == ()

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.personas import Knowledge, ProseReader, extract_knowledge, is_statement, is_testimony, word_testimony
from streamdial.personas.prose_facts import split_prose
from streamdial.records import AgentResponse, Correction, KnowledgeRow, Message, Page, Provenance, Table

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "prose" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
]
PACK = load_pack("automotive")
TABLE = Table(header=("Model", "Price", "Warranty"), rows=(("Larkspur", "$41,200", "5 years"),))


def build_page(text: str, *, title: str = "Cars", published: str | None = None, tables: tuple[Table, ...] = ()) -> Page:
    return Page(id=title, source_id="s", url=f"u/{title}", title=title, text=text, tables=tables, published=published)


def say(text: str, *entities: str, corrections: tuple[Correction, ...] = ()) -> AgentResponse:
    return AgentResponse(
        id=text,
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="rec", start=10.0, end=20.0),
        text=text,
        raw_text=text,
        start=10.0,
        end=20.0,
        entities=entities,
        corrections=corrections,
    )


def reply(text: str, **changes: Any) -> Message:
    return Message.model_validate(
        {"id": text, "source_id": "rec", "text": text, "time": 5.0, "parent": "question", **changes}
    )


def list_rows(*, counts: Counts | None = None, pages: Any = (), **given: Any) -> list[KnowledgeRow]:
    responses = given.pop("responses", ())
    return extract_knowledge(
        pages, responses, PACK, "en", counts or Counts("k"), **{"things": ("Larkspur", "Tamarind"), **given}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_each_sentence_gives_exactly_its_facts(case: dict[str, Any]) -> None:
    reader = ProseReader(load_pack(case["domain"]), case["language"], case["things"])
    dropped: Counter[str] = Counter()
    facts = reader.read(case["text"], dropped, topic=case.get("topic", ""))
    assert sorted(fact[:3] for fact in facts) == sorted(map(tuple, case["rows"]))
    for fact in facts:
        assert fact.text in fact.quote
        assert case["text"][fact.start : fact.end]


def test_there_are_sentences_of_both_languages_with_facts_and_with_traps() -> None:
    assert len(CASES) >= 80
    for language in ("en", "zh"):
        own = [case for case in CASES if case["language"] == language]
        assert sum(bool(case["rows"]) for case in own) >= 15
        assert sum(not case["rows"] for case in own) >= 15


def test_a_decimal_point_and_an_abbreviation_end_no_sentence() -> None:
    text = "It takes 5.9 s. We are at 3 St. Mary Lane. Come!"
    assert [text[start:end] for start, end in split_prose(text)] == [
        "It takes 5.9 s.",
        "We are at 3 St. Mary Lane.",
        "Come!",
    ]


def test_a_thing_is_carried_over_two_sentences_and_no_further() -> None:
    reader = ProseReader(PACK, "en", ("Larkspur",))
    rest = " The seats are soft." * 2
    assert reader.read("Here is the Larkspur. The seats are soft. The range is 500 km.", Counter())
    dropped: Counter[str] = Counter()
    assert not reader.read(f"Here is the Larkspur.{rest} The range is 500 km.", dropped)
    assert dropped == {"no_thing": 1}


def test_page_prose_gives_rows_with_the_place_of_their_sentence() -> None:
    text = "Our cars\nThe Larkspur is fast. It has a range of 505 km.\nCome and see it."
    (row,) = list_rows(pages=[build_page(text)])
    assert (row.entity, row.slot, row.value, row.unit, row.confidence) == ("Larkspur", "range", "505", "km", 0.9)
    place = slice(row.provenance.char_start, row.provenance.char_end)
    assert text[place] == "It has a range of 505 km."
    assert row.provenance.url == "u/Cars"


def test_a_heading_and_a_title_say_what_the_lines_below_are_about() -> None:
    page = build_page("Tamarind: the small one\nThe range is 430 km.\nFinancing\nThe battery holds 64 kWh.")
    assert [(row.entity, row.slot) for row in list_rows(pages=[page])] == [("Tamarind", "range")]
    page = build_page("Data\nThe range is 505 km.", title="The Larkspur | Dealer")
    assert [(row.entity, row.slot) for row in list_rows(pages=[page])] == [("Larkspur", "range")]


def test_rows_of_tables_in_the_text_of_a_page_are_not_read_as_prose() -> None:
    page = build_page("Larkspur | electric | 505 km of range.\n| Larkspur | 7 seats. |")
    assert list_rows(pages=[page]) == []


def test_speech_gives_rows_with_the_seconds_of_their_sentence() -> None:
    (row,) = list_rows(responses=[say("Yes, good point. The Larkspur has a range of 505 km.", "Larkspur")])
    assert row.confidence == 0.8
    assert row.provenance.start is not None
    assert 12 < row.provenance.start < 15
    assert row.provenance.end == 20.0


def test_what_was_taken_out_of_an_answer_is_no_row() -> None:
    counts = Counts("k")
    wrong = Correction(before="505 km", after="", reason="inconsistent", evidence=("page",))
    assert not list_rows(
        responses=[say("The Larkspur has a range of 505 km.", "Larkspur", corrections=(wrong,))], counts=counts
    )
    assert counts.dropped == {"inconsistent": 1}


def test_the_title_of_a_recording_names_the_thing_where_no_answer_does() -> None:
    said = say("The range is 505 km.")
    assert not list_rows(responses=[said])
    assert [row.entity for row in list_rows(responses=[said], about="Larkspur")] == ["Larkspur"]


@pytest.mark.parametrize("changes", [{"parent": None}, {"by_host": True}])
def test_a_viewer_counts_in_a_reply_alone(changes: dict[str, Any]) -> None:
    text = "the Larkspur has a range of 505 km"
    (row,) = list_rows(messages=[reply(text)])
    assert (row.value, row.confidence, row.provenance.start) == ("505", 0.6, 5.0)
    assert not list_rows(messages=[reply(text, **changes)])


def test_a_table_comes_before_prose_before_the_host_before_a_viewer() -> None:
    def settle(*left_out: str) -> str | None:
        table = build_page("x", title="table", tables=(TABLE,))
        prose = build_page("The Larkspur costs $42,000.", title="prose")
        rows = list_rows(
            pages=[page for page in (prose, table) if page.title not in left_out],
            responses=[] if "host" in left_out else [say("The Larkspur costs $43,000.", "Larkspur")],
            messages=[reply("the Larkspur costs $44,000")],
        )
        row = Knowledge(rows, PACK).get("Larkspur", "price")
        return row.value if row else None

    assert settle() == "41200"
    assert settle("table") == "42000"
    assert settle("table", "prose") == "43000"
    assert settle("table", "prose", "host") == "44000"


def test_a_newer_host_replaces_prose_and_a_newer_viewer_replaces_nothing() -> None:
    page = build_page("The Larkspur costs $42,000.", published="2026-01-01")
    said = [say("The Larkspur costs $43,000.", "Larkspur")]
    rows = list_rows(pages=[page], responses=said, told_on="2026-02-01")
    assert {row.value for row in rows if row.holds} == {"43000"}
    rows = list_rows(pages=[page], messages=[reply("the Larkspur costs $44,000")], told_on="2026-02-01")
    assert {row.value for row in rows if row.holds} == {"42000"}


def test_words_for_what_a_table_says_are_no_other_version() -> None:
    counts = Counts("k")
    page = build_page("The Larkspur has an 8-year warranty.", tables=(TABLE,))
    rows = list_rows(pages=[page], counts=counts)
    assert [row.value for row in rows if row.slot == "warranty"] == ["5 years"]
    assert counts.dropped["in_other_words"] == 1
    assert counts.asked == counts.kept + sum(counts.dropped.values())


def test_lines_of_name_and_value_are_a_table_with_attributes_that_no_slot_has() -> None:
    text = "Tamarind\nPrice: $28,400\nGround clearance: 180 mm\nBody: hatchback\nWrite to us: tomorrow we answer."
    counts = Counts("k")
    rows = list_rows(pages=[build_page(text)], counts=counts)
    assert (counts.asked, counts.kept, counts.dropped) == (4, 4, {})
    assert [(row.entity, row.slot, row.value, row.number, row.unit) for row in rows] == [
        ("Tamarind", "price", "28400", 28400.0, "USD"),
        ("Tamarind", "ground clearance", "180 mm", 180.0, "mm"),
        ("Tamarind", "body_type", "hatchback", None, None),
        ("Tamarind", "write to us", "tomorrow we answer.", None, None),
    ]
    place = slice(rows[0].provenance.char_start, rows[0].provenance.char_end)
    assert text[place].startswith("Price: $28,400\nGround")


def test_a_list_without_a_known_attribute_may_be_about_anything() -> None:
    assert not list_rows(pages=[build_page("Tamarind\nAuthor: nobody\nGround clearance: 180 mm")])


def test_a_sentence_without_values_about_one_thing_is_kept_as_a_statement() -> None:
    text = (
        "The third row of the Larkspur folds flat into the floor. It can be done with one hand.\n"
        "Does the third row of the Larkspur fold flat? The Larkspur and the Tamarind share a dashboard.\n"
        "The Larkspur will not fit every garage. The Larkspur has two doors at the back."
    )
    (row,) = list_rows(pages=[build_page(text)])
    assert (row.entity, row.text) == ("Larkspur", "The third row of the Larkspur folds flat into the floor.")
    assert is_statement(row)
    assert text[row.provenance.char_start : row.provenance.char_end] == row.text
    knowledge = Knowledge([row], PACK)
    assert (knowledge.rows, knowledge.free) == ((), (row,))


def test_two_names_of_one_thing_are_one_and_the_row_keeps_what_was_written() -> None:
    counts = Counts("k")
    table = Table(header=("Model", "Price"), rows=(("Nimbus G7", "$41,200"),))
    short = Table(header=("Model", "Range"), rows=(("G7", "505 km"),))
    rows = list_rows(
        pages=[build_page("x", tables=(table, short))], responses=[say("The G7 seats five.")], counts=counts
    )
    assert {(row.entity, row.slot) for row in rows} >= {("Nimbus G7", name) for name in ("price", "range", "seats")}
    assert {row.entity for row in rows} == {"Nimbus G7"}
    assert any("G7 and Nimbus G7" in note for note in counts.notes)


def test_a_short_name_of_two_things_stays_a_thing_of_its_own() -> None:
    tables = [Table(header=("Model", "Price"), rows=((name, "$41,200"),)) for name in ("Nimbus G7", "Cirrus G7", "G7")]
    rows = list_rows(pages=[build_page("x", tables=tuple(tables))])
    assert {row.entity for row in rows} == {"Nimbus G7", "Cirrus G7", "G7"}


def test_what_a_viewer_tells_is_kept_as_theirs_and_overrides_nothing() -> None:
    told = reply("My Larkspur has been quiet on the motorway all winter", parent=None)
    page = build_page("x", tables=(TABLE,))
    rows = list_rows(pages=[page], messages=iter([told]), testimonies={told.id})
    (row,) = [row for row in rows if is_testimony(row)]
    assert (row.entity, row.confidence, row.provenance.derived_from) == ("Larkspur", 0.6, (told.id,))
    assert (
        word_testimony(row)
        == 'A viewer tells of the Larkspur: "My Larkspur has been quiet on the motorway all winter".'
    )
    assert {r.id for r in rows if r is not row} == {r.id for r in list_rows(pages=[page])}


@pytest.mark.parametrize(
    "text",
    [
        "My Larkspur cost me $39,000 last summer",
        "Is the Larkspur quiet on the motorway",
        "I would love to drive the Larkspur some day soon",
        "the seats are really comfortable on long trips",
        "the Larkspur is great",
        "the Larkspur is quieter for us and the Tamarind is louder",
    ],
)
def test_values_questions_wishes_and_what_names_no_one_thing_are_no_testimony(text: str) -> None:
    assert not list_rows(messages=[reply(text, parent=None)], testimonies={text})

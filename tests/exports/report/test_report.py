import base64
import html
import json
import re
from dataclasses import replace
from typing import Any

from streamdial.exports import DataSet, render_report
from streamdial.exports._templates import read_asset
from streamdial.exports.labels import TOOL_WORDS, WORDS
from streamdial.exports.phase_labels import REASONS
from streamdial.exports.report.data import iterate_report_data
from streamdial.exports.report.dialogues import CHUNK, DialogueWriter
from streamdial.exports.report.page import dump_inert_json
from streamdial.exports.report.plots import count_lengths
from streamdial.records import Turn
from tests.conftest import ROOT
from tests.exports.conftest import NASTY, make_dialogue


def test_embedded_json_holds_no_markup_and_reads_back(data: DataSet) -> None:
    dumped = dump_inert_json({"text": NASTY})
    assert not set("<>&\u2028\u2029") & set(dumped)
    assert json.loads(dumped) == {"text": NASTY}


def read_element(page: str, name: str) -> Any:
    block = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert block
    return json.loads(block[1])


def test_mined_text_cannot_end_a_data_block(data: DataSet) -> None:
    page = render_report(data)
    assert page.count("<script") == page.count("</script>") == 6, "head, columns, words, evidence, one part, the code"
    assert "<img" not in page
    assert read_element(page, "talks")["id"] == ["d1", "d2", "d3"], "the dropped one comes last"
    assert read_element(page, "talks")["kept"] == 2
    assert read_element(page, "texts")[1] == f"Hello {NASTY}"
    head = read_element(page, "data")
    assert head["sources"] == {"stream": "Friday | evening"}
    assert head["dropped"] == [["d3", "d1", 0.98, 0.95, "repeats"]]


def test_evidence_is_named_by_place_and_comes_once(data: DataSet) -> None:
    evidence = read_element(render_report(data), "evidence")
    # The identity rests on an account record the data set was not given.
    assert {row[0]: evidence["kinds"][row[1]] for row in evidence["rows"]} == {
        "q1": "question", "acc": "unknown", "r1": "response", "k2": "knowledge", "seed-1#2": "seed",
    }  # fmt: skip
    assert evidence["lengths"] == {"stream": 146.0}
    assert sorted(evidence["sources"]) == ["", "page", "seed-1", "stream"]


def test_turns_are_written_without_what_is_empty(data: DataSet) -> None:
    writer = DialogueWriter(data.pack, lambda ids: [len(key) for key in ids])
    body = dict(writer.write(data.list_dialogues(), []))
    turns, record = body["chunk"][0]
    # Role, act, stage, strategy, wording, evidence, inform, request, tell, entity.
    assert turns[0] == [0, 0, 0, -1, 0, [2], [["seats", "7 seats"]], ["range"], [], "Meridian"]
    assert turns[1] == [1, 1, 0, 0, 1, [2, 2], [], [], [["range", "540 km"]], "Meridian"]
    assert record["seed"] == 7
    assert "goals" not in record
    words = body["talks"]["words"]
    assert words["act"] == ["ask", "answer", "thank", "greet"]
    assert body["talks"]["act"] == [[0, 1, 2], [3]]
    assert words["user"] == ["u1", "u2"]
    assert body["talks"]["first"] == [0, 0], "d2 has no user turn: it begins with its first"


def test_many_dialogues_are_dealt_to_parts(data: DataSet) -> None:
    dialogue = data.list_dialogues()[0]
    many = [dialogue.model_copy(update={"id": f"x{number}"}) for number in range(CHUNK + 1)]
    written = DialogueWriter(data.pack, lambda _: []).write(many, [])
    assert [len(part) for name, part in written if name == "chunk"] == [CHUNK, 1]


def test_lengths_of_turns_are_counted_by_side_and_language(data: DataSet) -> None:
    said = [("user", "one two"), ("agent", "one two three"), ("user", "four")]
    turns = [
        Turn.model_validate({"turn_id": n, "role": role, "utterance": text, "act": "ask"})
        for n, (role, text) in enumerate(said)
    ]
    zh = Turn(turn_id=0, role="agent", utterance="七座", act="answer")
    dialogues = (make_dialogue("d1", *turns), make_dialogue("d2", zh, language="zh"))
    assert count_lengths(dialogues) == {
        "en": {"width": 1, "more": False, "user": [0, 1, 1, 0], "agent": [0, 0, 0, 1]},
        "zh": {"width": 1, "more": False, "user": [0, 0, 0], "agent": [0, 0, 1]},
    }
    long = Turn(turn_id=0, role="user", utterance="word " * 300, act="ask")
    short = [Turn(turn_id=n, role="user", utterance="word", act="ask") for n in range(200)]
    bars = count_lengths((make_dialogue("d1", long, *short),))["en"]
    assert bars == {"width": 1, "more": True, "user": [0, 201], "agent": [0, 0]}, "one long turn flattens no plot"


def test_the_page_asks_nothing_of_any_server(data: DataSet) -> None:
    page = render_report(data)
    assert "default-src 'none'" in html.unescape(page)
    code = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert not re.findall(r"\b(?:src|href)=[\"']?http|@import|url\((?!#)|fetch\(|XMLHttpRequest|innerHTML", code)
    assert re.findall(r"https?://[^\s\"'/)]+", code) == ["http://www.w3.org"]


def test_every_text_of_the_page_is_there_in_both_languages(data: DataSet) -> None:
    page = render_report(data)
    head = read_element(page, "data")
    texts = head["texts"]
    for table in (*head["labels"].values(), *head["measures"].values()):
        assert all(len(pair) == 2 and all(pair) for pair in table.values())
    assert all(len(pair) == 2 and all(pair) for pair in texts.values())
    used = set(re.findall(r'\bt\("(\w+)"\)|section\("(\w+)"', page))
    assert {first or second for first, second in used} <= set(texts)


def test_a_picture_of_a_card_travels_inside_the_page_once(data: DataSet) -> None:
    jpeg = b"\xff\xd8\xff\xe0<script>"
    body = dict(iterate_report_data(replace(data, pictures={"k2": jpeg, "r1": jpeg})))["evidence"]
    written = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
    assert body["pictures"] == [written]
    assert {row[0]: row[7] for row in body["rows"] if len(row) > 7} == {"k2": 0, "r1": 0}
    assert "pictures" not in dict(iterate_report_data(data))["evidence"], "a page without cards is as it was"
    assert written in render_report(replace(data, pictures={"k2": jpeg}))


def test_every_reason_that_the_phases_drop_for_has_a_name_in_both_languages() -> None:
    rooms = (
        "sources",
        "screen",
        "signals",
        "personas",
        "blueprints",
        "dialogues",
        "environment",
        "tooluse",
        "filtering",
    )
    known = {**REASONS, **WORDS, **TOOL_WORDS}
    used = {
        reason
        for room in rooms
        for path in (ROOT / "streamdial" / room).rglob("*.py")
        for reason in re.findall(r'\.drop\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert len(used) > 40
    assert not used - set(known)


def test_what_phases_note_is_said_in_chinese_with_words_that_phases_still_write() -> None:
    notes: list[list[str]] = json.loads(read_asset("report", "notes.json"))
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "streamdial").rglob("*.py"))
    for pattern, words in notes:
        assert {int(place) for place in re.findall(r"\$(\d)", words)} <= set(range(1, re.compile(pattern).groups + 1))
        parts = re.findall(r"[A-Za-z][A-Za-z ]+[A-Za-z]", re.sub(r"\\.|\(\?:.*?\)", "|", pattern))
        longest = max(parts, key=len)
        assert len(longest) > 6 and longest in code, pattern

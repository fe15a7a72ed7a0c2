from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import PACK, build_bank, build_reader, say, share

from streamdial.dialogues import Line, LineBank, collect_lines
from streamdial.dialogues.bank import choose_diverse
from streamdial.dialogues.lines import Signature, build_line, delexicalise, fill_placeholders, keep_facts
from streamdial.domains import Retrieval, list_domains, load_pack, load_seeds
from streamdial.records import AgentResponse, Language, PairScore, QAPair, UserQuestion
from streamdial.slots import SlotReader
from streamdial.testing import HashingEmbedder


def make_line(template: str, **more: object) -> Line:
    fields: dict[str, object] = {
        "signature": Signature("agent", "answer", frozenset(), frozenset(), frozenset(), False),
        "names_entity": "{entity}" in template,
        "previous": "",
        "evidence": "e",
    }
    return Line(template, **{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "values", "template"),
    [
        ("The Aster goes 480 km.", {"range": "480"}, "The {entity} goes {range#} km."),
        ("It's a 7-seater for $38,900.", {"seats": "7", "price": "38900"}, "It's a {seats#}-seater for {price}."),
        ("An electric SUV, yes.", {"energy": "electric", "body_type": "suv"}, "An {energy} {body_type}, yes."),
        ("About thirty minutes.", {"charging_time": "30"}, "About {charging_time#} minutes."),
        ("You get eight years on the battery.", {"warranty": "eight years on the battery"}, "You get {warranty}."),
        ("Welcome!", {}, "Welcome!"),
    ],
)
def test_facts_are_taken_out_of_english_lines(text: str, values: dict[str, str], template: str) -> None:
    assert delexicalise(text, build_reader(), values, "Aster") == (template, "{entity}" in template)


@pytest.mark.parametrize(
    ("text", "values", "template"),
    [
        ("晨曦续航510公里。", {"range": "510"}, "{entity}续航{range#}公里。"),
        ("指导价19.98万，5座", {"price": "199800", "seats": "5"}, "指导价{price}，{seats#}座"),
        ("给您留一张8位的桌", {"seats": "8"}, "给您留一张{seats#}位的桌"),
        ("是四驱的SUV", {"drive": "awd", "body_type": "suv"}, "是{drive}的{body_type}"),
    ],
)
def test_facts_are_taken_out_of_chinese_lines(text: str, values: dict[str, str], template: str) -> None:
    found = delexicalise(text, build_reader("zh"), values, "晨曦")
    assert found is not None
    assert found[0] == template


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("The Aster goes 480 km in 28 minutes.", {"range": "480"}),  # a fact nobody declared
        ("The Aster goes far, 480 or so.", {}),  # a figure of no slot
        ("The Aster goes far.", {"range": "480"}),  # a declared fact that is not there
        ("The Calder is nicer.", {}),  # another thing by name
        ("An SUV, and not only that.", {}),
        ("It goes 480 km, really 480 km.", {"range": "480"}),
        ("Use {braces}.", {}),
    ],
)
def test_a_line_with_a_fact_that_stays_in_it_is_refused(text: str, values: dict[str, str]) -> None:
    assert delexicalise(text, build_reader(), values, "Aster") is None


def test_a_name_with_digits_is_taken_out_whole() -> None:
    assert delexicalise("The Model 7 beats the Aster.", build_reader(), {}, "Model 7", "Aster") == (
        "The {entity} beats the {other}.",
        True,
    )


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("The {entity} goes {range#} km.", {"range": ("640", "km")}, "The Calder goes 640 km."),
        ("It has {seats}.", {"seats": ("1", "seats")}, "It has 1 seat."),
        ("{price#} dollars", {"price": ("38900", "USD")}, "38,900 dollars"),
        ("For {price}.", {"price": ("38900", "USD")}, "For $38,900."),
        ("a {body_type} or an {body_type}", {"body_type": ("suv", None)}, "an SUV or an SUV"),
        ("A {body_type} for an hour a day", {"body_type": ("sedan", None)}, "A sedan for an hour a day"),
        ("an {seats#}-seater", {"seats": ("7", None)}, "a 7-seater"),
        ("a {seats#}-seater", {"seats": ("8", None)}, "an 8-seater"),
        ("a {entity} against the {other}", {}, "a Calder against the Aster"),
    ],
)
def test_other_facts_are_put_in(template: str, values: dict[str, tuple[str, str | None]], text: str) -> None:
    assert make_line(template).fill(PACK, "en", values, "Calder", "Aster") == text


@pytest.mark.parametrize(
    ("value", "article"),
    [
        ("SUV", "an"), ("sedan", "a"), ("MPV", "an"), ("estate", "an"), ("8-seater", "an"), ("80 kWh", "an"),
        ("11 kW", "an"), ("18-inch", "an"), ("110 kWh", "a"), ("180 km", "a"), ("$8,000 bonus", "an"),
        ("$1,500 bonus", "a"), ("unit", "a"), ("European one", "a"), ("one-time offer", "a"), ("hour", "an"),
        ("upgrade", "an"), ("used one", "a"), ("hotel", "a"),
    ],
)  # fmt: skip
def test_the_article_follows_the_sound(value: str, article: str) -> None:
    for given_article in ("a", "an"):
        assert fill_placeholders(f"it is {given_article} {{x}}", lambda *_: value) == f"it is {article} {value}"


REFILLS = st.fixed_dictionaries(
    {
        "range": st.integers(100, 999).map(str),
        "price": st.integers(1_000, 99_999).map(str),
        "body_type": st.sampled_from(list(PACK.slots["body_type"].values)),
        "seats": st.integers(2, 9).map(str),
    }
)
TEMPLATES: dict[Language, str] = {
    "en": "The {entity} is {body_type}, {seats}, goes {range} and costs {price}.",
    "zh": "{entity}是{body_type}，{seats}，续航{range}，价格{price}。",
}


@given(first=REFILLS, second=REFILLS, language=st.sampled_from(["en", "zh"]))
def test_a_line_filled_and_taken_apart_again_is_the_same_line(
    first: dict[str, str], second: dict[str, str], language: Language
) -> None:
    reader = SlotReader(PACK, language, ["Aster", "Calder"])
    line = make_line(TEMPLATES[language])

    def fill(values: dict[str, str], name: str) -> str:
        return line.fill(PACK, language, {slot: (value, None) for slot, value in values.items()}, name, "")

    found = delexicalise(fill(first, "Aster"), reader, first, "Aster")
    assert found is not None
    again = make_line(found[0]).fill(
        PACK, language, {slot: (value, None) for slot, value in second.items()}, "Calder", ""
    )
    assert again == fill(second, "Calder")


@pytest.mark.parametrize("domain", list_domains())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_seed_turns_become_lines_that_say_the_same_when_refilled(domain: str, language: Language) -> None:
    pack = load_pack(domain)
    turns = made = 0
    for seed in load_seeds(load_pack(domain), language):
        names = {
            name
            for turn in seed.turns
            for name in (
                turn.entity,
                turn.other,
                turn.inform.get(pack.entity_slot, ""),
                turn.tell.get(pack.entity_slot, ""),
            )
        }
        reader = SlotReader(pack, language, names - {""})
        for turn in seed.turns:
            turns += 1
            line = build_line(turn, reader, previous="", evidence="e")
            if line is None:
                continue
            made += 1
            assert not any(character.isdigit() for character in line.template.replace("#", ""))
            other = turn.other or turn.inform.get(pack.entity_slot) or turn.tell.get(pack.entity_slot) or ""
            values = {slot: (value, None) for slot, value in {**turn.inform, **turn.tell}.items()}
            refilled = line.fill(pack, language, values, turn.entity, other)
            again = delexicalise(
                refilled, reader, {**turn.inform, **turn.tell}, turn.entity, other if other != turn.entity else ""
            )
            assert again is not None, (turn.utterance, refilled)
    assert made / turns >= 0.85, f"{made} of {turns}"


def test_a_line_keeps_what_it_does_and_what_came_before() -> None:
    turn = say("agent", "answer", "The Aster goes 480 km.", tell={"range": "480"}, entity="Aster")
    line = build_line(turn, build_reader(), previous="how far?", evidence="seed#3", outcome="success")
    assert line is not None
    assert line.signature == Signature("agent", "answer", frozenset(), frozenset(), frozenset({"range"}), False)
    assert (line.names_entity, line.previous, line.evidence, line.outcome) == (True, "how far?", "seed#3", "success")


def test_what_is_longer_than_a_turn_is_no_line() -> None:
    assert build_line(say("agent", "answer", "well " * 41), build_reader(), previous="", evidence="e") is None
    assert build_line(say("agent", "answer", "好" * 71), build_reader("zh"), previous="", evidence="e") is None


def make_question(name: str, text: str, **more: object) -> UserQuestion:
    return UserQuestion.model_validate(
        {"id": name, "text": text, "raw_text": text, "act": "ask", **share("en"), **more}
    )


def make_response(name: str, text: str, **more: object) -> AgentResponse:
    return AgentResponse.model_validate({"id": name, "text": text, "raw_text": text, **share("en"), **more})


def make_pair(question: str, response: str) -> QAPair:
    score = PairScore(time=1, meaning=1, entities=1, total=1)
    return QAPair(
        id="p", question_id=question, response_id=response, question="how far?", answer="a", score=score, **share("en")
    )


def test_signals_become_lines_too() -> None:
    questions = [
        make_question("q1", "how far does the Aster go?", asks=("range",), entities=("Aster",)),
        make_question("q2", "续航多少", asks=("range",), language="zh"),
    ]
    responses = {
        "r1": make_response("r1", "The Aster goes 480 km.", tells={"range": "480"}, entities=("Aster",)),
        "r2": make_response("r2", "Who else wants the Aster?", entities=("Aster",)),
        "r3": make_response("r3", "Everything is 480 km.", tells={"range": "480"}),
    }
    pairs = [make_pair("q1", name) for name in ("r1", "r2", "r3", "absent")]
    lines = {
        line.evidence: line
        for line in collect_lines(
            build_reader(), seeds=(), questions=questions, responses=responses, pairs=pairs, acts={"r1": "recommend"}
        )
    }
    assert set(lines) == {"q1", "r1"}
    assert lines["q1"].template == "how far does the {entity} go?"
    # It tells what was asked, whatever its strategy: an answer.
    assert (lines["r1"].signature.act, lines["r1"].previous) == ("answer", "how far?")


def test_each_template_is_kept_once() -> None:
    questions = [
        make_question(f"q{number}", f"is {number + 5} seats enough?", slots={"seats": str(number + 5)}, act="inform")
        for number in range(3)
    ]
    lines = collect_lines(build_reader(), seeds=(), questions=questions)
    assert [(line.template, line.evidence) for line in lines] == [("is {seats#} seats enough?", "q0")]


def test_the_bank_finds_lines_of_the_same_signature_that_were_not_used() -> None:
    signature = Signature("agent", "answer", frozenset(), frozenset(), frozenset({"range"}), False)
    lines = [
        make_line("It goes {range}.", signature=signature, evidence="a"),
        make_line("The {entity} goes {range}.", signature=signature, evidence="b"),
        make_line("Hi!", evidence="c"),
    ]
    bank = LineBank(lines, HashingEmbedder())
    assert bank.find_same(signature, used=set(), names_entity=False) == lines[:2]
    assert bank.find_same(signature, used={"a"}, names_entity=False) == lines[1:2]
    assert bank.find_same(signature, used=set(), names_entity=True) == lines[1:2]
    assert bank.find_same(signature._replace(act="close"), used=set(), names_entity=False) == []


async def test_replies_are_found_by_what_the_other_side_had_said() -> None:
    lines = [
        make_line("far", previous="how far does it go", evidence="a"),
        make_line("cheap", previous="how much is it", evidence="b"),
        make_line("nothing before", previous="", evidence="c"),
    ]
    bank = LineBank(lines, HashingEmbedder(512))
    two = Retrieval(count=2, least_similarity=-1, diversity=0)
    found = await bank.retrieve("agent", "and how far does this one go", used=set(), options=two)
    assert [line.template for line in found] == ["far", "cheap"]
    assert await bank.retrieve("agent", "how far", used={"a", "b"}, options=two) == []
    assert await bank.retrieve("user", "how far", used=set(), options=two) == []
    assert await bank.compare("same words", "same words") == pytest.approx(1.0, abs=1e-5)


def test_the_bank_of_package_seeds_knows_both_sides() -> None:
    roles = {line.signature.role for line in build_bank().lines}
    assert roles == {"user", "agent"}


def test_a_turn_that_takes_a_wish_back_is_no_line() -> None:
    back = say("user", "inform", "No parking after all", inform={"price": ""})
    assert build_line(back, build_reader(), previous="", evidence="s#1") is None


def test_lines_shown_together_differ_from_each_other() -> None:
    scores = np.asarray([0.9, 0.89, 0.5], dtype=np.float32)
    vectors = np.asarray([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert choose_diverse(scores, vectors, 2, 0.0) == [0, 1]
    # The second says the same as the first: 0.5 * 0.89 - 0.5 * 1 is less than 0.5 * 0.5 - 0.5 * 0.
    assert choose_diverse(scores, vectors, 2, 0.5) == [0, 2]


async def test_lines_less_like_than_asked_for_are_not_shown() -> None:
    signature = Signature("agent", "answer", frozenset(), frozenset(), frozenset(), False)
    lines = [Line("fine", signature, False, "how far does it go", "a"), Line("no", signature, False, "paint", "b")]
    bank = LineBank(lines, HashingEmbedder(512))
    found = await bank.retrieve("agent", "how far does it go", used=set(), options=Retrieval(least_similarity=0.9))
    assert [line.evidence for line in found] == ["a"]


async def test_openings_are_what_customers_began_with() -> None:
    asked = Signature("user", "ask", frozenset(), frozenset(), frozenset(), False)
    lines = [Line("any seven seater", asked, False, "", "a"), Line("and the price", asked, False, "it has seats", "b")]
    found = await LineBank(lines, HashingEmbedder(512)).retrieve_openings("a seven seater", used=set())
    assert [line.evidence for line in found] == ["a"]


@pytest.mark.parametrize(
    ("template", "kept"),
    [
        ("The range is {range}. Too short for you. I understand.", "The range is {range}."),
        ("No charger at home? The {entity} has {battery}.", "The {entity} has {battery}."),
        ("{entity}续航{range}。喜欢的扣1。", "{entity}续航{range}。"),
        ("Of course, come by any time.", "Of course, come by any time."),
    ],
)
def test_of_a_spoken_line_the_sentences_with_facts_are_kept(template: str, kept: str) -> None:
    assert keep_facts(template) == kept

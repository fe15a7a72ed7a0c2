from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.domains import load_pack, load_seeds
from streamdial.ids import make_id
from streamdial.models import CachedEmbedder
from streamdial.personas import Knowledge, build_user_personas
from streamdial.personas.needs import Need
from streamdial.personas.users import _Builder
from streamdial.records import KnowledgeRow, Provenance, UserPersona, UserQuestion
from streamdial.signals.intents import judge_text
from streamdial.slots import SlotReader, find_numbers
from streamdial.testing import HashingEmbedder

PACK = load_pack("automotive")
READER = SlotReader(PACK, "en", ["Meridian", "Horizon"])


def ask(asker: str, text: str, time: float = 0.0) -> UserQuestion:
    asks, mentions = READER.find_asks(text), READER.find_values(text)
    return UserQuestion(
        id=make_id("q", asker, text),
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="rec", start=time),
        text=text,
        raw_text=text,
        asker=asker,
        time=time,
        act=judge_text(text, READER).act or "ask",
        asks=asks,
        slots={m.slot: m.value for m in mentions if m.slot != "model"},
        entities=READER.find_entities(text),
    )


def build(questions: list[UserQuestion], counts: Counts | None = None) -> list[UserPersona]:
    return build_user_personas(
        questions,
        PACK,
        CachedEmbedder(HashingEmbedder(128)),
        counts or Counts("p"),
        language="en",
        seeds=load_seeds(load_pack("automotive"), "en"),
    )


ANNA = [
    ask("anna", "we are 6 people, budget at most $48,000", 1.0),
    ask("anna", "how far does the Meridian go?", 2.0),
    ask("anna", "any discount on the Meridian?", 3.0),
]
OTHERS = [
    ask("ben", "how much is the Meridian?", 4.0),
    ask("carl", "what about the warranty of the Meridian?", 5.0),
    ask("dora", "how big is the trunk of the Horizon?", 6.0),
]


def find_anna() -> UserPersona:
    return next(p for p in build([*ANNA, *OTHERS]) if ANNA[0].id in p.objective.evidence)


def test_one_asker_is_one_persona_with_every_field_resting_on_questions() -> None:
    anna = find_anna()
    assert {(c.slot, c.value, c.hardness) for c in anna.constraints} == {
        ("seats", "6", "prefer"),
        ("price", "48000", "must"),
    }
    assert [o.text for o in anna.core_requirements] == ["price: at most $48,000", "number of seats: at least 6 seats"]
    assert [o.text for o in anna.knows] == ["has heard of the Meridian"]
    assert [o.text for o in anna.does_not_know] == ["range of the Meridian"]
    assert anna.demand is not None
    assert anna.demand.viewers == 1


def test_questions_of_viewers_with_the_same_need_join_a_persona_that_asks_little_and_are_marked() -> None:
    anna = find_anna()
    assert [i.text for i in anna.primary_inquiries if i.origin == "own"] == [ANNA[1].text, ANNA[2].text]
    # Three are missing; two others ask about the same car, the one about another car is never taken.
    assert {i.text for i in anna.primary_inquiries if i.origin == "same_need"} == {
        "how much is the Meridian?",
        "what about the warranty of the Meridian?",
    }
    # What others ask is no part of what she wants to find out.
    assert "warranty" not in anna.objective.text


def test_a_repeated_question_is_demand() -> None:
    asked = [
        ask("ben", "how much is the Meridian?", 1.0).model_copy(update={"echoes": 2}),
        ask("carl", "Meridian price, how much is it?", 2.0),
    ]
    (persona,) = build([*asked, *ANNA[:0]])
    assert persona.demand is not None
    assert persona.demand.viewers == 4
    assert set(persona.demand.evidence) == {question.id for question in asked}


def test_what_nobody_else_asked_and_states_no_wish_is_counted() -> None:
    counts = Counts("p")
    assert build([OTHERS[2]], counts) == []
    assert counts.dropped == {"asked_alone": 1}


def test_a_conflict_of_wishes_makes_a_conflict_persona() -> None:
    row = KnowledgeRow(
        id="k", domain="automotive", language="en", provenance=Provenance(source_id="page"),
        entity="Meridian", slot="price", value="52000", number=52000.0, unit="USD", text="$52,000",
    )  # fmt: skip
    anna = build_user_personas(
        ANNA, PACK, HashingEmbedder(128), Counts("p"), language="en", knowledge={"rec": Knowledge([row], PACK)}
    )[0]
    # Her must of $48,000 is broken by the car she asks about, and by all there is.
    assert [conflict.kind for conflict in anna.conflicts] == ["asked_breaks_wish", "nothing_fits"]
    assert set(anna.conflicts[0].evidence) == {question.id for question in ANNA} | {"k"}


def test_viewers_of_one_cluster_who_want_different_things_are_no_persona() -> None:
    counts = Counts("p")
    need = Need([ask("eve", "i want an suv"), ask("fay", "i want a sedan")])
    builder = _Builder(need.own, HashingEmbedder(128).embed([q.text for q in need.own]), PACK, "en", (), {})
    assert builder.build(need) == "contradicts_itself"
    # Clustering does not bring them together in the first place.
    build(need.own, counts)
    assert "contradicts_itself" not in counts.dropped


def list_evidence(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("evidence", ())
        for part in value.values():
            yield from list_evidence(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from list_evidence(part)


LINES = st.sampled_from(
    [
        "we are 6 people, budget at most $48,000",
        "i need at least 600 km range, budget around 40k",
        "how far does the Meridian go?",
        "price of the Horizon??",
        "any discount on the Meridian?",
        "looking for an electric suv with 5 seats",
        "do you have something with 7 seats under 38000 dollars",
        "heard bad things about the range of the Horizon",
        "warranty pls",
        "Meridian or Horizon, which is better?",
        "delivery within 3 weeks possible?",
        "page says 380 km, too short",
    ]
)


@given(st.lists(st.tuples(st.sampled_from("abcde"), LINES, st.integers(0, 300)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_every_evidence_is_an_input_and_no_figure_is_invented(said: list[tuple[str, str, int]]) -> None:
    questions = list({q.id: q for q in (ask(who, text, float(at)) for who, text, at in said)}.values())
    seeds = {f"{seed.id}#{turn.turn_id}" for seed in load_seeds(load_pack("automotive"), "en") for turn in seed.turns}
    known = {question.id for question in questions} | seeds
    # "Which one" is no figure.
    figures = {1.0} | {number.value for question in questions for number in find_numbers(question.text)}
    for persona in build(questions):
        body = persona.model_dump()
        assert set(list_evidence(body)) <= known
        lines = [line.text for line in persona.potential_utterances]
        texts = [*lines, persona.objective.text, *(o.text for o in (*persona.core_requirements, *persona.knows))]
        assert {number.value for text in texts for number in find_numbers(text)} <= figures
        assert len(lines) >= 5
        assert len({line.lower() for line in lines}) == len(lines)


def test_every_persona_has_five_potential_utterances() -> None:
    for persona in build(ANNA + OTHERS):
        assert len(persona.potential_utterances) >= 5
        assert len({line.text for line in persona.potential_utterances}) == len(persona.potential_utterances)


def test_another_language_is_left_out_with_a_reason() -> None:
    counts = Counts("p")
    build([ANNA[0].model_copy(update={"language": "zh"})], counts)
    assert counts.dropped["other_language"] == 1


def test_no_questions_make_no_personas() -> None:
    assert build([]) == []


def test_the_same_questions_make_the_same_personas() -> None:
    assert [p.id for p in build(ANNA + OTHERS)] == [p.id for p in build(ANNA + OTHERS)]

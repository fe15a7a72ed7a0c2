from __future__ import annotations

from streamdial.counts import Counts
from streamdial.domains import load_pack, load_seeds
from streamdial.ids import make_id
from streamdial.models import CachedEmbedder
from streamdial.personas import build_user_personas
from streamdial.records import Provenance, UserPersona, UserQuestion
from streamdial.signals.intents import judge_text
from streamdial.slots import SlotReader
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
        seeds=load_seeds("automotive", "en"),
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


def test_one_asker_is_one_persona_with_every_field_resting_on_questions() -> None:
    known = {question.id for question in [*ANNA, *OTHERS]}
    anna = next(p for p in build([*ANNA, *OTHERS]) if ANNA[0].id in p.provenance.derived_from)
    assert {(c.slot, c.value, c.hardness) for c in anna.constraints} == {
        ("seats", "6", "must"),
        ("price", "48000", "must"),
    }
    evidence = [
        *anna.objective.evidence,
        *(source for c in anna.constraints for source in c.evidence),
        *(source for i in anna.primary_inquiries for source in i.evidence),
        *(source for o in (*anna.basic_information, *anna.core_requirements) for source in o.evidence),
    ]
    assert evidence
    assert set(evidence) <= known


def test_what_was_not_observed_is_absent() -> None:
    anna = next(p for p in build(ANNA + OTHERS) if ANNA[0].id in p.provenance.derived_from)
    assert {constraint.slot for constraint in anna.constraints} == {"seats", "price"}


def test_questions_of_viewers_with_the_same_need_join_a_persona_that_asks_little() -> None:
    anna = next(p for p in build(ANNA + OTHERS) if ANNA[0].id in p.provenance.derived_from)
    texts = [inquiry.text for inquiry in anna.primary_inquiries]
    # Three are missing; the two about the same car come before the one about another.
    assert texts[-3:-1] in (
        ["how much is the Meridian?", "what about the warranty of the Meridian?"],
        ["what about the warranty of the Meridian?", "how much is the Meridian?"],
    )
    assert texts[-1] == "how big is the trunk of the Horizon?"


def test_every_persona_has_five_potential_utterances() -> None:
    for persona in build(ANNA + OTHERS):
        assert len(persona.potential_utterances) >= 5
        assert len(set(persona.potential_utterances)) == len(persona.potential_utterances)


def test_another_language_is_left_out_with_a_reason() -> None:
    counts = Counts("p")
    build([ANNA[0].model_copy(update={"language": "zh"})], counts)
    assert counts.dropped["other_language"] == 1


def test_no_questions_make_no_personas() -> None:
    assert build([]) == []


def test_the_same_questions_make_the_same_personas() -> None:
    assert [p.id for p in build(ANNA + OTHERS)] == [p.id for p in build(ANNA + OTHERS)]

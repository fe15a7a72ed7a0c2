from __future__ import annotations

from dataclasses import replace

from streamdial.personas import Knowledge
from streamdial.pipeline.mining import build_viewer, open_scene
from streamdial.planning import MinedAnswers
from streamdial.planning.statements import Statement
from streamdial.records import AgentResponse, PairScore, Provenance, QAPair, SeedDialogue, UserQuestion
from streamdial.signals import Decision, SignalSet
from streamdial.strategies import MinedRecording, RecordingStrategy, open_strategy
from streamdial.testing import HashingEmbedder
from tests.dialogues import material

SHARED = {"domain": "automotive", "language": "en"}
SCORE = PairScore(time=1, meaning=1, entities=1, total=1)


def tell(name: str, start: float, text: str, *named: str) -> AgentResponse:
    where = Provenance(source_id="s", start=start, derived_from=(name,))
    return AgentResponse(id=name, provenance=where, text=text, raw_text=text, start=start, entities=named, **SHARED)


def ask(name: str, time: float, text: str, *named: str, asks: tuple[str, ...] = ()) -> UserQuestion:
    where = Provenance(source_id="s", start=time, derived_from=(f"m-{name}",))
    return UserQuestion(
        id=name, provenance=where, text=text, raw_text=text, asker=f"v-{name}", time=time, act="ask", asks=asks,
        entities=named, **SHARED,
    )  # fmt: skip


def read(questions: list[UserQuestion], responses: list[AgentResponse], answers: dict[str, str]) -> MinedRecording:
    texts = {one.id: one.text for one in (*questions, *responses)}
    pairs = [
        QAPair(
            id=f"p-{q}", provenance=Provenance(source_id="s", derived_from=(q, r)), question_id=q, response_id=r,
            question=texts[q], answer=texts[r], score=SCORE, **SHARED,
        )
        for q, r in answers.items()
    ]  # fmt: skip
    signals = SignalSet(Decision(True, ""), questions=questions, responses=responses, pairs=pairs)
    return MinedRecording("s", "en", material.PACK, signals, (), HashingEmbedder(), lambda: iter(()))


def mine(recording: MinedRecording, **options: float) -> tuple[SeedDialogue, ...]:
    strategy = open_strategy("scenes", options)
    assert isinstance(strategy, RecordingStrategy)
    return strategy.mine(recording).seeds


RECORDING = read(
    [
        ask("q1", 12, "how much is it?", asks=("price",)),
        ask("q2", 15, "is it loud in here?"),
        ask("q3", 18, "and the Calder?", "Calder"),
        ask("q4", 20, "does this one charge fast?", asks=("charging_time",)),
        ask("q5", 41, "how much is it?", asks=("price",)),
    ],
    [
        tell("r1", 10, "I would recommend the Aster for long trips.", "Aster"),
        tell("r2", 16, "The Aster is $28,900.", "Aster"),
        tell("r3", 22, "It is quiet."),
        tell("r4", 30, "It charges in 28 minutes."),
        tell("r5", 40, "Now the Calder.", "Calder"),
        tell("r6", 45, "The Calder is $37,200.", "Calder"),
    ],
    {"q1": "r2", "q2": "r3", "q3": "r6", "q4": "r4", "q5": "r6"},
)


def test_a_scene_is_a_line_about_a_thing_and_what_was_asked_until_the_next_one() -> None:
    first, second = mine(RECORDING)
    assert [turn.evidence[0] for turn in first.turns] == ["r1", "q1", "r2", "q2", "r3", "q4", "r4"]
    assert [turn.evidence[0] for turn in second.turns] == ["r5", "q5", "r6"]
    (short, _) = mine(RECORDING, seconds=6)
    assert [turn.evidence[0] for turn in short.turns] == ["r1", "q1", "r2", "q2", "r3"]


def test_a_question_that_only_points_asks_of_the_thing_that_is_shown() -> None:
    first, _ = mine(RECORDING)
    # "Is it loud in here?" asks of no attribute, so of nothing that is sold.
    assert [turn.entity for turn in first.turns if turn.role == "user"] == ["Aster", "", "Aster"]
    questions, _ = build_viewer(first, RECORDING.signals)
    assert [question.entities for question in questions] == [("Aster",), (), ("Aster",)]


def test_a_dialogue_begins_with_what_agrees_with_the_pages_or_names_the_thing_alone() -> None:
    first, second = mine(RECORDING)
    knowledge = Knowledge(
        [row for row in material.build_knowledge().rows if (row.entity, row.slot) != ("Aster", "availability")],
        material.PACK,
    )
    said = Statement("The Aster seats five.", "Aster", ("seats",), "recommend", "r1")
    (turn,) = open_scene(first, MinedAnswers(statements=[said]), knowledge)
    assert (turn.utterance, turn.tell, turn.by) == ("The Aster seats five.", {"seats": "5"}, ("scenes",))
    assert turn.evidence == ("r1", "k-Aster-seats") and turn.role == "agent" and turn.entity == "Aster"
    other = replace(said, alone=False)
    (turn,) = open_scene(first, MinedAnswers(statements=[other]), knowledge)
    assert (turn.utterance, turn.tell, turn.evidence) == ("I would recommend the Aster for long trips.", {}, ("r1",))
    # Nobody is shown what is sold out, and "Now the Calder" is no sentence.
    assert open_scene(first, MinedAnswers(), material.build_knowledge()) == ()
    assert open_scene(second, MinedAnswers(), knowledge) == ()

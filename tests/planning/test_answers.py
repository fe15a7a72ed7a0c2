"""What an account really answered is given again: the part for one customer, where the knowledge base agrees."""

from __future__ import annotations

import pytest

from streamdial.planning import MinedAnswer, MinedAnswers, collect_answers
from streamdial.planning.answers import MIN_SCORE
from streamdial.planning.sentences import MAX_LENGTH, clean_answer
from streamdial.records import AgentResponse, Language, PairScore, QAPair, UserQuestion
from tests.dialogues.material import build_knowledge, build_reader, share


def ask(number: int, text: str, *, language: Language = "en", **more: object) -> UserQuestion:
    fields = {"id": f"q{number}", "text": text, "raw_text": text, "act": "ask", **share(language), **more}
    return UserQuestion.model_validate(fields)


def respond(number: int, text: str, *, language: Language = "en", start: float | None = 12.5) -> AgentResponse:
    fields = {"id": f"r{number}", "text": text, "raw_text": text, "start": start, **share(language)}
    return AgentResponse.model_validate(fields)


def pair(question: UserQuestion, response: AgentResponse, *, total: float = 0.8) -> QAPair:
    score = PairScore(time=1, meaning=total, entities=1, total=total)
    fields = {
        "id": f"p-{question.id}-{response.id}",
        "question_id": question.id,
        "response_id": response.id,
        "question": question.text,
        "answer": response.text,
        "score": score,
        **share(question.language),
    }
    return QAPair.model_validate(fields)


def collect(
    *asked: tuple[UserQuestion, AgentResponse], total: float = 0.8, acts: dict[str, str] | None = None
) -> MinedAnswers:
    language = asked[0][0].language
    return collect_answers(
        [pair(question, response, total=total) for question, response in asked],
        [question for question, _ in asked],
        {response.id: response for _, response in asked},
        build_knowledge(language),
        build_reader(language),
        acts,
    )


@pytest.mark.parametrize(
    ("text", "language", "left"),
    [
        ("The heat pump comes as standard.", "en", "The heat pump comes as standard."),
        ("Hello everyone. The heat pump comes as standard.", "en", "The heat pump comes as standard."),
        ("Does it have a heat pump? Every trim we sell has one.", "en", "Every trim we sell has one."),
        ("Follow the channel and hit the like button!", "en", ""),
        ("Yes it does.", "en", ""),  # too short to say anything
        ("word " * (MAX_LENGTH["en"] + 1), "en", ""),
        ("大家好，热泵是全系标配的。", "zh", "热泵是全系标配的。"),
        ("有热泵吗？全系都标配热泵空调。", "zh", "全系都标配热泵空调。"),
        ("点个关注，加个私信。", "zh", ""),
        ("有的。", "zh", ""),
    ],
)
def test_of_an_answer_the_sentences_for_one_customer_are_kept(text: str, language: Language, left: str) -> None:
    assert clean_answer(text, language) == left


def test_an_answer_is_given_with_what_it_rests_on() -> None:
    question, response = ask(1, "Can I charge it at home?"), respond(1, "Any household socket will do for that.")
    answers = collect((question, response))
    found = answers.find(["q0", "q1"], "Calder")
    assert found is not None and len(answers) == 1
    assert (found.text, found.entities, found.slots) == ("Any household socket will do for that.", (), ())
    assert found.evidence == ("r1", "p-q1-r1")
    assert answers.find(["q0"], "Calder") is None


def test_of_several_answers_in_one_go_the_one_to_the_question_is_kept() -> None:
    text = "The tow hitch is an option you can order. The roof box fits on the rails. The mats are rubber ones."
    found = collect((ask(1, "Does a roof box fit on it?"), respond(1, text))).find(["q1"], "")
    assert found is not None and found.text == "The roof box fits on the rails."


def test_the_sentence_that_states_what_was_asked_comes_first() -> None:
    text = "The Calder is a quiet car on the motorway. The Calder goes 640 km on a full charge."
    question = ask(1, "How far does the Calder go, is it quiet on the motorway?", asks=("range",), entities=("Calder",))
    found = collect((question, respond(1, text))).find(["q1"], "Calder")
    assert found is not None
    assert (found.text, found.entities, found.slots) == (
        "The Calder goes 640 km on a full charge.",
        ("Calder",),
        ("range",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "The Calder goes 700 km on a full charge.",  # K says 640
        "The Calder has a boot of 500 litres.",  # K does not know
        "You get 640 km on a full charge with it.",  # of what?
        "The Calder goes 640 km and the Aster goes 480 km.",  # two things, nobody knows which value is whose
    ],
)
def test_an_answer_that_says_something_else_than_k_is_none(text: str) -> None:
    assert collect((ask(1, "How far does it go?", asks=("range",)), respond(1, text))).find(["q1"], "Calder") is None


def test_an_answer_about_another_thing_than_was_asked_about_is_none() -> None:
    question = ask(1, "Is the Aster quiet?", entities=("Aster",))
    assert len(collect((question, respond(1, "The Calder is quiet on the motorway too.")))) == 0


def test_an_answer_that_names_things_is_given_of_these_alone() -> None:
    mined = MinedAnswers({"q1": MinedAnswer("The Calder is quiet.", ("Calder",), (), ("r1", "p1"))})
    assert mined.find(["q1"], "Calder") is mined.find(["q1"], "") is not None
    assert mined.find(["q1"], "Aster") is None


def test_the_best_pair_of_a_question_counts_and_a_poor_one_never() -> None:
    question = ask(1, "Can I charge it at home?")
    poor, good = respond(1, "We will come to the colours next."), respond(2, "Any household socket will do for that.")
    answers = collect_answers(
        [pair(question, poor, total=0.5), pair(question, good, total=0.9)],
        [question],
        {"r1": poor, "r2": good},
        build_knowledge(),
        build_reader(),
    )
    found = answers.find(["q1"], "")
    assert found is not None and found.evidence[0] == "r2"
    assert len(collect((question, good), total=MIN_SCORE - 0.01)) == 0


def test_answers_of_another_language_are_left() -> None:
    question = ask(1, "Can I charge it at home?")
    assert len(collect((question, respond(1, "家里普通插座就可以慢充。", language="zh")))) == 0
    chinese = ask(2, "家里能充电吗？", language="zh")
    found = collect((chinese, respond(2, "家里普通插座就可以慢充。", language="zh"))).find(["q2"], "")
    assert found is not None and found.text == "家里普通插座就可以慢充。"


def test_sentences_about_one_thing_that_k_agrees_with_can_be_said_unasked() -> None:
    text = "The Calder goes 640 km on a charge. The Calder goes 900 km downhill. The Calder and the Aster are electric."
    answers = collect((ask(1, "hm?"), respond(1, text)), acts={"r1": "recommend"})
    (said,) = answers.list_statements("Calder", ["recommend"])
    assert (said.text, said.slots, said.evidence) == ("The Calder goes 640 km on a charge.", ("range",), "r1")
    assert answers.list_statements("Calder", ["negotiate"]) == answers.list_statements("Aster", ["recommend"]) == []


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Do not worry about the battery on the Calder.", "en", False),
        ("Do not worry, one stop at a fast charger is enough.", "en", True),
        ("这个您放心，完全不用担心。", "zh", False),
        ("这个您放心，质保八年，电池也在内。", "zh", True),
    ],
)
def test_what_only_reassures_is_no_answer(text: str, language: Language, said: bool) -> None:
    question = ask(1, "Will the battery last?" if language == "en" else "电池耐用吗", language=language)
    assert len(collect((question, respond(1, text, language=language)))) == said

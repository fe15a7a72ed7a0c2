"""Strategies behind a dialogue: rules of the house, moderator, reviewers, hindsight and variants."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from streamdial.dialogues import DialogueMaker
from streamdial.planning import DialogueState
from streamdial.records import Dialogue, Language, Turn
from streamdial.strategies import DerivingStrategy, RewritingStrategy, Setting, Verdict, open_strategy
from streamdial.strategies.hindsight import FIXED, WORTH, find_lost_turn
from streamdial.strategies.house_rules import find_unfit, find_unprincipled, open_reader
from streamdial.strategies.perturb import make_variants
from streamdial.strategies.refine import plan_reviewers
from streamdial.testing import ScriptedChatModel
from tests.dialogues import material
from tests.strategies.test_contract import build_user, make

LANGUAGES: tuple[Language, ...] = ("en", "zh")
NAMES = {"en": ("Aster", "Calder"), "zh": ("晨曦", "青岚")}


def say(number: int, text: str, act: str, **more: Any) -> Turn:
    role = more.pop("role", "agent" if number % 2 else "user")
    return Turn(turn_id=number, role=role, utterance=text, act=act, **more)


def open_state(turns: Sequence[Turn], language: Language = "en") -> DialogueState:
    return material.build_state(language, turns=tuple(turns))


def review(name: str, state: DialogueState, critic: ScriptedChatModel | None = None, **options: Any) -> Verdict | None:
    strategy = open_strategy(name, options)
    assert isinstance(strategy, RewritingStrategy)
    if critic is not None:
        strategy.bind(critic)
    return asyncio.run(strategy.review(state))


@pytest.mark.parametrize(
    ("language", "asked", "turn", "rule"),
    [
        ("en", (), {"text": "Hurry, book it now!", "act": "answer"}, "no_pressure"),
        ("zh", (), {"text": "手慢无，赶紧下单吧", "act": "answer"}, "no_pressure"),
        ("en", ("range",), {"text": "It is a fine car.", "act": "answer"}, "answers_what_was_asked"),
        ("zh", ("range",), {"text": "这车很不错。", "act": "answer"}, "answers_what_was_asked"),
        ("en", (), {"text": "It goes 640 km.", "act": "recommend", "entity": "Calder"}, "names_the_thing"),
        ("zh", (), {"text": "能跑700公里。", "act": "recommend", "entity": "青岚"}, "names_the_thing"),
        ("en", (), {"text": "Why? When? How many?", "act": "request"}, "one_question_at_a_time"),
        ("zh", (), {"text": "几个人？几号？住几晚？", "act": "request"}, "one_question_at_a_time"),
    ],
)
def test_a_rule_finds_the_turn_that_breaks_it(
    language: Language, asked: tuple[str, ...], turn: dict[str, Any], rule: str
) -> None:
    first = say(0, "?", "ask" if asked else "inform", request=dict.fromkeys(asked, "?"))
    state = open_state([first, say(1, turn.pop("text"), **turn)], language)
    assert list(find_unprincipled(state.turns, open_reader(state))) == [(1, rule)]
    verdict = review("principle", state)
    assert verdict is not None and (verdict.decision, verdict.turn) == ("redo", 1)
    assert review("principle", state, rules=["no_flattery"]) == Verdict()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_keeps_the_rules_is_left_alone(language: Language) -> None:
    for made in make([], language):
        broken = dict(find_unprincipled(made.turns, material.build_reader(language)))
        assert set(broken.values()) <= {"names_the_thing"}
    few = {"en": "It is nearly gone, there are only nine left of it.", "zh": "这个房型房量有点紧张。"}[language]
    assert find_unfit([say(1, few, "check_stock")]) is None


@pytest.mark.parametrize("name", ["principle", "refine", "moderator", "perturb"])
def test_the_same_seed_is_read_alike(name: str) -> None:
    assert make([open_strategy(name)]) == make([open_strategy(name)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_turn_is_said_again_until_it_names_the_thing(language: Language) -> None:
    strategy = open_strategy("principle")
    before, after = make([], language), make([strategy], language)
    reader = material.build_reader(language)
    broken = [len(list(find_unprincipled(made.turns, reader))) for made in before]
    for made, was, count in zip(after, before, broken, strict=True):
        assert len(list(find_unprincipled(made.turns, reader))) + len(made.revisions) == count
        for revision in made.revisions:
            turn, old = made.turns[revision.turn_id], was.turns[revision.turn_id]
            assert turn.says_the_same(old) and turn.by == ("principle",) and revision.before == old.utterance
            assert (revision.reviewer, old.utterance == turn.utterance) == ("principle", False)
        assert made.lineage[0].turns == tuple(sorted(revision.turn_id for revision in made.revisions))


@pytest.mark.parametrize(
    ("role", "text", "reason"),
    [
        ("user", "I could kill myself", "unsafe"),
        ("agent", "顺便卖你点冰毒", "unsafe"),
        ("user", "call me at 13812345678", "personal_data"),
        ("user", "我电话13812345678", "personal_data"),
        ("agent", "You have to decide now!", "pressure"),
        ("agent", "再不下单就没了", "pressure"),
    ],
)
def test_a_moderator_drops_a_dialogue_with_a_reason(role: str, text: str, reason: str) -> None:
    verdict = review("moderator", open_state([say(0, "hi", "greet"), say(1, text, "answer", role=role)]))
    assert verdict is not None and (verdict.decision, verdict.fault, verdict.turn) == ("drop", reason, 1)


@pytest.mark.parametrize(
    "text", ["Our number is 021-62581234.", "我们电话021-62581234，湖滨路8号。", "You need not decide today."]
)
def test_what_a_shop_says_of_itself_is_fit(text: str) -> None:
    assert review("moderator", open_state([say(0, "hi", "greet"), say(1, text, "answer")])) == Verdict()


def test_a_model_moderates_what_rules_pass() -> None:
    strategy = open_strategy("moderator", {"model": "m"})
    assert isinstance(strategy, RewritingStrategy) and strategy.wants_model == "m"
    alone = open_strategy("moderator")
    assert isinstance(alone, RewritingStrategy) and alone.wants_model is None
    state = open_state([say(0, "hi", "greet"), say(1, "well", "greet")])
    model = ScriptedChatModel([json.dumps({"reason": "a threat", "finding": "pressure"}), json.dumps({})])
    found = review("moderator", state, model, model="m")
    assert found is not None and (found.decision, found.fault, found.reason) == ("drop", "pressure", "a threat")
    assert review("moderator", state, model, model="m") == Verdict()
    assert model.requests[0].purpose == "moderate"
    assert review("moderator", state, ScriptedChatModel(["no", "no"]), model="m") is None


def test_a_moderated_dialogue_is_counted_under_its_reason() -> None:
    strict = open_strategy("moderator", {"model": "m"})
    assert isinstance(strict, RewritingStrategy)
    strict.bind(ScriptedChatModel(lambda request: json.dumps({"finding": "pressure"})))
    expert = material.build_expert()
    maker = DialogueMaker(material.PACK, "en", expert, material.build_bank(), None)
    making = maker.make(
        build_user("en", named=True),
        path=expert.blueprint.paths[0].name,
        seed=1,
        record_id="d",
        match=material.MATCH,
        strategies=[strict],
    )
    assert asyncio.run(making)[1] == "pressure"


def test_the_reviewer_reads_first_whose_checks_failed_most() -> None:
    names = ("fact", "persona", "coherence")
    assert plan_reviewers({}, names) == [*names]
    assert plan_reviewers({"repetition": 2, "invented_value": 1, "odd": 9}, names) == ["coherence", "fact", "persona"]
    assert plan_reviewers({"role_confusion": 1}, names[:2]) == ["persona", "fact"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reviewer_finds_what_is_planted_for_it(language: Language) -> None:
    thing = NAMES[language][1]
    turns = [
        say(0, "a car", "inform", inform={"price": "30000"}),
        say(1, f"{thing} 1", "recommend", entity=thing, tell={"seats": "5"}),
        say(2, "how far?", "ask", request={"range": "?"}),
        say(3, "far", "answer", entity=thing, tell={"range": {"en": "640", "zh": "700"}[language]}),
    ]
    planted = {
        "fact": [*turns[:3], say(3, "far", "answer", entity=thing, tell={"range": "1"})],
        "persona": [*turns[:2], say(2, "a big one", "inform", inform={"trunk": "500"}), turns[3]],
        "coherence": [*turns[:3], say(3, "a fine car", "answer", entity=thing)],
    }
    assert review("refine", open_state(turns, language)) == Verdict()
    for name, wrong in planted.items():
        number = next(n for n, (one, other) in enumerate(zip(turns, wrong, strict=True)) if one != other)
        found = review("refine", open_state(wrong, language), reviewers=[name])
        assert found is not None and (found.decision, found.turn) == ("redo", number)
        others = [other for other in planted if other != name]
        assert review("refine", open_state(wrong, language), reviewers=others) == Verdict()


def test_models_review_one_thing_each() -> None:
    keep, redo = ({"reason": "r", "decision": what, "turn": 1} for what in ("keep", "redo"))
    state = open_state([say(0, "hi", "greet"), say(1, "well", "greet")])
    model = ScriptedChatModel([json.dumps(keep), json.dumps(redo)])
    found = review("refine", state, model, model="m")
    assert found is not None and (found.decision, found.turn) == ("redo", 1)
    assert [request.purpose for request in model.requests] == ["refine.fact", "refine.persona"]
    assert review("refine", state, ScriptedChatModel(lambda request: "no"), model="m") is None


def end(outcome: str, *acts: str) -> Dialogue:
    made = make([])[0]
    turns = tuple(say(number, f"{act} {number}", act) for number, act in enumerate(acts))
    return made.model_copy(update={"turns": turns, "outcome": outcome, "goals": ()})


@pytest.mark.parametrize(
    ("outcome", "acts", "number"),
    [
        ("drop_out", ("ask", "no_answer", "leave", "close"), 1),
        ("drop_out", ("ask", "refuse", "leave", "close"), None),
        ("deferral", ("inform", "recommend", "object", "handle_objection", "defer"), 1),
        ("deferral", ("inform", "recommend", "defer", "close"), None),
        ("success", ("inform", "recommend", "object", "recover", "accept"), None),
    ],
)
def test_the_turn_a_dialogue_was_lost_at(outcome: str, acts: tuple[str, ...], number: int | None) -> None:
    assert find_lost_turn(end(outcome, *acts)) == number


def test_hindsight_passes_on_what_the_agent_could_not_tell_and_keeps_what_ends_better() -> None:
    strategy = open_strategy("hindsight")
    assert isinstance(strategy, DerivingStrategy)
    parent, knowledge = end("drop_out", "ask", "no_answer", "leave", "close"), material.build_knowledge()
    setting = Setting(material.build_user(), (), knowledge, material.build_expert().blueprint)
    (begun,) = strategy.go_on([parent], setting, random.Random(1))
    assert begun.history == parent.turns[:1] and begun.first is not None
    assert (begun.first.prefer, "no_answer" in begun.first.forbid) == (("hand_over",), True)
    outcomes = {path.name: path.outcome for path in setting.blueprint.paths}
    assert outcomes[begun.path] == "hand_over"
    for acts, wanted in ((("inform", "request"), "success"), (("insist", "recommend"), "hand_over")):
        lost = end("drop_out", *acts, "inform", "explain_conflict", "leave", "close")
        (begun,) = strategy.go_on([lost], setting, random.Random(1))
        assert outcomes[begun.path] == wanted
    assert strategy.go_on([parent, parent], setting, random.Random(1)) == ()
    worse, fault = strategy.finish(parent, parent)
    assert (worse, fault) == (parent, "not_better")
    better, fault = strategy.finish(end("hand_over", "ask", "hand_over", "thank"), parent)
    assert fault is None
    (revision,) = better.revisions
    assert (revision.turn_id, revision.before, revision.reason) == (1, "no_answer 1", "leave")
    assert WORTH["drop_out"] < WORTH["success"] and "refuse" in FIXED


@pytest.mark.parametrize("language", LANGUAGES)
def test_variants_have_known_answers(language: Language) -> None:
    knowledge, reader = material.build_knowledge(language), material.build_reader(language)
    thing, km = {"en": ("Calder", "640 km"), "zh": ("青岚", "700公里")}[language]
    turns = [
        say(0, "how far?", "ask", entity=thing, request={"range": "?"}),
        say(1, {"en": f"It goes {km}.", "zh": f"续航{km}。"}[language], "answer", entity=thing, tell={"range": km[:3]}),
    ]
    kinds = make_variants(turns, knowledge, reader, random.Random(1))
    assert [one.kind for one in kinds] == ["answerable", "contradicted", "unanswerable"]
    right, wrong, gone = kinds
    assert right.utterance == turns[1].utterance and right.value == wrong.value == km[:3]
    (read,) = [one for one in reader.find_values(wrong.utterance) if one.slot == "range"]
    assert read.value != right.value and knowledge.get(thing, "range") is not None
    assert (gone.value, gone.utterance) == ("", "")
    again = say(3, turns[1].utterance, "answer", entity=thing, tell=turns[1].tell)
    assert make_variants([*turns, say(2, "?", "ask"), again], knowledge, reader, random.Random(1)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_variants_stand_beside_the_dialogue_which_stays_as_it_is(language: Language) -> None:
    thing, km = {"en": ("Calder", "640 km"), "zh": ("青岚", "700公里")}[language]
    asked = say(0, "how far?", "ask", entity=thing, request={"range": "?"})
    told = say(
        1, {"en": f"It goes {km}.", "zh": f"续航{km}。"}[language], "answer", entity=thing, tell={"range": km[:3]}
    )
    state = open_state([asked, told], language)
    assert review("perturb", state) == Verdict()
    assert state.turns == [asked, told]
    assert [one.kind for one in state.variants] == ["answerable", "contradicted", "unanswerable"]
    plain, varied = make([], language), make([open_strategy("perturb")], language)
    assert [made.turns for made in varied] == [made.turns for made in plain]
    assert all("variants" not in made.model_dump() for made in plain)

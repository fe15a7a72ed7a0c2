"""Goals, history, human rules, review, transfer: what happens over a whole dialogue."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from material import MATCH, PACK, build_bank, build_expert, build_reader, build_state, build_user, say

from streamdial.dialogues import (
    DialogueMaker,
    GenerationOptions,
    Goal,
    Person,
    read_turn,
    transfer_agent,
    validate_dialogue,
)
from streamdial.dialogues.human_rules import HumanUser
from streamdial.dialogues.validation import find_faults
from streamdial.errors import ConfigurationError
from streamdial.personas import Knowledge
from streamdial.planning import collect_answers
from streamdial.policies import HumanRates, HumanRules, load_human_rules
from streamdial.records import Constraint, Dialogue, Inquiry, KnowledgeRow, Language, Observed, Provenance, UserQuestion
from streamdial.strategies.review import Review
from streamdial.testing import ScriptedChatModel
from streamdial.text import detect_language

EXPERT = {language: build_expert(language) for language in ("en", "zh")}


def find_path(outcome: str, language: Language = "en") -> str:
    return next(path.name for path in EXPERT[language].blueprint.paths if path.outcome == outcome)


def make(
    language: Language = "en", *, maker: DialogueMaker | None = None, **options: Any
) -> tuple[Dialogue, str | None]:
    maker = maker or DialogueMaker(PACK, language, EXPERT[language], build_bank(language), None)
    given = {"path": find_path("success", language), "seed": 3, "record_id": "d", "match": MATCH, **options}
    return asyncio.run(maker.make(given.pop("user", build_user(language)), **given))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("seed", range(4))
def test_a_second_goal_follows_the_first_without_a_goodbye_between(language: Language, seed: int) -> None:
    twelve = Constraint(slot="seats", value="12", hardness="must", evidence=("q9",))
    other = build_user(language, id="other", constraints=(twelve,), primary_inquiries=())
    dialogue, fault = make(language, seed=seed, then=[Goal(other, find_path("drop_out", language))])
    assert fault is None
    (first,) = dialogue.goals
    assert (first.first_turn, first.user_persona_id, first.outcome) == (0, f"user-{language}", "success")
    assert dialogue.outcome == "drop_out"  # nothing has twelve seats
    acts = [turn.act for turn in dialogue.turns]
    assert acts.count("close") == 1 and acts[-1] == "close"
    assert {"thank", "leave"} & set(acts[acts.index("confirm") :])
    assert not {"thank", "leave"} & set(acts[: acts.index("confirm")])


def test_who_leaves_first_takes_up_no_second_goal() -> None:
    twelve = Constraint(slot="seats", value="12", hardness="must", evidence=("q9",))
    picky = build_user(constraints=(twelve,), primary_inquiries=())
    dialogue, _ = make(user=picky, then=[Goal(build_user(), find_path("success"))])
    assert (dialogue.goals, dialogue.outcome == "success") == ((), False)


def test_no_goal_follows_a_goodbye() -> None:
    with pytest.raises(ConfigurationError, match="no further goal"):
        make(path=find_path("deferral"), then=[Goal(build_user(), find_path("success"))])


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 8])
def test_a_dialogue_can_be_continued_from_any_prefix_and_asks_nothing_twice(cut: int) -> None:
    whole, _ = make(seed=5)
    continued, fault = make(seed=9, history=whole.turns[:cut])
    assert continued.turns[:cut] == whole.turns[:cut]
    assert fault in (None, "too_short")
    asked = [
        (*tuple(turn.request), turn.entity) for turn in continued.turns if turn.role == "user" and turn.act == "ask"
    ]
    assert len(asked) == len(set(asked))
    told = [slot for turn in continued.turns if turn.act in ("inform", "ask_offer") for slot in turn.inform]
    assert len(told) == len(set(told))


def test_a_viewer_who_changed_their_mind_does_so_in_the_talk() -> None:
    wish = Constraint(
        slot="price", value="40000", evidence=("q1",), changed_from=(Observed(text="30000", evidence=("q0",)),)
    )
    shifted = 0
    for seed in range(12):
        dialogue, _ = make(seed=seed, user=build_user(constraints=(wish,)))
        values = [turn.inform["price"] for turn in dialogue.turns if "price" in turn.inform]
        if len(values) > 1:
            shifted += 1
            assert values == ["30000", "40000"]
    assert shifted >= 6


def play(rates: HumanRates, seed: int, language: Language = "en") -> Dialogue:
    maker = DialogueMaker(PACK, language, EXPERT[language], build_bank(language), None)
    rules = load_human_rules().model_copy(update={"rates": rates})

    def build(state: Any, planner: Any, human_rules: bool, script: Any = None) -> Any:
        side = DialogueMaker._build_user(maker, state, planner, True)
        assert isinstance(side, HumanUser)
        side._rules = rules
        return side

    maker._build_user = build  # type: ignore[method-assign]
    return make(language, maker=maker, seed=seed)[0]


def test_small_steps_state_one_wish_at_a_time() -> None:
    for seed in range(12):
        for turn in play(HumanRates(small_steps=1), seed).turns:
            if turn.act in ("inform", "ask_offer", "ask") and turn.role == "user":
                assert len(turn.inform) <= 1 and len(turn.request) <= 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reactions_stand_before_the_next_thing_and_none_is_said_twice(language: Language) -> None:
    words = {word for listed in load_human_rules().feedback[language].values() for word in listed}
    seen = 0
    for seed in range(10):
        said = [
            w for t in play(HumanRates(feedback=1), seed, language).turns for w in words if t.utterance.startswith(w)
        ]
        seen += len(said)
        assert len(said) == len(set(said))
    assert seen  # most reactions are moves of the plan


def test_silence_is_picked_up_by_the_agent_once() -> None:
    dialogue = play(HumanRates(silence=1), 4)
    places = [turn.turn_id for turn in dialogue.turns if turn.act == "silence"]
    assert len(places) == 1
    assert dialogue.turns[places[0]].utterance == "…"
    assert dialogue.turns[places[0] + 1].act == "follow_up"
    assert dialogue.stop_reason == "blueprint_end"


def test_who_leaves_is_gone_without_a_goodbye() -> None:
    left = [play(HumanRates(leaving=1), seed) for seed in range(10)]
    gone = [dialogue for dialogue in left if dialogue.stop_reason == "left"]
    assert gone
    assert all(dialogue.turns[-1].role == "agent" and dialogue.outcome == "drop_out" for dialogue in gone)


def test_a_slip_is_put_right_behind_a_star_and_touches_no_fact() -> None:
    slips = [
        t
        for seed in range(12)
        for t in play(HumanRates(slips=1), seed).turns
        if t.role == "user" and " *" in t.utterance
    ]
    assert slips
    for turn in slips:
        before, _, right = turn.utterance.rpartition("*")
        # A word may stand in a joined one: "run-through".
        assert sorted(right) in [sorted(word) for word in re.findall(r"[a-z]+", before, re.IGNORECASE)]


def test_rules_that_no_file_holds_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_human_rules("nowhere.yaml")
    assert HumanRules().rates.leaving == 0


def review(*replies: str) -> tuple[Dialogue, str | None, ScriptedChatModel]:
    model = ScriptedChatModel(replies, model_id="critic")
    strategy = Review()
    strategy.bind(model)
    dialogue, fault = make(strategies=[strategy])
    return dialogue, fault, model


def test_a_reviewer_may_drop_a_dialogue_or_leave_it() -> None:
    assert review(json.dumps({"reason": "no sense", "decision": "drop"}))[1] == "reviewed_out"
    dialogue, fault, model = review(json.dumps({"reason": "fine", "decision": "keep", "turn": -1}))
    assert (fault, dialogue.revisions) == (None, ())
    assert model.requests[0].purpose == "review"


def test_a_turn_said_again_keeps_what_it_does_and_its_lineage() -> None:
    before, _ = make()
    number = next(t.turn_id for t in before.turns if t.act in ("recommend", "answer"))
    after, fault, _ = review(json.dumps({"reason": "stiff", "decision": "redo", "turn": number}))
    assert fault is None
    if after.revisions:
        (revision,) = after.revisions
        assert (revision.turn_id, revision.reason, revision.reviewer) == (number, "stiff", "critic")
        assert revision.before == before.turns[number].utterance != after.turns[number].utterance
        assert after.turns[number].says_the_same(before.turns[number])
    else:
        assert after.checks["redo_failed"] == 1


def test_a_reviewer_that_says_nothing_usable_is_counted_and_changes_nothing() -> None:
    dialogue, fault, _ = review("well", "hm")
    assert (fault, dialogue.checks["review_unusable"]) == (None, 1)


@pytest.mark.parametrize(("source", "target"), [("en", "zh"), ("zh", "en")])
def test_a_talk_in_another_language_keeps_facts_and_plan_and_no_word_of_the_source(
    source: Language, target: Language
) -> None:
    expert = transfer_agent(EXPERT[source], target)
    maker = DialogueMaker(PACK, target, expert, build_bank(target), None)
    for seed in range(6):
        dialogue, fault = make(source, maker=maker, seed=seed)
        assert fault is None
        assert dialogue.language == target
        for turn in dialogue.turns:
            words = turn.utterance
            for name in expert.knowledge.entities:
                words = words.replace(name, "")
            assert detect_language(words) in (target, "other"), turn.utterance
            for slot, value in turn.tell.items():
                row = expert.knowledge.get(turn.entity, slot)
                assert row is None or row.value == value


@pytest.mark.parametrize(
    ("source", "target", "day", "hour", "said"),
    [("zh", "en", "下周三", "下午4点", "Wednesday"), ("en", "zh", "next Wednesday", "4 pm", "周三")],
)
def test_days_hours_budgets_and_worries_are_said_in_the_other_language(
    source: Language, target: Language, day: str, hour: str, said: str
) -> None:
    kinds = {PACK.slots[slot].type: slot for slot in PACK.list_slots(booking=True)}
    worry = Inquiry(
        text="山路多，担心" if source == "zh" else "worried about the hills", act="object", evidence=("q8",)
    )
    plain = build_user(source)
    user = build_user(
        source,
        constraints=(
            *plain.constraints,
            Constraint(slot=kinds["date"], value=day, evidence=("q6",)),
            Constraint(slot=kinds["time"], value=hour, evidence=("q7",)),
        ),
        primary_inquiries=(worry, *plain.primary_inquiries),
    )
    expert = transfer_agent(EXPERT[source], target)
    maker = DialogueMaker(PACK, target, expert, build_bank(target), None)
    words = []
    for seed in range(8):
        dialogue, fault = make(source, maker=maker, user=user, seed=seed)
        assert fault is None
        words += [turn.utterance for turn in dialogue.turns]
        booked = [turn.inform[kinds["date"]] for turn in dialogue.turns if kinds["date"] in turn.inform]
        assert all(detect_language(value) in (target, "other") for value in booked)
    text = "\n".join(words)
    assert said in text
    assert day not in text
    assert hour not in text
    assert not re.search(r"\bthe  |  of the|\bthe \.|的的|“”", text), "a gap was left empty"
    money = {"en": "¥", "zh": "美元"}[target]
    for line in words:
        assert not re.search(r"\$\d", line), line
        if re.search(r"\d万", line):
            assert money in line or source == "zh"


async def test_a_person_may_take_a_side() -> None:
    typed = iter(["How far does the Aster go?", "my number is 555-201-9988", ""])
    person = Person("user", build_reader(), lambda _: next(typed))
    state = build_state()
    turn = await person.speak(state)
    assert turn is not None
    assert (turn.act, turn.entity, turn.request) == ("ask", "Aster", {"range": "?"})
    masked = await person.speak(state)
    assert masked is not None and "9988" not in masked.utterance
    assert await person.speak(state) is None


@pytest.mark.parametrize(
    ("text", "act", "inform"),
    [
        ("I need 7 seats", "inform", {"seats": "7"}),
        ("any discount?", "negotiate", {}),
        ("hello there", "greet", {}),
    ],
)
def test_what_a_person_types_is_read_as_a_turn(text: str, act: str, inform: dict[str, str]) -> None:
    turn = read_turn("user", text, build_state(), build_reader())
    assert (turn.act, turn.inform) == (act, inform)


def change(dialogue: Dialogue, number: int, **fields: object) -> Dialogue:
    turns = list(dialogue.turns)
    turns[number] = turns[number].model_copy(update=fields)
    return dialogue.model_copy(update={"turns": tuple(turns)})


def test_a_whole_dialogue_is_refused_by_name() -> None:
    dialogue, _ = make(seed=5)
    agent = next(t.turn_id for t in dialogue.turns if (t.role == "agent" and "price" in t.tell) or "range" in t.tell)
    slot = next(iter(dialogue.turns[agent].tell))
    last = dialogue.turns[-1].turn_id

    def validate(changed: Dialogue, least: int = 4) -> str | None:
        return validate_dialogue(changed, PACK, min_turns=least)

    assert validate(dialogue) is None
    assert validate(dialogue, 99) == "too_short"
    assert validate(dialogue.model_copy(update={"stop_reason": "turn_cap"})) == "turn_cap"
    other = change(dialogue, last, entity=dialogue.turns[agent].entity, tell={slot: "1"}, act="answer")
    if PACK.slots[slot].type != "text":
        assert validate(other) == "contradiction"
    assert validate(change(dialogue, 0, inform={"body_type": "boat"})) == "value_not_in_schema"
    assert validate(change(dialogue, 0, inform={"wings": "2"})) == "value_not_in_schema"
    asked = change(dialogue, last - 1, act="ask", request={"trunk": "?"})
    assert validate(change(asked, last, act="greet", tell={}, request={})) == "unanswered"
    assert find_faults(dialogue.turns[:-1], min_turns=4) in (None, "open_question")


def test_a_user_of_another_model_is_asked_of_that_model() -> None:
    agent, user = (ScriptedChatModel(lambda _: "nothing", model_id=name) for name in ("a", "u"))
    options = GenerationOptions(realisation="direct")
    maker = DialogueMaker(PACK, "en", EXPERT["en"], build_bank(), agent, user_model=user, options=options)
    dialogue, _ = make(maker=maker)
    assert {r.purpose for r in agent.requests} == {"agent_turn"}
    assert {r.purpose for r in user.requests} == {"user_turn"}
    assert dialogue.checks["malformed"] > 1


def test_states_that_begin_with_a_greeting_go_on_from_it() -> None:
    dialogue, _ = make(history=(say("user", "greet", "hi"),))
    assert [turn.turn_id for turn in dialogue.turns] == list(range(len(dialogue.turns)))
    assert dialogue.turns[0].utterance == "hi"


def test_an_attribute_of_a_page_that_no_slot_has_is_asked_by_its_name_and_answered_with_its_row() -> None:
    expert = build_expert()
    shared = {"domain": "automotive", "language": "en", "provenance": Provenance(source_id="rec")}
    row = KnowledgeRow(id="k-free", entity="Calder", slot="ground clearance", value="180 mm", text="180 mm", **shared)
    expert = replace(expert, knowledge=Knowledge((*expert.knowledge.rows, row), PACK))
    text = "what about the ground clearance of the Calder?"
    asked = UserQuestion(id="q9", text=text, raw_text=text, act="ask", entities=("Calder",), **shared)
    answers = collect_answers([], [asked], {}, expert.knowledge, build_reader())
    user = build_user(
        constraints=(), primary_inquiries=(Inquiry(text=text, entities=("Calder",), evidence=(asked.id,)),)
    )
    maker = DialogueMaker(PACK, "en", expert, build_bank(), None, answers=answers)
    told = 0
    for seed in range(6):
        dialogue, _ = make(maker=maker, user=user, seed=seed)
        for question, answer in pairwise(dialogue.turns):
            if "ground clearance" in question.utterance and question.role == "user":
                assert "ground clearance of the Calder is 180 mm" in answer.utterance
                assert row.id in answer.evidence
                told += 1
    assert told >= 3

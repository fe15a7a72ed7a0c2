from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest
from material import MATCH, PACK, TEXTS, build_bank, build_expert, build_user

from streamdial.dialogues import Borrowed, DialogueMaker, GenerationOptions
from streamdial.environment.world import World
from streamdial.errors import ModelError
from streamdial.models import ChatRequest
from streamdial.records import Constraint, Dialogue, Language
from streamdial.slots import SlotReader, find_numbers
from streamdial.testing import EchoChatModel, ScriptedChatModel

COUNT = 24


def make_all(
    language: Language, model: ScriptedChatModel | None, **options: object
) -> list[tuple[Dialogue, str | None]]:
    expert = build_expert(language)
    texts = TEXTS[language]
    bookings = (
        Constraint(slot="visit_date", value=texts["date"], evidence=("b1",)),
        Constraint(slot="visit_time", value=texts["time"], evidence=("b2",)),
    )
    settings = GenerationOptions(**{"max_turns": 30, **options})  # type: ignore[arg-type]
    borrowed = Borrowed(bookings=bookings)
    maker = DialogueMaker(PACK, language, expert, build_bank(language), model, borrowed=borrowed, options=settings)

    async def run() -> list[tuple[Dialogue, str | None]]:
        made = []
        for number in range(COUNT):
            path = expert.blueprint.paths[number % len(expert.blueprint.paths)].name
            made.append(
                await maker.make(
                    build_user(language), path=path, seed=number, record_id=f"d{number}", match=MATCH, number=number
                )
            )
        return made

    return asyncio.run(run())


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Language:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def model() -> EchoChatModel:
    return EchoChatModel()


@pytest.fixture(scope="module")
def made(language: Language, model: EchoChatModel) -> list[tuple[Dialogue, str | None]]:
    return make_all(language, model, realisation="reworded")


@pytest.fixture(scope="module")
def planned(language: Language) -> list[tuple[Dialogue, str | None]]:
    """Dialogues no model was asked for."""
    return make_all(language, None)


@pytest.fixture(scope="module")
def usable(made: list[tuple[Dialogue, str | None]]) -> list[Dialogue]:
    return [dialogue for dialogue, fault in made if fault is None]


def test_nearly_every_dialogue_can_be_used(made: list[tuple[Dialogue, str | None]], usable: list[Dialogue]) -> None:
    faults = Counter(fault for _, fault in made if fault)
    assert len(usable) >= 0.85 * COUNT, faults


def test_every_dialogue_alternates_and_ends_where_its_blueprint_ends(usable: list[Dialogue]) -> None:
    for dialogue in usable:
        roles = [turn.role for turn in dialogue.turns]
        assert roles == ["user", "agent"] * (len(roles) // 2)
        assert dialogue.stop_reason == "blueprint_end"
        assert (dialogue.turns[-1].act, dialogue.turns[-1].stage) == ("close", "closing")
        assert [turn.turn_id for turn in dialogue.turns] == list(range(len(roles)))


def test_every_fact_equals_k_and_stands_in_the_words(usable: list[Dialogue], language: Language) -> None:
    knowledge = build_expert(language).knowledge
    told = 0
    for dialogue in usable:
        state: dict[str, str] = {}
        for turn in dialogue.turns:
            state.update(turn.inform)
            for entity, facts in ((turn.entity, turn.tell), (turn.other, turn.tell_other)):
                for slot, value in facts.items():
                    told += 1
                    if PACK.slots[slot].booking:
                        assert turn.act == "refuse" or value == state[slot]
                        continue
                    row = knowledge.get(entity, slot)
                    assert row is not None and row.value == value, (turn.utterance, slot, value)
                    if row.number is not None:
                        assert row.number in {number.value for number in find_numbers(turn.utterance)}, turn.utterance
    assert told > COUNT


def test_every_figure_in_the_words_is_annotated_or_was_before(usable: list[Dialogue], language: Language) -> None:
    reader = SlotReader(PACK, language, build_expert(language).knowledge.entities)
    for dialogue in usable:
        known: set[tuple[str, str]] = set()
        for turn in dialogue.turns:
            known |= {*turn.inform.items(), *turn.tell.items(), *turn.tell_other.items()}
            for mention in reader.find_values(turn.utterance):
                numeric = PACK.slots[mention.slot].type in ("money", "quantity", "count")
                if numeric and not any(mention.surface in value for _, value in known):
                    numbers = [float(value) for slot, value in known if slot == mention.slot and value != "dontcare"]
                    gaps = {abs(left - right) for left in numbers for right in numbers}
                    assert float(mention.value) in {*numbers, *gaps}, (turn.utterance, mention)


def test_wishes_are_the_personas_own_and_bookings_are_possible(usable: list[Dialogue], language: Language) -> None:
    own = {constraint.slot: constraint.value for constraint in build_user(language).constraints}
    world = World(build_expert(language).knowledge, language)
    for dialogue in usable:
        for turn in dialogue.turns:
            for slot, value in turn.inform.items():
                if PACK.slots[slot].booking or turn.act == "revise":
                    continue
                assert value in ("dontcare", own.get(slot)), turn.utterance
            if turn.act == "confirm":
                assert world.find_refusal(turn.entity, turn.tell["visit_date"], turn.tell["visit_time"]) is None


def test_no_sentence_has_a_gap_or_a_placeholder(usable: list[Dialogue]) -> None:
    for dialogue in usable:
        for turn in dialogue.turns:
            assert not re.search(r"[{}]|  | [.,?!]|^\W*$|[，。]{2}", turn.utterance), turn.utterance
            assert not re.search(r"\ba (?:SUV|MPV|estate|electric)\b", turn.utterance), turn.utterance


def test_outcomes_follow_the_paths(usable: list[Dialogue], language: Language) -> None:
    wanted = {path.name: path.outcome for path in build_expert(language).blueprint.paths}
    same = [wanted[dialogue.path] == dialogue.outcome for dialogue in usable]
    assert sum(same) >= 0.8 * len(same)


def test_words_come_from_models_where_they_are_asked_to_reword(usable: list[Dialogue]) -> None:
    ways = Counter(turn.realisation for dialogue in usable for turn in dialogue.turns)
    assert ways["model"] > ways["template"]


def test_a_dialogue_is_not_worded_twice_alike(planned: list[tuple[Dialogue, str | None]], language: Language) -> None:
    # One and the same persona is in all of them; that it asks its own question in its own words again is meant.
    own = {source for inquiry in build_user(language).primary_inquiries for source in inquiry.evidence}
    turns = [turn for dialogue, _ in planned for turn in dialogue.turns if not own & set(turn.evidence)]
    said = Counter(turn.utterance for turn in turns)
    assert sum(count for count in said.values() if count > 2) <= 0.05 * sum(said.values()), said.most_common(5)


def test_evidence_of_the_turns_is_evidence_of_the_dialogue(usable: list[Dialogue]) -> None:
    for dialogue in usable:
        used = {source for turn in dialogue.turns for source in turn.evidence}
        assert used == set(dialogue.provenance.derived_from)
        assert any(turn.evidence for turn in dialogue.turns if turn.role == "agent")


def test_injected_text_never_reaches_the_model_that_rewords(
    made: list[tuple[Dialogue, str | None]], model: EchoChatModel
) -> None:
    assert model.requests
    assert not any("PWNED" in message.content for request in model.requests for message in request.messages)
    assert not any("PWNED" in turn.utterance for dialogue, _ in made for turn in dialogue.turns)


def test_the_same_seed_gives_the_same_dialogues(language: Language, made: list[tuple[Dialogue, str | None]]) -> None:
    assert make_all(language, EchoChatModel(), realisation="reworded") == made


def test_no_model_is_needed(planned: list[tuple[Dialogue, str | None]]) -> None:
    assert sum(fault is None for _, fault in planned) >= 0.85 * COUNT
    ways = Counter(turn.realisation for dialogue, _ in planned for turn in dialogue.turns)
    assert set(ways) <= {"real_line", "seed_line", "phrase", "template"}
    assert ways["phrase"] > ways["real_line"] + ways["seed_line"] > ways["template"]
    assert ways["template"] <= 0.02 * sum(ways.values())
    assert {dialogue.provenance.model_id for dialogue, _ in planned} == {"none"}


def test_a_model_words_no_turn_unless_it_is_asked_to(
    language: Language, planned: list[tuple[Dialogue, str | None]]
) -> None:
    model = ScriptedChatModel([])
    made = make_all(language, model)
    assert [dialogue.turns for dialogue, _ in made] == [dialogue.turns for dialogue, _ in planned]
    assert model.requests == []


def test_a_model_that_invents_numbers_changes_no_fact(language: Language) -> None:
    inventor = ScriptedChatModel(lambda request: "Only 99,999 dollars today, just for you!")
    made = make_all(language, inventor, realisation="reworded")
    turns = [turn for dialogue, _ in made for turn in dialogue.turns]
    assert not any("99,999" in turn.utterance for turn in turns)
    assert not any(turn.realisation == "model" for turn in turns)
    assert sum(sum(dialogue.checks.values()) for dialogue, _ in made) >= len(inventor.requests) > 0


def test_a_direct_model_that_never_answers_in_json_leaves_it_to_the_plan(language: Language) -> None:
    made = make_all(language, ScriptedChatModel(lambda request: "no json at all"), realisation="direct")
    assert sum(fault is None for _, fault in made) >= 0.85 * COUNT
    assert all(dialogue.checks["malformed"] == len(dialogue.turns) for dialogue, _ in made)


def test_a_used_up_budget_is_an_error_and_no_dialogue(language: Language) -> None:
    def spend(request: ChatRequest) -> str:
        raise ModelError("used up", transient=False, kind="budget")

    with pytest.raises(ModelError) as failure:
        make_all(language, ScriptedChatModel(spend), realisation="reworded")
    assert failure.value.kind == "budget"

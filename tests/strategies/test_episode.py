"""Later sessions remember earlier ones, tell what has changed since, and do not ask again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from streamdial.dialogues import DialogueMaker, GenerationOptions, ScriptedPolicy
from streamdial.dialogues.direct import DirectAgent
from streamdial.errors import ConfigurationError
from streamdial.models import GuidedBy, Mode
from streamdial.personas import Knowledge
from streamdial.records import Dialogue, Language, Recall
from streamdial.strategies import Continuation, Setting, StrategyChoice, check_choices, open_strategy
from streamdial.strategies.episode import Episode
from streamdial.strategies.facts import Facts, note_changes
from streamdial.strategies.likeness import combine_users, find_contradictions, rank_compatible
from streamdial.testing import ObedientModel, ScriptedChatModel
from tests.dialogues import material
from tests.strategies.test_contract import make

PRICE = "35000"


def raise_price(knowledge: Knowledge, thing: str = "Calder") -> Knowledge:
    """The same knowledge once the price of a thing is another one."""
    return Knowledge(
        (
            row.model_copy(update={"id": f"{row.id}-new", "value": PRICE, "number": float(PRICE), "text": PRICE})
            if (row.entity, row.slot) == (thing, "price")
            else row
            for row in knowledge.rows
        ),
        knowledge.pack,
    )


def follow(
    chain: Sequence[Dialogue], knowledge: Knowledge, language: Language = "en", seed: int = 1
) -> Continuation | None:
    blueprint = material.build_expert(language).blueprint
    setting = Setting(material.build_user(language), (), knowledge, blueprint)
    found = open_strategy("episode").go_on(chain, setting, random.Random(seed))
    return found[0] if found else None


def make_session(
    begun: Continuation,
    knowledge: Knowledge,
    language: Language = "en",
    model: ScriptedChatModel | None = None,
    mode: Mode = "guided",
    guided_by: GuidedBy = "dialogue",
) -> Dialogue:
    expert = material.build_expert(language)
    expert = type(expert)(expert.persona, expert.blueprint, knowledge)
    options = GenerationOptions(realisation=mode if model else "planned", guided_by=guided_by)
    maker = DialogueMaker(material.PACK, language, expert, material.build_bank(language), model, options=options)
    made, _ = asyncio.run(
        maker.make(
            begun.user,
            path=begun.path,
            seed=8,
            record_id="second",
            match=material.MATCH,
            strategies=begun.advisers,
            memory=begun.memory,
        )
    )
    return made


@pytest.fixture(scope="module")
def first() -> dict[Language, list[Dialogue]]:
    return {language: make([], language) for language in ("en", "zh")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_kept_stands_in_the_turn_it_cites(first: dict[Language, list[Dialogue]], language: Language) -> None:
    kept = [(made, recall) for made in first[language] for recall in Facts().keep([made])]
    assert {recall.kind for _, recall in kept} >= {"wish", "told", "offered"}
    for made, recall in kept:
        turn = made.turns[recall.turn]
        assert recall.dialogue == made.id
        if recall.kind == "wish":
            assert turn.inform[recall.slot] == recall.value
        if recall.kind == "told":
            assert recall.value in (turn.tell.get(recall.slot), turn.tell_other.get(recall.slot))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_later_session_refers_back_and_asks_nothing_that_is_known(
    first: dict[Language, list[Dialogue]], language: Language
) -> None:
    knowledge = material.build_knowledge(language)
    referring = 0
    for made in first[language]:
        begun = follow([made], knowledge, language)
        if begun is None:
            continue
        second = make_session(begun, knowledge, language)
        assert begun.session is not None and (begun.session.number, begun.session.episode) == (2, made.id)
        known = {one.slot for one in begun.memory if one.kind == "wish"}
        assert not any(set(turn.request) & known for turn in second.turns if turn.role == "agent")
        referring += bool(second.turns[0].recalls)
        assert second.checks.get("facts_not_followed", 0) == 0
    assert referring


def test_what_has_changed_since_is_told_as_changed(first: dict[Language, list[Dialogue]]) -> None:
    knowledge, told = raise_price(material.build_knowledge()), 0
    for made in first["en"]:
        begun = follow([made], knowledge)
        changed = [one for one in begun.memory if one.now] if begun else []
        assert all((one.value, one.now) == ("37200", PRICE) for one in changed)
        if begun is None or not changed:
            continue
        second = make_session(begun, knowledge)
        for turn in second.turns:
            for recall in turn.recalls:
                if recall.now and turn.role == "agent":
                    told += 1
                    assert turn.tell["price"] == PRICE
                    assert "37,200" in turn.utterance and "35,000" in turn.utterance
    assert told


@pytest.mark.parametrize("guided_by", ["turn", "dialogue"])
def test_a_model_that_words_a_later_session_is_shown_the_memory_as_data(
    first: dict[Language, list[Dialogue]], guided_by: GuidedBy
) -> None:
    knowledge = material.build_knowledge()
    begun = next(found for made in first["en"] if (found := follow([made], knowledge)))
    model = ObedientModel()
    second = make_session(begun, knowledge, model=model, guided_by=guided_by)
    prompts = "\n".join(message.content for request in model.requests for message in request.messages)
    assert "You two have talked before" in prompts
    assert any(words in prompts for words in ("refer back", "you were here before", "last time you left"))
    thing = next(one.entity for one in begun.memory if one.kind == "told")
    assert f"the adviser said of «{thing}»" in prompts
    assert [turn.act for turn in second.turns] == [turn.act for turn in make_session(begun, knowledge).turns]


def test_a_model_that_decides_is_refused_where_it_asks_what_is_known(first: dict[Language, list[Dialogue]]) -> None:
    memory = (Recall(kind="wish", dialogue="d0", turn=0, slot="price", value="40000"),)
    begun = next(found for made in first["en"] if (found := follow([made], material.build_knowledge())))
    hello = make([])[1].turns[:1]
    state = material.build_state(turns=[hello[0].model_copy(update={"act": "greet", "inform": {}})])
    state.memory, state.advisers = memory, begun.advisers
    answers = [
        '{"act": "request", "utterance": "What is your budget?", "request": ["price"]}',
        '{"act": "greet", "utterance": "Good to see you again. How can I help?"}',
    ]
    model = ScriptedChatModel(answers)
    side = DirectAgent(model, material.build_bank(), material.build_reader(), ScriptedPolicy([]))
    turn = asyncio.run(side.speak(state))
    assert turn is not None and turn.act == "greet" and len(model.requests) == 2
    assert "the customer wanted price «$40,000»" in model.requests[0].messages[0].content
    assert "do not ask for it: price" in model.requests[0].messages[-1].content


def test_episodes_end_and_need_a_memory_of_the_right_kind(first: dict[Language, list[Dialogue]]) -> None:
    knowledge = material.build_knowledge()
    assert follow(first["en"][:3], knowledge) is None
    alone = open_strategy("episode", {"memory": ""})
    setting = Setting(material.build_user(), (), knowledge, material.build_expert().blueprint)
    assert not any(
        begun.memory or begun.advisers
        for made in first["en"]
        for begun in alone.go_on([made], setting, random.Random(1))
    )
    with pytest.raises(ConfigurationError, match=r"memory: skeleton is of the kind user"):
        for made in first["en"]:
            open_strategy("episode", {"memory": "skeleton"}).go_on([made], setting, random.Random(1))
    with pytest.raises(ConfigurationError, match="choose episode, with its option memory: facts"):
        check_choices([StrategyChoice(name="facts")])


def test_the_first_session_is_held_with_what_held_before() -> None:
    agent = material.build_expert().persona
    rows = [
        row.model_copy(update={"observed_at": "2026-03-01"}) if row.slot == "price" else row
        for row in material.build_knowledge().rows
    ]
    old = rows[0].model_copy(
        update={"id": "old", "value": "27900", "observed_at": "2025-10-01", "replaced_by": rows[0].id}
    )
    same_day = old.model_copy(update={"id": "same", "observed_at": "2026-03-01"})
    agent = agent.model_copy(update={"knowledge": tuple(rows), "other_versions": (old, same_day)})
    before = Episode().look_back(agent)
    assert [row.id for row in before.knowledge] == ["old", *(row.id for row in rows[1:])]
    assert before.knowledge[0].holds
    assert (
        note_changes(
            (Recall(kind="told", dialogue="d", turn=1, entity="Aster", slot="price", value="27900"),),
            Knowledge(agent.knowledge, material.PACK),
        )[0].now
        == rows[0].value
    )
    plain = material.build_expert().persona
    assert Episode().look_back(plain) is plain


def test_only_users_without_contradiction_are_one_person() -> None:
    user, knowledge = material.build_user(), material.build_knowledge()
    other_kind = [
        one.model_copy(update={"value": "plug_in_hybrid"}) for one in user.constraints if one.slot == "energy"
    ]
    cheaper = [one.model_copy(update={"value": "30000"}) for one in user.constraints if one.slot == "price"]
    assert find_contradictions(user.constraints, other_kind, knowledge) == ["energy"]
    assert find_contradictions(user.constraints, cheaper, knowledge) == []
    near = user.model_copy(update={"id": "near", "constraints": tuple(cheaper)})
    against = user.model_copy(update={"id": "against", "constraints": tuple(other_kind)})
    same = user.model_copy(update={"id": "same"})
    assert rank_compatible(user, [against, same, user, near], knowledge) == [near]
    both = combine_users(user, near)
    assert (both.style, both.constraints) == (user.style, near.constraints) and both.id not in (user.id, near.id)

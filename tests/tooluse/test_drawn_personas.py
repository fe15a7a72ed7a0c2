from __future__ import annotations

from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.environment import EnvironmentRecord, build_environment
from streamdial.records import UserPersona
from streamdial.tooluse import sample_user_personas


def build(account: Account) -> EnvironmentRecord:
    return build_environment("agent", account.schema, account.contents, account.toolbox.tools)


def draw(account: Account, count: int = 30, seed: int = 3) -> tuple[list[UserPersona], Counts]:
    counts = Counts("user personas")
    drawn = sample_user_personas(build(account), account.knowledge, account.pack, count=count, seed=seed, counts=counts)
    return drawn, counts


def test_what_a_drawn_persona_wants_is_met_by_a_row_and_rests_on_its_cells() -> None:
    for name in ACCOUNTS:
        account = Account(name)
        drawn, counts = draw(account)
        assert len(drawn) >= 5 and counts.kept == len(drawn)
        assert counts.asked == counts.kept + sum(counts.dropped.values()) == 30
        rows = {row.id: row for row in account.knowledge.rows}
        for persona in drawn:
            assert account.maker.wishes.list_fitting({wish.slot: wish.value for wish in persona.constraints})
            for wish in persona.constraints:
                assert {rows[source].slot for source in wish.evidence} == {wish.slot}
            assert set(persona.provenance.derived_from) <= set(rows)
            assert len({line.text for line in persona.potential_utterances}) >= 5


def test_a_larger_count_begins_with_the_personas_of_a_smaller_one() -> None:
    account = Account()
    few, _ = draw(account, count=10)
    many, _ = draw(account, count=40)
    assert [persona.id for persona in many[: len(few)]] == [persona.id for persona in few]
    assert [persona.id for persona in draw(account, seed=4)[0]] != [persona.id for persona in many]


def test_a_world_read_back_is_the_database_it_was() -> None:
    account = Account("hotel_zh")
    world = build(account)
    again = EnvironmentRecord.model_validate_json(world.model_dump_json())
    assert again == world
    assert again.open_database().hash_contents() == account.database.hash_contents()
    assert again.list_entities() == list(account.knowledge.entities)
    assert [tool.name for tool in again.open_toolbox().tools] == [tool.name for tool in account.toolbox.tools]


def test_accounts_that_sell_the_same_by_other_tools_are_worlds_apart() -> None:
    account = Account()
    fewer = account.toolbox.tools[:-1]
    worlds = [
        build(account),
        build_environment("other", account.schema, account.contents, account.toolbox.tools),
        build_environment("agent", account.schema, account.contents, fewer),
    ]
    assert len({world.id for world in worlds}) == 3
    assert len({world.open_database().hash_contents() for world in worlds}) == 1
    assert build(account).id == worlds[0].id


def test_rows_with_a_single_attribute_are_counted_as_the_reason() -> None:
    account = Account()
    rows = tuple({**row, **dict.fromkeys(set(row) - {"room", "price"})} for row in account.contents.rows)
    world = build_environment("agent", account.schema, account.contents.model_copy(update={"rows": rows}), ())
    counts = Counts("user personas")
    assert not sample_user_personas(world, account.knowledge, account.pack, count=5, seed=1, counts=counts)
    assert (counts.asked, counts.made, counts.kept) == (5, 0, 0)
    assert counts.dropped == {"too_few_attributes": 5}

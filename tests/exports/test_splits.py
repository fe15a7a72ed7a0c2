from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.domains import load_pack
from streamdial.exports import DataSet, split_data_set
from tests.exports.conftest import make_agent, make_blueprint, make_dialogue, make_turns, make_user


def make_set(accounts: list[int], communities: list[int] | None = None) -> DataSet:
    """Return a data set with dialogue i of account accounts[i], in community communities[i]."""
    keys = [f"d{number:03d}" for number in range(len(accounts))]
    agents = {
        f"a{account}": make_agent(f"a{account}").model_copy(update={"account": f"acc{account}"}) for account in accounts
    }
    return DataSet(
        pack=load_pack("automotive"),
        languages=("en",),
        dialogues=tuple(
            make_dialogue(key, *make_turns(), agent=f"a{account}") for key, account in zip(keys, accounts, strict=True)
        ),
        users={"u1": make_user("u1")},
        agents=agents,
        blueprints={"b1": make_blueprint("b1")},
        communities=dict(zip(keys, communities, strict=True)) if communities else {},
    )


def test_groups_stay_whole_and_sizes_come_near_what_was_meant() -> None:
    splits = split_data_set(make_set([number % 10 for number in range(100)]))
    assert {name: len(ids) for name, ids in splits.parts.items()} == {"train": 80, "validation": 10, "test": 10}
    assert (splits.groups, splits.largest, splits.shared_users) == (10, 10, 1)
    assert splits.notes == ("The communities of the filter are not known; only accounts are kept apart.",)
    assert splits.find("d000") in splits.parts


def test_a_community_joins_the_accounts_it_touches() -> None:
    # Accounts 0 and 1 share community 7, 1 and 2 share 8: all three are one group.
    splits = split_data_set(make_set([0, 1, 1, 2, 3, 4], [7, 7, 8, 8, 9, 10]))
    assert splits.groups == 3
    assert splits.parts["train"] == ("d000", "d001", "d002", "d003")


def test_one_account_gives_one_part_and_says_so() -> None:
    splits = split_data_set(make_set([0, 0, 0], [1, 2, 3]))
    assert {name: len(ids) for name, ids in splits.parts.items()} == {"train": 3, "validation": 0, "test": 0}
    assert splits.notes[0].startswith("All dialogues form one group of shared accounts and communities, so validation")


def test_the_set_of_one_account_is_split_by_persona_on_request() -> None:
    data = make_set([0] * 6, [1, 2, 3, 4, 5, 6])
    users = {f"u{number}": make_user(f"u{number}") for number in range(3)}
    dialogues = tuple(
        dialogue.model_copy(update={"user_persona_id": f"u{number // 2}"})
        for number, dialogue in enumerate(data.dialogues)
    )
    splits = split_data_set(replace(data, users=users, dialogues=dialogues), by="persona")
    assert {name: len(ids) for name, ids in splits.parts.items()} == {"train": 2, "validation": 2, "test": 2}
    assert splits.shared_users == 0
    assert splits.notes[0] == "Parts share accounts, not user personas: a test measures new users of known accounts."


def test_sizes_far_from_what_was_meant_are_told() -> None:
    splits = split_data_set(make_set([0, 1, 2], [1, 2, 3]))
    assert [note.split(":")[0] for note in splits.notes] == [
        "train has 33% of the dialogues instead of 80%",
        "validation has 33% of the dialogues instead of 10%",
        "test has 33% of the dialogues instead of 10%",
    ]


def test_nothing_to_split_is_three_empty_parts(empty: DataSet) -> None:
    splits = split_data_set(empty)
    assert splits.to_dict()["sizes"] == {"train": 0, "validation": 0, "test": 0}
    assert splits.notes == ()


def test_the_order_decides_nothing_and_the_seed_does() -> None:
    data = make_set([number % 12 for number in range(48)])
    assert split_data_set(data) == split_data_set(replace(data, dialogues=data.dialogues[::-1]))
    assert any(split_data_set(data, seed=seed).parts != split_data_set(data).parts for seed in range(1, 5))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=30))
def test_no_account_and_no_community_is_in_two_parts(pairs: list[tuple[int, int]]) -> None:
    accounts, communities = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    splits = split_data_set(make_set(accounts, communities))
    places = {key: name for name, ids in splits.parts.items() for key in ids}
    assert len(places) == len(pairs) == sum(len(ids) for ids in splits.parts.values())
    for known in (accounts, communities):
        for value in known:
            found = {places[f"d{number:03d}"] for number, other in enumerate(known) if other == value}
            assert len(found) == 1
    if splits.groups >= 3:
        assert all(splits.parts.values())

"""k-anonymity of the accounts of a data set, by what is told of them beside their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from streamdial.records import AccountMetadata

FIELDS = ("platform", "location", "categories", "certified", "followers")
"""What is told of an account beside its name, followers as a power of ten."""


class Anonymity(NamedTuple):
    """How many accounts look alike.

    Attributes:
        k: Size of the smallest group of accounts that agree in all `FIELDS`; 0 where there are no accounts.
        accounts: Accounts.
        alone: Accounts that no other one looks like.
    """

    k: int
    accounts: int
    alone: int


def measure_anonymity(accounts: Iterable[AccountMetadata]) -> Anonymity:
    """Return the k of k-anonymity (Sweeney 2002) of account metadata, over `FIELDS`.

    Args:
        accounts: Metadata of recordings; an account with several counts once, by what is told last.
    """
    told = {account.account: _generalise(account) for account in accounts}
    groups = Counter(told.values())
    return Anonymity(
        k=min(groups.values(), default=0), accounts=len(told), alone=sum(size == 1 for size in groups.values())
    )


def _generalise(account: AccountMetadata) -> tuple[Hashable, ...]:
    followers = None if account.followers is None else len(str(max(account.followers, 0)))
    return (
        account.platform.lower(),
        account.location.lower(),
        frozenset(category.lower() for category in account.categories),
        bool(account.certification),
        followers,
    )

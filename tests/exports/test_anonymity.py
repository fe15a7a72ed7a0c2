from __future__ import annotations

from typing import Any

from streamdial.exports.anonymity import Anonymity, measure_anonymity
from streamdial.records import AccountMetadata, Provenance


def build(account: str, **told: Any) -> AccountMetadata:
    return AccountMetadata(
        id=f"{account}{told}",
        domain="hotel",
        language="en",
        provenance=Provenance(source_id="s"),
        account=account,
        name=account,
        **told,
    )


def test_the_smallest_group_of_accounts_that_look_alike_is_k() -> None:
    accounts = [
        build("a", location="Riverton", followers=1200),
        build("b", location="riverton", followers=9800),
        build("c", location="Lakeside"),
        build("d", location="Lakeside"),
        build("d", location="Lakeside", certification="ok"),
    ]
    assert measure_anonymity(accounts[:4]) == Anonymity(k=2, accounts=4, alone=0)
    assert measure_anonymity(accounts) == Anonymity(k=1, accounts=4, alone=2)


def test_without_accounts_there_is_no_k() -> None:
    assert measure_anonymity([]) == Anonymity(0, 0, 0)

"""Two hundred personal data of twelve kinds are masked, two hundred look-alikes are not."""

from __future__ import annotations

from collections import Counter

import pytest

from streamdial.privacy import find_personal_data, mask_hotlines, mask_personal_data
from tests.privacy.cases import Case, read_look_alikes, read_personal


def is_found(case: Case) -> bool:
    """Tell whether every letter and figure of the datum is masked."""
    hidden = {place for span in find_personal_data(case.text) for place in range(span.start, span.end)}
    return all(place in hidden for place in range(case.start, case.end) if case.text[place].isalnum())


def test_the_lines_are_two_hundred_of_each_in_two_languages() -> None:
    for cases, kinds in ((read_personal(), 12), (read_look_alikes(), 14)):
        assert len(cases) == len({case.text for case in cases}) == 200
        assert len({case.kind for case in cases}) == kinds
        assert min(Counter(case.language for case in cases).values()) >= 85


def test_personal_data_of_every_kind_are_masked() -> None:
    cases = read_personal()
    missed = [case.text for case in cases if not is_found(case)]
    assert len(missed) <= 0.02 * len(cases), missed


def test_orders_prices_dates_models_and_hotlines_stay() -> None:
    cases = read_look_alikes()
    masked = [mask_personal_data(case.text) for case in cases if find_personal_data(case.text)]
    assert len(masked) <= 0.02 * len(cases), masked


@pytest.mark.parametrize("text", [case.text for case in read_look_alikes() if case.kind == "hotline"][:5])
def test_hotlines_are_masked_where_somebody_wants_it(text: str) -> None:
    mask_hotlines(True)
    try:
        assert "[PHONE]" in mask_personal_data(text)
    finally:
        mask_hotlines(False)
    assert mask_personal_data(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的快手号 zhao_66 来", "我的快手号 [USER] 来"),
        ("支付宝账号13800001234", "支付宝账号[USER]"),
        ("add me on snap: demo_snap", "add me on snap: [USER]"),
        ("my ig is jane.demo", "my ig is [USER]"),
        ("telegram: t.me/someone_x", "telegram: [USER]"),
        ("抖音iPhone15直播间", "抖音iPhone15直播间"),
        ("小红书2024爆款", "小红书2024爆款"),
        ("telegram v10.2 is out", "telegram v10.2 is out"),
        ("facebook live2024 sale", "facebook live2024 sale"),
        ("order#1234 on twitter", "order#1234 on twitter"),
        ("on line 6 there are 12 stations", "on line 6 there are 12 stations"),
    ],
)
def test_names_on_other_networks_are_told_from_what_is_sold_there(text: str, masked: str) -> None:
    assert mask_personal_data(text) == masked

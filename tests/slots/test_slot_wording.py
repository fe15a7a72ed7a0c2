from __future__ import annotations

import pytest

from streamdial.domains import list_domains, load_pack
from streamdial.errors import ConfigurationError
from streamdial.slots import SlotReader, format_money, format_value, join_phrases

CARS = load_pack("automotive")


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (38900, "USD", "en", "$38,900"),
        (19.5, "USD", "en", "$19.50"),
        (388, "CNY", "en", "¥388"),
        (285000, "CNY", "zh", "28.5万"),
        (388, "CNY", "zh", "388元"),
        (199800, "CNY", "zh", "19.98万"),
        (10000, "USD", "zh", "1万美元"),
        (300, "USD", "zh", "300美元"),
        (68490, "EUR", "en", "€68,490"),
        (19.5, "GBP", "zh", "£19.50"),
        (45000, "CHF", "en", "CHF 45,000"),
        (146999, "INR", "en", "₹146,999"),
        (50000, "JPY", "en", "JP¥50,000"),
    ],
)
def test_amounts_are_written_as_people_write_them(amount: float, currency: str, language: str, text: str) -> None:
    assert format_money(amount, currency, language) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slot", "value", "language", "text"),
    [
        ("price", "38900", "en", "$38,900"),
        ("price", "288000", "zh", "28.8万"),
        ("seats", "7", "en", "7 seats"),
        ("seats", "1", "en", "1 seat"),
        ("seats", "7", "zh", "7座"),
        ("range", "620", "en", "620 km"),
        ("range", "620", "zh", "620公里"),
        ("delivery", "1", "en", "1 week"),
        ("delivery", "4", "zh", "4周"),
        ("body_type", "suv", "en", "SUV"),
        ("body_type", "sedan", "zh", "轿车"),
        ("warranty", "8 years", "en", "8 years"),
        ("price", "on request", "en", "on request"),
    ],
)
def test_values_are_written_in_the_language_of_the_sentence(slot: str, value: str, language: str, text: str) -> None:
    assert format_value(CARS, slot, value, language) == text  # type: ignore[arg-type]


def test_an_unknown_slot_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'wings' is not in the automotive pack"):
        format_value(CARS, "wings", "2", "en")


@pytest.mark.parametrize("domain", list_domains())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_written_is_read_back_for_every_category_of_every_pack(domain: str, language: str) -> None:
    pack = load_pack(domain)
    reader = SlotReader(pack, language)  # type: ignore[arg-type]
    for name, slot in pack.slots.items():
        for value in slot.values:
            text = format_value(pack, name, value, language)  # type: ignore[arg-type]
            assert (name, value) in {(m.slot, m.value) for m in reader.find_values(text)}, text


@pytest.mark.parametrize(
    ("phrases", "language", "text"),
    [
        ([], "en", ""),
        (["a"], "en", "a"),
        (["a", "b"], "en", "a and b"),
        (["a", "", "b", "c"], "en", "a, b and c"),
        (["甲", "乙", "丙"], "zh", "甲、乙和丙"),
    ],
)
def test_phrases_are_joined_as_prose(phrases: list[str], language: str, text: str) -> None:
    assert join_phrases(phrases, language) == text  # type: ignore[arg-type]

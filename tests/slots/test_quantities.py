from __future__ import annotations

from itertools import pairwise

import pytest
from babel.numbers import format_currency
from babel.units import format_unit
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.real_quantities import judge_form, measure_quantities, read_forms
from streamdial.slots import (
    CURRENCY_CODES,
    NumberStyle,
    find_numbers,
    has_unread_figures,
    learn_number_style,
    read_quantities,
)
from streamdial.slots.measures import CLDR_UNITS, convert_measure

FORMS = read_forms()


@pytest.mark.parametrize("form", FORMS, ids=[f"{form['language']}-{form['text']}" for form in FORMS])
def test_a_written_form_is_read_whole_or_refused(form: dict[str, object]) -> None:
    right, wrong, told = judge_form(form)
    assert right, told
    assert not wrong, told


def test_the_table_of_forms_is_large_and_of_all_kinds() -> None:
    assert len(FORMS) >= 470
    assert {form["language"] for form in FORMS} == {"en", "zh", "de", "fr", "ru", "en-IN", "hi"}
    refused = {form["refused"] for form in FORMS if "refused" in form}
    assert refused >= {
        "ambiguous_number",
        "ambiguous_unit",
        "phone",
        "date",
        "clock",
        "version",
        "ratio",
        "score",
        "name",
    }
    assert measure_quantities()["quantity_forms_right"] == 1.0


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        (["68.490,00 €", "1.234 km"], NumberStyle(",")),
        (["$1,980.50"], NumberStyle(".")),
        (["₹1,46,999"], NumberStyle(".")),
        (["5,4 l/100 km", "4,85 m"], NumberStyle(",")),
        (["4.8 s", "82.5 kWh"], NumberStyle(".")),
        (["1 346 000 ₽"], NumberStyle(None, spaces=True)),
        # A page that writes both ways shows nothing, unless one of them is beyond doubt.
        (["4,8 s", "4.8 s"], None),
        (["4.8 s", "68.490,00 €"], NumberStyle(",")),
        (["480 km", "1.234 km", "29.11.2026", "3.5.1"], None),
        ([], None),
    ],
)
def test_a_document_shows_how_it_writes_numbers(texts: list[str], style: NumberStyle | None) -> None:
    assert learn_number_style(texts) == style


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12.98-16.98万", [129_800, 169_800]),
        ("30–40k", [30_000, 40_000]),
        ("at 3:30 on December 5", [3, 30, 5]),
        ("the Model 3 of 12月3日", [3, 12, 3]),
        ("call 555-123-4567", []),
        ("firmware 3.5.1", []),
        ("1.234 km", []),
        ("two and a half hours", [2.5]),
        ("一个半小时", [1.5]),
        ("23.60 pounds", [23.6]),
    ],
)
def test_numbers_are_those_of_the_quantities_and_what_is_whole_in_the_rest(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == values


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("call 555-123-4567", True),
        ("firmware 3.5.1", True),
        ("1.234 km", True),
        ("480 km at 3:30", False),
        ("lovely", False),
    ],
)
def test_figures_that_give_no_number_are_told_of(text: str, unread: bool) -> None:
    assert has_unread_figures(text) is unread


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet="0123456789.,  -–'万kwW$€%元年月km点半一二三 to", min_size=1, max_size=14), max_size=3)
)
def test_no_part_of_a_figure_is_read(pieces: list[str]) -> None:
    text = " x ".join(pieces)
    quantities, refusals = read_quantities(text)
    found = sorted([(q.start, q.end) for q in quantities] + [(r.start, r.end) for r in refusals])
    assert all(left[1] <= right[0] for left, right in pairwise(found))
    for number in (number for quantity in quantities for number in quantity.numbers):
        before, after = text[: number.start], text[number.end :]
        assert not (before[-1:].isdigit() and text[number.start].isdigit()), (text, number)
        assert not (after[:1].isdigit() and text[number.end - 1].isdigit()), (text, number)
        cut = len(after) > 1 and after[0] == "." and after[1].isdigit() and text[number.end - 1].isdigit()
        assert not cut, (text, number)


@settings(deadline=None)
@given(st.integers(1, 9_999_999), st.sampled_from([".", ",", "'", "\u00a0", "\u202f"]))
def test_every_way_of_grouping_gives_the_same_number(value: int, mark: str) -> None:
    written = f"{value:,}".replace(",", mark)
    style = NumberStyle("," if mark == "." else ".")
    quantities, refusals = read_quantities(f"({written} km)", style=style)
    assert not refusals
    assert [(q.low, q.unit) for q in quantities] == [(value, "km")]


@settings(deadline=None)
@given(
    st.integers(1, 9_999_999_99).map(lambda cents: cents / 100),
    st.sampled_from(
        ["en", "en_GB", "en_IN", "zh", "de", "de_CH", "fr", "ru", "es", "it", "pt", "sv", "pl", "nl", "hi"]
    ),
    # The yen's own sign is taken for the yuan's, and Japan writes yuan with 元 in front.
    st.sampled_from([code for code in CURRENCY_CODES if code != "JPY"]),
)
def test_what_cldr_writes_for_an_amount_in_any_language_is_read_back(value: float, locale: str, code: str) -> None:
    text = format_currency(value, code, locale=locale, currency_digits=False, format_type="standard")
    quantities, _ = read_quantities(text, language=locale.replace("_", "-"))
    assert [(q.low, q.high, q.currency) for q in quantities] == [(value, value, code)], text


@settings(deadline=None)
@given(
    st.integers(2, 99_999),
    st.sampled_from(["en", "en_GB", "zh", "de", "fr", "ru"]),
    # Pounds are money too, "in" is a word, a PS is no hp, and 5年 with four digits is a date.
    st.sampled_from(sorted(set(CLDR_UNITS) - {"mass-pound", "length-inch", "power-horsepower", "duration-year"})),
)
def test_what_cldr_writes_for_a_measure_is_read_back(value: int, locale: str, key: str) -> None:
    text = format_unit(value, key, length="long", locale=locale)
    quantities, _ = read_quantities(text, language=locale.partition("_")[0])
    assert [(q.low, q.unit) for q in quantities] == [(value, CLDR_UNITS[key])], text


@pytest.mark.parametrize(
    ("value", "unit", "target", "converted"),
    [
        (300, "mi", "km", 482.8),
        (6.5, "h", "min", 390),
        (0.5, "kg", "g", 500),
        (300, "里", "km", 150),
        (3, "斤", "kg", 1.5),
        (204, "PS", "kW", 150.0),
        (32, "°F", "°C", 0),
        (5, "kg", "km", None),
        (7, "km", "km", 7),
    ],
)
def test_units_are_converted_or_refused(value: float, unit: str, target: str, converted: float | None) -> None:
    assert convert_measure(value, unit, target) == converted

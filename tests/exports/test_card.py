from dataclasses import replace

from streamdial.counts import Counts
from streamdial.exports import DataSet, render_card


def test_the_card_counts_what_is_in_the_set(data: DataSet) -> None:
    card = render_card(data)
    for row in (
        "| Dialogues | 2 |",
        "| Turns | 4 |",
        "| Mean turns a dialogue | 2.0 |",
        "| Turns with evidence | 75.0 % |",
        "| Rows of knowledge (K) | 2 |",
        "| Success | 2 | 100.0 % |",
        "| real line | 1 | 25.0 % |",
        "| filter | 3 | 3 | 2 | repeats 1 |",
        "| filter.user | 0.9 |",
        "| embedder | m |",
        "| seed | 7 |",
        "| 1.name | Friday \\| evening |",
        "| 2 | b |",
        "    v1:abc",
        "    streamdial run NAME",
    ):
        assert row in card.splitlines()
    assert "The licence of the sources decides" in card


def test_mined_text_has_no_markup_in_the_card(data: DataSet) -> None:
    card = render_card(data)
    assert "<img" not in card
    assert "</script>" not in card
    assert "{{ 7\\*7 }} \\`rm\\` \\| \\|" in card


def test_a_card_of_nothing_says_so(empty: DataSet) -> None:
    card = render_card(empty)
    assert "| Dialogues | 0 |" in card
    assert "No phase reported counts." in card
    assert "The fingerprint was not recorded." in card


def test_reasons_are_listed_in_one_order(data: DataSet) -> None:
    counts = Counts("pairs")
    counts.drop("late")
    counts.drop("early", 2)
    assert "| pairs | 0 | 0 | 0 | early 2, late 1 |" in render_card(replace(data, counts=(counts,)))

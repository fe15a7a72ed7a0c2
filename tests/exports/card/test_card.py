from dataclasses import replace

from streamdial.counts import Counts
from streamdial.exports import DataSet, QualityStatistic, render_card, split_data_set


def test_the_card_counts_what_is_in_the_set(data: DataSet) -> None:
    card = render_card(data)
    for row in (
        "| Dialogues | 2 |",
        "| Turns | 4 |",
        "| Mean turns a dialogue | 2.0 |",
        "| Turns with evidence | 75.0 % |",
        "| Rows of knowledge (K) | 2 |",
        "| Success | 2 | 100.0 % |",
        "| line of the stream | 1 | 25.0 % |",
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


def test_the_card_tells_the_parts_and_what_they_share(data: DataSet) -> None:
    card = render_card(data, split_data_set(data))
    assert "| train | 2 | 100.0 % |" in card
    assert "| test | 0 | 0.0 % |" in card
    assert "(1 group, the largest of 2 dialogues, seed 0)" in card
    assert "- All dialogues form one group" in card
    assert "  - config_name: chat\n    default: true\n    data_files:\n      - split: train\n" in card
    assert "      - split: train\n        path: splits/train.parquet\n" in card


def test_the_card_has_a_table_of_quality_or_says_how_to_get_one(data: DataSet) -> None:
    assert "n/a: the set was not evaluated" in render_card(data)
    figures = (
        QualityStatistic("distinct_2_en", 0.4123, 0.38, 0.44, "share", "16 dialogues", "Diversity"),
        QualityStatistic("jga", None, note="no | reason"),
    )
    card = render_card(replace(data, quality=figures))
    assert "### Diversity" in card
    assert "| distinct 2 en | 0.412 | 0.38 to 0.44 | share | 16 dialogues |" in card
    assert "| jga | n/a |  |  | no \\| reason |" in card


def test_the_card_tells_screening_prompts_and_version(data: DataSet) -> None:
    counts = Counts("screening", asked=2, made=2, kept=1, notes=["kept by category: automotive"])
    counts.drop("no_keywords")
    card = render_card(replace(data, counts=(counts,), settings={**data.settings, "prompts": {"persona.en": "abc123"}}))
    assert "- screening: 1 of 2 kept; dropped: no keywords 1; kept by category: automotive" in card
    assert "| persona.en | abc123 |" in card
    assert "Made with streamdial " in card

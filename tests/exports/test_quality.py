import json
from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError
from streamdial.exports import QualityStatistic, read_quality
from streamdial.exports.quality import write_number


def test_figures_of_an_evaluation_are_read_where_it_leaves_them(tmp_path: Path) -> None:
    (tmp_path / "evaluation").mkdir()
    figure = {"name": "distinct_2", "value": 0.41, "low": 0.38, "high": 0.44, "unit": "share", "basis": "16 dialogues"}
    body = {"figures": {"distinct_2_en": {**figure, "section": "Diversity"}, "vendi": {"value": None, "reason": "no"}}}
    (tmp_path / "evaluation" / "evaluation.json").write_text(json.dumps(body))
    assert read_quality(tmp_path) == (
        QualityStatistic("distinct_2_en", 0.41, 0.38, 0.44, "share", "16 dialogues", "Diversity"),
        QualityStatistic("vendi", None, note="no"),
    )


def test_a_flat_mapping_and_bare_numbers_do_as_well(tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text('{"jga": 0.5, "f1": {"value": 1, "n": 12}, "none": null}')
    assert read_quality(tmp_path) == (
        QualityStatistic("jga", 0.5),
        QualityStatistic("f1", 1.0, note="n = 12"),
        QualityStatistic("none", None),
    )


def test_a_set_that_was_not_evaluated_has_no_figures(tmp_path: Path) -> None:
    assert read_quality(tmp_path) == ()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text('{"jga": "high"}')
    with pytest.raises(ConfigurationError, match=r"evaluation\.json: the figures cannot be read"):
        read_quality(tmp_path)


def test_numbers_have_three_digits_that_count() -> None:
    assert [write_number(value) for value in (None, 0.41234, 12.345, 12345.6)] == ["n/a", "0.412", "12.3", "12,346"]

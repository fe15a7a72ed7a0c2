"""Cells that hold lists and ratings become words that somebody would say."""

from __future__ import annotations

from random import Random

import pytest

from streamdial.phrases.cells import describe_cell, write_cell
from streamdial.records import Language
from streamdial.slots import states_parts

ADDRESS = "14 Mill Lane, Harrowmouth, across from the bridge"


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        ("white, silver, red", "en", "white, silver and red"),
        ("$4,000 down, $519 a month", "en", "$4,000 down and $519 a month"),
        ("5 years, battery 8 years", "en", "5 years, and 8 years on the battery"),
        (ADDRESS, "en", ADDRESS),
        ("duck, greens and rice", "en", "duck, greens and rice"),
        ("tea is free for all who eat, wine is not", "en", "tea is free for all who eat, wine is not"),
        ("one payment", "en", "one payment"),
        ("小院，茶台", "zh", "小院、茶台"),
        ("1.2米以下免费，加床100元", "zh", "1.2米以下免费，加床100元"),
    ],
)
def test_a_list_is_joined_as_it_is_spoken_and_what_is_none_stays(value: str, language: Language, said: str) -> None:
    assert write_cell(value, language) == said
    assert states_parts(said, value)


@pytest.mark.parametrize("seed", range(6))
def test_ratings_and_counts_get_their_verbs(seed: int) -> None:
    said = describe_cell("5 stars, 9 airbags", "en", Random(seed))
    gets, holds = said.split(" and ")
    assert gets in ("got 5 stars", "is rated 5 stars", "earned 5 stars")
    assert holds in ("has 9 airbags", "comes with 9 airbags", "offers 9 airbags")
    assert states_parts(said, "5 stars, 9 airbags")
    chinese = describe_cell("5星，9个气囊", "zh", Random(seed))
    assert chinese.endswith("9个气囊") and not chinese.startswith("5星") and states_parts(chinese, "5星，9个气囊")


@pytest.mark.parametrize("value", ["5 years, battery 8 years", "white, red", "9 airbags", "5 stars, quiet in town", ""])
def test_what_is_no_rating_is_no_predicate(value: str) -> None:
    assert describe_cell(value, "en", Random(1)) == ""


@pytest.mark.parametrize(
    ("text", "value", "there"),
    [
        ("It got 5 stars and has 9 airbags.", "5 stars, 9 airbags", True),
        ("It got 5 stars and has 8 airbags.", "5 stars, 9 airbags", False),
        ("You pay $4,000 down, and $519 a month.", "$4,000 down, $519 a month", True),
        ("You pay $4,000 down.", "$4,000 down, $519 a month", False),
        ("班车每天四班，20分钟到店。", "每天四班，20分钟", True),
        ("班车每天五班，20分钟到店。", "每天四班，20分钟", False),
        ("Anything.", "", False),
    ],
)
def test_a_list_stands_in_a_text_with_all_its_parts(text: str, value: str, there: bool) -> None:
    assert states_parts(text, value) is there

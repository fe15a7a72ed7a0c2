from __future__ import annotations

import pytest

from streamdial.dialogues.line_use import uses_line
from streamdial.records import Language


@pytest.mark.parametrize(
    ("text", "line", "language", "used"),
    [
        ("Honestly, you really can't go wrong with that one.", "you really can't go wrong with it", "en", True),
        ("It has a range of 480 km.", "you really can't go wrong with it", "en", False),
        ("Sounds good to me, let's do it.", "sounds good to me", "en", True),
        ("It is good.", "sounds good to me", "en", False),
        ("推开窗就是湖，您看看。", "推开窗就是湖。", "zh", True),
        ("这间有湖景。", "推开窗就是湖。", "zh", False),
        ("", "sounds good to me", "en", False),
        ("Sure.", "", "en", False),
    ],
)
def test_a_turn_rests_on_a_line_only_where_it_took_its_words(
    text: str, line: str, language: Language, used: bool
) -> None:
    assert uses_line(text, line, language) is used

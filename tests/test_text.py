from __future__ import annotations

import pytest

from streamdial.text import fold_text, set_chinese_punctuation


@pytest.mark.parametrize(
    "text",
    ["婴儿床有的，提前说一声就行。", "预算1,200元，要有浴缸！", "周六16:00可以吗？", "停车免费；泳池也开", "SU7，还是L7？"],
)
def test_a_folded_chinese_sentence_gets_its_punctuation_back(text: str) -> None:
    assert set_chinese_punctuation(fold_text(text)) == text


def test_other_texts_keep_theirs() -> None:
    assert set_chinese_punctuation("Well, 1,200 dollars? Sure: 16:00!") == "Well, 1,200 dollars? Sure: 16:00!"

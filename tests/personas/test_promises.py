from __future__ import annotations

import pytest

from streamdial.personas.promises import is_promise, list_commitments, list_refusals
from streamdial.records import AgentResponse, Language, Provenance


def say(text: str, language: Language = "en", name: str = "r1") -> AgentResponse:
    return AgentResponse(
        id=name, domain="hotel", language=language, provenance=Provenance(source_id="rec"), text=text, raw_text=text
    )


@pytest.mark.parametrize(
    ("sentence", "language", "promised"),
    [
        ("The battery is covered for eight years.", "en", True),
        ("You get a full refund until Friday.", "en", True),
        ("There is no refund on this rate.", "en", False),
        ("We don't give refunds.", "en", False),
        ("The tyres are not covered.", "en", False),
        ("A refund is not possible.", "en", False),
        ("Saturday at ten is free.", "en", False),
        ("Feel free to ask.", "en", False),
        ("No worries, parking is free.", "en", True),
        ("入住前一天免费取消", "zh", True),
        ("这个价格不包退", "zh", False),
        ("没有质保", "zh", False),
        ("周末不加价", "zh", True),
        ("不用担心,电池有质保", "zh", True),
        ("券没用完随时可以退", "zh", True),
        ("买了不能退", "zh", False),
    ],
)
def test_a_promise_is_told_from_its_denial(sentence: str, language: Language, promised: bool) -> None:
    assert is_promise(sentence, language) is promised


def test_commitments_are_sentences_with_their_answers_and_no_questions() -> None:
    told = list_commitments([say("Is there a warranty? The warranty is 8 years."), say("Come by!", name="r2")])
    assert [(promise.text, promise.evidence) for promise in told] == [("The warranty is 8 years.", ("r1",))]
    (promise,) = list_commitments([say("退改怎么算?前一天免费取消。", "zh")])
    assert promise.text == "前一天免费取消。"


def test_what_the_host_says_it_does_not_do_is_a_boundary() -> None:
    (refusal,) = list_refusals([say("静谷可以带宠物,其他房型不可以带。能不能便宜?", "zh")])
    assert refusal.text == "静谷可以带宠物,其他房型不可以带。"

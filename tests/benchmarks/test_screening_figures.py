from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield
    sys.modules.pop("real_screening", None)


def test_what_is_scored_is_not_what_the_limits_were_chosen_on() -> None:
    from real_screening import DOMAINS, list_cases

    dev, test = list_cases("dev"), list_cases("test")
    assert len(test) >= 16
    assert not {case.name for case in dev} & {case.name for case in test}
    lines = [{*case.chat, *case.comments, *case.speech, *case.pages} for case in (*dev, *test)]
    assert all(lines)
    for domain in DOMAINS:
        assert any(domain in case.belongs for case in dev)
        assert any(domain in case.belongs for case in test)


def test_a_wrong_verdict_is_counted() -> None:
    from real_screening import Case, count_wrong

    lines = ["does the suv tow a caravan", "test drive on monday?", "is the hybrid in stock"]
    right = Case("cars", "en", ("automotive",), chat=lines)
    wrong = Case("cars again", "en", ("hotel",), chat=lines)
    told = count_wrong([right, wrong], None)
    assert told == {"screening_wrong": 2, "screening_verdicts": 6, "screening_recordings": 2}

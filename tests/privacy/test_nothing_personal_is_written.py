"""A whole run over a recording full of personal data: none of them is in any file it wrote."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator

import pytest

from streamdial.privacy import mask_personal_data
from tests.conftest import ROOT
from tests.planting import (
    make_planned_run,
    plant_chat,
    plant_comments,
    plant_page,
    plant_profile,
    plant_speech,
    read_everything,
)
from tests.privacy.cases import Case, read_look_alikes, read_personal

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "hotel_live_zh"
PUBLIC = ("speech", "page", "profile")
"""Places where a business tells its address, which is kept there."""


def deal(cases: list[Case], places: int) -> Iterator[list[str]]:
    """Yield the lines for each place, every line in one of them; addresses in the first two, which viewers write."""
    dealt: list[list[str]] = [[] for _ in range(places)]
    for number, case in enumerate(cases):
        dealt[number % (2 if case.kind == "address" else places)].append(case.text)
    yield from dealt


def list_forms(datum: str) -> set[str]:
    """Return the ways in which a datum may have been written down."""
    folded = unicodedata.normalize("NFKC", datum)
    forms = {datum, folded, folded.lower(), json.dumps(datum)[1:-1]}
    figures = re.sub(r"\D", "", folded)
    joined = re.sub(r"[\s\-.·()]", "", folded)
    return forms | ({joined} if figures == joined and len(figures) >= 9 else set())


def stands_alone(form: str, text: str) -> bool:
    """Tell whether a datum is there, and not merely its figures within a longer number."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(form)}(?![0-9A-Za-z])", text) is not None


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    source = tmp_path_factory.mktemp("planted") / "recording"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("*.mp4"))
    personal, others = read_personal(), read_look_alikes()
    chat, comments, speech, page, profile = (
        own + look for own, look in zip(deal(personal, 5), deal(others, 5), strict=True)
    )
    plant_chat(source, chat, [case.datum for case in personal])
    plant_comments(source, comments, [case.datum for case in personal])
    plant_speech(source, speech)
    plant_page(source, page)
    plant_profile(source, profile)
    out = tmp_path_factory.mktemp("written") / "run"
    make_planned_run(source, out, "hotel")
    return list(read_everything(out))


def test_no_personal_datum_is_in_any_file(written: list[tuple[str, str]]) -> None:
    forms = {form for case in read_personal() for form in list_forms(case.datum)}
    found = {(name, form) for name, text in written for form in forms if form in text and stands_alone(form, text)}
    assert not found


def test_the_lines_were_read_and_what_is_nobodys_is_kept(written: list[tuple[str, str]]) -> None:
    told = "\n".join(text for _, text in written)
    for kind in ("PHONE", "ID", "BANK_CARD", "PLATE", "WECHAT", "QQ", "EMAIL", "ADDRESS", "USER"):
        assert f"[{kind}]" in told
    assert sum(mask_personal_data(case.text) in told for case in read_personal()) > 50
    assert sum(case.text in told for case in read_look_alikes()) > 50
    names = {name for name, _ in written}
    assert any(name.endswith("(Parquet)") for name in names)
    assert any(name.endswith("(SQLite)") for name in names)
    assert "store (points)" in names

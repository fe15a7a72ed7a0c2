from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.errors import ConfigurationError, FingerprintError, StoreError
from streamdial.files import Journal, read_lines, write_json
from streamdial.ids import dump_canonical_json, make_id
from streamdial.options import list_options
from streamdial.pipeline import (
    LEFT_OUT,
    RunSettings,
    Workspace,
    collect_parts,
    compute_fingerprint,
    find_finished,
)
from streamdial.pipeline.run import Run


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    return RunSettings(domain="automotive", sources=("a",), out=str(tmp_path / "run"))


def test_every_setting_is_in_the_fingerprint_or_left_out_with_a_reason(settings: RunSettings, tmp_path: Path) -> None:
    names = {option.name for option in list_options(RunSettings)}
    known = {RunSettings.FINGERPRINT_NAMES.get(name, name) for name in names}
    # What was added later is a part where it is not the default.
    table = tmp_path / "rooms.csv"
    table.write_text("room,price", "utf-8")
    typed = {"guided_by": "turn", "diarize": "never", "speakers": 2, "knowledge": str(table)}
    listed = tmp_path / "strategies.yaml"
    listed.write_text("- name: skeleton", "utf-8")
    typed |= {"strategy": ["real_opening=0.5"], "strategies_file": str(listed)}
    typed |= {"screen": "warn", "screen_text": "off", "url": "https://example.org"}
    typed |= {"hotlines": "mask", "leave_out": ["persona"]}
    added = {**dict.fromkeys(RunSettings.ADDED_LATER, "example"), **typed}
    changed = settings.replace(model="openai/some-model", **added)
    assert known == (known & set(LEFT_OUT)) | (known & set(collect_parts(changed)))
    added_parts = set(collect_parts(changed)) - set(collect_parts(settings))
    assert added_parts == {*RunSettings.ADDED_LATER, "strategy_versions"}
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize(
    ("mode", "strong"), [("auto", True), ("guided", True), ("direct", True), ("planned", False), ("reworded", False)]
)
def test_a_strong_model_also_settles_words_and_drafts(settings: RunSettings, mode: str, strong: bool) -> None:
    run = Run(settings.replace(model="hosted_vllm/some-model", api_base="http://127.0.0.1:9/v1", mode=mode))
    assert run.mode == ("guided" if mode == "auto" else mode)
    assert run.strong is run.settles_uncertain is strong
    assert Run(settings.replace(out=settings.out + "2")).mode == "planned"


@pytest.mark.parametrize(("name", "value"), [("out", "/elsewhere"), ("concurrency", 9), ("dialogues", 99)])
def test_what_is_left_out_does_not_change_the_fingerprint(settings: RunSettings, name: str, value: object) -> None:
    assert compute_fingerprint(settings.replace(**{name: value})) == compute_fingerprint(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("seed", 8), ("model", "openai/x"), ("domain", "hotel"), ("user_threshold", 0.8)]
)
def test_what_influences_data_changes_it(settings: RunSettings, name: str, value: object) -> None:
    assert compute_fingerprint(settings.replace(**{name: value})) != compute_fingerprint(settings)


def test_a_folder_of_other_settings_is_refused_with_the_difference_named(settings: RunSettings) -> None:
    first = Workspace.open(settings)
    assert Workspace.open(settings).instance == first.instance
    with pytest.raises(FingerprintError, match="seed was 7, is 8"):
        Workspace.open(settings.replace(seed=8))


def test_the_folder_is_its_owners_alone(settings: RunSettings) -> None:
    workspace = Workspace.open(settings)
    assert workspace.root.stat().st_mode & 0o077 == 0
    assert len(workspace.salt) >= 16
    assert workspace.salt == Workspace.open(settings).salt


def test_a_folder_with_something_else_in_it_is_refused(settings: RunSettings) -> None:
    Path(settings.out).mkdir()
    Path(settings.out, "x").touch()
    with pytest.raises(ConfigurationError, match="was not made by a run"):
        Workspace.open(settings)


def test_a_journal_survives_a_line_cut_off_by_a_kill(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    opened = Journal(journal)
    opened.append({"id": 1})
    opened.close()
    with journal.open("a") as file:
        file.write('{"id": 2, "te')
    assert list(read_lines(journal)) == [{"id": 1}]


def test_a_run_is_finished_only_with_all_its_files_and_the_same_question(settings: RunSettings) -> None:
    workspace = Workspace.open(settings)
    file = workspace.root / "data"
    file.touch()
    summary = {"dialogues_asked": 16, "recordings_read": ["r"], "failed": [], "left": 0, "files": [str(file)]}
    write_json(workspace.summary, summary)
    assert find_finished(settings, ["r"]) == summary
    assert find_finished(settings, ["r", "s"]) is None
    assert find_finished(settings.replace(dialogues=17), ["r"]) is None
    assert find_finished(settings.replace(seed=1), ["r"]) is None
    file.unlink()
    assert find_finished(settings, ["r"]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_equal_values_have_one_id_and_kinds_never_share_one(value: object) -> None:
    assert make_id("a", value) == make_id("a", value)
    assert make_id("a", value) != make_id("b", value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert dump_canonical_json(dict(reversed(value.items()))) == dump_canonical_json(value)


def test_nan_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        make_id("a", float("nan"))


def test_a_folder_of_another_version_says_which_one_can_finish_it(settings: RunSettings) -> None:
    marker = Workspace.open(settings).root / "run.json"
    known = json.loads(marker.read_text(encoding="utf-8"))
    known["parts"]["version"] = "1/0.0.9"
    write_json(marker, known)
    with pytest.raises(FingerprintError, match=r"was made by version 0\.0\.9, .*finish it with streamdial 0\.0\.9, or"):
        Workspace.open(settings)


def test_a_folder_that_cannot_be_written_says_what_to_do(settings: RunSettings) -> None:
    workspace = Workspace.open(settings)
    # What root may write anyway, a folder in its place it may not.
    (workspace.root / "lock").mkdir()
    with (
        pytest.raises(StoreError, match=r"nothing can be written in this folder.*To fix: make it writable"),
        workspace.hold(),
    ):
        pass

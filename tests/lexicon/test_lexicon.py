from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.lexicon import (
    Lexicon,
    LexiconEntry,
    build_lexicon,
    compile_lexicon,
    fold_characters,
    join_letters,
    open_lexicon,
    read_entries,
    spell_sounds,
)
from streamdial.lexicon.pieces import Queries, allow_edits, cut_pieces, measure_edits

FORMS = st.text("abAB x9大床房望湖忘", min_size=1, max_size=6)


def build(*forms: str) -> Lexicon:
    return build_lexicon(LexiconEntry(form) for form in forms)


def find(lexicon: Lexicon, text: str) -> list[tuple[str, str, str]]:
    return [
        (text[match.start : match.end], lexicon.get_entry(match.entry).canonical, match.how)
        for match in lexicon.find_similar(text)
    ]


def list_places(form: str, text: str) -> list[int]:
    """Find a form the slow way, by the rule of `find_exact`."""

    def joins(place: int) -> bool:
        pair = text[place - 1 : place + 1]
        return place > 0 and len(pair) == 2 and all(sign.isascii() and sign.isalnum() for sign in pair)

    return [
        start
        for start in range(len(text) - len(form) + 1)
        if text.startswith(form, start) and not joins(start) and not joins(start + len(form))
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(FORMS, max_size=12), st.text("abAB x9大床房望湖忘", max_size=40))
def test_every_place_of_every_form_is_found_and_no_other(forms: list[str], text: str) -> None:
    lexicon = build(*forms)
    folded = fold_characters(text)
    known = {fold_characters(form.strip()) for form in forms}
    expected = {(start, start + len(form)) for form in known if len(form) >= 2 for start in list_places(form, folded)}
    assert {(match.start, match.end) for match in lexicon.find_exact(text)} == expected


@settings(max_examples=500, deadline=None)
@given(st.text())
def test_a_text_is_folded_character_by_character(text: str) -> None:
    assert fold_characters(text) == "".join(fold_characters(sign) for sign in text)
    assert len(fold_characters(text)) == len(text)


def test_width_and_case_do_not_matter_and_words_are_whole() -> None:
    lexicon = build("SU7", "望湖大床房")
    text = "ＳＵ７和望湖大床房，不是SU75"
    assert [text[match.start : match.end] for match in lexicon.find_exact(text)] == ["ＳＵ７", "望湖大床房"]


@pytest.mark.parametrize(
    ("one", "other"), [("知", "资"), ("宁", "林"), ("大床房", "大床方"), ("四驱", "四去"), ("飞", "灰"), ("e6", "一六")]
)
def test_sounds_that_are_confused_are_spelled_the_same(one: str, other: str) -> None:
    assert spell_sounds(one) == spell_sounds(other)
    assert spell_sounds("望湖") != spell_sounds("海湾")


@pytest.mark.parametrize(
    ("form", "text", "heard", "how"),
    [
        ("望湖大床房", "推荐忘湖大床方给您", "忘湖大床方", "sound"),
        ("观澜湖景大床房", "看观南湖景小床房吧", "观南湖景小床房", "spelling"),
        ("Borealis", "take the Boreal is now", "Boreal is", "joined"),
        ("Borealis", "take the bore alice now", "bore alice", "sound"),
        ("Meridian", "the Meridien", "Meridien", "spelling"),
        ("Silverleaf", "the Silvrleef", "Silvrleef", "spelling"),
    ],
)
def test_a_damaged_form_is_a_candidate(form: str, text: str, heard: str, how: str) -> None:
    assert (heard, form, how) in find(build(form, "Harvest", "海岳"), text)


def test_the_form_itself_is_no_candidate_and_figures_must_agree() -> None:
    assert find(build("Lumen 5", "Meridian"), "the Lumen 5 and the Meridian") == []
    assert find(build("Borealis 5"), "the Borealis 6") == []


@settings(max_examples=200, deadline=None)
@given(st.text("abcde", min_size=5, max_size=14), st.data())
def test_every_spelling_within_the_allowed_edits_is_a_candidate(form: str, data: st.DataObject) -> None:
    letters = list(form)
    for _ in range(allow_edits(len(form))):
        place = data.draw(st.integers(0, len(letters) - 1))
        edit = data.draw(st.sampled_from(["drop", "add", "change"]))
        if edit == "drop" and len(letters) > 1:
            del letters[place]
        elif edit == "add":
            letters.insert(place, data.draw(st.sampled_from("abcde")))
        else:
            letters[place] = data.draw(st.sampled_from("abcde"))
    heard = "".join(letters)
    candidates = {match.how for match in build(form).find_similar(heard)}
    assert (heard == form) == (candidates == set())


def test_the_lengths_of_pieces_add_up() -> None:
    assert cut_pieces(10, 2) == [(0, 3), (3, 3), (6, 4)]
    assert cut_pieces(5, 0) == [(0, 5)]
    assert [allow_edits(length) for length in (4, 5, 8, 9, 14)] == [0, 1, 1, 2, 2]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text("ab", min_size=1, max_size=7), st.text("ab", min_size=1, max_size=7)), min_size=1))
def test_banded_distances_agree_with_the_full_ones(pairs: list[tuple[str, str]]) -> None:
    def lay_out(texts: list[str]) -> tuple[np.ndarray, Queries]:
        sizes = np.array([len(text) for text in texts])
        codes = np.frombuffer("".join(texts).encode(), np.uint8).astype(np.uint32)
        return codes, Queries(np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)

    heard, meant = lay_out([one for one, _ in pairs]), lay_out([two for _, two in pairs])
    found = measure_edits(*heard, *meant, block=3).tolist()
    assert found == [min(3, Levenshtein.distance(one, two)) for one, two in pairs]


def test_doubles_conflicts_and_empty_entries_are_reported_and_the_rest_compiles() -> None:
    counts = Counts("lexicon")
    lexicon = build_lexicon(
        [
            LexiconEntry("Verano"),
            LexiconEntry("verano", canonical="Verano"),
            LexiconEntry("Verano", "location"),
            LexiconEntry(" "),
            LexiconEntry("x"),
            LexiconEntry("y" * 41),
            LexiconEntry("su seven", canonical="SU7"),
        ],
        counts,
    )
    assert len(lexicon) == counts.kept == 2
    assert dict(counts.dropped) == {"duplicate": 1, "conflict": 1, "empty": 1, "too_short": 1, "too_long": 1}
    assert counts.notes == ["'verano' is name 'Verano' and also location 'Verano'; the first one stands"]
    (match,) = lexicon.find_exact("the SU Seven")
    assert lexicon.get_entry(match.entry) == LexiconEntry("su seven", "name", "SU7")


def test_a_lexicon_without_entries_finds_nothing(tmp_path: Path) -> None:
    compile_lexicon([], tmp_path / "empty")
    lexicon = open_lexicon(tmp_path / "empty")
    assert lexicon.find_exact("望湖 Meridian") == lexicon.find_similar("望湖 Meridian") == []


def test_a_mapped_lexicon_answers_as_the_one_in_memory(tmp_path: Path) -> None:
    forms = ["望湖大床房", "Borealis", "SU7", "湖滨路"]
    made = compile_lexicon((LexiconEntry(form) for form in forms), tmp_path / "l")
    mapped = open_lexicon(tmp_path / "l")
    text = "忘湖大床方 bore alice S U 7 湖冰路 SU7"
    assert mapped.find_similar(text) == made.find_similar(text) != []
    assert mapped.find_exact(text) == made.find_exact(text) != []


def test_compiling_again_replaces_a_lexicon_and_nothing_else(tmp_path: Path) -> None:
    compile_lexicon([LexiconEntry("Alpha")], tmp_path / "l")
    compile_lexicon([LexiconEntry("Gamma"), LexiconEntry("Delta")], tmp_path / "l")
    assert len(open_lexicon(tmp_path / "l")) == 2
    (tmp_path / "mine").mkdir()
    with pytest.raises(ConfigurationError, match="no lexicon"):
        compile_lexicon([], tmp_path / "mine")


@pytest.mark.parametrize("damage", ["missing", "truncated", "version"])
def test_what_is_no_lexicon_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    compile_lexicon([LexiconEntry("Alpha")], tmp_path / "l")
    if damage == "missing":
        (tmp_path / "l" / "kinds.npy").unlink()
    elif damage == "truncated":
        (tmp_path / "l" / "canonicals.npy").write_bytes(b"\x93NUMPY")
    else:
        manifest = (tmp_path / "l" / "manifest.json").read_text().replace('"format": 1', '"format": 0')
        (tmp_path / "l" / "manifest.json").write_text(manifest)
    with pytest.raises(ConfigurationError, match="lexicon"):
        open_lexicon(tmp_path / "l")


def test_entries_are_read_from_each_kind_of_file_and_bad_lines_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("望湖大床房\n\nBorealis\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text(
        "form\tkind\tcanonical\n湖滨路\tlocation\nsu seven\tname\tSU7\n x\tcolour\n", encoding="utf-8"
    )
    lines = ['{"form": "热泵空调", "kind": "term"}', '{"form": ', '{"kind": "name"}', "[]"]
    (tmp_path / "c.jsonl").write_bytes("\n".join(lines).encode() + b"\n\xff\n")
    counts = Counts("lexicon")
    found = [entry for name in ("a.txt", "b.tsv", "c.jsonl") for entry in read_entries(tmp_path / name, counts)]
    assert found == [
        LexiconEntry("望湖大床房"),
        LexiconEntry("Borealis"),
        LexiconEntry("湖滨路", "location"),
        LexiconEntry("su seven", "name", "SU7"),
        LexiconEntry("热泵空调", "term"),
    ]
    assert dict(counts.dropped) == {"unknown_kind": 1, "not_json": 2, "no_form": 1, "not_text": 1}
    assert counts.asked == 10
    assert "b.tsv, line 4: unknown kind" in counts.notes


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\.xlsx"):
        list(read_entries(tmp_path / "a.xlsx", Counts("lexicon")))


def test_joined_letters_leave_out_what_is_no_letter() -> None:
    assert join_letters("e-tron gt 望湖") == "etrongt"

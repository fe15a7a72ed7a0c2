"""Which of many sources are worth mining, and in which order."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from streamdial.domains import DomainPack, load_pack
from streamdial.errors import ConfigurationError, SourceError
from streamdial.signals.candidates import CandidateOptions, ScreeningResult, screen_candidates, write_screening


def write_lines(folder: Path, rows: Sequence[dict[str, Any] | str]) -> Path:
    path = folder / "candidates.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def screen(folder: Path, pack: DomainPack, *rows: dict[str, Any] | str) -> ScreeningResult:
    return screen_candidates(write_lines(folder, rows), pack)


def decide(folder: Path, pack: DomainPack, **fields: Any) -> str:
    result = screen(folder, pack, {"id": "a", "kind": "room", **fields})
    table = result.kept if result.kept.height else result.dropped
    return str(table["reason"][0])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tags": ["Automotive", "daily"]}, "category"),
        ({"tags": "ＡＵＴＯ，生活"}, "category"),
        ({"certification": "Authorised dealer", "bio": "a hybrid for everyone"}, "certification"),
        ({"services": ["test drive", "trade-in"]}, "services"),
        ({"title": "which SUV to buy, what price"}, "keywords"),
        ({"description": "试驾和续航都讲，多少钱也讲"}, "keywords"),
        # One keyword deep in a description is too little, and a keyword inside a longer word is none.
        ({"description": "my brother has a car, how much I envy him"}, "no_domain_match"),
        ({"title": "scared of suvival games"}, "no_domain_match"),
        ({"title": "SUV sedan compilation"}, "no_service_goal"),
        ({"title": "karaoke, song request"}, "entertainment"),
        ({"title": "karaoke", "tags": ["cars"]}, "category"),
        ({"title": "work from home, earn money"}, "advertising"),
        ({"title": "SUV price", "description": "日赚五百，点击链接"}, "advertising"),
        ({"title": "SUV price", "comment_samples": ["买"] * 5}, "repeated_comments"),
        ({"title": "SUV price", "comment_samples": ["买"] * 4}, "keywords"),
        ({"kind": "podcast", "tags": ["cars"]}, "unknown_kind"),
        ({"id": " ", "tags": ["cars"]}, "no_id"),
    ],
)
def test_every_candidate_is_kept_or_dropped_for_a_reason(
    tmp_path: Path, pack: DomainPack, fields: dict[str, Any], reason: str
) -> None:
    assert decide(tmp_path, pack, **fields) == reason


def test_busy_rooms_and_comments_to_match_rank_before_interaction(tmp_path: Path, pack: DomainPack) -> None:
    result = screen(
        tmp_path,
        pack,
        {"id": "famous", "kind": "account", "tags": ["cars"], "name": "1", "followers": 9_000_000, "comments": 1},
        {"id": "crowded", "kind": "room", "tags": ["cars"], "name": "2", "viewers": 1001, "comments": 40},
        {"id": "talked about", "kind": "video", "tags": ["cars"], "name": "3", "comments": 40},
        {"id": "quiet", "kind": "room", "tags": ["cars"], "name": "4", "viewers": 1000, "comments": 39},
    )
    assert result.kept["id"].to_list() == ["crowded", "talked about", "famous", "quiet"]
    assert result.kept["rank"].to_list() == [1, 2, 3, 4]
    assert result.kept["busy"].to_list() == [True, True, False, False]
    assert result.kept["interaction"][0] == round(math.log(1002) + math.log(41), 4)


def test_what_comes_twice_by_id_or_by_text_is_kept_once(tmp_path: Path, pack: DomainPack) -> None:
    row = {"id": "a", "kind": "room", "platform": "p", "tags": ["cars"], "title": "Nightly cars"}
    result = screen(
        tmp_path,
        pack,
        row,
        row,
        {**row, "id": "b", "title": "ＮＩＧＨＴＬＹ cars"},
        {**row, "id": "c", "platform": "q"},
    )
    assert sorted(result.kept["id"]) == ["a", "c"]
    assert result.counts.dropped == {"duplicate": 2}


def test_candidates_without_any_text_are_no_duplicates_of_each_other(tmp_path: Path, pack: DomainPack) -> None:
    rows = [{"id": number, "kind": "room", "tags": ["cars"]} for number in range(3)]
    assert screen(tmp_path, pack, *rows).kept.height == 3


def test_bad_lines_are_counted_and_named(tmp_path: Path, pack: DomainPack) -> None:
    good = {"id": "a", "kind": "room", "tags": ["cars"]}
    result = screen(tmp_path, pack, good, '{"id": broken', "[1, 2]", "", '"text"', "{}", "5")
    assert result.kept.height == 1
    assert result.counts.dropped == {"bad_line": 4, "no_id": 1}
    assert result.counts.asked == result.counts.kept + result.counts.dropped.total()
    assert "candidates.jsonl: no JSON object in line 2, 3, 5 and 1 more" in result.counts.notes


def test_wrong_types_are_read_as_what_they_can_be(tmp_path: Path, pack: DomainPack) -> None:
    result = screen(
        tmp_path,
        pack,
        {"id": 1, "kind": "Room", "tags": "cars", "viewers": "1.2万"},
        {"id": "2", "kind": "room", "tags": {"a": "cars"}, "viewers": [5], "name": "n"},
        {"id": "3", "kind": "room", "tags": ["cars"], "viewers": "1,300", "name": "m"},
        {"id": "4", "kind": "room", "tags": ["cars"], "viewers": "many", "name": "o"},
    )
    viewers = dict(zip(result.kept["id"], result.kept["viewers"], strict=True))
    assert (viewers["1"], viewers["3"], viewers["4"]) == (12_000, 1300, None)


def test_parquet_and_csv_are_screened_like_lines(tmp_path: Path, pack: DomainPack) -> None:
    table = pl.DataFrame(
        {"id": ["a", "b"], "kind": ["room", "page"], "tags": [["cars", "x"], ["cats"]], "viewers": [2000, None]}
    )
    table.write_parquet(tmp_path / "c.parquet")
    table.with_columns(pl.col("tags").list.join(",")).write_csv(tmp_path / "c.csv")
    for name in ("c.parquet", "c.csv"):
        result = screen_candidates(tmp_path / name, pack)
        assert result.kept.select("id", "reason", "busy").rows() == [("a", "category", True)]
        assert result.dropped.select("id", "reason").rows() == [("b", "no_domain_match")]
        assert f"{name}: without platform" in result.counts.notes[0]
    both = screen_candidates([tmp_path / "c.parquet", tmp_path / "c.csv"], pack)
    assert both.counts.dropped == {"duplicate": 2, "no_domain_match": 1}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("none.jsonl", None, "there is no such file"),
        ("a.xlsx", "x", "cannot be read"),
        ("a.csv", "name,kind\nx,room\n", "the column 'id' is missing"),
        ("a.jsonl", "", "holds no JSON objects"),
        ("a.jsonl", "not json\n", "holds no JSON objects"),
        ("a.csv", "", "cannot be read"),
        ("a.parquet", "no parquet", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_screened_is_named(
    tmp_path: Path, pack: DomainPack, name: str, text: str | None, told: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=told) as caught:
        screen_candidates(tmp_path / name, pack)
    assert name in str(caught.value)


def test_the_summary_counts_every_candidate_once(tmp_path: Path, pack: DomainPack) -> None:
    result = screen(
        tmp_path,
        pack,
        {"id": "a", "kind": "room", "tags": ["cars"]},
        {"id": "b", "kind": "room", "tags": ["cars"]},
        {"id": "c", "kind": "page", "title": "knitting"},
    )
    assert result.summary.rows() == [
        ("page", "dropped", "no_domain_match", 1),
        ("room", "kept", "category", 2),
    ]


def test_results_are_written_whole(tmp_path: Path, pack: DomainPack) -> None:
    result = screen(tmp_path, pack, {"id": "a", "kind": "room", "tags": ["cars"]})
    paths = write_screening(result, tmp_path / "out")
    assert [path.name for path in paths] == ["kept.parquet", "dropped.parquet", "summary.csv"]
    assert pl.read_parquet(paths[0]).equals(result.kept)
    assert not list((tmp_path / "out").glob("*.part"))


def test_no_personal_data_and_no_free_text_is_written(tmp_path: Path, pack: DomainPack) -> None:
    row = {"id": "a", "kind": "account", "tags": ["cars"], "name": "老王 13800138000", "bio": "微信 lulu_2020"}
    result = screen(tmp_path, pack, row, {"id": "b", "kind": "page", "name": "小李 13800138001"})
    assert result.kept["name"].to_list() == ["老王 [PHONE]"]
    assert not {"bio", "title", "description", "comment_samples"} & set(result.kept.columns)
    assert "name" not in result.dropped.columns


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, pack: DomainPack) -> None:
    (tmp_path / "file").write_text("")
    result = screen(tmp_path, pack, {"id": "a", "kind": "room", "tags": ["cars"]})
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_screening(result, tmp_path / "file" / "out")


def test_the_viewers_that_make_a_room_busy_can_be_set(tmp_path: Path, pack: DomainPack) -> None:
    path = write_lines(tmp_path, [{"id": "a", "kind": "room", "tags": ["cars"], "viewers": 50}])
    assert screen_candidates(path, pack, options=CandidateOptions(many_viewers=49)).kept["busy"].to_list() == [True]


def test_odd_files_are_read_or_refused_by_name(tmp_path: Path) -> None:
    pack = load_pack("automotive")
    (tmp_path / "bom.jsonl").write_bytes(b"\xef\xbb\xbf" + b'{"id": "a", "kind": "room", "categories": ["cars"]}\n')
    (tmp_path / "semicolon.csv").write_text("id;kind;categories\nb;room;cars\n", encoding="utf-8")
    (tmp_path / "quote.csv").write_text(
        'id,kind,categories\nc,room,cars\nd,room,"cars\ne,room,cars\n', encoding="utf-8"
    )
    paths = [tmp_path / name for name in ("bom.jsonl", "semicolon.csv", "quote.csv")]
    result = screen_candidates(paths, pack)
    assert {"a", "b", "c", "e"} <= set(result.kept["id"])
    assert any("quotation mark" in note and "quote.csv" in note for note in result.counts.notes)
    (tmp_path / "other.csv").write_text("name,place\nx,y\n", encoding="utf-8")
    with pytest.raises(SourceError, match="there are name, place"):
        screen_candidates(tmp_path / "other.csv", pack)


def test_no_personal_data_is_written_of_a_candidate(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "kind": "room",
        "categories": ["cars"],
        "name": "老王 电话13912345678",
        "services": "电话13912345678",
        "certification": "加微信 car12345678",
        "tags": ["cars", "13912345678"],
    }
    (tmp_path / "c.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    result = screen_candidates(tmp_path / "c.jsonl", load_pack("automotive"))
    written = result.kept.write_json()
    assert "13912345678" not in written
    assert "car12345678" not in written

"""Live chat of YouTube and Twitch."""

from __future__ import annotations

import contextlib
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message
from streamdial.sources import read_live_chat

SALTED = Pseudonymizer(bytes(range(32)))


def make_text(text: str, **more: object) -> dict[str, Any]:
    renderer = {
        "message": {"runs": [{"text": text}]},
        "authorName": {"simpleText": "Ann Lee"},
        "authorExternalChannelId": "UC1",
        "timestampUsec": "1600000000000000",
        **more,
    }
    return {"addChatItemAction": {"item": {"liveChatTextMessageRenderer": renderer}}}


def make_replay(action: dict[str, Any], offset: object) -> dict[str, Any]:
    return {"replayChatItemAction": {"actions": [action], "videoOffsetTimeMsec": offset}}


def write(tmp_path: Path, *items: object, name: str = "a.live_chat.json") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(item if isinstance(item, str) else json.dumps(item) for item in items), "utf-8")
    return path


def read(path: Path, counts: Counts | None = None) -> list[Message]:
    return list(read_live_chat(path, pseudonyms=SALTED, counts=counts or Counts("sources")))


def test_a_line_of_yt_dlp_is_a_message(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, make_replay(make_text("How much is the SU7?"), "12345"))
    (message,) = read(path, counts)
    assert (message.text, message.time, message.kind) == ("How much is the SU7?", 12.345, "chat")
    assert (message.author, message.by_host) == (SALTED.name("UC1"), False)
    assert (counts.asked, counts.kept, counts.notes) == (1, 1, [])


def test_emoji_runs_become_their_shortcuts(tmp_path: Path) -> None:
    runs = [
        {"text": "nice "},
        {"emoji": {"emojiId": "UC/x", "shortcuts": [":_car:", ":car:"], "isCustomEmoji": True}},
        {"emoji": {"emojiId": "😊"}},
        {"emoji": {"image": {"accessibility": {"accessibilityData": {"label": "wave"}}}}},
    ]
    (message,) = read(write(tmp_path, make_replay(make_text("", message={"runs": runs}), "0")))
    assert message.text == "nice :_car:😊:wave:"


def test_super_chats_are_paid_and_their_tickers_dropped(tmp_path: Path, counts: Counts) -> None:
    paid = {"message": {"runs": [{"text": "any discount?"}]}, "purchaseAmountText": {"simpleText": "$5.00"}}
    path = write(
        tmp_path,
        make_replay({"addChatItemAction": {"item": {"liveChatPaidMessageRenderer": paid}}}, "1000"),
        make_replay({"addLiveChatTickerItemAction": {"item": {}}}, "1000"),
        make_replay({"addChatItemAction": {"item": {"liveChatPaidStickerRenderer": {}}}}, "1000"),
        make_replay({"markChatItemAsDeletedAction": {}}, "1000"),
    )
    (message,) = read(path, counts)
    assert (message.kind, message.text, message.author) == ("paid", "any discount?", None)
    assert dict(counts.dropped) == {"ticker": 1, "sticker": 1, "not_a_message": 1}


def test_the_owner_badge_marks_the_host(tmp_path: Path) -> None:
    badge = {"liveChatAuthorBadgeRenderer": {"icon": {"iconType": "OWNER"}}}
    (message,) = read(write(tmp_path, make_replay(make_text("Yes", authorBadges=[badge]), "1")))
    assert message.by_host


def test_times_before_the_start_are_kept_to_one_hour(tmp_path: Path, counts: Counts) -> None:
    items = [
        {"message": "early", "time_in_seconds": -3600, "author": {"id": "a"}},
        {"message": "too early", "time_in_seconds": -3600.5, "author": {"id": "a"}},
        {"message": "shown", "time_text": "-0:45", "author": {"id": "a"}},
    ]
    assert [(m.text, m.time) for m in read(write(tmp_path, *items), counts)] == [("early", -3600.0), ("shown", -45.0)]
    assert dict(counts.dropped) == {"bad_time": 1}


def test_an_offset_of_zero_takes_the_shown_time_before_the_start(tmp_path: Path) -> None:
    shown = make_text("hello", timestampText={"simpleText": "-1:05"})
    assert read(write(tmp_path, make_replay(shown, "0")))[0].time == -65.0


@pytest.mark.parametrize("offset", ["soon", "NaN", 1e30, -4_000_000, None])
def test_garbage_offsets_are_counted(tmp_path: Path, counts: Counts, offset: object) -> None:
    action = make_text("x")
    del action["addChatItemAction"]["item"]["liveChatTextMessageRenderer"]["timestampUsec"]
    assert read(write(tmp_path, make_replay(action, offset)), counts) == []
    assert dict(counts.dropped) == {"bad_time": 1}


def test_raw_live_actions_count_from_the_first(tmp_path: Path, counts: Counts) -> None:
    later = make_text("second", timestampUsec="1600000007500000")
    path = tmp_path / "actions.json"
    path.write_text(json.dumps([make_text("first"), later], indent=2))
    assert [(m.text, m.time) for m in read(path, counts)] == [("first", 0.0), ("second", 7.5)]
    assert counts.notes == ["actions.json: has no offsets; its times count from its first message."]


def test_chat_downloader_is_read_in_its_new_and_old_format(tmp_path: Path) -> None:
    new = {
        "message": "is it 7 seats",
        "message_type": "text_message",
        "time_in_seconds": 61.5,
        "author": {"id": "UC2", "name": "Bo", "badges": [{"title": "Owner"}]},
    }
    paid = {
        "message": "hi",
        "message_type": "paid_message",
        "time_in_seconds": 2,
        "author": {"name": "Cy"},
        "money": {},
    }
    old = {"author": "Di", "author_id": "UC3", "message": "ok", "time_in_seconds": 3, "video_offset_time_msec": 3254}
    messages = read(write(tmp_path, [new, paid, old], name="chat.json"))
    assert [(m.text, m.time, m.kind, m.author, m.by_host) for m in messages] == [
        ("is it 7 seats", 61.5, "chat", SALTED.name("UC2"), True),
        ("hi", 2.0, "paid", SALTED.name("Cy"), False),
        ("ok", 3.254, "chat", SALTED.name("UC3"), False),
    ]


def test_broken_lines_are_counted_with_their_number(tmp_path: Path, counts: Counts) -> None:
    good = make_replay(make_text("fine"), "1")
    path = write(tmp_path, good, '{"replayChatItemAction": {"acti', "", good, "}{", "[" * 5000)
    assert [message.text for message in read(path, counts)] == ["fine", "fine"]
    assert dict(counts.dropped) == {"broken_json": 3}
    assert counts.notes == ["a.live_chat.json: not valid JSON in line 2, 5, 6; the other lines were kept."]


def test_a_broken_first_line_does_not_hide_the_others(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, '{"replayChatItemAction": {"acti', make_replay(make_text("fine"), "1"))
    assert [message.text for message in read(path, counts)] == ["fine"]


def test_a_cut_list_keeps_what_came_before(tmp_path: Path, counts: Counts) -> None:
    items = [{"message": f"m{n}", "time_in_seconds": n, "author": {"id": "a"}} for n in range(3)]
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(items, indent=1)[:-30])
    assert [message.text for message in read(path, counts)] == ["m0", "m1"]
    assert dict(counts.dropped) == {"broken_json": 1}
    assert counts.notes[0].startswith("chat.json: not valid JSON in item 3 (line 16)")


def test_twitch_downloads_are_read(tmp_path: Path) -> None:
    comment = {"content_offset_seconds": 5.5, "commenter": {"_id": "9", "name": "eve"}, "message": {"body": "price?"}}
    host = {"content_offset_seconds": 8, "commenter": {"_id": "1"}, "message": {"body": "249,900"}}
    path = write(tmp_path, {"streamer": {"name": "x", "id": 1}, "comments": [comment, host]})
    assert [(m.text, m.time, m.by_host) for m in read(path)] == [("price?", 5.5, False), ("249,900", 8.0, True)]


def test_an_empty_reply_is_no_error_and_an_empty_file_is_one(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, {"continuationContents": {"liveChatContinuation": {"continuations": []}}}, name="b.json")
    assert read(path, counts) == []
    assert counts.notes == ["b.json: holds no chat."]
    with pytest.raises(SourceError, match="is empty"):
        read(write(tmp_path, "", name="c.json"))


@pytest.mark.parametrize("text", ["hello", '{"a": 1}', '[1, 2, "x"]', '{"segments": []}'])
def test_what_is_no_live_chat_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read(write(tmp_path, text))


def test_lone_surrogates_and_names_do_not_come_through(tmp_path: Path) -> None:
    path = write(tmp_path, '{"message": "hi \\ud83d Ann", "time_in_seconds": 1, "author": {"name": "\\ud83dAnn Lee"}}')
    (message,) = read(path)
    assert message.text == "hi Ann"
    assert "Lee" not in message.model_dump_json()


def test_reading_twice_gives_the_same_ids(tmp_path: Path) -> None:
    path = write(tmp_path, *[make_replay(make_text("lol"), "5")] * 4)
    ids = [message.id for message in read(path)]
    assert ids == [message.id for message in read(path)]
    assert len(set(ids)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["lines", "list"])
def test_a_large_chat_is_streamed_with_flat_memory(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "large.json"
    with path.open("w", encoding="utf-8") as file:
        file.write("[\n" if layout == "list" else "")
        for n in range(20_000):
            action = make_text(f"{n} what is the range", padding="x" * 850)
            end = ("\n]" if n == 19_999 else ",\n") if layout == "list" else "\n"
            file.write(json.dumps(make_replay(action, str(n))) + end)
    assert path.stat().st_size > 20_000_000
    reader = read_live_chat(path, pseudonyms=SALTED, counts=Counts("sources"))
    tracemalloc.start()
    try:
        count = sum(1 for _ in reader)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 10_000_000


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["actions", "replayChatItemAction", "addChatItemAction", "item", "liveChatTextMessageRenderer", "message",
             "runs", "videoOffsetTimeMsec", "time_in_seconds", "author", "comments", "content_offset_seconds", "badges",
             "timestampUsec", "emoji", "authorBadges", "continuationContents", "liveChatContinuation"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON_LIKE.map(json.dumps) | st.text(max_size=60) | st.text(alphabet='{}[]":,1e9 \\u\n', max_size=40))
def test_no_text_whatever_raises_anything_of_its_own(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(StreamDialError):
        read(path)


@pytest.mark.parametrize(
    ("name", "kept", "dropped"),
    [
        # Counted in the parsed JSON: ticker_duration in the item, message empty, renderer names.
        ("chat_downloader/2020_YouTube_Get_live_chat_replay.json", 681, {}),
        ("chat_downloader/2020_Twitch_Get_live_chat_replay.json", 19, {}),
        (
            "chat_downloader/2020_YouTube_Get_superchat_messages_from_live_chat_replay.json",
            60,
            {"empty": 8, "ticker": 57},
        ),
        ("pytchat/chatreplay.json", 48, {"not_a_message": 1}),
        ("pytchat/test_stream.json", 3, {"not_a_message": 1, "sticker": 1, "ticker": 2}),
        ("twitch_v5_comment.json", 1, {}),
    ],
)
def test_real_files_give_the_counts_their_json_gives(
    real_data: Path, counts: Counts, name: str, kept: int, dropped: dict[str, int]
) -> None:
    messages = read(real_data / "live_chat" / name, counts)
    assert (len(messages), dict(counts.dropped)) == (kept, dropped)
    assert len({message.id for message in messages}) == kept


def test_a_gzipped_chat_reads_as_the_plain_one(tmp_path: Path) -> None:
    plain = write(tmp_path, make_replay(make_text("a"), "1"), make_replay(make_text("b"), "2"))
    packed = tmp_path / "a.live_chat.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [message.text for message in read(packed)] == ["a", "b"]

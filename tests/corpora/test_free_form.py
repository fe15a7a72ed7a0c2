from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.corpora.free_form import (
    ARROW,
    Placer,
    count_leaves,
    is_absent,
    read_literal,
    split_spans,
    walk_leaves,
    write_document,
    write_pointer,
)
from streamdial.errors import StreamDialError

_SCALARS = (
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=6) | st.sampled_from(["a/b", "~", "0", "#"])
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["0", "7", "a/b", "#", "~3"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(_JSON)
def test_what_went_into_no_field_is_written_back_as_it_came(body: object) -> None:
    layout = Placer(body).make_layout()  # type: ignore[arg-type]
    assert json.dumps(write_document({}, layout)) == json.dumps(body)


def test_leaves_are_walked_in_order_with_empty_containers() -> None:
    body = {"a": [1, {"b": []}], "c": "x"}
    assert list(walk_leaves(body)) == [(("a", 0), 1), (("a", 1, "b"), []), (("c",), "x")]  # type: ignore[arg-type]


def test_a_document_of_any_depth_is_read() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    assert len(next(iter(walk_leaves(deep)))[0]) == 5000  # type: ignore[arg-type]


def test_pointers_tell_keys_that_look_like_numbers_from_items() -> None:
    assert write_pointer(("a/b", 0, "0", "x#")) == "/a~1b/0/~30/x~2"


@pytest.mark.parametrize("text", ["未体现", " 未体现。", "", "Not shown", "-"])
def test_what_was_not_shown_is_absent(text: str) -> None:
    assert is_absent(text)


def test_what_is_there_is_not_absent() -> None:
    assert not is_absent("服务区域未体现")


def test_an_object_written_as_a_text_gives_its_values_with_their_places() -> None:
    text = "{'名称': '迈腾', '座位数': 5, '倒车影像': true, '油耗': {'市区': 6.3}, '颜色': ['白', '黑']}"
    found = read_literal(text)
    assert [value.path for value in found] == [
        ("名称",),
        ("座位数",),
        ("倒车影像",),
        ("油耗", "市区"),
        ("颜色", 0),
        ("颜色", 1),
    ]
    assert [value.span.text for value in found] == ["迈腾", "5", "true", "6.3", "白", "黑"]
    assert all(text[value.span.start : value.span.end] == value.span.text for value in found)


@pytest.mark.parametrize(
    "text", ["迈腾", "{", "{'a': __import__('os')}", "[1, 2", "{a b}", "__import__('os').getcwd()"]
)
def test_what_is_no_object_gives_no_value(text: str) -> None:
    assert read_literal(text) == []


def test_a_value_with_escapes_is_left_where_it_is() -> None:
    assert read_literal(r"{'a': 'it\'s'}") == []


def test_steps_are_split_at_arrows_without_the_blanks() -> None:
    assert [span.text for span in split_spans("问好 → 推荐 -> 结束", ARROW)] == ["问好", "推荐", "结束"]
    assert split_spans("", re.compile(";")) == []


def test_a_text_split_into_fields_is_written_from_them() -> None:
    placer = Placer({"way": "greet -> end", "n": 5})
    for number, span in enumerate(split_spans("greet -> end", ARROW)):
        placer.place(("way",), f"/steps/{number}", span)
    placer.place(("n",), "/seats")
    layout = placer.make_layout()
    assert write_document({"steps": ["hello", "end"], "seats": "7"}, layout) == {"way": "hello -> end", "n": 7}
    assert count_leaves(layout) == (2, 0, 0)


def test_two_keys_that_became_one_are_refused() -> None:
    placer = Placer({"a": {"x": 1}, "b": {"x": 2}})
    placer.place_key(("a",), "/titles/0")
    placer.place_key(("b",), "/titles/1")
    with pytest.raises(StreamDialError, match="two keys of the document would be 'c'"):
        write_document({"titles": ["c", "c"]}, placer.make_layout())


def test_a_field_that_is_gone_is_named() -> None:
    placer = Placer({"a": "x"})
    placer.place(("a",), "/commitments/3/text")
    with pytest.raises(StreamDialError, match="no /commitments/3/text"):
        write_document({"commitments": []}, placer.make_layout())

"""One suite for both engines: what holds for one must hold for the other."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from streamdial.errors import StoreError
from streamdial.store import CollectionSchema, Conditions, Hit, Point, Range, StoredPoint, VectorStore

SCHEMA = CollectionSchema(
    vectors={"text": 4, "other": 3}, indexes={"slot": "keyword", "number": "float", "year": "integer"}
)


def number_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def row(*values: float) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)


def make_point(key: int, text: NDArray[np.float32] | None = None, **payload: object) -> Point:
    return Point(number_id(key), {"text": row(1, 0, 0, 0) if text is None else text}, payload)


@pytest.fixture
def cars(store: VectorStore) -> VectorStore:
    store.ensure_collection("cars", SCHEMA)
    store.upsert(
        "cars",
        [
            make_point(3, row(0, 1, 0, 0), slot="range", number=500.0, year=2025, electric=True, name="宋 🚗"),
            make_point(1, row(1, 0, 0, 0), slot="price", number=9.98, year=2024, electric=True, name="秦"),
            make_point(2, row(3, 4, 0, 0), slot="price", number=15.5, year=2025, electric=False, name="汉"),
        ],
    )
    return store


def names(points: Iterable[Hit | StoredPoint]) -> list[str]:
    return [point.payload["name"] for point in points]


def test_writing_twice_is_writing_once(cars: VectorStore) -> None:
    point = make_point(1, row(0, 0, 1, 0), slot="price", name="秦 L")
    assert cars.upsert("cars", [point, point]) == 2
    assert cars.count("cars") == 3
    (stored,) = cars.retrieve("cars", [number_id(1)])
    assert stored.payload == {"slot": "price", "name": "秦 L"}
    assert stored.vectors["text"].tolist() == [0, 0, 1, 0]


def test_query_gives_cosines_best_first(cars: VectorStore) -> None:
    hits = cars.query("cars", row(2, 0, 0, 0), using="text", limit=10)
    assert names(hits) == ["秦", "汉", "宋 🚗"]
    assert [hit.score for hit in hits] == pytest.approx([1, 0.6, 0], abs=1e-6)


def test_limit_and_least_score_cut_the_hits(cars: VectorStore) -> None:
    assert names(cars.query("cars", row(1, 0, 0, 0), using="text", limit=1)) == ["秦"]
    assert names(cars.query("cars", row(1, 0, 0, 0), using="text", limit=9, min_score=0.5)) == ["秦", "汉"]
    assert cars.query("cars", row(1, 0, 0, 0), using="text", limit=0) == []


def test_equal_scores_are_ordered_by_id(store: VectorStore) -> None:
    store.ensure_collection("cars", SCHEMA)
    store.upsert("cars", [make_point(number) for number in (5, 2, 9, 1)])
    hits = store.query("cars", row(1, 0, 0, 0), using="text", limit=4)
    assert [hit.id for hit in hits] == [number_id(number) for number in (1, 2, 5, 9)]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"slot": "price"}, ["秦", "汉"]),
        ({"slot": "colour"}, []),
        ({"name": "宋 🚗"}, ["宋 🚗"]),
        ({"year": 2025}, ["汉", "宋 🚗"]),
        ({"electric": True}, ["秦", "宋 🚗"]),
        ({"electric": False}, ["汉"]),
        ({"slot": ["range", "colour"]}, ["宋 🚗"]),
        ({"slot": ("price", "range")}, ["秦", "汉", "宋 🚗"]),
        ({"slot": []}, []),
        ({"number": Range(gte=9.98, lte=15.5)}, ["秦", "汉"]),
        ({"number": Range(gte=15.6)}, ["宋 🚗"]),
        ({"number": Range(lte=10)}, ["秦"]),
        ({"year": Range(gte=2025), "electric": True}, ["宋 🚗"]),
        ({}, ["秦", "汉", "宋 🚗"]),
        (None, ["秦", "汉", "宋 🚗"]),
    ],
)
def test_conditions_choose_points(cars: VectorStore, conditions: Conditions | None, expected: list[str]) -> None:
    assert names(cars.scroll("cars", conditions=conditions)) == expected
    assert cars.count("cars", conditions) == len(expected)
    assert sorted(names(cars.query("cars", row(1, 1, 1, 1), using="text", limit=9, conditions=conditions))) == sorted(
        expected
    )


@pytest.mark.parametrize("value", [3.5, None, {"a": 1}, [1, 2], Range()])
def test_a_condition_of_another_kind_is_refused(cars: VectorStore, value: object) -> None:
    with pytest.raises(StoreError, match="slot"):
        cars.count("cars", {"slot": value})  # type: ignore[dict-item]


def test_named_vectors_are_kept_apart(store: VectorStore) -> None:
    store.ensure_collection("cars", SCHEMA)
    both = Point(number_id(1), {"text": row(1, 0, 0, 0), "other": row(0, 0, 2)}, {"name": "both"})
    store.upsert("cars", [both, make_point(2, name="text alone")])
    assert names(store.query("cars", row(0, 0, 1), using="other", limit=9)) == ["both"]
    assert names(store.query("cars", row(1, 0, 0, 0), using="text", limit=9)) == ["both", "text alone"]
    first, second = store.retrieve("cars", [number_id(1), number_id(2)])
    assert first.vectors["other"].tolist() == [0, 0, 1]
    assert set(second.vectors) == {"text"}


def test_many_queries_answer_as_single_ones_do(cars: VectorStore) -> None:
    queries = np.asarray([[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0]], dtype=np.float32)
    for conditions in (None, {"slot": "price"}):
        single = [cars.query("cars", query, using="text", limit=2, conditions=conditions) for query in queries]
        assert cars.query_many("cars", queries, using="text", limit=2, conditions=conditions) == single
    assert cars.query_many("cars", queries[:0], using="text", limit=2) == []
    assert cars.query_many("cars", queries, using="text", limit=0) == [[], [], []]


def test_scroll_goes_through_all_pages_in_order_of_id(store: VectorStore) -> None:
    store.ensure_collection("cars", SCHEMA)
    numbers = np.random.default_rng(0).permutation(2500)
    assert store.upsert("cars", (make_point(int(number) + 1) for number in numbers)) == 2500
    assert [point.id for point in store.scroll("cars")] == [number_id(number + 1) for number in range(2500)]


def test_scroll_gives_vectors_when_asked(cars: VectorStore) -> None:
    assert all(point.vectors == {} for point in cars.scroll("cars"))
    first, second, _ = cars.scroll("cars", with_vectors=True)
    assert first.vectors["text"].tolist() == [1, 0, 0, 0]
    assert second.vectors["text"].tolist() == pytest.approx([0.6, 0.8, 0, 0])


def test_retrieve_keeps_the_order_asked_and_leaves_out_unknown_ids(cars: VectorStore) -> None:
    found = cars.retrieve("cars", [number_id(3), number_id(77), number_id(1), number_id(3)])
    assert names(found) == ["宋 🚗", "秦"]
    assert cars.retrieve("cars", []) == []


def test_delete_removes_points_and_ignores_unknown_ones(cars: VectorStore) -> None:
    cars.delete("cars", [number_id(1), number_id(77)])
    assert names(cars.scroll("cars")) == ["汉", "宋 🚗"]
    cars.delete("cars", [])
    assert cars.count("cars") == 2


def test_payloads_come_back_as_they_were(store: VectorStore) -> None:
    payload: dict[str, Any] = {
        "文本": "“你好”\n\t\u200b🚗𠮷 e\u0301",
        "nothing": None,
        "yes": True,
        "list": ["a", 1, 2.5, False, None],
        "nested": {"a": {"b": [True]}},
        "large": 2**53 + 1,
        "empty": "",
    }
    store.ensure_collection("cars", SCHEMA)
    store.upsert("cars", [make_point(1, **payload)])
    (hit,) = store.query("cars", row(1, 0, 0, 0), using="text", limit=1)
    (scrolled,) = store.scroll("cars")
    (retrieved,) = store.retrieve("cars", [number_id(1)])
    assert hit.payload == scrolled.payload == retrieved.payload == payload


def test_a_vector_of_zeros_is_near_nothing(store: VectorStore) -> None:
    store.ensure_collection("cars", SCHEMA)
    store.upsert("cars", [make_point(1, row(0, 0, 0, 0))])
    (hit,) = store.query("cars", row(1, 0, 0, 0), using="text", limit=1)
    assert hit.score == 0


def test_making_a_collection_again_keeps_what_is_in_it(cars: VectorStore) -> None:
    cars.ensure_collection("cars", SCHEMA)
    assert cars.count("cars") == 3


def test_a_collection_with_other_vectors_is_refused(cars: VectorStore) -> None:
    with pytest.raises(StoreError, match=r"'text': 8.*embedder"):
        cars.ensure_collection("cars", CollectionSchema(vectors={"text": 8}))


@pytest.mark.parametrize("name", ["", "../up", "Cars", "a b", ".x"])
def test_a_name_that_is_no_plain_word_is_refused(store: VectorStore, name: str) -> None:
    with pytest.raises(StoreError, match="no collection name"):
        store.ensure_collection(name, SCHEMA)


def test_an_unknown_collection_is_named_with_those_there_are(cars: VectorStore) -> None:
    for use in (
        lambda: cars.count("ships"),
        lambda: cars.retrieve("ships", []),
        lambda: list(cars.scroll("ships")),
        lambda: cars.delete("ships", []),
        lambda: cars.upsert("ships", []),
        lambda: cars.query("ships", row(1), using="text", limit=1),
    ):
        with pytest.raises(StoreError, match=r"no collection 'ships'; there are: cars"):
            use()


@pytest.mark.parametrize(
    ("point", "told"),
    [
        (Point("seven", {"text": row(1, 0, 0, 0)}, {}), "'seven' is no UUID"),
        (Point(number_id(1), {"text": row(1, 0)}, {}), r"shape \(2,\), expected \(4,\)"),
        (Point(number_id(1), {"voice": row(1, 0)}, {}), "no vector named 'voice'"),
        (Point(number_id(1), {"text": row(math.nan, 0, 0, 0)}, {}), "NaN"),
    ],
)
def test_a_point_that_does_not_fit_is_refused(cars: VectorStore, point: Point, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        cars.upsert("cars", [point])
    assert cars.count("cars") == 3


def test_a_query_that_does_not_fit_is_refused(cars: VectorStore) -> None:
    with pytest.raises(StoreError, match="shape"):
        cars.query("cars", row(1, 0), using="text", limit=1)
    with pytest.raises(StoreError, match="no vector named"):
        cars.query("cars", row(1, 0, 0, 0), using="voice", limit=1)
    with pytest.raises(StoreError, match="queries have shape"):
        cars.query_many("cars", row(1, 0, 0, 0), using="text", limit=1)


def test_a_closed_store_says_so(store: VectorStore) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.count("cars")


def test_both_engines_are_vector_stores(store: VectorStore) -> None:
    assert isinstance(store, VectorStore)

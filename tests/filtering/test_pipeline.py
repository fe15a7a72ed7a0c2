from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering import FilterOptions, filter_dialogues, measure_evidence, pipeline
from streamdial.records import Dialogue
from tests.filtering.helpers import make_dialogue


class HashEmbedder:
    """Texts that are equal before a # have equal vectors, others are far apart."""

    model_id = "hash"
    dimensions = 32

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 32), dtype=np.float32)
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.partition(" #")[0].encode()).digest()[:8], "big")
            rows[row] = np.random.default_rng(seed).normal(size=32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def talk(name: str, subject: str, evidence: Sequence[int] = ()) -> Dialogue:
    return make_dialogue(name, ("user", f"about {subject}"), ("agent", f"on {subject}"), evidence=evidence)


def resay(name: str, subject: str) -> Dialogue:
    """A dialogue that means what others of its subject do, in words of its own."""
    return talk(name, f"{subject} #{name}")


def test_repeats_are_dropped_and_the_one_with_most_evidence_stays() -> None:
    dialogues = [talk("a", "x"), talk("b", "x", evidence=(0, 1)), talk("c", "y"), talk("d", "x", evidence=(1,))]
    counts = Counts("filter")
    result = filter_dialogues(dialogues, HashEmbedder(), FilterOptions(ratio=0.3), counts)
    assert result.sample.kept == ("b", "c")
    assert [(drop.id, drop.repeats) for drop in result.sample.dropped] == [("a", "b"), ("d", "b")]
    assert result.membership.tolist() == [0, 0, 1, 0]
    assert (counts.asked, counts.made, counts.kept, dict(counts.dropped)) == (4, 4, 2, {"repeats": 2})


def test_one_side_alike_is_no_repeat() -> None:
    dialogues = [
        make_dialogue("a", ("user", "one"), ("agent", "same words")),
        make_dialogue("b", ("user", "two"), ("agent", "same words")),
    ]
    counts = Counts("filter")
    assert filter_dialogues(dialogues, HashEmbedder(), FilterOptions(), counts).sample.kept == ("a", "b")


def test_none_gives_an_empty_result() -> None:
    counts = Counts("filter")
    result = filter_dialogues([], HashEmbedder(), FilterOptions(), counts)
    assert result.sample.kept == ()
    assert counts.to_dict() == Counts("filter").to_dict()


def test_an_id_that_comes_twice_is_one_dialogue() -> None:
    counts = Counts("filter")
    result = filter_dialogues([talk("a", "x"), talk("b", "y"), talk("a", "x")], HashEmbedder(), FilterOptions(), counts)
    assert result.sample.kept == ("a", "b")
    assert dict(counts.dropped) == {"same_id": 1}


def test_a_dialogue_with_a_silent_side_stays_and_is_noted() -> None:
    counts = Counts("filter")
    dialogues = [make_dialogue(name, ("user", f"hello {name}")) for name in "abcd"]
    assert filter_dialogues(dialogues, HashEmbedder(), FilterOptions(), counts).sample.kept == ("a", "b", "c", "d")
    assert counts.notes == ["4 dialogues have a side that says nothing and were kept unseen: a, b, c, ..."]


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="ratio"):
        filter_dialogues([talk("a", "x")], HashEmbedder(), FilterOptions(ratio=0), Counts("filter"))


def test_evidence_is_the_share_of_turns_that_name_some() -> None:
    assert measure_evidence(talk("a", "x", evidence=(1,))) == 0.5
    assert measure_evidence(make_dialogue("a")) == 0.0


@given(copies=st.lists(st.integers(1, 5), min_size=1, max_size=8), ratio=st.sampled_from([0.2, 0.5, 0.8]))
@settings(max_examples=25, deadline=None)
def test_copies_never_leave_more_than_their_share(copies: list[int], ratio: float) -> None:
    dialogues = [
        talk(f"{subject}-{copy}", f"w{subject}") for subject, many in enumerate(copies) for copy in range(many)
    ]
    counts = Counts("filter")
    result = filter_dialogues(dialogues, HashEmbedder(), FilterOptions(ratio=ratio), counts)
    crowds = [many for many in copies if many > 1]
    singles = len(copies) - len(crowds)
    assert len(result.sample.kept) <= singles + max(len(crowds), ratio * sum(crowds) + 0.5)
    assert {name.split("-")[0] for name in result.sample.kept} == {str(subject) for subject in range(len(copies))}
    assert counts.kept + sum(counts.dropped.values()) == counts.asked == sum(copies)


def test_dialogues_are_read_once_and_need_be_no_list() -> None:
    counts = Counts("filter")
    result = filter_dialogues((resay(name, "x") for name in "abcd"), HashEmbedder(), FilterOptions(), counts)
    assert (counts.asked, len(result.sample.kept)) == (4, 2)


def test_a_result_is_decided_again_under_other_options_without_comparing_again() -> None:
    dialogues = [
        make_dialogue("a", ("user", "one"), ("agent", "same"), evidence=(0, 1)),
        make_dialogue("b", ("user", "one #b"), ("agent", "same")),
        make_dialogue("c", ("user", "two"), ("agent", "same")),
    ]
    options = FilterOptions(user_threshold=0.5, agent_threshold=0.5, ratio=None, size=99)
    embedder = HashEmbedder()
    result = filter_dialogues(dialogues, embedder, options, Counts("filter"))
    assert result.sample.kept == ("a", "b", "c")
    again = result.resample(options.model_copy(update={"user_threshold": 0.9, "ratio": 0.5, "size": None}))
    fresh = filter_dialogues(dialogues, embedder, again.options, Counts("filter"))
    assert again.sample == fresh.sample
    assert again.sample.kept == ("a", "c")
    assert again.options.user_threshold == again.graph.user_threshold == 0.9
    lower = options.model_copy(update={"user_threshold": 0.4, "ratio": 0.5, "size": None})
    wider = again.resample(lower)
    assert wider.sample == filter_dialogues(dialogues, embedder, lower, Counts("filter")).sample
    assert wider.graph.user_threshold == 0.4


def test_a_grown_set_is_filtered_as_if_it_had_been_whole() -> None:
    first = [talk("a", "x"), talk("b", "x", evidence=(0, 1)), talk("c", "y")]
    more = [talk("d", "y", evidence=(1,)), talk("e", "z"), talk("a", "x")]
    embedder, counts = HashEmbedder(), Counts("filter")
    grown = filter_dialogues(first, embedder, FilterOptions(), Counts("filter")).extend(more, embedder, counts)
    whole = filter_dialogues([*first, *more], embedder, FilterOptions(), Counts("filter"))
    assert grown.sample == whole.sample
    assert grown.sample.kept == ("b", "d", "e")
    assert dict(counts.dropped) == {"same_id": 1}


def test_one_dialogue_stays_and_of_equal_ones_their_share() -> None:
    assert filter_dialogues([talk("a", "x")], HashEmbedder(), FilterOptions(), Counts("filter")).sample.kept == ("a",)
    equal = [resay(f"d{number:02d}", "x") for number in range(20)]
    result = filter_dialogues(equal, HashEmbedder(), FilterOptions(ratio=0.25), Counts("filter"))
    assert len(result.sample.kept) == 5
    assert {drop.reason for drop in result.sample.dropped} == {"repeats"}


def test_a_quota_larger_than_the_set_keeps_all() -> None:
    dialogues = [resay(name, "x") for name in "abc"]
    options = FilterOptions(ratio=None, size=1000)
    assert filter_dialogues(dialogues, HashEmbedder(), options, Counts("filter")).sample.kept == ("a", "b", "c")


def test_vectors_that_are_no_numbers_name_the_dialogue() -> None:
    class BrokenEmbedder(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.full((len(texts), 32), np.nan, dtype=np.float32)

    with pytest.raises(StreamDialError, match=r"user vector of dialogue a holds NaN.*check the embedder"):
        filter_dialogues([talk("a", "x"), talk("b", "y")], BrokenEmbedder(), FilterOptions(), Counts("filter"))


def test_an_approximate_graph_is_noted_with_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    build = pipeline.build_similarity_graph
    monkeypatch.setattr(
        pipeline,
        "build_similarity_graph",
        lambda *given, **options: replace(build(*given, **options), edge_recall=0.998, recall_edges=500, components=31),
    )
    counts = Counts("filter")
    filter_dialogues([talk("a", "x")], HashEmbedder(), FilterOptions(), counts)
    assert counts.notes == ["pairs were searched by 31 components: 99.80% of 500 sampled edges are found that way"]


def test_copies_go_whatever_the_ratio_in_either_script_of_chinese() -> None:
    counts = Counts("filter")
    texts = {"a": "这辆车续航多少", "b": "這輛車續航多少", "c": "这辆车续航多少", "d": "有没有早餐"}
    dialogues = [make_dialogue(name, ("user", text), ("agent", "好的")) for name, text in texts.items()]
    result = filter_dialogues(dialogues, HashEmbedder(), FilterOptions(ratio=1.0), counts)
    assert len(result.sample.kept) == 2 and "d" in result.sample.kept
    assert counts.dropped == {"repeats": 2}
    assert result.resample(FilterOptions(ratio=0.9)).sample.kept == result.sample.kept
    grown = result.extend([make_dialogue("e", ("user", "有没有早餐"), ("agent", "好的"))], HashEmbedder(), counts)
    assert len(grown.sample.kept) == 2

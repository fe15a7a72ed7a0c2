from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.models import CachedEmbedder
from streamdial.records import Message
from streamdial.signals.kind_labelling import label_kinds, list_unsure_texts
from streamdial.testing import ScriptedChatModel


def label(texts: list[str], answer: str, pack: DomainPack) -> tuple[dict[str, str], Counts, str]:
    model, counts = ScriptedChatModel([answer, answer]), Counts("kinds by model")
    kinds = asyncio.run(label_kinds(texts, pack, "en", model, counts))
    return dict(kinds), counts, model.requests[0].messages[0].content


def test_a_model_tells_the_kinds_of_lines_by_number(pack: DomainPack) -> None:
    answer = {"labels": [{"line": 2, "kind": "testimony"}, {"line": 1, "kind": "question"}]}
    kinds, counts, prompt = label(["range?", "mine » does 300", "so"], json.dumps(answer), pack)
    assert kinds == {"range?": "question", "mine » does 300": "testimony"}
    assert "2. «mine > does 300»" in prompt
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (3, 2, {"not_answered": 1})


def test_a_model_that_gives_nothing_usable_settles_nothing(pack: DomainPack) -> None:
    kinds, counts, _ = label(["range?"], json.dumps({"labels": [{"line": 1, "kind": "poem"}]}), pack)
    assert (kinds, dict(counts.dropped)) == ({}, {"unusable_answer": 1})


def test_no_lines_cost_no_call(pack: DomainPack) -> None:
    counts = Counts("kinds by model")
    assert asyncio.run(label_kinds([], pack, "en", ScriptedChatModel([]), counts)) == {}


def test_only_viewers_lines_that_are_unsure_are_asked_about(
    pack: DomainPack, embedder: CachedEmbedder, make_message: Callable[..., Message]
) -> None:
    messages = [
        make_message("how much is the long range version?"),
        make_message("the old one of my neighbour, hm", author="u_2"),
        make_message("berapa harganya", author="u_3"),
        make_message("we have the long one in the hall", by_host=True),
    ]
    assert list_unsure_texts(messages, pack, embedder) == ["the old one of my neighbour, hm"]

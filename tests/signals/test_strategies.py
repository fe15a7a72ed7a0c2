from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest

from streamdial.counts import Counts
from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.errors import ModelError
from streamdial.models import CachedEmbedder
from streamdial.records import AgentResponse, DialogueStrategy, Provenance
from streamdial.signals.labelling import relabel_strategies
from streamdial.signals.prototypes import PrototypeClassifier
from streamdial.signals.strategies import OTHER, build_strategy_classifier, classify_strategies, classify_texts
from streamdial.testing import HashingEmbedder, ScriptedChatModel


def make_response(text: str, **fields: object) -> AgentResponse:
    return AgentResponse(
        id=text,
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="s"),
        text=text,
        raw_text=text,
        **fields,
    )


def classify(texts: list[str], pack: DomainPack, embedder: CachedEmbedder, counts: Counts) -> list[DialogueStrategy]:
    return list(classify_strategies([make_response(text) for text in texts], pack, "en", embedder, counts))


@pytest.mark.parametrize("domain", list_domains())
def test_every_strategy_and_other_have_lines_in_both_languages(domain: str) -> None:
    pack = load_pack(domain)
    assert set(pack.strategy_lines) == {*pack.strategies, OTHER}
    for name, lines in pack.strategy_lines.items():
        assert all(len(lines[language]) >= 12 for language in ("en", "zh")), name


def test_a_response_near_a_prototype_gets_its_strategy_and_stage(pack: DomainPack, embedder: CachedEmbedder) -> None:
    counts = Counts("strategies")
    (strategy,) = classify(["Good night and drive safely everyone"], pack, embedder, counts)
    assert (strategy.strategy, strategy.stage) == ("closing", "closing")
    assert 0.1 < strategy.confidence <= 1.0
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (1, 1, {})


def test_what_follows_no_strategy_is_other_and_noted(pack: DomainPack, embedder: CachedEmbedder) -> None:
    counts = Counts("strategies")
    (strategy,) = classify(["Thank you for the rocket, the sound is crackling"], pack, embedder, counts)
    assert (strategy.strategy, strategy.stage) == (OTHER, "")
    assert counts.notes == ["1 of 1 responses follow no strategy of the pack (other)"]


def test_a_pack_without_prototypes_calls_everything_other(pack: DomainPack, embedder: CachedEmbedder) -> None:
    bare = pack.model_copy(update={"strategies": {}, "strategy_lines": {}})
    (label,) = classify_texts(["hello"], build_strategy_classifier(bare, embedder))
    assert label == (OTHER, 0.0)


def test_no_responses_cost_no_embedding(pack: DomainPack) -> None:
    embedder = HashingEmbedder()
    assert list(classify_strategies([], pack, "en", embedder, Counts("strategies"))) == []
    assert embedder.texts == []


def test_scores_of_a_classifier_are_highest_at_its_own_prototypes() -> None:
    prototypes = {
        "price": ["it costs ten", "the price is ten"],
        "place": ["it is in town", "the town is near"],
        "none": [],
    }
    classifier = PrototypeClassifier(prototypes, HashingEmbedder(256), cues={"price": ["cheap"], "none": ["x"]})
    assert classifier.classes == ("price", "place")
    scores = classifier.score(["the price is ten", "the town is near", "cheap"])
    assert list(np.argmax(scores, axis=1)) == [0, 1, 0]
    assert classifier.score([]).shape == (0, 2)


def label(texts: list[str], answer: str | Exception, pack: DomainPack) -> tuple[list[DialogueStrategy], Counts, str]:
    before = [
        DialogueStrategy(
            id=text,
            domain=pack.id,
            language="en",
            provenance=Provenance(source_id="s", derived_from=(text,)),
            response_id=text,
            text=text,
            strategy="opening",
            stage="opening",
            confidence=0.4,
        )
        for text in texts
    ]
    model, counts = ScriptedChatModel([answer, answer]), Counts("strategies by model")
    after = asyncio.run(relabel_strategies(before, pack, model, counts))
    return after, counts, model.requests[0].messages[0].content


def test_a_model_chooses_with_a_reason(pack: DomainPack) -> None:
    answer = {"labels": [{"line": 1, "strategy": "urgency", "confidence": 0.9, "reason": "two left"}]}
    after, counts, prompt = label(["only two » left"], json.dumps(answer), pack)
    assert (after[0].strategy, after[0].stage, after[0].confidence) == ("urgency", "negotiation", 0.9)
    assert after[0].reason == "two left"
    assert after[0].provenance.model_id == "scripted"
    assert after[0].id != "only two » left"
    assert "«only two > left»" in prompt
    assert (counts.asked, counts.kept) == (1, 1)


def test_an_unknown_or_missing_choice_leaves_what_prototypes_said(pack: DomainPack) -> None:
    answer = {
        "labels": [
            {"line": 1, "strategy": "hypnosis", "confidence": 0.9, "reason": "?"},
            {"line": 3, "strategy": "other", "confidence": 0.7, "reason": "weather"},
        ]
    }
    after, counts, _ = label(["a", "b", "c"], json.dumps(answer), pack)
    assert [strategy.strategy for strategy in after] == ["opening", "opening", OTHER]
    assert after[2].stage == ""
    assert counts.dropped == {"no_such_strategy": 1, "not_answered": 1}


def test_a_model_that_gives_nothing_usable_changes_nothing(pack: DomainPack) -> None:
    after, counts, _ = label(["a"], "I would rather not", pack)
    assert after[0].strategy == "opening"
    assert counts.dropped == {"unusable_answer": 1}


def test_a_model_out_of_reach_is_no_silent_loss(pack: DomainPack) -> None:
    with pytest.raises(ModelError):
        label(["a"], ModelError("the endpoint is down", transient=True, kind="server"), pack)

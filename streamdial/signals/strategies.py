"""Which strategy of the pack an expert's response follows, by the nearest prototype."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.records import AgentResponse, DialogueStrategy, Language, Provenance

_NUMBER = re.compile(r"[$¥]?\d[\d,.]*")

OTHER = "other"
MIN_COSINE = 0.32
"""A response farther from every prototype than this follows no strategy of the pack."""


def _delexicalise(text: str, entities: Sequence[str], language: Language) -> str:
    """Return a text without names and figures: what is said about them decides the strategy, not which they are."""
    for entity in entities:
        text = re.sub(re.escape(entity), "这款" if language == "zh" else "it", text, flags=re.IGNORECASE)
    return _NUMBER.sub("", text)


def classify_strategies(
    responses: Sequence[AgentResponse], pack: DomainPack, language: Language, embedder: Embedder, counts: Counts
) -> Iterator[DialogueStrategy]:
    """Yield the strategy of each response that follows one.

    Args:
        responses: The host's answers.
        pack: Brings strategies with prototypes.
        language: Whose prototypes are used.
        embedder: Compares responses with prototypes.
        counts: Gets `asked` (responses), `kept`, and drops for `other`.
    """
    names, texts = [], []
    for name, strategy in pack.strategies.items():
        for text in strategy.prototypes.get(language, ()):
            names.append(name)
            texts.append(text)
    counts.asked += len(responses)
    if not responses or not texts:
        counts.drop(OTHER, len(responses))
        return
    cosines = embedder.embed([_delexicalise(response.text, response.entities, language) for response in responses]) @ (
        embedder.embed([_delexicalise(text, (), language) for text in texts]).T
    )
    for row, response in enumerate(responses):
        best = int(np.argmax(cosines[row]))
        confidence = float(cosines[row, best])
        if confidence < MIN_COSINE:
            counts.drop(OTHER)
            continue
        counts.kept += 1
        name = names[best]
        yield DialogueStrategy(
            id=make_id("strategy", response.id, name),
            domain=pack.id,
            language=response.language,
            provenance=Provenance(
                source_id=response.provenance.source_id,
                start=response.start,
                end=response.end,
                derived_from=(response.id,),
                model_id=embedder.model_id,
            ),
            response_id=response.id,
            text=response.text,
            strategy=name,
            stage=pack.strategies[name].stage,
            confidence=round(confidence, 4),
        )

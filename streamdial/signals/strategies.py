"""Classifies which strategy of the pack an expert's response follows, by prototypes or by a chat model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.records import AgentResponse, DialogueStrategy, Language, Provenance
from streamdial.signals.prototypes import PrototypeClassifier

OTHER = "other"
"""The strategy of a response that follows none of the pack: thanks for gifts, the weather, the microphone."""
SHARPNESS = 3.0
"""Scale of the softmax over scores; the higher, the surer."""

SURE = 0.5
"""What tells a fact of the schema and resembles no strategy this much is an answer; most of what hosts say is."""

LEANING = 0.2
"""Least leaning to the lines of a vertical's hosts, -1 to 1. Chosen on real chat of other rooms and on hosts' lines of
the development set: nine in ten of the one are `other`, none of the other."""


class Labelled(NamedTuple):
    """A strategy and how sure it is, 0 to 1."""

    strategy: str
    confidence: float


class StrategyClassifier(NamedTuple):
    """Two classifiers: over the pack's strategies and `other`, and of any strategy against what is said anywhere."""

    strategies: PrototypeClassifier
    vertical: PrototypeClassifier


def build_strategy_classifier(pack: DomainPack, embedder: Embedder) -> StrategyClassifier:
    """Return classifiers over the pack's strategies and `other`, fitted to the prototypes of all languages.

    Args:
        pack: Brings strategies with their prototypes, and lines of all verticals.
        embedder: Embeds them; the callers' is cached.
    """
    prototypes = {
        name: _flatten(strategy.prototypes, pack.strategy_lines.get(name, {}))
        for name, strategy in pack.strategies.items()
    }
    selling = [text for lines in prototypes.values() for text in lines]
    prototypes[OTHER] = _flatten(pack.strategy_lines.get(OTHER, {}))
    # Viewers' lines of no intent are what is said in rooms of any kind: there are few of hosts.
    general = [*prototypes[OTHER], *_flatten(pack.intents.get("none", {}))]
    cues = {name: _flatten(texts) for name, texts in pack.strategy_cues.items()}
    return StrategyClassifier(
        PrototypeClassifier(prototypes, embedder, cues=cues),
        PrototypeClassifier({"selling": selling, "general": general if selling else []}, embedder),
    )


def classify_texts(texts: Sequence[str], classifier: StrategyClassifier) -> list[Labelled]:
    """Return the strategy of each text, `other` where it follows none or is not of the vertical, with a confidence.

    The confidence is the softmax of the classifier's scores at the best class. A text that does not lean to the
    vertical's lines by `LEANING`, against what is said in rooms of any kind, is `other`.

    Args:
        texts: What an expert said; names of things sold are best replaced by a pronoun.
        classifier: As `build_strategy_classifier` makes it.
    """
    classes = classifier.strategies.classes
    if not classes:
        return [Labelled(OTHER, 0.0)] * len(texts)
    scores = SHARPNESS * classifier.strategies.score(texts)
    leaning = classifier.vertical.score(texts)
    foreign = leaning[:, 0] - leaning[:, -1] < 2 * LEANING if leaning.shape[1] > 1 else np.zeros(len(texts), dtype=bool)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(texts) else scores
    labelled = []
    for row in range(len(texts)):
        best = int(np.argmax(shares[row]))
        if foreign[row] and OTHER in classes:
            best = classes.index(OTHER)
        labelled.append(Labelled(classes[best], float(shares[row, best] / shares[row].sum())))
    return labelled


def classify_strategies(
    responses: Sequence[AgentResponse], pack: DomainPack, language: Language, embedder: Embedder, counts: Counts
) -> Iterator[DialogueStrategy]:
    """Yield the strategy of each response, `other` where it follows none.

    A response that tells facts and resembles no strategy for `SURE` is an answer, unless it is not of the vertical
    and names nothing that is sold.

    Args:
        responses: The host's answers.
        pack: Brings strategies with prototypes.
        language: Of the responses; a name of something sold is compared as a pronoun of it.
        embedder: Compares responses with prototypes.
        counts: Gets `asked` and `kept` (responses), and a note of how many follow no strategy.
    """
    if not responses:
        return
    texts = [replace_names(response.text, response.entities, language) for response in responses]
    labelled = classify_texts(texts, build_strategy_classifier(pack, embedder))
    answering = next((name for name, strategy in pack.strategies.items() if strategy.act == "answer"), OTHER)
    labelled = [
        label._replace(strategy=answering)
        if response.tells and label.confidence < SURE and (label.strategy != OTHER or response.entities)
        else label
        for response, label in zip(responses, labelled, strict=True)
    ]
    yield from build_strategies(zip(responses, labelled, strict=True), pack, counts, model_id=embedder.model_id)


def build_strategies(
    labelled: Iterable[tuple[AgentResponse, Labelled]], pack: DomainPack, counts: Counts, *, model_id: str
) -> Iterator[DialogueStrategy]:
    """Yield the signals of labelled responses, and count them.

    Args:
        labelled: Responses with their strategies.
        pack: Says which stage a strategy belongs to; `other` has none.
        counts: Gets `asked` and `kept`, and a note of how many are `other`.
        model_id: Of the embedder or chat model that labelled them.
    """
    others = 0
    for response, (name, confidence) in labelled:
        counts.asked += 1
        counts.kept += 1
        others += name == OTHER
        yield DialogueStrategy(
            id=make_id("strategy", response.id, name),
            domain=pack.id,
            language=response.language,
            provenance=Provenance(
                source_id=response.provenance.source_id,
                start=response.start,
                end=response.end,
                derived_from=(response.id,),
                model_id=model_id,
            ),
            response_id=response.id,
            text=response.text,
            strategy=name,
            stage=pack.strategies[name].stage if name in pack.strategies else "",
            confidence=round(confidence, 4),
        )
    if others:
        counts.note(f"{others} of {counts.asked} responses follow no strategy of the pack ({OTHER})")


def replace_names(text: str, entities: Sequence[str], language: Language) -> str:
    """Return a text with names of what is sold as pronouns: what is said decides the strategy, not about which."""
    for entity in entities:
        text = re.sub(re.escape(entity), "这款" if language == "zh" else "it", text, flags=re.IGNORECASE)
    return text


def _flatten(*groups: dict[Language, tuple[str, ...]]) -> list[str]:
    return [text for group in groups for texts in group.values() for text in texts]

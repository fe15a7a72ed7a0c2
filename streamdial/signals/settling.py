"""What a language model settles in SSI on request: uncertain spans, unsure kinds of messages, strategies."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.models import ChatModel, Embedder
from streamdial.signals.extraction import Preparation, RecordingLike, SignalSet, leave_out_older
from streamdial.signals.kind_labelling import label_kinds, list_unsure_texts
from streamdial.signals.labelling import relabel_strategies
from streamdial.signals.message_kinds import MessageKind
from streamdial.signals.uncertain_spans import repair_uncertain_spans


async def settle_uncertain_spans(recording: RecordingLike, prepared: Preparation, model: ChatModel) -> Preparation:
    """Let a model choose, among what is known, for what lexicon and pages left uncertain.

    Args:
        recording: The recording.
        prepared: What `prepare_recording` made of it.
        model: A language model.
    """
    counts = Counts("correction by model")
    standing = leave_out_older(prepared.corrector.facts, recording.pages, recording.recorded_on)
    sentences = await repair_uncertain_spans(
        prepared.sentences, prepared.reader, prepared.corrector, model, counts, standing=standing
    )
    return prepared._replace(sentences=sentences, settled=counts)


async def settle_kinds(
    recording: RecordingLike, prepared: Preparation, embedder: Embedder, model: ChatModel
) -> tuple[dict[str, MessageKind], Counts]:
    """Let a model tell the kinds of messages the classifier is unsure of; return them by folded text, with a report.

    Args:
        recording: The recording.
        prepared: What `prepare_recording` made of it.
        embedder: Of the classifier.
        model: A language model that can write structured answers.
    """
    counts, pack = Counts("kinds by model"), prepared.reader.pack
    if not prepared.decision.keep:
        return {}, counts
    texts = await asyncio.to_thread(list_unsure_texts, recording.iterate_messages(), pack, embedder)
    return await label_kinds(texts, pack, recording.language, model, counts), counts


async def settle_strategies(signals: SignalSet, pack: DomainPack, model: ChatModel) -> SignalSet:
    """Let a model choose the strategies of a recording's responses; it gives its reason with each.

    Args:
        signals: Signals with the strategies the prototypes gave.
        pack: The domain pack.
        model: A language model that can write structured answers.
    """
    counts = Counts("strategies by model")
    if signals.strategies:
        strategies = await relabel_strategies(signals.strategies, pack, model, counts)
        signals = replace(signals, strategies=strategies, counts=[*signals.counts, counts])
    return signals

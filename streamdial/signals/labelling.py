"""Relabels strategies by a chat model: it chooses among the pack's strategies, with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import ChatMessage, ChatModel, ChatRequest, run_together, try_structured
from streamdial.privacy import mask_personal_data
from streamdial.prompts import hash_prompt, render_prompt
from streamdial.records import DialogueStrategy
from streamdial.signals.strategies import OTHER

_LINES_PER_CALL = 10


class Label(BaseModel):
    """The model's answer about one line."""

    model_config = ConfigDict(extra="forbid")

    line: int
    strategy: str
    confidence: float = Field(ge=0.0, le=1.0)
    reason: str = Field(max_length=300)


class Labels(BaseModel):
    """The model's answer about the lines of one call."""

    model_config = ConfigDict(extra="forbid")

    labels: list[Label] = Field(max_length=_LINES_PER_CALL)


async def relabel_strategies(
    strategies: Sequence[DialogueStrategy], pack: DomainPack, model: ChatModel, counts: Counts
) -> list[DialogueStrategy]:
    """Return the signals with the strategy a model chose, its confidence and its reason; ten lines per call.

    A line without a usable choice keeps what the prototypes said.

    Args:
        strategies: What `classify_strategies` made, of one language.
        pack: Brings the strategies to choose from; `other` is one more.
        model: A model that can write structured answers.
        counts: Gets `asked` (lines), `kept` (chosen by the model) and drops: `unusable_answer`, `no_such_strategy`,
            `not_answered`; and a note of how many labels changed.
    """
    starts = range(0, len(strategies), _LINES_PER_CALL)
    parts = await run_together(
        _relabel(strategies[start : start + _LINES_PER_CALL], pack, model, counts) for start in starts
    )
    labelled = [strategy for part in parts for strategy in part]
    changed = sum(new.strategy != old.strategy for new, old in zip(labelled, strategies, strict=True))
    if changed:
        counts.note(f"the model chose another strategy for {changed} of {len(labelled)} responses")
    counts.made = counts.kept
    return labelled


async def _relabel(
    strategies: Sequence[DialogueStrategy], pack: DomainPack, model: ChatModel, counts: Counts
) -> list[DialogueStrategy]:
    counts.asked += len(strategies)
    language = strategies[0].language
    prompt = render_prompt(
        "strategy",
        language,
        domain=pack.names[language],
        strategies={
            name: (strategy.names[language], strategy.prototypes.get(language, ())[:2])
            for name, strategy in pack.strategies.items()
        },
        lines=[strategy.text for strategy in strategies],
    )
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=900, temperature=0.0, purpose="strategy"
    )
    answer = await try_structured(model, request, Labels)
    if answer is None:
        counts.drop("unusable_answer", len(strategies))
        return list(strategies)
    chosen = {label.line: label for label in answer.labels}
    labelled = []
    for number, strategy in enumerate(strategies, 1):
        label = chosen.get(number)
        if label is None or label.strategy not in (*pack.strategies, OTHER):
            counts.drop("not_answered" if label is None else "no_such_strategy")
            labelled.append(strategy)
            continue
        counts.kept += 1
        labelled.append(_apply(label, strategy, pack, model.model_id))
    return labelled


def _apply(label: Label, strategy: DialogueStrategy, pack: DomainPack, model_id: str) -> DialogueStrategy:
    known = pack.strategies.get(label.strategy)
    provenance = strategy.provenance.model_copy(
        update={"model_id": model_id, "prompt_hash": hash_prompt("strategy", strategy.language)}
    )
    return strategy.model_copy(
        update={
            "id": make_id("strategy", strategy.response_id, label.strategy),
            "strategy": label.strategy,
            "stage": known.stage if known else "",
            "confidence": round(label.confidence, 4),
            "reason": mask_personal_data(label.reason),
            "provenance": provenance,
        }
    )

"""APM: the agent persona of an account, from its metadata and its own answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import fmean

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.personas.habits import find_words, load_habits
from streamdial.personas.promises import list_commitments, list_refusals
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    AgentStyle,
    DialogueStrategy,
    Habit,
    KnowledgeRow,
    Language,
    Observed,
    Provenance,
    StrategyUse,
)
from streamdial.slots import format_value, join_phrases
from streamdial.text import measure_length

SAMPLE_LINES = 6
_QUESTION = re.compile(r"[?？]")


def build_agent_persona(
    account: AccountMetadata,
    responses: Sequence[AgentResponse],
    strategies: Sequence[DialogueStrategy],
    knowledge: Sequence[KnowledgeRow],
    pack: DomainPack,
) -> AgentPersona:
    """Return the persona of the expert behind an account; each field names the records it rests on.

    Args:
        account: The account's metadata.
        responses: Its answers.
        strategies: The strategies they follow.
        knowledge: Rows of knowledge, settled. Those that hold become its knowledge base, others are kept beside it.
        pack: The domain pack.
    """
    language = account.language
    uses = _count_strategies(strategies, pack)
    current = tuple(row for row in knowledge if row.holds)
    evidence = (account.id, *(response.id for response in responses), *(row.id for row in knowledge))
    about_itself = (account.id,)
    return AgentPersona(
        id=make_id("agent_persona", pack.id, account.id, sorted(evidence)),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=account.provenance.source_id, derived_from=evidence),
        account=account.account,
        identity=Observed(text=_describe_identity(account, language), evidence=about_itself),
        certification=Observed(text=account.certification, evidence=about_itself) if account.certification else None,
        standing=Observed(text=account.standing, evidence=about_itself) if account.standing != "unknown" else None,
        style=_describe_style(responses, uses, pack, language),
        service_boundaries=tuple(_list_boundaries(account, current, responses, pack, language)),
        commitments=list_commitments(responses),
        strategies=uses,
        knowledge=current,
        other_versions=tuple(row for row in knowledge if not row.holds),
    )


def _count_strategies(strategies: Iterable[DialogueStrategy], pack: DomainPack) -> tuple[StrategyUse, ...]:
    """Count the known strategies, the most frequent first, each with the records it was seen in."""
    seen: dict[str, list[str]] = {}
    for strategy in strategies:
        if strategy.strategy in pack.strategies:
            seen.setdefault(strategy.strategy, []).append(strategy.id)
    whole = sum(len(ids) for ids in seen.values())
    return tuple(
        StrategyUse(strategy=name, count=len(ids), share=round(len(ids) / whole, 4), evidence=tuple(ids))
        for name, ids in sorted(seen.items(), key=lambda item: -len(item[1]))
    )


def _describe_identity(account: AccountMetadata, language: Language) -> str:
    parts = [part for part in (account.name, account.bio, account.location) if part]
    inner = [part.rstrip("。.,， ") for part in parts[:-1]]
    return ("，" if language == "zh" else ", ").join([*inner, *parts[-1:]])


def _describe_style(
    responses: Sequence[AgentResponse], uses: Sequence[StrategyUse], pack: DomainPack, language: Language
) -> AgentStyle:
    if not responses:
        return AgentStyle(description="")
    length = fmean(measure_length(response.text, language) for response in responses)
    names = [pack.strategies[use.strategy].names[language] for use in uses[:3]]
    asks = sum(bool(_QUESTION.search(response.text)) for response in responses) / len(responses)
    if language == "zh":
        text = f"每句约{length:.0f}字，{asks:.0%}的话带提问；常用策略：{join_phrases(names, language) or '无'}"
    else:
        text = (
            f"About {length:.0f} words an answer, {asks:.0%} of them with a question; "
            f"most often {join_phrases(names, language).lower() or 'no known strategy'}"
        )
    ordered = sorted(responses, key=lambda r: (abs(measure_length(r.text, language) - length), r.id))
    return AgentStyle(
        description=text,
        sample_lines=tuple(response.text for response in ordered[:SAMPLE_LINES]),
        habits=tuple(_list_habits(responses, language)),
        evidence=tuple(response.id for response in ordered),
    )


def _list_habits(responses: Sequence[AgentResponse], language: Language) -> Iterable[Habit]:
    """Yield how the account calls its viewers, where it does."""
    found = {r.id: words for r in responses if (words := find_words(r.text, load_habits().address, language))}
    if found:
        words = tuple(dict.fromkeys(word for listed in found.values() for word in listed))
        yield Habit(kind="address", words=words, evidence=tuple(found))


def _list_boundaries(
    account: AccountMetadata,
    knowledge: Sequence[KnowledgeRow],
    responses: Sequence[AgentResponse],
    pack: DomainPack,
    language: Language,
) -> Iterable[Observed]:
    """Yield what the account says of its service, what it sells, may promise by its knowledge, and refuses."""
    yield from (Observed(text=boundary, evidence=(account.id,)) for boundary in account.boundaries)
    if account.location and account.location not in account.boundaries:
        text = f"所在地：{account.location}" if language == "zh" else f"Located in {account.location}"
        yield Observed(text=text, evidence=(account.id,))
    entities: dict[str, list[str]] = {}
    for row in knowledge:
        if row.entity:
            entities.setdefault(row.entity, []).append(row.id)
    if entities:
        listed = join_phrases(list(entities), language)
        text = f"介绍和销售：{listed}" if language == "zh" else f"Sells {listed}"
        yield Observed(text=text, evidence=tuple(ids[0] for ids in entities.values()))
    for slot in pack.offers:
        rows = [row for row in knowledge if row.slot == slot]
        if rows:
            yield _word_offer(slot, rows, pack, language)
    yield from list_refusals(responses)


def _word_offer(slot: str, rows: Sequence[KnowledgeRow], pack: DomainPack, language: Language) -> Observed:
    name = pack.slots[slot].names[language]
    values: dict[str, list[str]] = {}
    for row in rows:
        values.setdefault(format_value(pack, slot, row.value, language, row.unit), []).append(row.entity)
    shown = []
    for value, entities in values.items():
        about = join_phrases([entity for entity in entities if entity], language)
        brackets = "（{}）" if language == "zh" else " ({})"
        shown.append(value + (brackets.format(about) if about else ""))
    listed = ("；" if language == "zh" else "; ").join(shown)
    text = f"可承诺{name}：{listed}" if language == "zh" else f"May promise {name}: {listed}"
    return Observed(text=text, evidence=tuple(row.id for row in rows))

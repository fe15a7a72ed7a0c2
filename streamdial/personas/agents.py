"""APM: the agent persona of an account, out of its metadata and its own answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import (
    AccountMetadata,
    AgentPersona,
    AgentResponse,
    AgentStyle,
    DialogueStrategy,
    KnowledgeRow,
    Language,
    Observed,
    Provenance,
)
from streamdial.slots import join_phrases
from streamdial.text import contains_phrase, measure_length

SAMPLE_LINES = 6
_PROMISES = ("guarantee", "warranty", "we promise", "free", "covered", "refund", "质保", "保证", "承诺", "免费", "包退")


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
        knowledge: Rows of K, which become part of the persona.
        pack: The domain pack.
    """
    language = account.language
    used = Counter(strategy.strategy for strategy in strategies if strategy.strategy in pack.strategies)
    commitments = [
        Observed(text=response.text, evidence=(response.id,))
        for response in responses
        if any(contains_phrase(response.text.lower(), word) for word in _PROMISES)
    ]
    evidence = (account.id, *(response.id for response in responses), *(row.id for row in knowledge))
    return AgentPersona(
        id=make_id("agent_persona", pack.id, account.id, sorted(evidence)),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=account.provenance.source_id, derived_from=evidence),
        account=account.account,
        identity=Observed(text=_describe_identity(account, language), evidence=(account.id,)),
        certification=Observed(text=account.certification, evidence=(account.id,)) if account.certification else None,
        style=_describe_style(responses, used, pack, language),
        service_boundaries=_list_boundaries(account, knowledge, language),
        commitments=tuple(commitments[:5]),
        strategies=dict(used.most_common()),
        knowledge=tuple(knowledge),
    )


def _describe_identity(account: AccountMetadata, language: Language) -> str:
    parts = [account.name, account.bio, account.location]
    return ("，" if language == "zh" else ", ").join(part for part in parts if part)


def _describe_style(
    responses: Sequence[AgentResponse], used: Counter[str], pack: DomainPack, language: Language
) -> AgentStyle:
    if not responses:
        return AgentStyle(description="", sample_lines=())
    length = fmean(measure_length(response.text, language) for response in responses)
    names = [pack.strategies[name].names[language] for name, _ in used.most_common(3)]
    asks = sum("?" in response.text or "？" in response.text for response in responses) / len(responses)
    if language == "zh":
        text = f"每句约{length:.0f}字，{asks:.0%}的话带提问；常用策略：{join_phrases(names, language) or '无'}"
    else:
        text = (
            f"About {length:.0f} words an answer, {asks:.0%} of them with a question; "
            f"most often {join_phrases(names, language).lower() or 'no known strategy'}"
        )
    typical = sorted(responses, key=lambda r: (abs(measure_length(r.text, language) - length), r.id))[:SAMPLE_LINES]
    return AgentStyle(
        description=text,
        sample_lines=tuple(response.text for response in typical),
        evidence=tuple(response.id for response in typical),
    )


def _list_boundaries(
    account: AccountMetadata, knowledge: Sequence[KnowledgeRow], language: Language
) -> tuple[Observed, ...]:
    """List what the account says of its service, and the things K has rows about."""
    found = [Observed(text=boundary, evidence=(account.id,)) for boundary in account.boundaries]
    entities: dict[str, list[str]] = {}
    for row in knowledge:
        if row.entity:
            entities.setdefault(row.entity, []).append(row.id)
    if entities:
        listed = join_phrases(list(entities), language)
        text = f"介绍和销售：{listed}" if language == "zh" else f"Sells {listed}"
        found.append(Observed(text=text, evidence=tuple(ids[0] for ids in entities.values())))
    return tuple(found)

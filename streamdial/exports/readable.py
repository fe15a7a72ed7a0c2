"""Personas as text for a terminal: Markdown in the persona's language, with the evidence behind each line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from streamdial.domains import DomainPack
from streamdial.exports.labels import ACTS, WORDS, label, label_slot, label_strategy
from streamdial.exports.moments import link_moment
from streamdial.exports.profiles import NOT_SHOWN, write_value
from streamdial.personas import Knowledge, word_bound
from streamdial.records import (
    AgentPersona,
    Constraint,
    Habit,
    Inquiry,
    KnowledgeRow,
    Language,
    Observed,
    UserPersona,
)

_ID_LENGTH = 8
_IDS_SHOWN = 3
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TITLES: dict[str, tuple[str, str]] = {
    "user": ("User persona", "用户人设"),
    "agent": ("Agent persona", "客服人设"),
    "objective": ("Objective", "目标"),
    "basics": ("Basic information", "基本信息"),
    "constraints": ("Wishes", "需求与约束"),
    "inquiries": ("Primary inquiries", "主要咨询问题"),
    "knows": ("Knows", "已知"),
    "unknown": ("Does not know", "未知"),
    "conflicts": ("Conflicts", "冲突"),
    "utterances": ("Potential utterances", "潜在话语"),
    "style": ("Style", "沟通风格"),
    "demand": ("Demand", "需求热度"),
    "identity": ("Identity", "角色定位"),
    "certification": ("Certification", "专业资质"),
    "boundaries": ("Service boundaries", "业务范围"),
    "commitments": ("Commitments", "服务承诺"),
    "strategies": ("Strategies", "策略"),
    "knowledge": ("Knowledge", "知识"),
    "disputes": ("Where sources disagree", "来源说法不一"),
    "everything": ("Everything", "通用"),
}


def render_persona(persona: UserPersona | AgentPersona, pack: DomainPack) -> str:
    """Return a persona as Markdown in its own language; a part nothing was seen for is left out.

    Args:
        persona: A user or an agent persona.
        pack: The domain pack it was made with.
    """
    return _render_user(persona, pack) if isinstance(persona, UserPersona) else _render_agent(persona, pack)


def clean_line(text: str) -> str:
    """Return a text as one line without control characters: what was mined must not steer the terminal."""
    line = " ".join(text.replace("\t", " ").splitlines())
    return "".join(character for character in line if not _steers(character))


def _steers(character: str) -> bool:
    # Cc: ESC and the like; Cs: half a character; the marks that turn the direction of what follows.
    return unicodedata.category(character) in ("Cc", "Cs") or character in _DIRECTIONS


def render_heading(title: str, identifier: str) -> str:
    """Return the first line of a rendered record."""
    return clean_line(f"# {title} {identifier}")


def render_section(title: str, lines: Iterable[str]) -> str:
    """Return a section with its lines as a list; an empty text where there are none."""
    listed = "\n".join(f"- {clean_line(line)}" for line in lines)
    return f"## {title}\n{listed}" if listed else ""


def add_evidence(text: str, evidence: Sequence[str]) -> str:
    """Return a line with its evidence behind it, ids shortened, at most `_IDS_SHOWN` of them."""
    if not evidence:
        return text
    shown = ", ".join(shorten_id(identifier) for identifier in evidence[:_IDS_SHOWN])
    rest = len(evidence) - _IDS_SHOWN
    return f"{text}  [{shown}{f' +{rest}' if rest > 0 else ''}]"


def shorten_id(identifier: str) -> str:
    """Return an id short enough to read: the first characters of a UUID; ids of seed turns stay whole."""
    return identifier if "#" in identifier else identifier[:_ID_LENGTH]


def join_sections(sections: Iterable[str]) -> str:
    """Return the sections that are not empty as one text that ends with a line break."""
    return "\n\n".join(section for section in sections if section) + "\n"


def _title(key: str, language: Language) -> str:
    return label(_TITLES, key, language)


def _render_user(user: UserPersona, pack: DomainPack) -> str:
    language = user.language

    def part(key: str, lines: Iterable[str]) -> str:
        return render_section(_title(key, language), lines)

    conflicts = [add_evidence(f"{label(WORDS, c.kind, language)}: {c.text}", c.evidence) for c in user.conflicts]
    lines = [
        add_evidence(f"{u.text} ({label(WORDS, u.origin, language)})", u.evidence) for u in user.potential_utterances
    ]
    demand = []
    if user.demand:
        text = f"{user.demand.viewers} viewers" if language == "en" else f"{user.demand.viewers}位观众"
        demand.append(add_evidence(text, user.demand.evidence))
    return join_sections(
        [
            render_heading(_title("user", language), user.id),
            part("objective", _list_observed([user.objective])),
            part("demand", demand),
            part("basics", _list_observed(user.basic_information)),
            part("constraints", [_write_wish(wish, pack, language) for wish in user.constraints]),
            part("inquiries", [_write_inquiry(inquiry, pack, language) for inquiry in user.primary_inquiries]),
            part("knows", _list_observed(user.knows)),
            part("unknown", _list_observed(user.does_not_know)),
            part("conflicts", conflicts),
            part("utterances", lines),
            part("style", _list_user_style(user, language)),
        ]
    )


def _list_observed(observed: Iterable[Observed]) -> list[str]:
    return [add_evidence(statement.text, statement.evidence) for statement in observed]


def _write_wish(wish: Constraint, pack: DomainPack, language: Language) -> str:
    bound = word_bound(pack, wish, language) if wish.slot in pack.slots else wish.value
    text = f"{label_slot(pack, wish.slot, language)}: {bound} ({label(WORDS, wish.hardness, language)})"
    if wish.changed_from:
        before = " → ".join(write_value(pack, wish.slot, old.text, language) for old in wish.changed_from)
        text += f"; {'before' if language == 'en' else '之前'}: {before}"
    return add_evidence(text, (*wish.evidence, *(source for old in wish.changed_from for source in old.evidence)))


def _write_inquiry(inquiry: Inquiry, pack: DomainPack, language: Language) -> str:
    about = [label(ACTS, inquiry.act, language), *(label_slot(pack, slot, language) for slot in inquiry.asks)]
    if inquiry.origin != "own":
        about.append(label(WORDS, inquiry.origin, language))
    return add_evidence(f"{inquiry.text} ({', '.join(about)})", inquiry.evidence)


def _list_user_style(user: UserPersona, language: Language) -> Iterable[str]:
    style = user.style
    length = f"{style.mean_length:g} words a message" if language == "en" else f"平均每条{style.mean_length:g}字"
    yield add_evidence(f"{label(WORDS, style.register_name, language)}, {length}", style.evidence)
    yield from (_write_habit(habit, language) for habit in (*style.habits, *style.dialect))
    if style.impatience:
        text = f"{'impatient' if language == 'en' else '不耐烦'}: {style.impatience.text}"
        yield add_evidence(text, style.impatience.evidence)


def _write_habit(habit: Habit, language: Language) -> str:
    words = f": {', '.join(habit.words)}" if habit.words else ""
    return add_evidence(f"{label(WORDS, habit.kind, language)}{words}", habit.evidence)


def _render_agent(agent: AgentPersona, pack: DomainPack) -> str:
    language = agent.language

    def part(key: str, lines: Iterable[str]) -> str:
        return render_section(_title(key, language), lines)

    uses = [
        add_evidence(f"{label_strategy(pack, use.strategy, language)}: {use.count} ({use.share:.0%})", use.evidence)
        for use in agent.strategies
    ]
    return join_sections(
        [
            render_heading(_title("agent", language), agent.id),
            part("identity", _list_observed([agent.identity])),
            part("certification", _list_certification(agent, language)),
            part("style", _list_agent_style(agent, language)),
            part("boundaries", _list_observed(agent.service_boundaries)),
            part("commitments", _list_observed(agent.commitments)),
            part("strategies", uses),
            part("knowledge", _list_knowledge(agent.knowledge, pack, language)),
            part("disputes", _list_disputes(agent, pack)),
        ]
    )


def _list_certification(agent: AgentPersona, language: Language) -> Iterable[str]:
    if agent.certification:
        yield from _list_observed([agent.certification])
    if agent.standing:
        yield add_evidence(label(WORDS, agent.standing.text, language), agent.standing.evidence)


def _list_agent_style(agent: AgentPersona, language: Language) -> Iterable[str]:
    style = agent.style
    if style.description:
        yield add_evidence(style.description, style.evidence)
    yield from (_write_habit(habit, language) for habit in style.habits)
    yield from (f"“{line}”" for line in style.sample_lines)


def _list_knowledge(rows: Iterable[KnowledgeRow], pack: DomainPack, language: Language) -> Iterable[str]:
    """Yield one line an entity with its attributes, and the first rows behind them."""
    entities: dict[str, list[KnowledgeRow]] = {}
    for row in rows:
        entities.setdefault(row.entity, []).append(row)
    for entity, known in entities.items():
        facts = [
            f"{label_slot(pack, row.slot, language)} {write_value(pack, row.slot, row.value, language, row.unit)}"
            for row in known
        ]
        text = f"{entity or _title('everything', language)}: {'; '.join(facts)}"
        yield add_evidence(text, [row.id for row in known])


def _list_disputes(agent: AgentPersona, pack: DomainPack) -> Iterable[str]:
    language = agent.language
    known = Knowledge((*agent.knowledge, *agent.other_versions), pack)
    for dispute in known.list_disputes():
        rows = (dispute.holds, *dispute.others)
        told = [
            f"{write_value(pack, row.slot, row.value, language, row.unit)} ({_name_source(row, language)})"
            for row in rows
        ]
        name = label_slot(pack, dispute.holds.slot, language)
        yield add_evidence(f"{dispute.holds.entity} {name}: {' ≠ '.join(told)}", [row.id for row in rows])


def _name_source(row: KnowledgeRow, language: Language) -> str:
    """Return where a row comes from: its page, or that it was said; with its date where there is one."""
    at = row.provenance
    said = "" if at.url and at.start is None else "said" if language == "en" else "口述"
    where = " ".join(filter(None, (said, link_moment(at.url, at.start) if at.url else "")))
    return ", ".join(part for part in (where, row.observed_at) if part) or NOT_SHOWN[language]

"""UPM: user personas out of clusters of real questions, the same asker first, then the same need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Literal

import numpy as np

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.records import (
    Constraint,
    Hardness,
    Inquiry,
    Language,
    Observed,
    Provenance,
    SeedDialogue,
    UserPersona,
    UserQuestion,
    UserStyle,
)
from streamdial.slots import format_value, join_phrases
from streamdial.text import contains_phrase, measure_length

MIN_INQUIRIES = 5
"""A persona with fewer questions of its own is joined by questions of viewers with the same need."""
MIN_UTTERANCES = 5
_MUST = (
    "must",
    "at least",
    "at most",
    "max",
    "no more than",
    "under",
    "only",
    "需要",
    "必须",
    "至少",
    "以内",
    "不超过",
    "只要",
)
_FLEXIBLE = ("ideally", "would be nice", "around", "about", "maybe", "最好", "左右", "大概", "也行")
_POLITE = ("please", "could you", "would you", "thank", "请", "麻烦", "谢谢", "您")
_CASUAL = ("pls", "plz", "whats", "hows", "im ", "lol", "u ", "咋", "啥", "呗", "哈")


def build_user_personas(
    questions: Sequence[UserQuestion],
    pack: DomainPack,
    embedder: Embedder,
    counts: Counts,
    *,
    language: Language,
    seeds: Sequence[SeedDialogue] = (),
) -> list[UserPersona]:
    """Return user personas; every field names the questions it rests on, and nothing is guessed.

    One persona per asker who said at least two things, or stated a wish; the questions of other viewers are grouped
    by what they ask about. Where a persona asks little, the nearest questions of viewers with the same need join it.

    Args:
        questions: Questions of one domain.
        pack: The domain pack.
        embedder: Finds the nearest questions.
        counts: Gets `asked` (questions), `made` and `kept` (personas), and drops: `too_little_said`,
            `other_language`.
        language: Language of the personas; questions in another one are left out.
        seeds: Dialogues whose user lines, of the same act and slots, fill up the potential utterances.
    """
    counts.asked += len(questions)
    counts.dropped.update({"other_language": sum(question.language != language for question in questions)})
    counts.dropped += Counter()
    questions = [question for question in questions if question.language == language]
    groups = _group_by_asker(questions)
    vectors = dict(zip((q.id for q in questions), embedder.embed([q.text for q in questions]), strict=True))
    personas: dict[str, UserPersona] = {}
    for group in groups:
        counts.made += 1
        joined = _join_same_need(group, questions, vectors)
        persona = _build_persona(group, joined, pack, seeds)
        if persona is None:
            counts.drop("too_little_said")
        else:
            personas[persona.id] = persona
    counts.kept += len(personas)
    return list(personas.values())


def _group_by_asker(questions: Sequence[UserQuestion]) -> list[list[UserQuestion]]:
    by_asker: dict[str, list[UserQuestion]] = {}
    for question in questions:
        by_asker.setdefault(question.asker or question.id, []).append(question)
    groups: list[list[UserQuestion]] = []
    rest: list[list[UserQuestion]] = []
    for asked in by_asker.values():
        states_wish = any(set(q.slots) & _list_wishes(q) for q in asked)
        (groups if len(asked) >= 2 or states_wish else rest).append(asked)
    by_topic: dict[tuple[str, ...], list[UserQuestion]] = {}
    for asked in rest:
        for question in asked:
            by_topic.setdefault((*question.entities[:1], *question.asks[:1]), []).append(question)
    groups += [group for group in by_topic.values() if len(group) >= 2]
    return groups


def _list_wishes(question: UserQuestion) -> set[str]:
    return set(question.slots) if question.act in ("inform", "ask_offer", "object") else set()


def _join_same_need(
    group: Sequence[UserQuestion], questions: Sequence[UserQuestion], vectors: dict[str, np.ndarray]
) -> list[UserQuestion]:
    """Return questions of other viewers that ask about what this group has not asked yet.

    Those about the same thing come first, then the nearest in meaning.
    """
    own = {question.id for question in group}
    entities = {entity for question in group for entity in question.entities}
    asked = {slot for question in group for slot in question.asks}
    missing = MIN_INQUIRIES - sum(question.act not in ("inform",) for question in group)
    if missing <= 0:
        return []
    center = np.mean([vectors[question.id] for question in group], axis=0)
    others = [
        question for question in questions if question.id not in own and question.act in ("ask", "object", "negotiate")
    ]

    def is_about_another(question: UserQuestion) -> bool:
        return bool(entities and question.entities and not set(question.entities) & entities)

    others.sort(key=lambda q: (is_about_another(q), -float(vectors[q.id] @ center), q.id))
    joined: list[UserQuestion] = []
    for question in others:
        if question.asks and not set(question.asks) <= asked and len(joined) < missing:
            joined.append(question)
            asked |= set(question.asks)
    return joined


def _build_persona(
    group: Sequence[UserQuestion], joined: Sequence[UserQuestion], pack: DomainPack, seeds: Sequence[SeedDialogue]
) -> UserPersona | None:
    language = group[0].language
    ordered = sorted(group, key=lambda question: (question.time is None, question.time or 0.0, question.id))
    constraints = _collect_constraints(ordered, pack)
    inquiries = tuple(
        Inquiry(text=q.text, asks=q.asks, act=q.act, entities=q.entities, evidence=(q.id,))
        for q in (*ordered, *joined)
        if q.act != "inform"
    )
    if not inquiries:
        return None
    utterances = _collect_utterances([*ordered, *joined], seeds, language)
    if len(utterances) < MIN_UTTERANCES:
        return None
    evidence = tuple(question.id for question in (*ordered, *joined))
    body = [evidence, [constraint.model_dump() for constraint in constraints]]
    lengths = [measure_length(question.text, language) for question in ordered]
    times = [question.time for question in ordered if question.time is not None]
    return UserPersona(
        id=make_id("user_persona", pack.id, language, *body),
        domain=pack.id,
        language=language,
        provenance=Provenance(
            source_id=ordered[0].provenance.source_id,
            start=min(times, default=None),
            end=max(times, default=None),
            derived_from=evidence,
        ),
        objective=_describe_objective(ordered, constraints, inquiries, pack, language),
        basic_information=tuple(
            Observed(text=q.text, evidence=(q.id,)) for q in ordered if q.act in ("inform", "ask_offer")
        ),
        core_requirements=tuple(
            Observed(
                text=f"{pack.slots[c.slot].names[language]}: {_word_bound(pack, c, language)}", evidence=c.evidence
            )
            for c in constraints
        ),
        primary_inquiries=inquiries,
        constraints=constraints,
        potential_utterances=tuple(utterances),
        style=UserStyle(
            mean_length=round(fmean(lengths), 2),
            register_name=_judge_register([question.raw_text for question in ordered]),
            sample_lines=tuple(question.text for question in ordered[:5]),
        ),
    )


def _collect_constraints(questions: Sequence[UserQuestion], pack: DomainPack) -> tuple[Constraint, ...]:
    found: dict[str, Constraint] = {}
    for question in questions:
        if question.act not in ("inform", "ask_offer", "book"):
            continue
        for slot, value in question.slots.items():
            if pack.slots[slot].constraint or pack.slots[slot].booking:
                before = found.get(slot)
                evidence = (*(before.evidence if before and before.value == value else ()), question.id)
                found[slot] = Constraint(
                    slot=slot, value=value, hardness=_judge_hardness(question.text), evidence=evidence
                )
    return tuple(found.values())


def _judge_hardness(text: str) -> Hardness:
    lower = text.lower()
    if any(contains_phrase(lower, word) for word in _MUST):
        return "must"
    return "flexible" if any(contains_phrase(lower, word) for word in _FLEXIBLE) else "prefer"


def _word_bound(pack: DomainPack, constraint: Constraint, language: Language) -> str:
    value = format_value(pack, constraint.slot, constraint.value, language)
    bounds = {"en": {"max": "at most {}", "min": "at least {}"}, "zh": {"max": "不超过{}", "min": "至少{}"}}
    return bounds[language].get(pack.slots[constraint.slot].constraint or "", "{}").format(value)


def _describe_objective(
    questions: Sequence[UserQuestion],
    constraints: Sequence[Constraint],
    inquiries: Sequence[Inquiry],
    pack: DomainPack,
    language: Language,
) -> Observed:
    """Put the objective into words out of what was observed; no model and no guess."""
    wishes = [
        f"{pack.slots[c.slot].names[language]} {_word_bound(pack, c, language)}"
        for c in constraints
        if not pack.slots[c.slot].booking
    ]
    asks = dict.fromkeys(slot for inquiry in inquiries for slot in inquiry.asks)
    named = dict.fromkeys(entity for question in questions for entity in question.entities)
    topics = join_phrases([pack.slots[slot].names[language] for slot in list(asks)[:4]], language)
    thing = join_phrases(list(named)[:3], language)
    parts = []
    if language == "zh":
        if wishes:
            parts.append("想找符合以下要求的选择：" + "，".join(wishes))
        if thing:
            parts.append(f"正在了解{thing}")
        if topics:
            parts.append(f"想弄清楚{topics}")
        text = "；".join(parts) or questions[0].text
    else:
        if wishes:
            parts.append(f"find an option with {join_phrases(wishes, language)}")
        if thing:
            parts.append(f"learn more about {thing}")
        if topics:
            parts.append(f"be clear about {topics}")
        text = "; ".join(parts).capitalize() or questions[0].text
        for name in named:
            text = text.replace(name.lower(), name)
    return Observed(text=text, evidence=tuple(question.id for question in questions))


def _collect_utterances(
    questions: Sequence[UserQuestion], seeds: Sequence[SeedDialogue], language: Language
) -> list[str]:
    """Return what such a user may say: the real questions, then seed lines of the same act that ask the same."""
    utterances = list(dict.fromkeys(question.text for question in questions))
    wanted = {(question.act, frozenset(question.asks)) for question in questions}
    for seed in seeds:
        for turn in seed.turns:
            if len(utterances) >= 8:
                return utterances
            same = turn.role == "user" and (turn.act, frozenset(turn.request)) in wanted
            if same and seed.language == language and not turn.inform and not turn.entity:
                utterances.append(turn.utterance)
    for seed in seeds:
        for turn in seed.turns:
            if len(utterances) >= MIN_UTTERANCES:
                return utterances
            if (
                turn.role == "user"
                and seed.language == language
                and turn.act in ("thank", "accept", "greet")
                and (turn.utterance not in utterances)
            ):
                utterances.append(turn.utterance)
    return utterances


def _judge_register(texts: Iterable[str]) -> Literal["casual", "plain", "polite"]:
    joined = " ".join(texts).lower()
    polite = sum(contains_phrase(joined, word) for word in _POLITE)
    casual = sum(contains_phrase(joined, word) for word in _CASUAL)
    return "polite" if polite > casual else "casual" if casual else "plain"

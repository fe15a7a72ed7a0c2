"""UPM: user personas from clusters of real questions, by asker first, then by need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import Embedder, Vectors
from streamdial.personas.beliefs import list_heard, list_known, list_unknown
from streamdial.personas.conflicts import find_conflicts
from streamdial.personas.constraints import Wishes, collect_wishes
from streamdial.personas.knowledge import Knowledge
from streamdial.personas.needs import Need, QuestionJoiner, cluster_questions, name_short_forms, sort_by_time
from streamdial.personas.styles import measure_style
from streamdial.personas.utterances import MIN_UTTERANCES, LinePool, collect_utterances
from streamdial.records import (
    Constraint,
    Demand,
    Inquiry,
    Language,
    Observed,
    Provenance,
    SeedDialogue,
    UserPersona,
    UserQuestion,
)
from streamdial.slots import SlotReader, format_value, join_phrases

MIN_INQUIRIES = 5
"""A persona with fewer questions of its own is joined by questions of viewers with the same need."""


def build_user_personas(
    questions: Sequence[UserQuestion],
    pack: DomainPack,
    embedder: Embedder,
    counts: Counts,
    *,
    language: Language,
    seeds: Sequence[SeedDialogue] = (),
    knowledge: Mapping[str, Knowledge] | None = None,
) -> list[UserPersona]:
    """Return user personas; every field names the signals it rests on, and nothing is guessed.

    A viewer who said at least two things is a persona; the questions of other viewers are clustered by need. Where a
    persona asks little, the nearest questions of viewers who ask about the same join it, marked `same_need`.

    Args:
        questions: Questions of one domain.
        pack: The domain pack.
        embedder: Compares meanings.
        counts: Gets `asked` (questions), `made` and `kept` (personas), and drops: of questions `other_language` and
            `asked_alone` (no wish, and nobody else asked the same), of personas `too_little_said`,
            `too_few_utterances` and `contradicts_itself` (its viewers want different things).
        language: Language of the personas; questions in another one are left out.
        seeds: Dialogues whose user lines help to vary what a persona may say.
        knowledge: The knowledge base of the account each source belongs to, for the check for conflicts.
    """
    counts.asked += len(questions)
    counts.dropped.update({"other_language": sum(question.language != language for question in questions)})
    names = {name for known in (knowledge or {}).values() for name in known.entities}
    questions = name_short_forms([q for q in questions if q.language == language], pack, names)
    if not questions:
        counts.dropped += Counter()
        return []
    vectors = embedder.embed([question.text for question in questions])
    needs, alone = cluster_questions(questions, vectors)
    counts.drop("asked_alone", len(alone))
    counts.dropped += Counter()
    builder = _Builder(questions, vectors, pack, language, seeds, knowledge or {})
    personas: dict[str, UserPersona] = {}
    for need in needs:
        counts.made += 1
        persona = builder.build(need)
        if isinstance(persona, str):
            counts.drop(persona)
        else:
            personas[persona.id] = persona
    counts.kept += len(personas)
    conflicts = Counter(conflict.kind for persona in personas.values() for conflict in persona.conflicts)
    if conflicts:
        counts.note(f"conflicts of wishes: {', '.join(f'{kind} {count}' for kind, count in conflicts.most_common())}")
    return list(personas.values())


class _Builder:
    """Makes personas of one language out of their needs."""

    def __init__(
        self,
        questions: Sequence[UserQuestion],
        vectors: Vectors,
        pack: DomainPack,
        language: Language,
        seeds: Sequence[SeedDialogue],
        knowledge: Mapping[str, Knowledge],
    ) -> None:
        self._pack, self._language, self._knowledge = pack, language, knowledge
        self._joiner = QuestionJoiner(questions, vectors)
        self._reader = SlotReader(pack, language, {entity for q in questions for entity in q.entities})
        self._pool = LinePool(questions, seeds, pack, language)

    def build(self, need: Need) -> UserPersona | str:
        """Return the persona of a need, or why there is none."""
        pack, language = self._pack, self._language
        own = sort_by_time(need.own)
        others = sort_by_time(need.others)
        joined = self._joiner.join(need, least=MIN_INQUIRIES)
        wishes = collect_wishes(own, self._reader)
        if wishes.contradictory:
            return "contradicts_itself"
        inquiries = _list_inquiries(own, others, joined)
        if not any(inquiry.origin == "own" for inquiry in inquiries):
            return "too_little_said"
        utterances = collect_utterances(own, [*others, *joined], inquiries, wishes, self._pool)
        if len(utterances) < MIN_UTTERANCES:
            return "too_few_utterances"
        members = (*own, *others, *joined)
        evidence = tuple(question.id for question in members)
        conflicts = find_conflicts(own, wishes, self._find_knowledge(own), pack, language)
        times = [question.time for question in own if question.time is not None]
        described = [wish.model_dump(mode="json") for wish in wishes.constraints]
        return UserPersona(
            id=make_id(
                "user_persona",
                pack.id,
                language,
                evidence,
                described,
                [line.text for line in utterances],
                [conflict.model_dump(mode="json") for conflict in conflicts],
            ),
            domain=pack.id,
            language=language,
            provenance=Provenance(
                source_id=own[0].provenance.source_id,
                start=min(times, default=None),
                end=max(times, default=None),
                derived_from=evidence,
            ),
            objective=_describe_objective(own, wishes.constraints, pack, language),
            basic_information=tuple(
                Observed(text=q.text, evidence=(q.id,)) for q in own if q.act in ("inform", "ask_offer")
            ),
            core_requirements=_list_requirements(wishes, pack, language),
            primary_inquiries=inquiries,
            constraints=wishes.constraints,
            knows=(*list_known(own, pack, language), *list_heard(own, self._find_knowledge(own), language)),
            does_not_know=list_unknown(own, pack, language),
            potential_utterances=utterances,
            style=measure_style(own, pack, language),
            demand=Demand(viewers=need.viewers, evidence=tuple(question.id for question in (*own, *others))),
            conflicts=conflicts,
        )

    def _find_knowledge(self, questions: Iterable[UserQuestion]) -> list[Knowledge]:
        sources = dict.fromkeys(question.provenance.source_id for question in questions)
        found = [self._knowledge[source] for source in sources if source in self._knowledge]
        return list({id(known): known for known in found}.values())


def _list_inquiries(
    own: Iterable[UserQuestion], others: Iterable[UserQuestion], joined: Iterable[UserQuestion]
) -> tuple[Inquiry, ...]:
    """Return own questions, then those of others who ask what no own one asks in the same words."""
    inquiries = [_make_inquiry(question, "own") for question in own if question.act != "inform"]
    inquiries += [_make_inquiry(question, "same_need") for question in (*others, *joined) if question.act != "inform"]
    return tuple({inquiry.text: inquiry for inquiry in reversed(inquiries)}.values())[::-1]


def _make_inquiry(question: UserQuestion, origin: str) -> Inquiry:
    return Inquiry.model_validate(
        {
            "text": question.text,
            "asks": question.asks,
            "act": question.act,
            "entities": question.entities,
            "evidence": (question.id,),
            "origin": origin,
        }
    )


def _list_requirements(wishes: Wishes, pack: DomainPack, language: Language) -> tuple[Observed, ...]:
    """Return the wishes in words, what binds most first."""
    order = ("must", "prefer", "flexible")
    mark = "：" if language == "zh" else ": "
    return tuple(
        Observed(
            text=f"{pack.slots[wish.slot].names[language]}{mark}{word_bound(pack, wish, language)}",
            evidence=wish.evidence,
        )
        for wish in sorted(wishes.constraints, key=lambda wish: order.index(wish.hardness))
    )


def word_bound(pack: DomainPack, constraint: Constraint, language: Language) -> str:
    """Return a wish's value with its bound in words: "at most $40,000"; the value alone where it is no bound."""
    value = format_value(pack, constraint.slot, constraint.value, language, constraint.unit)
    bounds = {"en": {"max": "at most {}", "min": "at least {}"}, "zh": {"max": "不超过{}", "min": "至少{}"}}
    return bounds[language].get(pack.slots[constraint.slot].constraint or "", "{}").format(value)


def _describe_objective(
    own: Sequence[UserQuestion], constraints: Sequence[Constraint], pack: DomainPack, language: Language
) -> Observed:
    """Put the objective into words out of what was observed; no model and no guess."""
    wishes = [
        f"{pack.slots[c.slot].names[language]} {word_bound(pack, c, language)}"
        for c in constraints
        if not pack.slots[c.slot].booking
    ]
    asks = dict.fromkeys(slot for question in own if question.act != "inform" for slot in question.asks)
    named = dict.fromkeys(entity for question in own for entity in question.entities)
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
        text = "；".join(parts) or own[0].text
    else:
        if wishes:
            parts.append(f"find an option with {join_phrases(wishes, language)}")
        if thing:
            parts.append(f"learn more about {thing}")
        if topics:
            parts.append(f"be clear about {topics}")
        text = "; ".join(parts) or own[0].text
        text = text[:1].upper() + text[1:]
    return Observed(text=text, evidence=tuple(question.id for question in own))

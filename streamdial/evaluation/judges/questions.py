"""The questions to a judge: ratings, choices between two, checklists, and requirements of one dialogue."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.judges.criteria import Criterion, Shown
from streamdial.ids import hash_text
from streamdial.models import ChatMessage, ChatRequest
from streamdial.prompts import render_prompt
from streamdial.records import Language, Role

Kind = Literal["rating", "choice", "checklist"]
MAX_FACTS = 40
"""Lines of knowledge a judge is shown; those of what the dialogue is about come first."""
_ROOM = 300
_TITLES: dict[Language, tuple[str, str, str]] = {
    "en": ("The talk", "Talk A", "Talk B"),
    "zh": ("对话", "对话A", "对话B"),
}


class RatingAnswer(BaseModel):
    """A judge's rating; the reason comes first, so that the score follows from it."""

    reason: str
    score: Literal[1, 2, 3, 4, 5]


class ChoiceAnswer(BaseModel):
    """A judge's choice of two."""

    reason: str
    choice: Literal["A", "B", "tie"]


class CheckedItem(BaseModel):
    """Whether one statement holds."""

    item: int = Field(ge=1)
    holds: bool


class ChecklistAnswer(BaseModel):
    """A judge's answers to a list of statements."""

    reason: str
    answers: list[CheckedItem]


SCHEMAS: dict[Kind, type[BaseModel]] = {"rating": RatingAnswer, "choice": ChoiceAnswer, "checklist": ChecklistAnswer}


@dataclass(frozen=True)
class Question:
    """One call to a judge.

    Attributes:
        id: Hash of dialogues and prompt: the same question has the same id in every run.
        kind: What is answered.
        criterion: Key of what is asked.
        side: Whose part is judged.
        subjects: Ids of the dialogues, in the order they are shown.
        language: Language of the prompt.
        prompt: What is asked, after the standing orders.
        items: Number of statements of a checklist.
        swapped: Whether a choice is asked in the other order.
    """

    id: str
    kind: Kind
    criterion: str
    side: Role
    subjects: tuple[str, ...]
    language: Language
    prompt: str
    items: int = 0
    swapped: bool = False

    def build_request(self) -> ChatRequest:
        """Return the call: the standing orders, then dialogue and question, so that prefixes can be reused."""
        orders = render_prompt("judge_orders", self.language)
        return ChatRequest(
            messages=(ChatMessage(role="system", content=orders), ChatMessage(role="user", content=self.prompt)),
            max_tokens=_ROOM + 12 * self.items,
            temperature=0.0,
            purpose="judge",
        )

    def read(self, answer: BaseModel) -> tuple[float | None, tuple[bool, ...]]:
        """Return the value of an answer and what holds of a checklist.

        Of a rating the score; of a choice 1 for the first dialogue of the unswapped order, 0 for the second, 0.5 for a
        tie; of a checklist the share that holds, None where not every statement was answered once.
        """
        if isinstance(answer, RatingAnswer):
            return float(answer.score), ()
        if isinstance(answer, ChoiceAnswer):
            value = {"A": 1.0, "B": 0.0, "tie": 0.5}[answer.choice]
            return (1 - value if self.swapped else value), ()
        assert isinstance(answer, ChecklistAnswer)
        held = {entry.item: entry.holds for entry in answer.answers}
        if len(answer.answers) != self.items or set(held) != set(range(1, self.items + 1)):
            return None, ()
        told = tuple(held[number] for number in sorted(held))
        return sum(told) / len(told), told


def build_rating(
    talk: EvaluatedDialogue,
    criterion: Criterion,
    side: Role,
    *,
    lines: Sequence[str] = (),
    reference: EvaluatedDialogue | None = None,
    anchors: Sequence[str] | None = None,
) -> Question:
    """Return the question how well one side of a dialogue does by one criterion.

    Args:
        talk: The dialogue.
        criterion: The criterion.
        side: Whose part is judged.
        lines: What the criterion shows beside the dialogue; see `list_shown`.
        reference: A real dialogue as a measure, for reference-guided judging.
        anchors: What 1 to 5 mean for this dialogue, in place of the criterion's own: a rubric.
    """
    asked = render_prompt(
        "judge_rating",
        talk.language,
        side=side,
        name=criterion.names[talk.language],
        question=criterion.questions[talk.language],
        anchors=list(anchors or criterion.anchors[talk.language]),
    )
    shown = _show([talk], criterion.shows if lines else "", lines, reference)
    return _build("rating", criterion.key, side, [talk], f"{shown}\n\n{asked}")


def build_choice(
    left: EvaluatedDialogue, right: EvaluatedDialogue, criterion: Criterion, side: Role
) -> tuple[Question, Question]:
    """Return the question which of two dialogues does better, in both orders.

    Judges lean to what stands first (Zheng et al. 2023); only what is chosen in both orders is a preference.
    """
    asked = render_prompt(
        "judge_choice",
        left.language,
        side=side,
        name=criterion.names[left.language],
        question=criterion.questions[left.language],
    )
    both = [
        _build("choice", criterion.key, side, pair, f"{_show(pair, '', ())}\n\n{asked}", swapped=swapped)
        for pair, swapped in (([left, right], False), ([right, left], True))
    ]
    return both[0], both[1]


def build_checklist(
    talk: EvaluatedDialogue, items: Sequence[str], *, name: str = "checklist", side: Role = "agent"
) -> Question:
    """Return the question which statements hold of a dialogue.

    Args:
        talk: The dialogue.
        items: The statements: the same for all dialogues, or this one's own as of `list_requirements`.
        name: What it is counted under.
        side: Whom it is about.
    """
    asked = render_prompt("judge_checklist", talk.language, items=list(items))
    return _build("checklist", name, side, [talk], f"{_show([talk], '', ())}\n\n{asked}", items=len(items))


def _show(
    talks: Sequence[EvaluatedDialogue], shown: Shown, lines: Sequence[str], reference: EvaluatedDialogue | None = None
) -> str:
    language = talks[0].language
    titles = _TITLES[language][:1] if len(talks) == 1 else _TITLES[language][1:]
    return render_prompt(
        "judge_talk",
        language,
        talks={title: talk.turns for title, talk in zip(titles, talks, strict=True)},
        reference=reference.turns if reference else (),
        shown=shown,
        lines=list(lines),
    )


def _build(
    kind: Kind,
    criterion: str,
    side: Role,
    talks: Sequence[EvaluatedDialogue],
    prompt: str,
    **more: Any,  # noqa: ANN401
) -> Question:
    subjects = tuple(talk.id for talk in talks)
    return Question(
        id=hash_text("\n".join([kind, criterion, side, *subjects, prompt]))[:16],
        kind=kind,
        criterion=criterion,
        side=side,
        subjects=subjects,
        language=talks[0].language,
        prompt=prompt,
        **more,
    )


def list_shown(shown: Shown, talk: EvaluatedDialogue, side: Role, known: DialogueSet) -> list[str]:
    """Return what a criterion shows a judge beside a dialogue; nothing where the set does not have it."""
    if shown == "persona":
        return _list_persona(talk, side, known)
    if shown == "blueprint" and talk.blueprint in known.blueprints:
        return [f"{stage.title}: {stage.goal}" for stage in known.blueprints[talk.blueprint].stages]
    if shown == "facts":
        names = {name.casefold() for turn in talk.turns for name in (turn.entity, turn.other) if name}
        facts = known.knowledge.get(talk.agent, ())
        told = sorted(facts, key=lambda fact: bool(fact.entity) and fact.entity.casefold() not in names)
        rest = [known.evidence[key] for turn in talk.turns for key in turn.evidence if key in known.evidence]
        lines = [f"{fact.entity} · {fact.slot}: {fact.text}".lstrip(" ·") for fact in told] + rest
        return list(dict.fromkeys(lines))[:MAX_FACTS] if facts else []
    return []


def _list_persona(talk: EvaluatedDialogue, side: Role, known: DialogueSet) -> list[str]:
    if side == "user" and (user := known.users.get(talk.user)):
        wishes = [f"{wish.slot} = {wish.value} ({wish.hardness})" for wish in user.constraints]
        inquiries = [inquiry.text for inquiry in user.primary_inquiries]
        return [user.objective.text, *wishes, *inquiries, *user.style.sample_lines[:3]]
    if side == "agent" and (agent := known.agents.get(talk.agent)):
        told = [agent.identity, agent.certification, *agent.service_boundaries, *agent.commitments]
        return [*(part.text for part in told if part), agent.style.description, *agent.style.sample_lines[:3]]
    return []


def list_ratings(
    talks: Sequence[EvaluatedDialogue],
    criteria: Sequence[Criterion],
    known: DialogueSet,
    *,
    guides: Sequence[EvaluatedDialogue] = (),
) -> Iterator[Question]:
    """Yield the ratings of dialogues by criteria, both sides, one criterion per call.

    What a set cannot show (a persona, a blueprint, knowledge) is not asked. Criteria of one dialogue follow each other,
    so that endpoints can reuse the dialogue's prefix.

    Args:
        talks: The dialogues.
        criteria: What is scored.
        known: What the set knows of their making.
        guides: Real dialogues; one of the dialogue's language is shown with it as a measure, another one for each.
    """
    for talk in talks:
        guide = _choose_guide(talk, guides)
        for criterion in criteria:
            for side in criterion.sides:
                lines = list_shown(criterion.shows, talk, side, known)
                if (lines or not criterion.shows) and any(turn.role == side for turn in talk.turns):
                    yield build_rating(talk, criterion, side, lines=lines, reference=guide)


def _choose_guide(talk: EvaluatedDialogue, guides: Sequence[EvaluatedDialogue]) -> EvaluatedDialogue | None:
    fit = [guide for guide in guides if guide.language == talk.language and guide.turns != talk.turns]
    return random.Random(talk.id).choice(fit) if fit else None


def list_requirements(talk: EvaluatedDialogue, side: Role, known: DialogueSet) -> list[str]:
    """Return what one side of this one dialogue should show: its own rubric.

    Of the user, the wishes of the user persona; of the agent, answers to the persona's inquiries and the stages of the
    path of the blueprint. Nothing where the set has neither.
    """
    zh = talk.language == "zh"
    user, blueprint = known.users.get(talk.user), known.blueprints.get(talk.blueprint)
    if side == "user":
        wishes = [f"{wish.slot} = {wish.value}" for wish in user.constraints] if user else []
        return [f"顾客提出：{wish}" if zh else f"The customer states: {wish}" for wish in wishes]
    asked = [inquiry.text for inquiry in user.primary_inquiries] if user else []
    items = [f"专家回答了：{text}" if zh else f"The expert answers: {text}" for text in asked]
    if blueprint:
        titles = {stage.name: stage.title for stage in blueprint.stages}
        named = [stage for path in blueprint.paths if path.name == talk.path for stage in path.stages]
        for stage in dict.fromkeys(named):
            title = titles.get(stage, stage)
            items.append(f"对话经过阶段：{title}" if zh else f"The talk goes through the stage: {title}")
    return items

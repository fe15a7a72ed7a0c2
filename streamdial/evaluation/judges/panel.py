"""A panel of judges: one call per question; an answer that cannot be read is missing, never a middle score."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any, Literal

from streamdial.errors import ModelError
from streamdial.evaluation.judges.questions import SCHEMAS, Question
from streamdial.evaluation.metrics.agreement import compute_alpha
from streamdial.models import ChatModel, complete_structured, run_together

Combine = Literal["mean", "median"]
MIN_ANSWERS = 5
"""Answers from which on it says something that all of them are the same."""
REPORT_EVERY = 10.0
"""Seconds between two lines of progress."""
logger = logging.getLogger("streamdial.progress")
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "gpt": ("gpt", "chatgpt", "davinci", "o1", "o3", "o4"),
    "claude": ("claude",),
    "gemini": ("gemini", "gemma", "palm"),
    "qwen": ("qwen", "qwq", "tongyi"),
    "llama": ("llama", "vicuna", "alpaca"),
    "mistral": ("mistral", "mixtral", "ministral", "codestral", "magistral"),
    "deepseek": ("deepseek",),
    "glm": ("glm", "chatglm", "zhipu"),
    "ernie": ("ernie", "wenxin"),
    "doubao": ("doubao", "skylark"),
    "hunyuan": ("hunyuan",),
    "kimi": ("kimi", "moonshot"),
    "baichuan": ("baichuan",),
    "internlm": ("internlm",),
    "yi": ("yi",),
    "phi": ("phi",),
    "command": ("command", "aya"),
    "grok": ("grok",),
}
_WORDS = re.compile(r"[a-z]+[0-9]*")


@dataclass(frozen=True)
class Judgement:
    """One judge's answer to one question.

    Attributes:
        question: Id of the question.
        judge: Id of the model.
        value: The answer as a number; None where it is missing.
        reason: What the judge said for it.
        failure: Why it is missing: `malformed`, `truncated`, `empty`, `incomplete`, or the kind of a failed call.
        held: What holds of a checklist.
    """

    question: str
    judge: str
    value: float | None
    reason: str = ""
    failure: str = ""
    held: tuple[bool, ...] = ()


async def ask_judge(model: ChatModel, question: Question) -> Judgement:
    """Ask one question; an answer that cannot be used, and a call that fails for good, is missing with its kind.

    Raises:
        ModelError: If the budget or the account is used up: then no further question makes sense.
    """
    try:
        answer, _ = await complete_structured(model, question.build_request(), SCHEMAS[question.kind])
    except ModelError as error:
        if error.ends:
            raise
        return Judgement(question.id, model.model_id, None, failure=error.kind)
    value, held = question.read(answer)
    reason = str(getattr(answer, "reason", ""))
    return Judgement(question.id, model.model_id, value, reason, "" if value is not None else "incomplete", held)


@dataclass(frozen=True)
class Panel:
    """What a panel of judges answered.

    Attributes:
        questions: What was asked, in order.
        judges: Ids of the judges.
        judgements: Their answers by question and judge.
        combine: How the answers to one question become one.
        warnings: Sentences for people.
    """

    questions: tuple[Question, ...]
    judges: tuple[str, ...]
    judgements: Mapping[tuple[str, str], Judgement]
    combine: Combine = "median"
    warnings: tuple[str, ...] = field(default=())

    def get_value(self, question: Question) -> float | None:
        """Return the panel's answer: mean or median of those that answered; None where none did."""
        told = [value for value in self.list_values(question) if value is not None]
        if not told:
            return None
        return fmean(told) if self.combine == "mean" else float(median(told))

    def list_values(self, question: Question) -> list[float | None]:
        """Return each judge's answer, in the order of the judges."""
        return [self.judgements[question.id, judge].value for judge in self.judges]

    def count_missing(self) -> dict[str, dict[str, int]]:
        """Return how many answers are missing, by judge and reason; judges that miss none are not in it."""
        missing: dict[str, Counter[str]] = {}
        for judgement in self.judgements.values():
            if judgement.value is None:
                missing.setdefault(judgement.judge, Counter())[judgement.failure] += 1
        return {judge: dict(counted) for judge, counted in sorted(missing.items())}

    def measure_agreement(self, questions: Sequence[Question]) -> float | None:
        """Return Krippendorff's alpha of the judges over some questions, ordinal; None where it cannot be told."""
        columns = [self.list_values(question) for question in questions]
        return compute_alpha([list(row) for row in zip(*columns, strict=True)]) if columns else None

    def to_dict(self) -> dict[str, Any]:
        """Return every answer as JSON values, for looking up and for correlation with people."""
        return {
            "judges": list(self.judges),
            "combine": self.combine,
            "missing": self.count_missing(),
            "warnings": list(self.warnings),
            "answers": [
                {
                    "kind": question.kind,
                    "criterion": question.criterion,
                    "side": question.side,
                    "subjects": list(question.subjects),
                    "swapped": question.swapped,
                    "value": self.get_value(question),
                    "judges": {
                        judge: {
                            name: told
                            for name, told in vars(self.judgements[question.id, judge]).items()
                            if name not in ("question", "judge") and told not in ("", ())
                        }
                        for judge in self.judges
                    },
                }
                for question in self.questions
            ],
        }


async def ask_panel(
    judges: Sequence[ChatModel],
    questions: Iterable[Question],
    *,
    combine: Combine = "median",
    generators: Iterable[str] = (),
) -> Panel:
    """Ask every question of every judge.

    Args:
        judges: The models; none asked twice.
        questions: What to ask; a question that comes twice is asked once.
        combine: How the answers to one question become one.
        generators: Ids of the models that worded the dialogues, for the warning of self-preference.

    Raises:
        ModelError: If the budget is used up.
    """
    asked = tuple({question.id: question for question in questions}.values())
    names = tuple(dict.fromkeys(judge.model_id for judge in judges))
    models = {judge.model_id: judge for judge in judges}
    tally = _Tally(len(asked) * len(names))
    calls = [tally.count(ask_judge(models[name], question)) for question in asked for name in names]
    answers = await run_together(calls)
    judgements = {(answer.question, answer.judge): answer for answer in answers}
    warnings = [*list_self_preference(names, generators), *_list_constant(names, asked, judgements)]
    return Panel(asked, names, judgements, combine, tuple(warnings))


class _Tally:
    """Tells now and then how many answers are there."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._done = 0
        self._told = time.monotonic()

    async def count(self, call: Awaitable[Judgement]) -> Judgement:
        judgement = await call
        self._done += 1
        if time.monotonic() - self._told >= REPORT_EVERY:
            self._told = time.monotonic()
            logger.info("judges: %d of %d answers", self._done, self._whole)
        return judgement


def name_family(model: str) -> str:
    """Return the family a model is of, by the words of its id: `qwen` of `local/qwen2.5-coder-1.5b@d5cd`.

    An unknown one is its own family: the name without provider, version and size.
    """
    words = _WORDS.findall(model.lower().rpartition("/")[2]) + _WORDS.findall(model.lower())
    for word in words:
        bare = word.rstrip("0123456789")
        for family, names in _FAMILIES.items():
            if word in names or bare in names:
                return family
    return words[0].rstrip("0123456789") if words else model


def list_self_preference(judges: Iterable[str], generators: Iterable[str]) -> list[str]:
    """Return a warning for each judge of a family that worded dialogues it judges.

    Models score texts of their own kind higher than people do (Panickssery et al. 2024).
    """
    made = {name_family(model): model for model in sorted(set(generators)) if model}
    return [
        f"judge {judge} is of the family {name_family(judge)}, as {made[name_family(judge)]}, which worded dialogues:"
        " it may prefer its own kind"
        for judge in judges
        if name_family(judge) in made
    ]


def _list_constant(
    judges: Sequence[str], questions: Sequence[Question], judgements: Mapping[tuple[str, str], Judgement]
) -> list[str]:
    warnings = []
    for judge in judges:
        for kind in ("rating", "choice", "checklist"):
            values = [judgements[question.id, judge].value for question in questions if question.kind == kind]
            told = [value for value in values if value is not None]
            if len(told) >= MIN_ANSWERS and len(set(told)) == 1:
                warnings.append(f"judge {judge} gave {told[0]:g} to all {len(told)} {kind}s: it says nothing")
            if values and not told:
                warnings.append(f"judge {judge} answered none of {len(values)} {kind}s in a form that can be read")
    return warnings

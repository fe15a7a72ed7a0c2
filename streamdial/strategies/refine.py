"""Several reviewers, each for one thing, read a finished dialogue; code decides who reads first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from streamdial.models import ChatModel
from streamdial.prompts import render_prompt
from streamdial.records import Turn
from streamdial.strategies.house_rules import find_unprincipled, open_reader
from streamdial.strategies.model_reader import ModelReader
from streamdial.strategies.strategy import StrategyKind, StrategyOptions, Verdict
from streamdial.text import tokenize

MAX_TOKENS = 300
REVIEWERS = ("fact", "persona", "coherence")
CHECKS: Mapping[str, str] = {
    "invented": "fact",
    "false": "fact",
    "missing": "fact",
    "misquote": "fact",
    "unlisted": "fact",
    "role": "persona",
    "out": "persona",
    "language": "persona",
    "label": "persona",
    "inform": "persona",
    "repetition": "coherence",
    "late": "coherence",
    "other": "coherence",
    "lost": "coherence",
    "became": "coherence",
    "no": "coherence",
}
"""Which reviewer a failed check is a sign for, by the first word of its name: `invented_value`."""


class RefineOptions(StrategyOptions):
    """Options of `refine`."""

    model: str = Field(default="", description="Model that reviews too; rules alone if empty.")
    most: int = Field(default=3, ge=1, le=8, description="Turns of a dialogue that are said again.")
    reviewers: tuple[str, ...] = Field(
        default=REVIEWERS, min_length=1, description="Who reads: fact, persona, coherence."
    )


class Refine(ModelReader):
    """Three reviewers read the dialogue: for facts, for who speaks, and for what follows from what.

    MARA has agents of these roles refine a response one after another, in an order a planner chooses for it. Here code
    plans: the reviewer comes first whose checks failed most while the dialogue was made. Each reads by rules (what is
    told against what the agent knows, wishes against the persona, lines said twice, questions not answered), and by a
    model where the option `model` names one. What the first one finds is said again, then all read anew. Left out: a
    planner that is a model, and reviewers who rewrite themselves.
    """

    NAME: ClassVar[str] = "refine"
    KIND: ClassVar[StrategyKind] = "rewriter"
    FAMILY: ClassVar[str] = "judges and rewriting"
    PAPERS: ClassVar[tuple[str, ...]] = ("MARA (arXiv 2511.08319)",)
    Options = RefineOptions

    @property
    def rounds(self) -> int:
        """How often a dialogue is read."""
        return int(self.options.most)

    async def review(self, state: Any) -> Verdict | None:  # noqa: ANN401
        """Return what the first reviewer finds who finds something; None where a model gave nothing usable."""
        gone = {revision.turn_id for revision in state.revisions if revision.reviewer == self.NAME}
        unusable = False
        for name in plan_reviewers(state.failed_checks, self.options.reviewers):
            for number in FINDERS[name](state):
                if number not in gone and number >= state.goal_start:
                    return Verdict(decision="redo", turn=number, reason=ASKS[name][state.language])
            if self._model is not None:
                verdict = await self._ask(self._model, name, state)
                unusable = unusable or verdict is None
                if verdict is not None and verdict.decision != "keep" and verdict.turn not in gone:
                    return verdict
        return None if unusable else Verdict()

    async def _ask(self, model: ChatModel, name: str, state: Any) -> Verdict | None:  # noqa: ANN401
        facts = [
            (row.entity, row.slot, row.text)
            for entity in dict.fromkeys(turn.entity for turn in state.turns if turn.entity)
            for row in state.knowledge.list_rows(entity)
        ]
        prompt = render_prompt(
            "refine",
            state.language,
            domain=state.pack.names[state.language],
            reviewer=name,
            user=state.user,
            facts=facts if name == "fact" else (),
            turns=state.turns,
        )
        return await self.ask(model, prompt, Verdict, state=state, purpose=f"refine.{name}", max_tokens=MAX_TOKENS)

    def accepts(self, turn: Turn, state: Any) -> bool:  # noqa: ANN401
        """Tell whether a turn said again is not said before in the same words."""
        return tokenize(turn.utterance) not in [tokenize(one.utterance) for one in state.turns]


def plan_reviewers(failed: Mapping[str, int], reviewers: Sequence[str]) -> list[str]:
    """Return the reviewers in the order in which they read: whose checks failed most first."""
    counts = dict.fromkeys(reviewers, 0)
    for check, times in failed.items():
        name = CHECKS.get(check.partition("_")[0], "")
        counts[name] = counts.get(name, 0) + times
    return sorted(reviewers, key=lambda name: (-counts[name], reviewers.index(name)))


def find_wrong_facts(state: Any) -> Iterator[int]:  # noqa: ANN401
    """Yield the agent's turns that tell of a thing another value than the agent knows."""
    for turn in state.turns:
        for entity, told in ((turn.entity, turn.tell), (turn.other, turn.tell_other)):
            rows = {slot: state.knowledge.get(entity, slot) for slot in told if turn.role == "agent" and entity}
            if any(row is not None and row.value != told[slot] for slot, row in rows.items()):
                yield turn.turn_id
                break


def find_strangers(state: Any) -> Iterator[int]:  # noqa: ANN401
    """Yield the user's turns that state a wish its persona does not have."""
    wanted = {wish.slot for wish in state.user.constraints}
    slots = state.pack.slots
    for turn in state.turns[state.goal_start :]:
        if turn.role == "user" and turn.act == "inform":
            own = [slot for slot in turn.inform if slot in slots and slots[slot].constraint and not slots[slot].booking]
            if any(slot not in wanted for slot in own):
                yield turn.turn_id


def find_incoherent(state: Any) -> Iterator[int]:  # noqa: ANN401
    """Yield turns that repeat a line, or pass over what was asked."""
    said: set[tuple[str, ...]] = set()
    for turn in state.turns:
        words = tuple(tokenize(turn.utterance))
        if len(words) > 2 and words in said:
            yield turn.turn_id
        said.add(words)
    yield from (
        number
        for number, rule in find_unprincipled(state.turns, open_reader(state))
        if rule == "answers_what_was_asked"
    )


FINDERS = {"fact": find_wrong_facts, "persona": find_strangers, "coherence": find_incoherent}
ASKS: Mapping[str, Mapping[str, str]] = {
    "fact": {"en": "A value is not what the agent knows.", "zh": "有一个值与所知不符。"},
    "persona": {"en": "This customer does not want that.", "zh": "这位顾客没有这个需求。"},
    "coherence": {"en": "It does not follow from what was said.", "zh": "与前文接不上。"},
}

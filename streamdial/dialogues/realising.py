"""From a plan to words: a real line with its facts replaced, a model's paraphrase, or the pack's template."""

from __future__ import annotations

import random
from typing import NamedTuple

from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.checks import check_wording
from streamdial.dialogues.drift import find_drift
from streamdial.dialogues.line_match import LOOSE, fits_speaker, sign_plan
from streamdial.dialogues.lines import Line, Signature, delexicalise
from streamdial.dialogues.paraphrasing import paraphrase
from streamdial.dialogues.state import DialogueState, TurnPlan, Value
from streamdial.dialogues.templates import fill_sentence
from streamdial.models import ChatModel
from streamdial.policies import unpolish
from streamdial.records import Realisation, Role, Turn
from streamdial.slots import SlotReader
from streamdial.text import set_chinese_punctuation, tokenize

FORMULAS = ("greet", "thank", "close", "accept", "defer", "propose", "confirm", "hand_over", "no_preference")
"""Acts with little to say: real lines and templates are better at them than a paraphrase."""
NEVER_REWORDED: dict[Role, tuple[str, ...]] = {
    "user": ("revise", "insist", "decline", "ask_hold", "ask_person", "negotiate"),
    "agent": (
        "compare", "negotiate", "handle_objection", "no_answer", "explain_conflict", "check_stock", "hold", "upsell",
        "recover",
    ),
}  # fmt: skip
"""Acts whose sense turns on who wants what and how facts are related; a small model's paraphrase turns it round."""
FORMULA_TEMPLATE_SHARE = 0.4
"""How often the pack's sentence is taken for such an act, so that the few real ones are not repeated over and over."""
MIN_REACTION = 0.35
"""Minimum cosine between what came before a factless line and what comes before the turn."""


class Wording(NamedTuple):
    """A wording that passed its checks, and how it came about."""

    text: str
    realisation: Realisation
    evidence: tuple[str, ...]


class Realiser:
    """Words planned turns of one language.

    Order: the persona's own words or a real line of the same signature, refilled; a model's paraphrase of it (or of
    the template); the template. Each step is checked. Few real lines for a signature make the model more likely, so
    that one good line is not repeated over the whole data set.

    Args:
        bank: Real lines.
        reader: Knows the names of everything the account sells.
        model: The model that paraphrases; None for real lines and templates alone.
        reasks: How often the model is asked again with the check it failed.
    """

    def __init__(
        self,
        bank: LineBank,
        reader: SlotReader,
        model: ChatModel | None,
        *,
        reasks: int = 1,
    ) -> None:
        self._bank = bank
        self._reader = reader
        self._model = model
        self._reasks = reasks

    async def realise(self, plan: TurnPlan, state: DialogueState) -> Turn:
        """Return the turn a plan becomes; the template, which always fits, is the last resort."""
        wording = await self._word(plan, state)
        if plan.role == "user" and wording.realisation != "real_line" and state.user.language == state.language:
            wording = self._unpolish(wording, plan, state)
        return self._build_turn(plan, wording, len(state.turns))

    def try_line(self, line: Line, plan: TurnPlan, state: DialogueState) -> Turn | None:
        """Return the turn a plan becomes with the words of a given line, or None if it cannot be said with them."""
        wording = self._fill_line(line, plan, state) if self._may_say(line, plan, state) else None
        return self._build_turn(plan, wording, len(state.turns)) if wording else None

    async def realise_again(self, turn: Turn, state: DialogueState) -> Turn | None:
        """Return a turn in other words, with the same act and facts; None where there are none.

        Args:
            turn: The turn as it stands.
            state: The dialogue before it.
        """

        def add_units(entity: str, values: dict[str, str]) -> dict[str, Value]:
            rows = {slot: state.knowledge.get(entity, slot) for slot in values}
            return {slot: (value, row.unit if (row := rows[slot]) else None) for slot, value in values.items()}

        plan = TurnPlan(
            role=turn.role,
            act=turn.act,
            stage=turn.stage,
            strategy=turn.strategy,
            entity=turn.entity,
            other=turn.other,
            inform=add_units("", turn.inform),
            request=tuple(turn.request),
            tell=add_units(turn.entity, turn.tell),
            tell_other=add_units(turn.other, turn.tell_other),
        )
        wording = await self._word(plan, state)
        if tokenize(wording.text) == tokenize(turn.utterance) or self._find_failure(wording.text, plan, state):
            return None
        again = self._build_turn(plan, wording, turn.turn_id)
        return again.model_copy(update={"evidence": tuple(dict.fromkeys((*turn.evidence, *wording.evidence)))})

    def _unpolish(self, wording: Wording, plan: TurnPlan, state: DialogueState) -> Wording:
        names = (plan.entity, plan.other)
        text = unpolish(wording.text, state.user.style, state.language, state.rng, keep=names)
        return wording._replace(text=text) if self._find_failure(text, plan, state) is None else wording

    def _build_turn(self, plan: TurnPlan, wording: Wording, number: int) -> Turn:
        inform = {slot: value for slot, (value, _) in plan.inform.items()}
        return Turn(
            turn_id=number,
            role=plan.role,
            utterance=set_chinese_punctuation(wording.text) if self._reader.language == "zh" else wording.text,
            act=plan.act,
            stage=plan.stage,
            strategy=plan.strategy,
            inform=inform,
            request=dict.fromkeys(plan.request, "?"),
            tell={slot: value for slot, (value, _) in plan.tell.items()},
            entity=plan.entity,
            other=plan.other,
            tell_other={slot: value for slot, (value, _) in plan.tell_other.items()},
            evidence=tuple(dict.fromkeys((*plan.evidence, *wording.evidence))),
            realisation=wording.realisation,
        )

    async def _word(self, plan: TurnPlan, state: DialogueState) -> Wording:
        real = await self._find_real(plan, state)
        pool = len(real)
        template = self._fill_template(plan, state)
        refuses = plan.role == "user" and plan.act == "thank" and state.runner.path.outcome == "drop_out"
        plain = plan.act in FORMULAS and bool(real) and not refuses and state.rng.random() < FORMULA_TEMPLATE_SHARE
        if plain and self._find_failure(template, plan, state) is None:
            return Wording(template, "template", ())
        prefers_model = self._model is not None and state.rng.random() < compute_model_share(pool, plan)
        chosen = real[0] if real else None
        if chosen is not None and not prefers_model:
            return chosen
        if prefers_model:
            base = chosen or Wording(template, "template", ())
            if reworded := await self._paraphrase(base, plan, state):
                return reworded
        return chosen or Wording(template, "template", ())

    async def _find_real(self, plan: TurnPlan, state: DialogueState) -> list[Wording]:
        """Return wordings out of real lines that pass all checks, in a seeded order; own words come first."""
        found: list[Wording] = []
        own_language = state.user.language == state.language
        if plan.own_words and own_language and (own := self._reuse_own_words(plan, state)):
            found.append(own)
        if plan.tell_other:
            return found
        signature = sign_plan(plan)
        names = bool(plan.entity) and plan.entity != state.focus
        lines = self._bank.find_same(signature, used=state.used, names_entity=names)
        if plan.act in LOOSE:
            lines = self._find_loose(plan, state, signature, names)
        allowed = [line for line in lines if self._may_say(line, plan, state)]
        for line in await self._order_lines(allowed, plan, state):
            wording = self._fill_line(line, plan, state)
            if wording is not None:
                found.append(wording)
        return found

    def _may_say(self, line: Line, plan: TurnPlan, state: DialogueState) -> bool:
        return fits_speaker(
            line,
            plan,
            state.language,
            own=state.user.provenance.derived_from,
            outcome=state.runner.path.outcome,
            opening=len(state.turns) <= 1,
        )

    async def _order_lines(self, lines: list[Line], plan: TurnPlan, state: DialogueState) -> list[Line]:
        """Order lines by how much what came before them is like what comes before this turn, with some chance.

        This is the retrieval across roles of UUS and ARG. A line without facts is mostly a reaction, so it must have
        followed something like the last message; a line with facts is held to its plan by the checks.
        """
        last = state.last.utterance if state.last else ""
        cosines = await self._bank.compare_previous(lines, last)
        reacts = not plan.values and plan.role == "agent"
        scored = [
            (float(cosine) + (0.6 if plan.act in FORMULAS else 0.2) * state.rng.random(), line)
            for line, cosine in zip(lines, cosines, strict=True)
            if not (reacts and last and cosine < MIN_REACTION)
        ]
        return [line for _, line in sorted(scored, key=lambda pair: -pair[0])]

    def _find_loose(self, plan: TurnPlan, state: DialogueState, signature: Signature, names: bool) -> list[Line]:
        """Return lines of acts whose questions may be put in any order: which day, which time, or both."""
        wanted = frozenset(plan.request)
        return [
            line
            for line in self._bank.lines
            if line.signature._replace(request=frozenset()) == signature
            and (line.signature.request <= wanted or not wanted)
            and line.evidence not in state.used
            and (line.names_entity or not names)
        ]

    def _reuse_own_words(self, plan: TurnPlan, state: DialogueState) -> Wording | None:
        named = self._reader.find_entities(plan.own_words)
        entity, other = (*named, "", "")[:2]
        values = {
            mention.slot: mention.value
            for mention in self._reader.find_values(plan.own_words)
            if mention.slot != state.pack.entity_slot
        }
        if set(values) != set(plan.inform):
            return None
        found = delexicalise(plan.own_words, self._reader, values, entity, other)
        if found is None or bool(other) != bool(plan.other) or (entity and not plan.entity):
            return None
        signature = Signature(plan.role, plan.act, frozenset(), frozenset(), frozenset(), bool(other))
        line = Line(found[0], signature, found[1], "", next(iter(plan.evidence), ""))
        if plan.entity and plan.entity != state.focus and not line.names_entity:
            return None
        return self._fill_line(line, plan, state)

    def _fill_line(self, line: Line, plan: TurnPlan, state: DialogueState) -> Wording | None:
        if "{entity}" in line.template and not plan.entity:
            return None
        text = line.fill(state.pack, state.language, plan.values, plan.entity, plan.other)
        if self._find_failure(text, plan, state) is not None:
            return None
        return Wording(text, "real_line", (line.evidence,) if line.evidence else ())

    def _find_failure(self, text: str, plan: TurnPlan, state: DialogueState) -> str | None:
        return check_wording(
            text,
            plan,
            pack=state.pack,
            language=state.language,
            reader=self._reader,
            earlier=(turn.utterance for turn in state.turns),
        )

    async def _paraphrase(self, base: Wording, plan: TurnPlan, state: DialogueState) -> Wording | None:
        assert self._model is not None

        async def check(text: str) -> str | None:
            return self._find_failure(text, plan, state) or await find_drift(
                base.text, text, plan, state.focus, self._reader, self._bank
            )

        text = await paraphrase(
            self._model,
            base.text,
            plan.role,
            state.language,
            seed=state.seed % 100_000 * 1000 + len(state.turns) * 10,
            reasks=self._reasks,
            check=check,
            count=state.count_failure,
        )
        return Wording(text, "model", base.evidence) if text is not None else None

    def _fill_template(self, plan: TurnPlan, state: DialogueState) -> str:
        """Return the first of the pack's sentences for the act that passes; the plainest one if none does."""
        pack, language = state.pack, state.language
        templates = pack.templates[language]
        stock = plan.act == "ask" and plan.request == (pack.stock_slot,)
        bare = plan.act == "ask_offer" and not plan.inform
        asked = plan.act == "follow_up" and bool(plan.request)
        special = (
            f"{plan.act}_other"
            if plan.other
            else "ask_stock"
            if stock
            else "ask_offer_bare"
            if bare
            else "follow_up_asked"
            if asked
            else plan.act
        )
        sentences = list(templates.get(plan.role, special) or templates.get(plan.role, plan.act))
        if not sentences:
            sentences = ["{facts}"] if plan.values else ["..."]
        filled = [
            fill_sentence(sentence, plan, state.pack, state.language) for sentence in _shuffle(sentences, state.rng)
        ]
        earlier = {turn.utterance for turn in state.turns}
        return next((text for text in filled if self._find_failure(text, plan, state) is None), None) or next(
            (text for text in filled if text not in earlier), filled[0]
        )


def _shuffle(sentences: list[str], rng: random.Random) -> list[str]:
    return rng.sample(sentences, len(sentences))


def compute_model_share(pool: int, plan: TurnPlan) -> float:
    """Return how likely the model words a turn for which `pool` real wordings are at hand, 0 to 1."""
    if plan.act in NEVER_REWORDED[plan.role]:
        return 0.0
    if plan.act in FORMULAS:
        return 0.0 if pool else 0.3
    if pool == 0:
        return 1.0
    share = 1 / (1 + pool) if plan.own_words else 2 / (2 + pool)
    return min(share, 0.6)

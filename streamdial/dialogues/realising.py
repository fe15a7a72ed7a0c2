"""From a plan to words: real lines where they fit, else the inventory of phrases, else the pack's own sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.checks import check_wording
from streamdial.dialogues.drift import find_drift
from streamdial.dialogues.line_match import LOOSE, fits_speaker, sign_plan
from streamdial.dialogues.lines import Line, Signature, delexicalise
from streamdial.dialogues.messages import number_call
from streamdial.dialogues.paraphrasing import paraphrase
from streamdial.dialogues.phrasing import ATTEMPTS, Phraser
from streamdial.dialogues.recollection import stands_in
from streamdial.dialogues.templates import fill_sentence
from streamdial.models import ChatModel
from streamdial.phrases import Inventory, load_inventory
from streamdial.phrases.naming import shorten_name
from streamdial.planning import OWN_WORDS, DialogueState, Move, TurnPlan, Value
from streamdial.planning.turns import build_turn
from streamdial.policies import bring_near, draw_line, measure_distance, read_manner, swap_words, unpolish
from streamdial.records import BORROWED_WORDS, Realisation, Turn
from streamdial.slots import SlotReader
from streamdial.strategies import FORCED
from streamdial.text import set_chinese_punctuation, tokenize

LINE_WEIGHT = 1.0
"""How much likelier a real line that fits is taken than one phrase of the inventory."""
STREAM_WEIGHT = 8.0
"""The same for a sentence of the account itself."""
OWN_WORDS_SHARE = 0.85
"""How often a persona says what it really wrote, where the words fit."""
NEAR_ATTEMPTS = 5
"""Wordings that are compared with a line of the speaker."""
TAKEN_FROM_LINES = ("ask", "inform", "ask_offer", "compare", "object", "answer", "book", "negotiate", "no_preference")
"""Acts that real lines of seeds and other viewers are taken for; the others carry promises and farewells of their own
dialogue."""
USUAL_CHOICE = 24
"""Wordings the inventory has for an act, by which the chance of a real line is measured."""


class Wording(NamedTuple):
    """A wording that passed its checks, and how it came about."""

    text: str
    realisation: Realisation
    evidence: tuple[str, ...]
    keys: tuple[str, ...] = ()


class Realiser:
    """Words planned turns of one language.

    Order: the account's or the persona's own words; a real line of the same signature, refilled, as likely as its
    number among the phrases; the inventory; the pack's sentence. Each is checked.

    Args:
        bank: Real lines.
        reader: Knows the names of everything the account sells.
        model: A model that paraphrases every turn, in the mode `reworded`; None for none.
        reasks: How often the model is asked again with the check it failed.
        inventory: The phrases; those of the reader's pack and language by default.
    """

    def __init__(
        self,
        bank: LineBank,
        reader: SlotReader,
        model: ChatModel | None,
        *,
        reasks: int = 1,
        inventory: Inventory | None = None,
    ) -> None:
        self._bank = bank
        self._reader = reader
        self._model = model
        self._reasks = reasks
        self._inventory = inventory or load_inventory(reader.pack, reader.language)
        self._phraser = Phraser(self._inventory, reader.pack, reader.language)

    @property
    def bank(self) -> LineBank:
        """Real lines."""
        return self._bank

    @property
    def reader(self) -> SlotReader:
        """Reads slots of the domain."""
        return self._reader

    @property
    def inventory(self) -> Inventory:
        """The phrases."""
        return self._inventory

    async def realise(self, plan: TurnPlan, state: DialogueState) -> Turn:
        """Return the turn a plan becomes; the pack's sentence, which always fits, is the last resort."""
        near = self._word_near(plan, state) if plan.manner and state.user.language == state.language else None
        plan, wording = near or (plan, await self._word(plan, state))
        state.phrases.update(wording.keys)
        if plan.role == "user" and wording.realisation not in BORROWED_WORDS and state.user.language == state.language:
            own = self._swap(wording, plan, state)
            if own.text != wording.text:
                plan = replace(plan, moves=(*plan.moves, Move("bridge", OWN_WORDS)))
            wording = self._write_after(own, plan, state) if plan.manner else self._unpolish(own, plan, state)
        if self._model is not None and not plan.answer:
            wording = await self._paraphrase(wording, plan, state) or wording
        return self._build_turn(plan, wording, len(state.turns))

    def try_line(self, line: Line, plan: TurnPlan, state: DialogueState) -> Turn | None:
        """Return the turn a plan becomes with the words of a given line, or None if it cannot be said with them."""
        wording = self._fill_line(line, plan, state) if self._may_say(line, plan, state) else None
        return self._build_turn(plan, wording, len(state.turns)) if wording else None

    async def realise_again(
        self, turn: Turn, state: DialogueState, keep: Callable[[Turn], bool] = lambda turn: True
    ) -> Turn | None:
        """Return a turn in other words, with the same act and facts; None where there are none.

        Args:
            turn: The turn as it stands.
            state: The dialogue before it.
            keep: Tells whether a wording will do.
        """

        def add_units(entity: str, values: dict[str, str]) -> dict[str, Value]:
            rows = {slot: state.knowledge.get(entity, slot) for slot in values}
            return {slot: (value, row.unit if (row := rows[slot]) else None) for slot, value in values.items()}

        plan = TurnPlan(
            role=turn.role,
            act=turn.act,
            stage=turn.stage,
            strategy=turn.strategy,
            key=next((name.removeprefix("act:") for name in turn.moves if name.startswith("act:")), ""),
            entity=turn.entity,
            other=turn.other,
            inform=add_units("", turn.inform),
            request=tuple(turn.request),
            tell=add_units(turn.entity, turn.tell),
            tell_other=add_units(turn.other, turn.tell_other),
        )
        # By the words for its occasion, then by those for its act alone.
        for planned, attempt in product((plan, replace(plan, key="")) if plan.key else (plan,), range(ATTEMPTS)):
            wording = self._word_by_phrases(planned, state, attempt)
            if wording is not None and tokenize(wording.text) != tokenize(turn.utterance):
                again = self._build_turn(plan, wording, turn.turn_id)
                again = again.model_copy(update={"evidence": turn.evidence, "moves": turn.moves})
                if keep(again):
                    return again
        return None

    def _swap(self, wording: Wording, plan: TurnPlan, state: DialogueState) -> Wording:
        """Return a wording with this speaker's own words in it, each kept only where all is read back as before."""

        def keep(text: str) -> bool:
            return self._find_failure(text, plan, state, written=True) is None

        return wording._replace(text=swap_words(wording.text, plan.swaps, self._reader, keep))

    def _draw_line(self, plan: TurnPlan, state: DialogueState) -> str:
        rng = random.Random(f"{state.seed}/manner/{len(state.turns)}")
        return draw_line(plan.manner, plan.act in ("ask", "compare", "ask_offer", "negotiate", "ask_person"), rng)

    def _word_near(self, plan: TurnPlan, state: DialogueState) -> tuple[TurnPlan, Wording] | None:
        """Return, of several wordings, the one most like a line of the speaker, with its plan; None for own words.

        What says little beside the act may be left out of one; what states, asks or is owed stays.
        """
        if plan.own_words or plan.act == "silence":
            return None
        wanted = read_manner(self._draw_line(plan, state), state.language)
        owed = tuple(m for m in plan.moves if m.text or m.tells or m.recall or m.need or m.key.startswith(FORCED))
        bare = replace(plan, moves=tuple(m for m in plan.moves if m in owed or m.key in ("ask", "tell")))
        found = [
            (one, wording)
            for one in ((plan, bare) if bare != plan else (plan,))
            for attempt in range(NEAR_ATTEMPTS)
            if (wording := self._word_by_phrases(one, state, attempt)) is not None
        ]
        if not found:
            return None
        return min(found, key=lambda pair: measure_distance(read_manner(pair[1].text, state.language), wanted))

    def _write_after(self, wording: Wording, plan: TurnPlan, state: DialogueState) -> Wording:
        """Return a wording ended, spelt and softened as the line of its speaker it is like."""

        def keep(text: str) -> bool:
            return self._find_failure(text, plan, state, written=True) is None

        line = self._draw_line(plan, state)
        text = bring_near(wording.text, line, state.language, keep, (plan.entity, plan.other))
        return wording._replace(text=text)

    def _unpolish(self, wording: Wording, plan: TurnPlan, state: DialogueState) -> Wording:
        names = (plan.entity, plan.other)
        text = unpolish(wording.text, state.user.style, state.language, state.rng, keep=names)
        written = wording.realisation == "phrase"
        return (
            wording._replace(text=text) if self._find_failure(text, plan, state, written=written) is None else wording
        )

    def _build_turn(self, plan: TurnPlan, wording: Wording, number: int) -> Turn:
        text = set_chinese_punctuation(wording.text) if self._reader.language == "zh" else wording.text
        turn = build_turn(plan, number, text)
        evidence = tuple(dict.fromkeys((*plan.evidence, *wording.evidence)))
        update: dict[str, object] = {"evidence": evidence, "realisation": wording.realisation}
        if turn.recalls:
            update["recalls"] = tuple(one for one in turn.recalls if stands_in(one, text, self._reader))
        return turn.model_copy(update=update)

    async def _word(self, plan: TurnPlan, state: DialogueState) -> Wording:
        if plan.answer and (wording := self._compose(plan.answer, plan, state)):
            return wording
        real = await self._find_real(plan, state)
        own = bool(plan.own_words) and bool(real) and real[0].evidence[:1] == plan.evidence[:1]
        stream = plan.role == "agent"
        weights = [STREAM_WEIGHT if stream and line.realisation == "real_line" else LINE_WEIGHT for line in real]
        likely = OWN_WORDS_SHARE if own else sum(weights) / (sum(weights) + USUAL_CHOICE)
        if real and (state.rng.random() < likely):
            chosen = real[0] if own else state.rng.choices(real, weights=weights)[0]
            composed = self._compose(chosen.text, plan, state, chosen.evidence)
            if composed or not any(move.key.startswith(FORCED) for move in plan.moves):
                return composed._replace(realisation=chosen.realisation) if composed else chosen
        for attempt in range(ATTEMPTS):
            if wording := self._word_by_phrases(plan, state, attempt):
                return wording
        return real[0] if real else Wording(self._fill_template(plan, state), "template", ())

    def _word_by_phrases(self, plan: TurnPlan, state: DialogueState, attempt: int) -> Wording | None:
        found = self._phraser.word(plan, state, attempt)
        if found is None:
            return None
        text, keys = found
        if failure := self._find_failure(text, plan, state, written=True):
            state.count_failure(failure)
            return None
        return Wording(text, "phrase", (), tuple(keys))

    def _compose(
        self, act: str, plan: TurnPlan, state: DialogueState, evidence: tuple[str, ...] = ()
    ) -> Wording | None:
        """Return real words for the act with reaction and bridge around them; alone where they do not pass together."""
        act = self._shorten(act, plan, state)
        quoted = plan.key == "open" or bool(plan.answer)
        passing = (None, "invented_value", "invented_number", "no_question") if quoted else (None,)
        for attempt in (0, 1, ATTEMPTS - 1):
            found = self._phraser.word(plan, state, attempt, act=act)
            if found is not None and self._find_failure(found[0], plan, state) in passing:
                return Wording(found[0], "real_line", evidence, tuple(found[1]))
        return None

    def _shorten(self, text: str, plan: TurnPlan, state: DialogueState) -> str:
        """Return real words without the name of what is in focus, where they name nothing else."""
        alone = plan.entity and plan.entity == state.focus and not plan.other
        if not alone or any(name != plan.entity for name in self._reader.find_entities(text)):
            return text
        return shorten_name(text, plan.entity, self._reader.language, plan.role)

    async def _find_real(self, plan: TurnPlan, state: DialogueState) -> list[Wording]:
        """Return wordings out of real lines that pass all checks, the nearest context first; own words before all."""
        found: list[Wording] = []
        own_language = state.user.language == state.language
        if plan.own_words and own_language and (own := self._reuse_own_words(plan, state)):
            found.append(own)
        if plan.tell_other or plan.verdict is not None or plan.key in ("open", "no_answer_open"):
            return found
        if (
            (plan.inform and plan.request)
            or plan.act not in TAKEN_FROM_LINES
            or (plan.role == "agent" and not plan.tell)
        ):
            return found
        signature = sign_plan(plan)
        names = bool(plan.entity) and plan.entity != state.focus
        lines = self._bank.find_same(signature, used=state.used, names_entity=names)
        if plan.act in LOOSE:
            lines = self._find_loose(plan, state, signature, names)
        allowed = [line for line in lines if self._may_say(line, plan, state)]
        for line in allowed:
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
        if plan.key == "open":
            return self._quote(plan, state)
        named = self._reader.find_entities(plan.own_words)
        entity, other = (*named, "", "")[:2]
        values = {
            mention.slot: mention.value
            for mention in self._reader.find_values(plan.own_words)
            if mention.slot != state.pack.entity_slot
        }
        need = {move.slot for move in plan.moves if move.key == "need"}
        if set(values) != set(plan.inform) - need:
            return None
        found = delexicalise(plan.own_words, self._reader, values, entity, other)
        if found is None or bool(other) != bool(plan.other) or (entity and not plan.entity):
            return None
        signature = Signature(plan.role, plan.act, frozenset(), frozenset(), frozenset(), bool(other))
        line = Line(found[0], signature, found[1], "", next(iter(plan.evidence), ""))
        if plan.entity and plan.entity != state.focus and not line.names_entity:
            return None
        return self._fill_line(line, plan, state, partly=bool(need))

    def _quote(self, plan: TurnPlan, state: DialogueState) -> Wording | None:
        """Return what this viewer wrote as it stands: figures in it are theirs, and no slot holds what they ask."""
        text = plan.own_words
        named = self._reader.find_entities(text)
        if named and plan.entity and plan.entity not in named:
            return None
        allowed = (None, "invented_value", "invented_number", "no_question", "missing_entity")
        if self._find_failure(text, plan, state) not in allowed:
            return None
        return Wording(text, "real_line", plan.evidence[:1])

    def _fill_line(self, line: Line, plan: TurnPlan, state: DialogueState, *, partly: bool = False) -> Wording | None:
        if "{entity}" in line.template and not plan.entity:
            return None
        text = line.fill(state.pack, state.language, plan.values, plan.entity, plan.other)
        failure = self._find_failure(text, plan, state)
        # What a bridge adds is not in the line yet.
        if failure is not None and not (partly and failure == "missing_value"):
            return None
        return Wording(text, line.realisation, (line.evidence,) if line.evidence else ())

    def _find_failure(self, text: str, plan: TurnPlan, state: DialogueState, *, written: bool = False) -> str | None:
        return check_wording(
            text,
            plan,
            pack=state.pack,
            language=state.language,
            reader=self._reader,
            earlier=(turn.utterance for turn in state.turns),
            written=written,
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
            seed=number_call(state.seed, len(state.turns), 0),
            reasks=self._reasks,
            check=check,
            count=state.count_failure,
        )
        return Wording(text, "model", base.evidence) if text is not None else None

    def _fill_template(self, plan: TurnPlan, state: DialogueState) -> str:
        """Return the first of the pack's sentences for the act that passes; the plainest one if none does."""
        pack, language = state.pack, state.language
        sentences = list(pack.templates[language].get(plan.role, plan.act)) or ["{facts}" if plan.values else "..."]
        filled = [
            fill_sentence(sentence, plan, pack, language) for sentence in state.rng.sample(sentences, len(sentences))
        ]
        return next((text for text in filled if self._find_failure(text, plan, state) is None), filled[0])

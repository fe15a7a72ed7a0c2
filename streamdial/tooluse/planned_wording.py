"""Words acts with real lines of the stream where one fits, a model's paraphrase where one is asked for, or phrases."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Sequence

from streamdial.counts import Counts
from streamdial.dialogues import LineBank, TurnPlan
from streamdial.dialogues.checks import check_wording
from streamdial.dialogues.drift import find_drift
from streamdial.dialogues.line_match import fits_speaker, sign_plan
from streamdial.dialogues.paraphrasing import paraphrase
from streamdial.models import ChatModel
from streamdial.planning import Move
from streamdial.records import Role
from streamdial.slots import DONT_CARE, SlotReader
from streamdial.text import fold_text
from streamdial.tooluse.claims import split_sentences
from streamdial.tooluse.dialogue_view import DialogueView
from streamdial.tooluse.records import Act, ToolTurn
from streamdial.tooluse.wording import PhraseWording, Worded, count_told, select_moves

REWORDED: dict[Role, tuple[str, ...]] = {
    "user": ("inform", "ask_offer", "ask", "book"),
    "agent": ("recommend", "answer", "request"),
}
"""Acts a model may word. What was written to the database, what is full and who changes what is said by templates: a
small model's paraphrase turns it round."""
SPOKEN: dict[Role, tuple[str, ...]] = {"user": ("ask",), "agent": ("answer",)}
"""Acts real lines are said for: questions and answers about one thing. Others belong to the dialogue they come from."""
CHANCE = 0.4
"""Chance against likeness in the order of real lines; cosines are 0 to 1."""
ENOUGH = 3
"""Real wordings looked for; with so many at hand the model is asked rarely anyway."""


_OPENS = re.compile(r"(?:[^,]{1,8},|i would |i'd )", re.IGNORECASE)
"""How lines open that go on from something said before."""
MIN_REACTION = 0.35
"""Minimum cosine between what came before a factless line and what comes before the turn."""


class PlannedWording:
    """Words acts as the mode `planned` of `streamdial.dialogues` words turns, by the same prompts and checks.

    Args:
        phrases: Gives the sentences that are paraphrased, and said where nothing else passes.
        reader: Knows the names of everything the account sells.
        bank: Real lines; also compares a sentence with its paraphrase.
        counts: Gets `asked`, `kept` and drops by the check that failed, of a model's paraphrases.
        model: Paraphrases; None for real lines and templates alone.
        own: Ids of the signals the user persona was made from; other viewers' wishes are not put into its mouth.
        reasks: How often the model is asked again.
    """

    def __init__(
        self,
        phrases: PhraseWording,
        reader: SlotReader,
        bank: LineBank,
        counts: Counts,
        *,
        model: ChatModel | None = None,
        own: Collection[str] = (),
        reasks: int = 1,
    ) -> None:
        self._phrases = phrases
        self._reader = reader
        self._bank = bank
        self._counts = counts
        self._model = model
        self._own = own
        self._reasks = reasks

    async def word(
        self,
        role: Role,
        acts: Sequence[Act],
        turns: Sequence[ToolTurn],
        *,
        prefixes: Sequence[str] = (),
        moves: Sequence[Move] = (),
    ) -> Worded:
        """Return the words of a turn, see `Wording.word`.

        Raises:
            ModelError: If a call itself fails.
        """
        view = DialogueView(turns, f"{self._phrases.number}", self._phrases.number)
        rng = random.Random(f"{self._phrases.number}:{len(turns)}:words")
        before, link = self._phrases.word_prefixes(role, prefixes, moves, view)
        parts = [
            await self._word_act(
                role, act, view, rng, acts, select_moves(moves, place, count_told(acts)), "" if place else link
            )
            for place, act in enumerate(acts)
        ]
        ways = [part.realisation for part in parts if part.realisation != "template"]
        return Worded(
            self._phrases.join([before, *(part.text for part in parts)]),
            ways[0] if ways else "template",
            tuple(dict.fromkeys(source for part in parts for source in part.evidence)),
        )

    async def _word_act(
        self,
        role: Role,
        act: Act,
        view: DialogueView,
        rng: random.Random,
        acts: Sequence[Act],
        moves: Sequence[Move],
        link: str,
    ) -> Worded:
        base = Worded(self._phrases.word_act(role, act, view, moves=moves, beside=acts, link=link))
        if act.slip or act.reference or DONT_CARE in act.inform.values():
            return base
        plan = self._phrases.build_plan(role, act)
        said = [turn.utterance for turn in view.turns if turn.role == role]
        last = view.turns[-1].utterance if view.turns else ""
        # A question that names its thing again, once the dialogue is about it, is one out of another dialogue.
        fits = act.act in SPOKEN[role] and not (role == "user" and act.entity == view.focus)
        real = await self._list_real(plan, rng, said, last) if fits else []
        if real:
            text = self._phrases.word_act(role, act, view, moves=moves, beside=acts, line=real[0].text, link=link)
            base = Worded(text, real[0].realisation, real[0].evidence)
        details = act.act == "request" and all(self._phrases.pack.slots[slot].booking for slot in act.request)
        wants_model = self._model is not None and act.act in REWORDED[role] and not details and not real
        return (await self._paraphrase(plan, base, rng.randrange(2**31), said) if wants_model else None) or base

    async def _list_real(self, plan: TurnPlan, rng: random.Random, said: Collection[str], last: str) -> list[Worded]:
        """Return what some real lines make of a plan, those that pass all checks.

        Lines are tried in the order of how like what came before them is to what comes before this turn, with some
        chance; one of the agent's without facts is mostly a reaction and must have followed something like it.
        """
        if plan.tell_other:
            return []
        language, pack = self._phrases.language, self._phrases.pack
        found: list[Worded] = []
        lines = [
            line
            for line in self._bank.find_same(sign_plan(plan), used=set(), names_entity=bool(plan.entity))
            if ("{entity}" not in line.template or plan.entity)
            # What a seed's customer looks for is its own: "for our anniversary".
            and not (plan.act == "ask_offer" and not plan.inform and line.outcome)
            and fits_speaker(line, plan, language, own=self._own, outcome="success", opening=not said)
        ]
        cosines = await self._bank.compare_previous(lines, last)
        reacts = bool(last) and not plan.values and plan.role == "agent"
        scored = [
            (float(cosine) + CHANCE * rng.random(), place)
            for place, cosine in enumerate(cosines)
            if not (reacts and cosine < MIN_REACTION)
        ]
        for _, place in sorted(scored, reverse=True):
            line = lines[place]
            text = line.fill(pack, language, plan.values, plan.entity, plan.other)
            if not self._says_more(text, plan) and self._find_failure(text, plan, said) is None:
                found.append(Worded(text, line.realisation, (line.evidence,) if line.evidence else ()))
            if len(found) == ENOUGH:
                break
        return found

    def _says_more(self, text: str, plan: TurnPlan) -> bool:
        """Tell whether a line holds more than the plan: "just me and the dog, max $390", or a word on another question.

        A line that opens with an answer to something else ("Sure, ...") or has several sentences is from a dialogue of
        its own.
        """
        pack, folded = self._phrases.pack, fold_text(text)
        if len(split_sentences(folded)) > 1 or folded.count(",") > 1 or _OPENS.match(folded):
            return True
        known = {pack.entity_slot, *plan.inform, *plan.request, *plan.tell}
        return any(mention.slot not in known for mention in self._reader.find_values(text))

    def _find_failure(self, text: str, plan: TurnPlan, said: Collection[str]) -> str | None:
        return check_wording(
            text,
            plan,
            pack=self._phrases.pack,
            language=self._phrases.language,
            reader=self._reader,
            earlier=said,
        )

    async def _paraphrase(self, plan: TurnPlan, base: Worded, seed: int, said: Collection[str]) -> Worded | None:
        """Return a paraphrase of a sentence, or None where none passes."""
        assert self._model is not None

        async def check(text: str) -> str | None:
            return self._find_failure(text, plan, said) or await find_drift(
                base.text, text, plan, "", self._reader, self._bank
            )

        self._counts.asked += 1
        text = await paraphrase(
            self._model,
            base.text,
            plan.role,
            self._phrases.language,
            seed=seed,
            reasks=self._reasks,
            check=check,
            count=self._counts.drop,
        )
        self._counts.kept += text is not None
        return Worded(text, "model", base.evidence) if text is not None else None

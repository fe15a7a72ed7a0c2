"""A user with human rules: small steps, reactions, slips, silence, and leaving without a word."""

from __future__ import annotations

import random
import re

from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.dialogues.realising import Realiser
from streamdial.planning import DialogueState, Planner
from streamdial.planning.turns import keep_first
from streamdial.policies import HumanRules, load_human_rules
from streamdial.records import Turn
from streamdial.slots import SlotReader

SILENCE = "…"
_WORD = re.compile(r"\b[a-z]{5,}\b")
_MIN_TURNS = 4
"""Nobody leaves or falls silent before this many turns."""


class HumanUser:
    """A planned user who behaves as people do.

    Args:
        planner: Decides what the user does next.
        realiser: Words the plan.
        reader: Knows names and values, which a slip must not touch.
        rules: What people do, and how often.
    """

    def __init__(
        self,
        planner: Planner,
        realiser: Realiser,
        reader: SlotReader,
        rules: HumanRules,
    ) -> None:
        self._planner = planner
        self._realiser = realiser
        self._reader = reader
        self._rules = rules
        self._done: set[str] = set()

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the user's next turn, or None where the user has left."""
        draw, rates = state.rng, self._rules.rates
        settled = len(state.turns) >= _MIN_TURNS and state.last is not None and not state.runner.ended
        if settled and self._may("leaving", rates.leaving, draw) and state.has_spoken("agent", "answer"):
            return None
        if settled and self._may("silence", rates.silence, draw):
            return self._build_silence(state)
        plan = self._planner.plan(state)
        if plan is None:
            return None
        if draw.random() < rates.small_steps:
            plan = keep_first(plan)
        turn = await self._realiser.realise(plan, state)
        return self._dress(turn, state)

    def _may(self, rule: str, rate: float, draw: random.Random) -> bool:
        """Tell whether a rule that acts at most once per dialogue acts now."""
        if rule in self._done or draw.random() >= rate:
            return False
        self._done.add(rule)
        return True

    def _build_silence(self, state: DialogueState) -> Turn:
        return Turn(
            turn_id=len(state.turns),
            role="user",
            utterance=SILENCE,
            act="silence",
            stage=state.runner.stage,
            realisation="template",
        )

    def _dress(self, turn: Turn, state: DialogueState) -> Turn:
        text, rates, draw = turn.utterance, self._rules.rates, state.rng
        reacted = any(move.startswith("react:") for move in turn.moves)
        reacts = (
            turn.act in ("ask", "compare", "negotiate", "inform") and not reacted and draw.random() < rates.feedback
        )
        if reacts and (reaction := self._react(state)):
            text = f"{reaction} {text}" if state.language == "en" else f"{reaction}{text}"
        if state.language == "en" and "slips" not in self._done and draw.random() < rates.slips:
            text = self._slip(text, draw)
        return turn.model_copy(update={"utterance": text}) if text != turn.utterance else turn

    def _react(self, state: DialogueState) -> str:
        """Return a reaction that was not said yet to what the agent has just told, or nothing."""
        last = state.last
        if last is None or not last.tell:
            return ""
        wishes = state.stated_wishes
        met = [
            state.knowledge.satisfies(last.entity, slot, wishes[slot])
            for slot in last.tell
            if slot in wishes and last.entity
        ]
        kind = "broken" if False in met else "met" if True in met else "neither"
        said = (turn.utterance for turn in state.turns if turn.role == "user")
        free = self._rules.list_reactions(state.language, kind, said)
        return state.rng.choice(free) if free else ""

    def _slip(self, text: str, draw: random.Random) -> str:
        """Swap two letters of a word that is no fact, and put it right behind a star as people do in chats."""
        taken = [(m.start, m.end) for m in self._reader.find_values(text)]
        words = [
            match
            for match in _WORD.finditer(text)
            if not any(start < match.end() and match.start() < end for start, end in taken)
        ]
        if not words or self._reader.find_asks(text):
            return text
        word = draw.choice(words)
        place = draw.randrange(1, len(word[0]) - 2)
        slipped = word[0][:place] + word[0][place + 1] + word[0][place] + word[0][place + 2 :]
        if slipped == word[0]:
            return text
        self._done.add("slips")
        return f"{text[: word.start()]}{slipped}{text[word.end() :]} {self._rules.correction['en']}{word[0]}"


def build_human_user(parts: PolicyParts) -> HumanUser:
    """Return a planned user with the package's human rules."""
    return HumanUser(parts.planner, parts.realiser, parts.reader, load_human_rules())

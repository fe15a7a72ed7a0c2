"""Memory of facts: what was wished, told, offered and settled in earlier sessions, each with its turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from streamdial.personas import Knowledge
from streamdial.records import Dialogue, Recall, RecallKind, Turn
from streamdial.slots import DONT_CARE
from streamdial.strategies.directive import Directive
from streamdial.strategies.memory import MemoryStrategy
from streamdial.strategies.strategy import StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView

OFFERS = ("recommend", "recover", "upsell", "propose")
SAID_BACK = ("confirm", "hold", "refuse")
"""Acts of the agent that tell what is the user's."""
WORDS: dict[str, RecallKind] = {"defer": "put_off", "leave": "left", "confirm": "booked"}
"""Acts that settle a dialogue, and how it is remembered by them."""


class FactsOptions(StrategyOptions):
    """Options of `facts`."""

    changes: int = Field(default=2, ge=1, le=4, description="Changed facts told in one turn at most.")
    references: int = Field(default=2, ge=0, le=6, description="Turns of the user that refer back at most.")


class Facts(MemoryStrategy):
    """The agent knows what was stated and told before and says what has changed since; the user refers back.

    Conversation Chronicles has sessions with gaps between them that rest on a summary of the ones before; LoCoMo
    answers questions about 35 sessions from the turns they cite. Here the memory is the labels: each fact names the
    dialogue and the turn it was said in, so that a question about it can be answered by code. Left out: forgetting,
    summaries, pictures, and events in the life of the user that no stream tells of.
    """

    NAME: ClassVar[str] = "facts"
    KIND: ClassVar[StrategyKind] = "memory"
    FAMILY: ClassVar[str] = "memory"
    PAPERS: ClassVar[tuple[str, ...]] = ("Conversation Chronicles (arXiv 2310.13420)", "LoCoMo (arXiv 2402.17753)")
    Options = FactsOptions

    def keep(self, dialogues: Sequence[Dialogue]) -> tuple[Recall, ...]:
        """Return the facts of the sessions; of one attribute the last that was said."""
        kept: dict[tuple[str, str, str], Recall] = {}
        for recall in (one for dialogue in dialogues for turn in dialogue.turns for one in _read_turn(turn, dialogue)):
            single = recall.kind == "offered" or recall.kind in WORDS.values()
            key = "ending" if recall.kind in WORDS.values() else recall.kind
            told = recall.slot or (recall.value if recall.kind == "asked" else "")
            place = (key, "" if single else recall.entity, told)
            kept.pop(place, None)
            kept[place] = recall
        return tuple(kept.values())

    def recall(self, view: TalkView) -> Directive | None:
        """Return what the turn refers back to; and for the agent, that what is known is not asked for."""
        return self._recall_user(view) if view.role == "user" else self._recall_agent(view)

    def _recall_user(self, view: TalkView) -> Directive | None:
        said = [recall for turn in view.turns for recall in turn.recalls if turn.role == "user"]
        memory = view.memory
        if not view.turns:
            ended = next((one for one in memory if one.kind in WORDS.values()), None)
            offered = next((one for one in memory if one.kind == "offered"), None)
            first = ended if ended is not None and (ended.entity or ended.kind == "left") else offered
            return Directive(recall=(first,), prefer=("ask", "greet")) if first is not None else None
        referring = sum(turn.role == "user" and bool(turn.recalls) for turn in view.turns)
        if referring >= self.options.references or not view.focus:
            return None
        corrected = {(one.entity, one.slot) for turn in view.turns for one in turn.recalls if turn.role == "agent"}
        asked = {slot for turn in view.turns for slot in (*turn.request, *turn.tell)}
        told = [
            one
            for one in memory
            if one.kind == "told"
            and one.entity == view.focus
            and one not in said
            and one.slot not in asked
            and (one.entity, one.slot) not in corrected
        ]
        wished = {wish.slot for wish in view.wishes}
        changed = [one for one in told if one.now]
        mattering = [one for one in told if one.slot in wished or one.slot == view.pack.price_slot]
        choice = changed or mattering or told
        return Directive(recall=(view.rng.choice(choice),)) if choice else None

    def _recall_agent(self, view: TalkView) -> Directive | None:
        spoken = [turn for turn in view.turns if turn.role == "agent"]
        said = {(one.entity, one.slot) for turn in spoken for one in turn.recalls}
        about = view.focus
        changed = [
            one
            for one in view.memory
            if one.kind == "told" and one.now and one.entity == about and (one.entity, one.slot) not in said
        ]
        settled = tuple(
            dict.fromkeys(one.slot for one in view.memory if one.kind == "wish" and one.slot in view.informed)
        )
        stock = view.pack.stock_slot
        changed.sort(key=lambda one: one.slot != stock)
        recall = tuple(changed[: self.options.changes])
        if not recall and view.last is not None and not any(turn.recalls for turn in spoken):
            wished = [one for one in view.memory if one.kind == "wish" and one.slot in settled]
            recall = tuple(wished[:1]) if view.last.act in ("greet", "ask_offer", "inform", "no_preference") else ()
        # Who comes back for a thing and asks nothing of it is there to settle it.
        back = view.last is not None and view.last.act == "greet" and bool(about)
        advice = Directive(recall=recall, settled=settled, prefer=("propose",) if back else ())
        return None if advice.empty else advice


def note_changes(memory: Sequence[Recall], knowledge: Knowledge) -> tuple[Recall, ...]:
    """Return what is remembered, each told fact with the value that holds now where that is another one."""
    found = []
    for one in memory:
        row = knowledge.get(one.entity, one.slot) if one.kind == "told" else None
        now = row.value if row is not None and row.value != one.value else ""
        found.append(one.model_copy(update={"now": now}))
    return tuple(found)


def _read_turn(turn: Turn, dialogue: Dialogue) -> list[Recall]:
    """Return what is remembered of one turn."""

    def build(kind: RecallKind, entity: str = "", slot: str = "", value: str = "") -> Recall:
        return Recall(kind=kind, dialogue=dialogue.id, turn=turn.turn_id, entity=entity, slot=slot, value=value)

    if turn.role == "user":
        found = []
        if turn.act in ("inform", "ask_offer", "ask", "object", "revise", "insist"):
            found += [
                build("wish", "", slot, value) for slot, value in turn.inform.items() if value not in ("", DONT_CARE)
            ]
        if turn.act in ("ask", "compare", "object") and not turn.request and turn.evidence:
            found.append(build("asked", turn.entity, "", turn.evidence[0]))
        if turn.act in WORDS:
            reason = next((name.rpartition(".")[2] for name in turn.moves if "want_time." in name), "")
            found.append(build(WORDS[turn.act], turn.entity or _find_focus(turn, dialogue), "", reason))
        return found
    if turn.act in SAID_BACK:
        return [build("booked", turn.entity or _find_focus(turn, dialogue))] if turn.act == "confirm" else []
    found = [build("told", turn.entity, slot, value) for slot, value in turn.tell.items() if turn.entity]
    found += [build("told", turn.other, slot, value) for slot, value in turn.tell_other.items() if turn.other]
    if turn.act in OFFERS and turn.entity:
        found.append(build("offered", turn.entity))
    return found


def _find_focus(turn: Turn, dialogue: Dialogue) -> str:
    return next((one.entity for one in reversed(dialogue.turns[: turn.turn_id]) if one.entity), "")

"""Words a planned turn out of the inventory: a reaction, the act, a bridge, each dealt from its own phrases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random

from streamdial.dialogues.phrase_picking import PhrasePicker, keep_decided, says_fit
from streamdial.dialogues.recall_phrasing import greets_by_memory, names_thing, word_recall
from streamdial.domains import DomainPack
from streamdial.phrases import Inventory, Phrase, join_clauses, join_predicates, join_turn
from streamdial.phrases.naming import shorten_name
from streamdial.planning import DialogueState, Move, TurnPlan, Value
from streamdial.records import Language
from streamdial.slots import DONT_CARE, join_phrases
from streamdial.strategies import FORCED

ATTEMPTS = 8
"""Compositions tried for a turn; the last ones leave reaction and bridge away."""
ALONE_FROM = 6
"""From this attempt on the act stands alone."""
GENERIC_SHARE = 0.25
"""How often a frame that holds for any slot is taken where the slot has phrases of its own."""
LOOKS_UP = 0.6
"""How often it is said that the stock was looked up."""
MISS_KEYS = ("over", "short", "other")


class Phraser:
    """Words plans of one language out of the inventory.

    Args:
        inventory: The phrases.
        pack: The domain pack.
        language: Language of both.
    """

    def __init__(self, inventory: Inventory, pack: DomainPack, language: Language) -> None:
        self._inventory = inventory
        self._pack = pack
        self._language: Language = language

    def word(
        self, plan: TurnPlan, state: DialogueState, attempt: int, *, act: str = ""
    ) -> tuple[str, list[str]] | None:
        """Return one wording of a plan and the keys it used, or None where the inventory has none.

        Args:
            plan: What is to be said.
            state: The dialogue so far.
            attempt: Which try it is: each has other phrases.
            act: Words for the act itself, where a real line has them; reaction and bridge are added.
        """
        used: list[str] = []
        rng = Random(f"{state.seed}/{len(state.turns)}/{attempt}")
        picker = PhrasePicker(self._inventory, state, plan, attempt, used, rng, self._pack)
        # What the act names is in focus for the bridge behind it.
        said = {slot for move in plan.moves for slot in move.tells} if attempt < ALONE_FROM else set()
        picker.in_focus |= attempt < ALONE_FROM and any(names_thing(move) for move in plan.moves)
        left = {slot: value for slot, value in plan.tell.items() if slot not in said}
        core = act or self._word_act(replace(plan, tell=left) if said else plan, state, picker, rng)
        if not core:
            return None
        core = "" if attempt < ALONE_FROM and greets_by_memory(plan) else core
        if says_fit(core):
            # That it fits is not said twice.
            plan = replace(plan, moves=tuple(move for move in plan.moves if move.key != "fits"))
        said_beside = [m for m in plan.moves if attempt < ALONE_FROM or m.key.startswith(FORCED)]
        before, after = (
            join_clauses([self._word_move(m, plan, picker) for m in said_beside if m.kind == kind], self._language)
            for kind in ("react", "bridge")
        )
        if attempt >= ALONE_FROM and (last := next((m for m in plan.moves if m.key in ("need", "ask", "tell")), None)):
            after = self._word_move(last, plan, picker)
        if act and not (before or after):
            return act, used  # as it was written
        names = [name for name in (plan.entity, plan.other) if name]
        return join_turn(before, core, after, self._language, names), used

    # Moves

    def _word_move(self, move: Move, plan: TurnPlan, picker: PhrasePicker) -> str:
        """Return a move in words; a slot's own phrases and those for any slot take turns."""
        picker.in_focus = True
        if move.text:
            return shorten_name(move.text, plan.entity, self._language) if plan.entity else move.text
        return word_recall(move, plan, picker, self._write_facts) if move.recall else self._word_own(move, plan, picker)

    def _word_own(self, move: Move, plan: TurnPlan, picker: PhrasePicker) -> str:
        """Return a move of the inventory in words."""
        if move.key == "tell":
            value, unit = plan.tell[move.slot]
            return self._tell(move.slot, (value, unit), picker, names=True)
        if move.key == "ask":
            return picker.pick(f"{move.slot}.ask", self._inventory.list_slot(move.slot, "ask"), picker.texts)
        texts = picker.write_verdict(move.verdict)
        inventory, role = self._inventory, plan.role
        if role == "user" and move.kind == "react" and not picker.is_stated(move.slot):
            texts = {gap: text for gap, text in texts.items() if gap == "value"}  # the wish was not said yet
        if move.key == "fits" and move.verdict is not None and move.verdict.value == move.verdict.wish:
            texts = {}  # the act has just said the value
        if move.need is not None and move.need[1] != DONT_CARE:
            slot, value = move.need
            texts |= {"wish": picker.write(slot, value), "value": picker.write(slot, value)}
            texts["need"] = picker.write_need(slot, value)
        if move.key.startswith("compare."):
            texts = picker.texts
        if move.key == "need":
            wished = move.need[1] if move.need is not None else ""
            return picker.pick(
                f"{move.slot}.wish", inventory.list_slot(move.slot, "wish", wished), texts
            ) or picker.pick("user.state", inventory.list_moves("user", "state"), texts)
        own: Sequence[Phrase] = ()
        key = move.key
        if move.key in ("fits", "better", "miss"):
            own = inventory.list_slot(move.slot, move.key, move.verdict.value if move.verdict else "")
            key = move.verdict.kind if move.verdict and move.key == "miss" else move.key
        elif move.key.startswith("react.") and move.verdict is not None and role == "user":
            kind = move.key.removeprefix("react.")
            own = inventory.list_slot(move.slot, "react_miss" if kind in MISS_KEYS else f"react_{kind}")
        shared = inventory.list_moves(role, key)
        if plan.act == "accept" and move.verdict is not None:
            shared = ()  # what speaks for an acceptance is named, or left unsaid
        if move.kind == "react" and move.verdict is not None and move.verdict is plan.verdict:
            # The act behind it names the wish and the gap.
            own, shared = (), tuple(phrase for phrase in shared if not phrase.gaps)
        # What a fact means for a wish is said in the words of its slot sooner than in those that suit any.
        first = own if own and picker.rng.random() >= GENERIC_SHARE * (1 if role == "agent" else 2) else shared
        for listed in (first, own, shared):
            # What ends a turn does not end in a comma.
            ending = [p for p in listed if move.kind == "react" or not p.text.endswith((",", "，"))]
            name = f"{role}.{key}" if listed is shared else f"{move.slot}.{key}"
            if ending and (text := picker.pick(name, ending, texts, greets="small_talk" in key)):
                return text
        return ""

    # The act itself

    def _word_act(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        method = getattr(self, f"_word_{plan.role}_{plan.act}", None)
        if method is not None:
            return str(method(plan, state, picker, rng))
        key = plan.key or plan.act
        return picker.pick(f"{plan.role}.{key}", self._inventory.list_moves(plan.role, key), picker.texts)

    def _word_agent_greet(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        welcomed = any(move.text or move.key.startswith(("react.small_talk", "recall.back")) for move in plan.moves)
        key = "greet_question" if welcomed else "greet"
        return picker.pick(f"agent.{key}", self._inventory.list_moves("agent", key), picker.texts)

    def _word_user_inform(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        stated = {slot: value for slot, (value, _) in plan.inform.items() if value != DONT_CARE}
        inventory = self._inventory
        answers = state.last is not None and state.last.act == "request"
        if len(stated) == 1:
            slot, value = next(iter(stated.items()))
            keys = ["wish_short", "wish_short", "wish"] if answers else ["wish"]
            texts = {"value": picker.write(slot, value)}
            if rng.random() >= GENERIC_SHARE:
                key = rng.choice(keys)
                if text := picker.pick(f"{slot}.{key}", inventory.list_slot(slot, key, value), texts):
                    return text
        elif rng.random() < 0.5:
            parts = [
                picker.pick(
                    f"{slot}.wish", inventory.list_slot(slot, "wish", value), {"value": picker.write(slot, value)}
                )
                for slot, value in stated.items()
            ]
            if all(parts):
                return join_clauses(parts, self._language)
        return picker.pick("user.state", inventory.list_moves("user", "state"), self._write_needs(stated, picker))

    def _write_needs(self, stated: Mapping[str, str], picker: PhrasePicker) -> dict[str, str]:
        needs = [picker.write_need(slot, value) for slot, value in stated.items()]
        return {"need": join_predicates(needs, self._language)}

    def _word_user_ask_offer(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        inventory = self._inventory
        key = "alternative" if plan.key == "alternative" else "ask_offer"
        bare = picker.pick(f"user.{key}", inventory.list_moves("user", key), picker.texts)
        stated = {slot: value for slot, (value, _) in plan.inform.items() if value != DONT_CARE}
        if not stated:
            return bare
        if plan.key != "alternative" and rng.random() < 0.5:
            needs = self._write_needs(stated, picker)
            if text := picker.pick("user.state_offer", inventory.list_moves("user", "state_offer"), needs):
                return text
        return join_clauses([self._word_user_inform(plan, state, picker, rng), bare], self._language)

    def _word_user_ask(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        if plan.key.startswith("doubt_"):
            return self._word_user_negotiate(plan, state, picker, rng)
        parts = []
        later = {move.slot for move in plan.moves if move.key == "ask"}
        for slot in (name for name in plan.request if name not in later):
            listed = self._inventory.list_slot(slot, "ask")
            text = picker.pick(f"{slot}.ask", listed, picker.texts, names=plan.entity and not picker.in_focus)
            texts = {**picker.texts, "slot": self._pack.slots[slot].names[self._language]}
            generic = self._inventory.list_moves("user", "ask_generic")
            parts.append(text or picker.pick("user.ask_generic", generic, texts))
            picker.in_focus = True
        return join_clauses(parts, self._language, [plan.entity])

    def _word_user_compare(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        # Of two things neither is "it".
        texts, news = picker.texts | {"it": picker.texts["entity"]}, plan.entity != state.focus
        return picker.pick("user.compare", self._inventory.list_moves("user", "compare"), texts, names=news)

    def _word_user_object(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        if plan.verdict is None:
            return ""
        texts = picker.texts | picker.write_verdict(plan.verdict)
        slot = plan.verdict.slot
        own = self._inventory.list_slot(slot, "object")
        shared = self._inventory.list_moves("user", plan.key)
        listed = own if own and rng.random() >= GENERIC_SHARE else shared
        text = picker.pick(f"{slot}.object", listed, texts) or picker.pick(f"user.{plan.key}", shared, texts)
        stated = {name: value for name, (value, _) in plan.inform.items()}
        if not stated or not text:
            return text
        if stated[slot] and texts["wish"] in text:
            return text
        wish = picker.pick(
            f"{slot}.wish", self._inventory.list_slot(slot, "wish", stated[slot]), {"value": texts["wish"]}
        )
        wish = wish or picker.pick(
            "user.state", self._inventory.list_moves("user", "state"), self._write_needs(stated, picker)
        )
        return join_clauses([text, wish], self._language)

    def _word_user_revise(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        slot, (value, _) = next(iter(plan.inform.items()))
        texts = picker.texts | picker.write_verdict(plan.verdict)
        texts["value"] = picker.write(slot, value)
        texts["need"] = picker.write_need(slot, value)
        key = plan.key or "change_mind"
        own = self._inventory.list_slot(slot, "concede") if key.startswith("concede") else ()
        own = tuple(phrase for phrase in own if "value" in phrase.gaps)
        shared = tuple(p for p in self._inventory.list_moves("user", key) if p.gaps & {"value", "need"})
        # A concession that names the new value is a label that can be read.
        return (
            (picker.pick(f"{slot}.concede", own, texts) if own and rng.random() < 0.6 else "")
            or picker.pick(f"user.{key}", shared, texts)
            or picker.pick("user.concede.slot", self._inventory.list_moves("user", "concede.slot"), texts)
        )

    def _word_user_insist(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        stated = {slot: value for slot, (value, _) in plan.inform.items()}
        needs = self._write_needs(stated, picker)
        return picker.pick("user.insist", self._inventory.list_moves("user", "insist"), needs)

    def _word_user_negotiate(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        key, texts = plan.key or "bargain", picker.texts | picker.write_verdict(plan.verdict)
        return picker.pick(f"user.{key}", self._inventory.list_moves("user", key), texts)

    def _word_user_no_preference(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        texts = {"slot": self._name_slots(plan.inform)}
        return picker.pick("user.no_preference", self._inventory.list_moves("user", "no_preference"), texts)

    def _word_user_book(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        when, party = picker.write_booking({slot: value for slot, (value, _) in plan.inform.items()})
        texts = picker.texts | {"when": when, "party": party}
        key = "rebook" if plan.key == "rebook" else "book_party" if party else "book"
        return picker.pick(f"user.{key}", self._inventory.list_moves("user", key), texts)

    def _word_user_ask_hold(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        when, _ = picker.write_booking({slot: value for slot, (value, _) in plan.inform.items()})
        texts = picker.texts | {"when": when}
        return picker.pick("user.ask_hold", self._inventory.list_moves("user", "ask_hold"), texts)

    def _word_user_leave(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        texts = picker.texts | picker.write_verdict(plan.verdict)
        return picker.pick(f"user.{plan.key}", self._inventory.list_moves("user", plan.key), texts)

    def _word_agent_request(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        parts = []
        for slot in plan.request:
            texts = {"slot": self._pack.slots[slot].names[self._language]}
            listed = self._inventory.list_slot(slot, "request")
            generic = self._inventory.list_moves("agent", "request_generic")
            parts.append(
                picker.pick(f"{slot}.request", listed, texts) or picker.pick("agent.request_generic", generic, texts)
            )
        return join_clauses(parts, self._language)

    def _write_facts(self, values: Mapping[str, tuple[str, str | None]], picker: PhrasePicker) -> str:
        """Return what is said of a thing as one predicate."""
        parts: list[str] = []
        for slot, (value, unit) in values.items():
            texts = {"value": picker.write(slot, value, unit)}
            listed = picker.vary(self._inventory.list_slot(slot, "predicate", value), parts, len(values))
            described = picker.describe(slot, value)
            parts.append(
                described or picker.pick(f"{slot}.predicate", listed, texts) or picker.write_fact(slot, value, unit)
            )
        return join_predicates(parts, self._language)

    def _word_agent_recommend(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        key = plan.key or plan.act
        texts = picker.texts | {"facts": self._write_facts(plan.tell, picker)}
        if plan.request:
            texts["slot"] = self._name_slots(plan.request)
        return picker.pick(f"agent.{key}", self._inventory.list_moves("agent", key), texts)

    _word_agent_recover = _word_agent_explain_conflict = _word_agent_upsell = _word_agent_recommend
    _word_agent_handle_objection = _word_agent_recommend

    def _word_agent_negotiate(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        if plan.tell:
            return self._word_agent_recommend(plan, state, picker, rng)
        return picker.pick("agent.negotiate_none", self._inventory.list_moves("agent", "negotiate_none"), picker.texts)

    def _word_agent_answer(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        if len(plan.tell) > 1 and rng.random() < 0.35:
            texts = picker.texts | {"facts": self._write_facts(plan.tell, picker)}
            generic = self._inventory.list_moves("agent", "answer_generic")
            if text := picker.pick("agent.answer_generic", generic, texts):
                return text
        parts = []
        for slot, value in plan.tell.items():
            # Of several facts each says what it is a fact of.
            names = bool(plan.entity) and (not picker.in_focus or len(plan.tell) > 1)
            parts.append(self._tell(slot, value, picker, names=names))
            picker.in_focus = True
        return join_clauses(parts, self._language, [plan.entity])

    def _tell(self, slot: str, fact: Value, picker: PhrasePicker, *, names: bool) -> str:
        """Return one fact as a sentence: a rating as a predicate, else by the slot's own phrases."""
        value, unit = fact
        texts = picker.texts | {"value": picker.write(slot, value, unit)}
        if not picker.describe(slot, value) and (
            text := picker.pick(f"{slot}.tell", self._inventory.list_slot(slot, "tell", value), texts, names=names)
        ):
            return text
        texts["facts"] = self._write_facts({slot: fact}, picker)
        return picker.pick("agent.answer_generic", self._inventory.list_moves("agent", "answer_generic"), texts)

    def _word_agent_check_stock(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        slot, (value, unit) = next(iter(plan.tell.items()))
        if not plan.tell_other:
            texts = picker.texts | {"value": picker.write(slot, value, unit)}
            shared = self._inventory.list_moves("agent", "check_stock") if rng.random() < LOOKS_UP else ()
            return picker.pick("agent.check_stock", shared, texts) or self._word_agent_answer(plan, state, picker, rng)
        other = next(iter(plan.tell_other.values()))
        texts = picker.texts | {"value": picker.write(slot, value, unit), "other_value": picker.write(slot, *other)}
        return picker.pick("agent.check_stock_other", self._inventory.list_moves("agent", "check_stock_other"), texts)

    def _word_agent_compare(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        texts = picker.texts | {
            "facts": self._write_facts(plan.tell, picker),
            "other_facts": self._write_facts(plan.tell_other, picker),
        }
        listed = self._inventory.list_moves("agent", "compare_frame")
        concludes = any(move.key.startswith("compare.") for move in plan.moves)
        return picker.pick("agent.compare_frame", keep_decided(listed) if concludes else listed, texts)

    def _word_agent_no_answer(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        if plan.key == "no_answer_open" or not plan.request:
            return picker.pick(
                "agent.no_answer_open", self._inventory.list_moves("agent", "no_answer_open"), picker.texts
            )
        texts = picker.texts | {"slot": self._name_slots(plan.request)}
        return picker.pick("agent.no_answer", self._inventory.list_moves("agent", "no_answer"), texts)

    def _word_agent_propose(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        # Who has agreed is asked for day and hour, not once more whether they want it.
        agreed = state.has_spoken("user", "accept") > 0 or state.has_spoken("user", "decline") > 0
        again = agreed or state.has_spoken("agent", "propose") > 0
        key = "propose_day" if again else "propose"
        return picker.pick(f"agent.{key}", self._inventory.list_moves("agent", key), picker.texts)

    def _word_agent_confirm(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        when, party = picker.write_booking({slot: value for slot, (value, _) in plan.tell.items()})
        key = "confirm_party" if party else "confirm"
        texts = picker.texts | {"when": when, "party": party}
        return picker.pick(f"agent.{key}", self._inventory.list_moves("agent", key), texts)

    def _word_agent_hold(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        when, _ = picker.write_booking({slot: value for slot, (value, _) in plan.tell.items()})
        return picker.pick("agent.hold", self._inventory.list_moves("agent", "hold"), picker.texts | {"when": when})

    def _word_agent_refuse(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        texts = picker.texts | plan.gaps
        if plan.key == "refuse_hold":
            slot, (value, unit) = next(iter(plan.tell.items()), ("", ("", None)))
            texts["value"] = picker.write(slot, value, unit) if slot else ""
        else:
            texts["when"], _ = picker.write_booking(plan.when)
            texts["other_when"], _ = picker.write_booking({slot: value for slot, (value, _) in plan.tell.items()})
        return picker.pick(f"agent.{plan.key}", self._inventory.list_moves("agent", plan.key), texts)

    def _word_agent_follow_up(self, plan: TurnPlan, state: DialogueState, picker: PhrasePicker, rng: Random) -> str:
        key = "follow_up_asked" if plan.request else "follow_up"
        texts = {"slot": self._name_slots(plan.request)}
        return picker.pick(f"agent.{key}", self._inventory.list_moves("agent", key), texts)

    def _name_slots(self, slots: Iterable[str]) -> str:
        return join_phrases([self._pack.slots[slot].names[self._language] for slot in slots], self._language)

"""The planned agent: blueprint and knowledge decide what the agent does next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from streamdial.dialogues.state import DialogueState, TurnPlan, Value
from streamdial.dialogues.steering import find_upgrade, list_advantages
from streamdial.records import KnowledgeRow, Turn

SUPPORTING_TYPES = ("text", "category")
"""Attributes that can be offered against an objection when there is none about the objection itself."""
OFFERED_TYPES = ("text", "quantity", "category", "count")
"""Attributes that can be set against a wish for a lower price, the likeliest first; the price itself comes last."""


class AgentPlanner:
    """Decides the agent's next act, facts and questions from the user's last turn.

    Args:
        max_requests: Questions the agent asks before it recommends something.
    """

    def __init__(self, *, max_requests: int) -> None:
        self.max_requests = max_requests

    def plan(self, state: DialogueState) -> TurnPlan:
        """Return what the agent does next."""
        last = state.last
        if last is None:
            return self._build("greet", state)
        handlers = {
            "greet": self._greet_back,
            "inform": self._answer_needs,
            "no_preference": self._answer_needs,
            "ask_offer": self._answer_needs,
            "revise": self._answer_needs,
            "insist": self._answer_needs,
            "ask": self._answer_question,
            "compare": self._compare,
            "object": self._answer_objection,
            "negotiate": self._negotiate,
            "accept": self._answer_acceptance,
            "decline": self._propose,
            "book": self._confirm,
            "ask_hold": self._hold,
            "ask_person": self._hand_over,
            "silence": self._follow_up,
        }
        handler = handlers.get(last.act)
        return handler(state, last) if handler else self._build("close", state)

    def _greet_back(self, state: DialogueState, last: Turn) -> TurnPlan:
        mines = state.runner.wants("requirement_mining")
        if not mines and (state.rng.random() < 0.5 or not state.runner.includes("needs_mining")):
            return self._build("greet", state)
        return self._request_next(state) or self._build("greet", state)

    def _request_next(self, state: DialogueState) -> TurnPlan | None:
        """Ask for a wish that is not known yet; the customer's own ones first, so that few answers are empty."""
        if state.runner.avoids("requirement_mining"):
            return None
        asked = {slot for turn in state.turns if turn.role == "agent" for slot in turn.request}
        known = set(state.informed) | asked
        # Code plays both sides: it asks for what this customer has an opinion on, and now and then for what not.
        clashing = [wish.slot for wish in state.conflict]
        wished = [c.slot for c in state.wishes if c.slot not in known and state.pack.slots[c.slot].mined]
        wished.sort(key=lambda slot: slot not in clashing)
        others = [slot for slot in state.pack.list_slots(mined=True) if slot not in known and slot not in wished]
        if wished:
            return self._build("request", state, request=(wished[0],))
        if others and not state.has_spoken("agent", "request"):
            return self._build("request", state, request=(state.rng.choice(others),))
        return None

    def _answer_needs(self, state: DialogueState, last: Turn) -> TurnPlan:
        most = max(self.max_requests, 1) if state.runner.wants("requirement_mining") else self.max_requests
        settled = last.act in ("revise", "insist") or self._find_clash(state)
        if not settled and state.has_spoken("agent", "request") < most and (plan := self._request_next(state)):
            return plan
        return self._recommend(state)

    def _find_clash(self, state: DialogueState) -> bool:
        """Tell whether the wishes stated so far are to be shown not to go together."""
        if not (state.runner.wants("constraint_conflict") or state.runner.wants("recovery")):
            return False
        ranked = state.knowledge.rank(state.stated_wishes)
        return bool(ranked and ranked[0][1])

    def _choose_relaxed(self, state: DialogueState, slots: Iterable[str]) -> str:
        """Return the wish the user is asked to give up: one that is no must, where there is one."""
        musts = {wish.slot for wish in state.wishes if wish.hardness == "must"}
        return sorted(slots, key=lambda slot: slot in musts)[0]

    def _recommend(self, state: DialogueState) -> TurnPlan:
        last = state.last
        wishes = state.stated_wishes
        ranked = state.knowledge.rank(wishes)
        ranked = [entry for entry in ranked if not state.is_gone(entry[0])] or ranked
        if not ranked or last is None:
            return self._build("hand_over", state)
        fitting = [entity for entity, broken, _ in ranked if not broken]
        named = [entity for inquiry in state.user.primary_inquiries for entity in inquiry.entities]
        entity = next((name for name in named if name in fitting), None) or ranked[0][0]
        if state.runner.wants("upselling"):
            # Whoever wants to sell up begins with what has something above it.
            below = (name for name in fitting if find_upgrade(state.knowledge, name, wishes))
            entity = next(below, entity)
        broken = next(broken for name, broken, _ in ranked if name == entity)
        act = "recover" if broken else "recommend"
        if broken and last.act not in ("revise", "insist") and state.runner.wants("constraint_conflict"):
            rows = self._choose_rows(state, entity, broken, most=2)
            plan = self._tell("explain_conflict", state, entity, rows)
            return replace(plan, request=(self._choose_relaxed(state, rows),))
        rest = (slot for slot in wishes if slot not in broken)
        slots = [*broken, *rest, *self._list_main_slots(state), *state.knowledge.list_slots(entity)]
        rows = self._choose_rows(state, entity, slots, most=state.rng.choice([1, 2, 2, 3]))
        return self._tell(act, state, entity, rows)

    def _list_main_slots(self, state: DialogueState) -> list[str]:
        return [slot for slot in state.pack.list_slots(mined=True)]

    def _choose_rows(
        self, state: DialogueState, entity: str, slots: Iterable[str], *, most: int
    ) -> dict[str, KnowledgeRow]:
        rows: dict[str, KnowledgeRow] = {}
        for slot in slots:
            row = state.knowledge.get(entity, slot)
            if row is not None and slot not in rows and len(rows) < most and not state.pack.slots[slot].stock:
                rows[slot] = row
        return rows

    def _answer_question(self, state: DialogueState, last: Turn) -> TurnPlan:
        entity = last.entity or state.focus
        if plan := self._check_stock(state, entity, last):
            return plan
        rows = self._choose_rows(state, entity, last.request, most=2)
        if rows:
            return self._tell("answer", state, entity, rows)
        if state.runner.path.outcome == "hand_over":
            return self._build("hand_over", state, entity=entity)
        return self._build("no_answer", state, entity=entity, request=tuple(last.request))

    def _check_stock(self, state: DialogueState, entity: str, last: Turn) -> TurnPlan | None:
        """Look up whether a thing can be had, where that is asked; with one that can be had where it is gone."""
        slot = state.pack.stock_slot
        row = state.knowledge.get(entity, slot) if slot and slot in last.request else None
        if slot is None or row is None:
            return None
        gone = state.pack.slots[slot].gone
        if row.value not in gone:
            return self._tell("check_stock", state, entity, {slot: row})
        for name, _, _ in state.knowledge.rank(state.stated_wishes):
            other = state.knowledge.get(name, slot)
            if name != entity and other is not None and other.value not in gone:
                return self._tell("check_stock", state, entity, {slot: row}, other=name, other_rows={slot: other})
        return self._tell("check_stock", state, entity, {slot: row})

    def _answer_acceptance(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Offer the next better thing once, where that is planned; else fix the appointment."""
        better = find_upgrade(state.knowledge, state.focus, state.stated_wishes) if state.focus else None
        if better is None or not state.runner.wants("upselling"):
            return self._propose(state, last)
        price = state.pack.price_slot
        slots = [*list_advantages(state.knowledge, better, state.focus)[:1], *([price] if price else [])]
        return self._tell("upsell", state, better, self._choose_rows(state, better, slots, most=2))

    def _compare(self, state: DialogueState, last: Turn) -> TurnPlan:
        entity, other = last.entity or state.focus, last.other
        wished = [slot for slot in state.stated_wishes]
        slots = [*last.request, *wished, *self._list_main_slots(state), *state.knowledge.list_slots(entity)]
        shared = [
            slot
            for slot in dict.fromkeys(slots)
            if (left := state.knowledge.get(entity, slot))
            and (right := state.knowledge.get(other, slot))
            and left.value != right.value
            and left.number is not None
        ]
        rows = self._choose_rows(state, entity, shared, most=state.rng.choice([1, 2]))
        others = {slot: row for slot in rows if (row := state.knowledge.get(other, slot))}
        if not rows:
            return self._build("no_answer", state, entity=entity, request=tuple(self._list_main_slots(state)[:1]))
        return self._tell("compare", state, entity, rows, other=other, other_rows=others)

    def _answer_objection(self, state: DialogueState, last: Turn) -> TurnPlan:
        entity = last.entity or state.focus
        slot = next(iter(last.request), None)
        better = self._find_better(state, entity, slot) if slot else None
        preferred = state.pack.strategies[state.strategy].act if state.strategy else ""
        eager = 0.9 if preferred in ("upsell", "recommend") else 0.0 if preferred == "handle_objection" else 0.4
        if slot and better and state.has_spoken("agent", "upsell") == 0 and state.rng.random() < eager:
            act = "upsell" if self._is_dearer(state, better, entity) else "recommend"
            if not (act == "upsell" and state.runner.avoids("upselling")):
                rows = self._choose_rows(state, better, (slot, *self._list_main_slots(state)), most=2)
                return self._tell(act, state, better, rows)
        supporting = [
            name
            for name in state.knowledge.list_slots(entity)
            if state.pack.slots[name].type in SUPPORTING_TYPES and (entity, name) not in state.told
        ]
        state.rng.shuffle(supporting)
        first = [slot] if slot and state.pack.slots[slot].type != "money" else []
        rows = self._choose_rows(state, entity, [*first, *supporting, *state.knowledge.list_slots(entity)], most=1)
        if not rows:
            return self._build("no_answer", state, entity=entity, request=(slot or self._list_main_slots(state)[0],))
        return self._tell("handle_objection", state, entity, rows)

    def _is_dearer(self, state: DialogueState, entity: str, other: str) -> bool:
        price = state.pack.price_slot
        left, right = (state.knowledge.get(name, price) if price else None for name in (entity, other))
        return bool(left and right and left.number and right.number and left.number > right.number)

    def _find_better(self, state: DialogueState, entity: str, slot: str) -> str | None:
        """Return something that is better in what the customer is worried about, and breaks no wish."""
        bound = state.pack.slots[slot].constraint
        own = state.knowledge.get(entity, slot)
        if bound not in ("min", "max") or own is None or own.number is None:
            return None
        for name, broken, _ in state.knowledge.rank(state.stated_wishes):
            row = state.knowledge.get(name, slot)
            if name == entity or broken or row is None or row.number is None:
                continue
            if row.number > own.number if bound == "min" else row.number < own.number:
                return name
        return None

    def _negotiate(self, state: DialogueState, last: Turn) -> TurnPlan:
        entity = last.entity or state.focus
        slots = state.pack.slots
        known = sorted(
            (name for name in state.knowledge.list_slots(entity) if slots[name].type in OFFERED_TYPES),
            key=lambda name: OFFERED_TYPES.index(slots[name].type),
        )
        offers = [*state.pack.offers, *known]
        prices = [name for name, slot in slots.items() if slot.type == "money"]
        fresh = [slot for slot in offers if (entity, slot) not in state.told]
        rows = self._choose_rows(state, entity, [*fresh, *offers, *prices], most=1)
        if not rows:
            return self._build("no_answer", state, entity=entity, request=tuple(prices[:1]))
        return self._tell("negotiate", state, entity, rows)

    def _propose(self, state: DialogueState, last: Turn) -> TurnPlan:
        slots = state.pack.list_slots(booking=True)[:2]
        return self._build("propose", state, entity=state.focus, request=slots)

    def _confirm(self, state: DialogueState, last: Turn) -> TurnPlan:
        return self._build("confirm", state, entity=state.focus, tell=_repeat_values(last))

    def _hand_over(self, state: DialogueState, last: Turn) -> TurnPlan:
        return self._build("hand_over", state, entity=state.focus)

    def _follow_up(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Take the floor where the customer says nothing: ask again what was asked, else whether they are there."""
        before = next((turn for turn in reversed(state.turns) if turn.role == "agent"), None)
        asked = before is not None and before.act in ("request", "propose")
        return self._build("follow_up", state, request=tuple(before.request) if before and asked else ())

    def _hold(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Keep the thing for the day and hour the user named."""
        return self._build("hold", state, entity=last.entity or state.focus, tell=_repeat_values(last))

    def _tell(
        self,
        act: str,
        state: DialogueState,
        entity: str,
        rows: Mapping[str, KnowledgeRow],
        *,
        other: str = "",
        other_rows: Mapping[str, KnowledgeRow] | None = None,
    ) -> TurnPlan:
        others = other_rows or {}
        return self._build(
            act,
            state,
            entity=entity,
            other=other,
            tell={slot: (row.value, row.unit) for slot, row in rows.items()},
            tell_other={slot: (row.value, row.unit) for slot, row in others.items()},
            evidence=tuple(row.id for row in (*rows.values(), *others.values())),
        )

    def _build(
        self,
        act: str,
        state: DialogueState,
        *,
        entity: str = "",
        other: str = "",
        request: tuple[str, ...] = (),
        tell: dict[str, Value] | None = None,
        tell_other: dict[str, Value] | None = None,
        evidence: tuple[str, ...] = (),
    ) -> TurnPlan:
        last = state.last
        strategy, stage, learnt = self._find_strategy(act, state, last)
        return TurnPlan(
            role="agent",
            act=act,
            stage=stage,
            strategy=strategy,
            entity=entity,
            other=other,
            request=request,
            tell=tell or {},
            tell_other=tell_other or {},
            evidence=(*evidence, *learnt),
        )

    def _find_strategy(self, act: str, state: DialogueState, last: Turn | None) -> tuple[str, str, tuple[str, ...]]:
        """Return (strategy, stage, evidence): what the blueprint's experts do here, else the pack's first one."""
        if last is not None:
            scenarios = state.runner.find_scenarios(last.act, last.request)
            for scenario in sorted(scenarios, key=lambda s: s.strategy != state.strategy):
                if scenario.act == act and scenario.strategy in state.pack.strategies:
                    return scenario.strategy, state.pack.strategies[scenario.strategy].stage, scenario.evidence[:1]
        if name := state.pack.find_strategy(act):
            return name, state.pack.strategies[name].stage, ()
        stages = {"no_answer": "clarification", "confirm": "appointment", "hand_over": "clarification"}
        stage = stages.get(act, state.runner.stage)
        return "", stage if stage in state.pack.stages else state.runner.stage, ()


def _repeat_values(last: Turn) -> dict[str, Value]:
    """Return what the user has just stated, to be said back."""
    return {slot: (value, None) for slot, value in last.inform.items()}

"""The planned agent: blueprint, knowledge and world decide what the agent does next, and why it says so."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from streamdial.planning.agent_bookings import answer_booking, answer_hold, propose
from streamdial.planning.agent_moves import add_statement, bridge_as_agent, react_as_agent
from streamdial.planning.agent_offers import find_better, list_refused, misses_wish, recommend, support_thing
from streamdial.planning.agent_plans import build_agent_plan, choose_rows, tell_rows
from streamdial.planning.answers import MinedAnswer
from streamdial.planning.moves import Move, TurnPlan, Value
from streamdial.planning.purposes import qualify_answer
from streamdial.planning.related_facts import find_related
from streamdial.planning.state import DialogueState
from streamdial.planning.statements import list_said
from streamdial.planning.upgrades import list_advantages
from streamdial.records import KnowledgeRow, Turn

OPEN_TYPES = ("category", "money")
"""Attributes a customer without a wish may be asked about."""
SAYS_AGAIN = 0.85
"""How often a fact is told in the account's own sentence where it was said to another question."""
SPEAKS_FREELY = 0.95
"""How often a real answer is given whole where the knowledge base has its facts too."""


class AgentPlanner:
    """Decides the agent's next act, facts and questions from the user's last turn.

    What cannot be had is never offered; nothing is booked against stock, hours or closed days; what misses a stated
    wish is said so.

    Args:
        max_requests: Questions the agent asks before it recommends something.
        seed: Seed of what is drawn.
    """

    def __init__(self, *, max_requests: int, seed: str = "") -> None:
        self.max_requests = max_requests
        self._seed = seed

    def plan(self, state: DialogueState) -> TurnPlan:
        """Return what the agent does next."""
        rng = random.Random(f"{self._seed}/agent/{len(state.turns)}")
        last = state.last
        if last is None:
            return build_agent_plan("greet", state)
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
            "acknowledge": self._follow_acknowledgement,
            "accept": lambda *_: propose(state),
            "decline": lambda *_: propose(state),
            "book": self._answer_booking,
            "ask_hold": self._answer_hold,
            "ask_person": self._hand_over,
            "silence": self._follow_up,
        }
        handler = handlers.get(last.act)
        plan = handler(state, last, rng) if handler else self._close(state)
        return self.finish_turn(plan, state, last, rng)

    def finish_turn(self, plan: TurnPlan, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Add how the agent takes what was said, and what its own facts mean for the user."""
        before = react_as_agent(plan, state, last, rng)
        after = bridge_as_agent(plan, state, last, rng)
        owed = qualify_answer(replace(plan, moves=(*plan.moves, *after)), state, last)
        if owed:
            # It stands in the place of what is said for politeness.
            before, after = ((), after) if owed[0].kind == "react" else (before, ())
        plan = replace(plan, moves=(*owed, *before, *plan.moves, *after)[: 2 if plan.answer else 3])
        return add_statement(plan, state, rng)

    # Finding out what is needed

    def _greet_back(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        mines = state.runner.wants("requirement_mining")
        if not mines and (rng.random() < 0.6 or not state.runner.includes("needs_mining")):
            return build_agent_plan("greet", state)
        return self._request_next(state, rng) or build_agent_plan("greet", state)

    def _request_next(self, state: DialogueState, rng: random.Random) -> TurnPlan | None:
        """Ask for a wish that is not known yet; the customer's own ones first, so that few answers are empty."""
        if state.runner.avoids("requirement_mining"):
            return None
        asked = {slot for turn in state.turns if turn.role == "agent" for slot in turn.request}
        known = set(state.informed) | asked
        # Code plays both sides: it asks for what this customer has an opinion on, and now and then for what not.
        wished = [c.slot for c in state.wishes if c.slot not in known and state.pack.slots[c.slot].mined]
        # Nobody is indifferent to how many people come: that is asked of whom it matters to.
        # Who sells scooters does not ask for the kind of body.
        held = {row.slot for row in state.knowledge.rows}
        others = [
            slot
            for slot in state.pack.list_slots(mined=True)
            if slot in held and slot not in {*known, *wished} and state.pack.slots[slot].type in OPEN_TYPES
        ]
        if wished:
            return build_agent_plan("request", state, request=(wished[0],))
        if others and not state.has_spoken("agent", "request"):
            return build_agent_plan("request", state, request=(rng.choice(others),))
        return None

    def _answer_needs(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        least = 1 if state.runner.wants("requirement_mining") else 0
        most = max(self.max_requests, least)
        settled = last.act in ("revise", "insist") or bool(last.entity) or bool(state.offered)
        # Who has asked about a thing wants to know whether that one will do.
        settled = settled or (bool(state.focus) and not state.runner.wants("requirement_mining"))
        may = not settled and state.has_spoken("agent", "request") < most
        if may and (plan := self._request_next(state, rng)):
            return plan
        if plan := self._confirm_focus(state, last, rng):
            return plan
        if last.act == "revise" and last.entity and last.entity == state.focus and not state.world.is_gone(last.entity):
            return propose(state)
        return recommend(state, last, rng)

    def _confirm_focus(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan | None:
        """Say that what is talked about meets a further wish too, where it does."""
        focus = state.focus
        if last.act != "inform" or not focus or state.world.is_gone(focus):
            return None
        if any(misses_wish(state, focus, slot) for slot in state.stated_wishes):
            return None
        rows = choose_rows(state, focus, [slot for slot in last.inform if slot in state.stated_wishes], most=2)
        if not rows:
            return None
        said = self._say_again("recommend", state, focus, rows, rng)
        return replace(said or tell_rows("recommend", state, focus, rows), key="recommend_focus")

    # Answering

    def _answer_question(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        entity = last.entity or state.focus
        if plan := self._check_stock(state, entity, last, rng):
            return plan
        mined = self._find_mined(state, last, entity)
        if not last.request:
            if mined is not None:
                return self._say_mined("answer", mined, entity, state)
            if state.runner.path.outcome == "hand_over" and not state.has_spoken("agent", "hand_over"):
                return build_agent_plan("hand_over", state, entity=entity)
            return replace(build_agent_plan("no_answer", state, entity=entity), key="no_answer_open")
        rows = choose_rows(state, entity, last.request, most=2)
        fits = mined is not None and set(mined.slots) & set(last.request) and not self._add_gone(state, entity)
        if mined is not None and fits and (not rows or rng.random() < SPEAKS_FREELY):
            return self._tell_rest(self._say_mined("answer", mined, entity, state), rows)
        if said := None if self._add_gone(state, entity) else self._say_again("answer", state, entity, rows, rng):
            return said
        if rows:
            return tell_rows("answer", state, entity, {**rows, **self._add_gone(state, entity)})
        if mined is not None and not mined.slots:
            return self._say_mined("answer", mined, entity, state)
        if state.storyline is not None and state.storyline.outcome == "hand_over":
            return build_agent_plan("hand_over", state, entity=entity)
        return build_agent_plan("no_answer", state, entity=entity, request=tuple(last.request))

    def _say_again(
        self, act: str, state: DialogueState, entity: str, rows: Mapping[str, KnowledgeRow], rng: random.Random
    ) -> TurnPlan | None:
        """Tell facts in a sentence in which the account told them to somebody else; None where there is none."""
        said = state.answers.find_statement(
            entity, tuple(rows), state.used, told=state.told, turn=state.number + len(state.turns)
        )
        if said is None or rng.random() >= SAYS_AGAIN:
            return None
        answer = MinedAnswer(said.text, (entity,), said.slots, (said.evidence,))
        return self._tell_rest(self._say_mined(act, answer, entity, state), rows)

    def _find_mined(self, state: DialogueState, last: Turn, entity: str) -> MinedAnswer | None:
        """Return what the account really answered to the user's question, where it was not said in this dialogue."""
        mined = state.answers.find(last.evidence, entity)
        return mined if mined is not None and mined.evidence[0] not in state.used else None

    def _tell_rest(self, plan: TurnPlan, rows: Mapping[str, KnowledgeRow]) -> TurnPlan:
        """Add what was asked for in the same turn and the account's own words leave out."""
        rest = {slot: row for slot, row in rows.items() if slot not in plan.tell}
        if not rest:
            return plan
        moves = tuple(Move("bridge", "tell", slot=slot, tells=(slot,)) for slot in rest)
        told: dict[str, Value] = {slot: (row.value, row.unit) for slot, row in rest.items()}
        evidence = tuple(dict.fromkeys((*plan.evidence, *(row.id for row in rest.values()))))
        return replace(plan, tell={**plan.tell, **told}, moves=(*plan.moves, *moves), evidence=evidence)

    def _add_gone(self, state: DialogueState, entity: str) -> dict[str, KnowledgeRow]:
        """Return that a thing cannot be had, where it was not said yet: nobody is told just the price of it."""
        slot = state.pack.stock_slot or ""
        row = state.knowledge.get(entity, slot) if slot else None
        return {slot: row} if row and state.world.is_gone(entity) and (entity, slot) not in state.told else {}

    def _say_mined(self, act: str, mined: MinedAnswer, entity: str, state: DialogueState) -> TurnPlan:
        """Answer in the account's own words; what they state of a known attribute is told."""
        about = entity if entity in mined.entities or not mined.entities else mined.entities[0]
        rows = {slot: row for slot in mined.slots if (row := state.knowledge.get(about, slot)) is not None}
        plan = build_agent_plan(
            act,
            state,
            entity=about,
            tell={slot: (row.value, row.unit) for slot, row in rows.items()},
            evidence=(
                *mined.evidence,
                *(row.id for row in rows.values()),
                *list_said(mined.text, about, state.knowledge, state.language),
            ),
        )
        return replace(plan, answer=mined.text)

    def _check_stock(self, state: DialogueState, entity: str, last: Turn, rng: random.Random) -> TurnPlan | None:
        """Look up whether a thing can be had, where that is asked; with one that can be had where it is gone."""
        slot = state.pack.stock_slot
        row = state.knowledge.get(entity, slot) if slot and slot in last.request else None
        if slot is None or row is None:
            return None
        if row.value not in state.pack.slots[slot].gone:
            said = self._say_again("check_stock", state, entity, {slot: row}, rng)
            return said or tell_rows("check_stock", state, entity, {slot: row})
        for name, broken in state.world.rank(state.stated_wishes, without=(entity,)):
            other = state.knowledge.get(name, slot)
            if other is not None and not broken:
                return tell_rows("check_stock", state, entity, {slot: row}, other=name, other_rows={slot: other})
        return tell_rows("check_stock", state, entity, {slot: row})

    def _compare(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        entity, other = last.entity or state.focus, last.other
        wished = list(state.stated_wishes)
        slots = [*last.request, *wished, *state.pack.list_slots(mined=True), *state.knowledge.list_slots(entity)]
        shared = [
            slot
            for slot in dict.fromkeys(slots)
            if (left := state.knowledge.get(entity, slot))
            and (right := state.knowledge.get(other, slot))
            and left.value != right.value
            and (left.number is not None or slot in wished)
        ]
        rows = choose_rows(state, entity, shared, most=rng.choice([1, 2]))
        others = {slot: row for slot in rows if (row := state.knowledge.get(other, slot))}
        mined = state.answers.find(last.evidence, "")
        if mined is not None and {entity, other} <= set(mined.entities):
            return replace(self._say_mined("compare", mined, entity, state), other=other)
        if not rows:
            request = tuple(state.pack.list_slots(mined=True)[:1])
            return build_agent_plan("no_answer", state, entity=entity, request=request)
        return tell_rows("compare", state, entity, rows, other=other, other_rows=others)

    def _answer_objection(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Answer a doubt: by what the account really said to it, by what fits better, or by what speaks for it."""
        entity = last.entity or state.focus
        slot = next(iter(last.request), "")
        if (mined := self._find_mined(state, last, entity)) and not misses_wish(state, entity, slot):
            return self._say_mined("handle_objection", mined, entity, state)
        if misses_wish(state, entity, slot):
            wishes = dict(state.stated_wishes)
            fitting = [name for name, broken in state.world.rank(wishes, without=(entity,)) if not broken]
            fitting = [name for name in fitting if name not in list_refused(state) - {entity}]
            if fitting:
                rows = choose_rows(state, fitting[0], [slot, *wishes, *state.pack.list_slots(mined=True)], most=2)
                act = "upsell" if self._is_dearer(state, fitting[0], entity) else "recommend"
                if rows and not (act == "upsell" and state.runner.avoids("upselling")):
                    return replace(tell_rows(act, state, fitting[0], rows), key="recommend_again")
        unsaid = slot not in ("", state.pack.price_slot) and (entity, slot) not in state.told
        news = unsaid and not misses_wish(state, entity, slot)
        if news and (rows := choose_rows(state, entity, [slot], most=1)):
            return tell_rows("answer", state, entity, rows)  # a worry about what is known
        if slot == state.pack.price_slot and (plan := self._offer_terms(state, entity)):
            return replace(plan, act="handle_objection", key="negotiate_offer")
        if slot and (slot == state.pack.price_slot or misses_wish(state, entity, slot)):
            support = support_thing(state, entity, slot)
            if support is not None:
                return support
        if not slot and (related := find_related(state, entity, last)) is not None:
            return tell_rows("answer", state, entity, {related.slot: related})
        return replace(build_agent_plan("handle_objection", state, entity=entity), key="objection_none")

    def _is_dearer(self, state: DialogueState, entity: str, other: str) -> bool:
        price = state.pack.price_slot
        left, right = (state.knowledge.get(name, price) if price else None for name in (entity, other))
        return bool(left and right and left.number and right.number and left.number > right.number)

    def _offer_terms(self, state: DialogueState, entity: str) -> TurnPlan | None:
        """Offer what comes with the thing instead of a lower price; None where nothing does."""
        known = [slot for slot in state.pack.offers if state.knowledge.get(entity, slot)]
        fresh = [slot for slot in known if (entity, slot) not in state.told]
        rows = choose_rows(state, entity, fresh, most=1)
        return replace(tell_rows("negotiate", state, entity, rows), key="negotiate_offer") if rows else None

    def _negotiate(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        entity = last.entity or state.focus
        if (mined := self._find_mined(state, last, entity)) is not None:
            return self._say_mined("negotiate", mined, entity, state)
        return self._offer_terms(state, entity) or replace(
            build_agent_plan("negotiate", state, entity=entity), key="negotiate_none"
        )

    def _follow_acknowledgement(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Offer the next step for what was talked about, where it fits and can be had; else what does."""
        focus = state.focus
        broken = [slot for slot in state.stated_wishes if misses_wish(state, focus, slot)]
        if focus and not broken and not state.world.is_gone(focus):
            return self._offer_better(state) or propose(state)
        return recommend(state, last, rng)

    def _offer_better(self, state: DialogueState) -> TurnPlan | None:
        """Offer the next better thing once, where that is planned, to who has not decided; None to go on."""
        better = find_better(state, state.focus, state.stated_wishes) if state.runner.wants("upselling") else None
        if better is None or state.has_spoken("agent", "propose"):
            return None
        price = state.pack.price_slot
        slots = [
            *list_advantages(state.knowledge, better, state.focus, state.stated_wishes)[:1],
            *([price] if price else []),
        ]
        return tell_rows("upsell", state, better, choose_rows(state, better, slots, most=2))

    # Booking and keeping

    def _answer_booking(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        return answer_booking(state) or recommend(state, last, rng)

    def _answer_hold(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        return answer_hold(state, last) or recommend(state, last, rng)

    def _hand_over(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        return replace(build_agent_plan("hand_over", state, entity=state.focus), key="hand_over_booking")

    def _follow_up(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Take the floor where the customer says nothing: ask again what was asked, else whether they are there."""
        before = next((turn for turn in reversed(state.turns) if turn.role == "agent"), None)
        asked = before is not None and before.act in ("request", "propose")
        request = tuple(before.request) if before and asked else ()
        return replace(
            build_agent_plan("follow_up", state, request=request), key="follow_up_asked" if request else "follow_up"
        )

    def _close(self, state: DialogueState) -> TurnPlan:
        acts = [turn.act for turn in state.goal_turns]
        kinds = {"confirm": "success", "hand_over": "hand_over", "leave": "drop_out"}
        outcome = next((kinds[act] for act in reversed(acts) if act in kinds), "deferral")
        if outcome == "deferral" and not {"defer", "hold"} & set(acts):
            outcome = "drop_out"
        return replace(build_agent_plan("close", state), key=f"close.{outcome}")

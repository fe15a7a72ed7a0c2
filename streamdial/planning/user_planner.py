"""The planned user: what a persona does next follows from what was told, and what that is worth to it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from streamdial.planning.moves import USER_STAGES, Move, TurnPlan, Value
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline
from streamdial.planning.verdicts import Verdict
from streamdial.records import Behaviour, Constraint, Inquiry, Turn, UserPersona
from streamdial.slots import DONT_CARE

ASKING = ("ask", "object", "negotiate", "compare")
"""User acts that take a question of the persona up."""
REACTS = 0.85
"""How often a told fact that matters is reacted to before the user goes on."""
ACKNOWLEDGES = 0.5
"""How often a fact nobody wished anything about is."""
LEADS_IN = 0.4
"""How often an answer to the agent's question begins with a word of its own."""
GIVES_REASON = 0.5
"""How often a question says at once what the persona needs."""
_AVOIDED: dict[str, Behaviour] = {"object": "objection_handling", "negotiate": "negotiation"}
"""User acts that are left out where the dialogue is to avoid the behaviour they lead to."""
_REACTED = ("answer", "recommend", "recover", "upsell", "check_stock", "compare", "handle_objection", "negotiate")


class UserPlanner:
    """Decides the user's next turn from the storyline, the verdicts so far and the agent's last turn.

    A user objects only to what misses a wish, or with words this persona really wrote; gives a wish up only as far as
    its hardness allows; accepts only what was offered and misses nothing; leaves only for a cause that was said.

    Args:
        persona: Whose wishes and questions.
        storyline: What the dialogue is to come to.
    """

    def __init__(self, persona: UserPersona, storyline: Storyline) -> None:
        self.persona = persona
        self.storyline = storyline
        self._shifts: list[Constraint] = []

    def plan(self, state: DialogueState) -> TurnPlan | None:
        """Return what the user does next, or None where the user has left."""
        rng = random.Random(f"{self.storyline.seed}/user/{len(state.turns)}")
        last = state.last
        if last is None:
            return self._open(state, rng)
        if last.act == "close":
            return None
        if len(state.turns) == state.goal_start:
            return self._state_wishes(state) or self._ask(state, rng) or self._finish(state, rng)
        plan = self._answer(state, last, rng)
        return replace(plan, moves=(*self._react(plan, state, last, rng), *plan.moves))

    # What is left to say

    def _left_wishes(self, state: DialogueState) -> list[Constraint]:
        """Return the wishes that were not stated yet, in the storyline's order; days and hours are no wishes."""
        slots, stated = state.pack.slots, state.informed
        order = {slot: place for place, slot in enumerate(self.storyline.wishes)}
        left = [w for w in self.persona.constraints if not slots[w.slot].booking and w.slot not in stated]
        return sorted(left, key=lambda wish: order.get(wish.slot, len(order)))

    def _left_questions(self, state: DialogueState) -> list[Inquiry]:
        """Return the storyline's questions that nobody has asked or answered yet."""
        said = [turn for turn in state.goal_turns if turn.role == "user" and turn.act in ASKING]
        return [
            question for question in self.storyline.questions if not any(_is_asked(question, turn) for turn in said)
        ]

    # The turns

    def _open(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        opening = self.storyline.opening
        if opening == "ask" and (plan := self._ask(state, rng, named_only=True)):
            return plan
        if opening in ("state", "ask_offer") and (plan := self._state_wishes(state, offer=opening == "ask_offer")):
            return plan
        return self._build("greet", state, cause="comes in")

    def _state_wishes(self, state: DialogueState, *, offer: bool = False) -> TurnPlan | None:
        wishes = self._left_wishes(state)
        if not wishes:
            return None
        first = not state.stated_wishes
        taken = wishes[: self.storyline.first if first else 1]
        return self._inform("ask_offer" if offer else "inform", taken, state, cause="a wish of the persona")

    def _inform(self, act: str, wishes: Sequence[Constraint], state: DialogueState, *, cause: str) -> TurnPlan:
        first = [self._recall_first(wish, state) for wish in wishes]
        inform: dict[str, Value] = {wish.slot: (value, None) for wish, (value, _) in zip(wishes, first, strict=True)}
        evidence = tuple(dict.fromkeys(source for _, sources in first for source in sources))
        words = self._find_own_words(inform, act)
        return self._build(act, state, inform=inform, evidence=evidence, own_words=words, cause=cause)

    def _recall_first(self, wish: Constraint, state: DialogueState) -> tuple[str, tuple[str, ...]]:
        """Return the value a wish is stated with: the one this viewer wanted first, where they changed their mind."""
        earlier = next(iter(wish.changed_from), None)
        if earlier is None or state.pack.slots[wish.slot].booking or wish in self._shifts:
            return wish.value, wish.evidence
        self._shifts.append(wish)
        return earlier.text, earlier.evidence

    def _find_own_words(self, inform: dict[str, Value], act: str) -> str:
        """Return what this persona really wrote, where it says just these wishes and is of the same act."""
        for observed in self.persona.basic_information:
            source = observed.evidence[0]
            slots = {c.slot for c in self.persona.constraints if source in c.evidence}
            asks_offer = any(i.act == "ask_offer" and source in i.evidence for i in self.persona.primary_inquiries)
            if slots == set(inform) and asks_offer == (act == "ask_offer"):
                return observed.text
        return ""

    def _answer(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        if last.act == "request" or (last.act == "follow_up" and last.request):
            return self._answer_request(state, last, rng)
        if last.act in ("confirm", "hand_over", "hold"):
            return self._thank(state)
        if last.act == "refuse":
            return self._answer_refusal(state, last)
        if last.act == "explain_conflict":
            return self._answer_conflict(state, last, rng)
        if last.act == "propose":
            return self._answer_proposal(state, rng)
        if last.act == "upsell" and state.has_spoken("user", "accept"):
            return self._answer_upsell(state, last, rng)
        if last.act == "greet":
            return self._begin(state, rng)
        return self._weigh(state, last, rng) or self._go_on(state, rng)

    def _begin(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        offer = rng.random() < 0.4
        asks = None if self._left_wishes(state) and rng.random() < 0.6 else self._ask(state, rng, named_only=True)
        return asks or self._state_wishes(state, offer=offer) or self._go_on(state, rng)

    def _answer_request(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        requested = list(last.request)
        if all(state.pack.slots[slot].booking for slot in requested):
            return self._answer_proposal(state, rng)
        known = [wish for wish in self._left_wishes(state) if wish.slot in requested]
        if not known:
            free: dict[str, Value] = {slot: (DONT_CARE, None) for slot in requested if slot not in state.informed}
            if not free:
                return self._go_on(state, rng)
            return self._build("no_preference", state, inform=free, cause="no wish about it")
        more = [wish for wish in self._left_wishes(state) if wish not in known]
        if more and rng.random() < 0.25:
            known.append(more[0])
        return self._inform("inform", known, state, cause="was asked")

    # Weighing what was told

    def _weigh(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan | None:
        """Return what follows from what was told: a doubt, a concession, another question, a goodbye; None for none."""
        gone = next((v for v in state.judge(last) if v.kind == "gone" and v.entity == last.entity), None)
        if gone is not None and not last.other:
            return self._ask_for_another(state, gone) or self._leave("gone", state, gone)
        if shift := self._shift(state):
            return shift
        misses = state.list_misses(state.focus)
        if not misses:
            return None
        worst = misses[0]
        if not state.has_objected(worst.slot, state.focus):
            return self._object(worst, state, rng)
        if worst.can_be_given_up and not self.storyline.firm:
            return self._concede(worst, state)
        bargained = state.has_spoken("user", "negotiate")
        if worst.is_bargain and not bargained and not state.runner.avoids("negotiation"):
            return self._bargain(worst, state)
        if self.storyline.outcome == "deferral" and last.act not in ("recommend",):
            return self._defer(state, rng)
        return self._ask_for_another(state, worst) or self._leave(worst.kind, state, worst)

    def _object(self, verdict: Verdict, state: DialogueState, rng: random.Random) -> TurnPlan:
        wants = state.runner.wants("negotiation")
        may = (
            verdict.is_bargain and not state.runner.avoids("negotiation") and not state.has_spoken("user", "negotiate")
        )
        if may and (wants or rng.random() < 0.3):
            return self._bargain(verdict, state)
        inform = self._state_unstated(verdict, state)
        return self._build(
            "object",
            state,
            key=f"object.{verdict.kind}",
            entity=verdict.entity,
            request=(verdict.slot,),
            inform=inform,
            evidence=verdict.evidence,
            verdict=verdict,
            cause=f"{verdict.slot} {verdict.kind}",
        )

    def _state_unstated(self, verdict: Verdict, state: DialogueState) -> dict[str, Value]:
        return {} if verdict.slot in state.informed else {verdict.slot: (verdict.wish, None)}

    def _bargain(self, verdict: Verdict, state: DialogueState) -> TurnPlan:
        return self._build(
            "negotiate",
            state,
            key="bargain",
            entity=verdict.entity,
            evidence=verdict.evidence,
            verdict=verdict,
            cause=f"{verdict.slot} {verdict.kind}, near the bound",
        )

    def _concede(self, verdict: Verdict, state: DialogueState) -> TurnPlan:
        return self._build(
            "revise",
            state,
            key=f"concede.{verdict.kind}",
            entity=verdict.entity,
            inform={verdict.slot: (verdict.value, verdict.unit)},
            evidence=verdict.evidence,
            verdict=verdict,
            cause=f"{verdict.slot} {verdict.kind}, a {verdict.hardness} wish",
        )

    def _ask_for_another(self, state: DialogueState, verdict: Verdict) -> TurnPlan | None:
        """Ask once what else there is."""
        if any(turn.role == "user" and turn.act == "ask_offer" and turn.entity for turn in state.goal_turns):
            return None
        if len(state.knowledge.entities) < 2:
            return None
        inform = (
            {}
            if verdict.kind == "gone" or verdict.slot not in state.held_wishes
            else self._state_unstated(verdict, state)
        )
        return self._build(
            "ask_offer",
            state,
            key="alternative",
            entity=verdict.entity,
            inform=inform,
            evidence=verdict.evidence,
            verdict=verdict,
            cause=f"{verdict.slot} {verdict.kind}",
        )

    def _leave(self, kind: str, state: DialogueState, verdict: Verdict | None = None) -> TurnPlan:
        slot = verdict.slot if verdict else ""
        return self._build(
            "leave",
            state,
            key=f"leave.{kind}",
            entity=verdict.entity if verdict else state.focus,
            evidence=verdict.evidence if verdict else (),
            verdict=verdict,
            cause=f"{slot} {kind}".strip(),
        )

    def _shift(self, state: DialogueState) -> TurnPlan | None:
        """Change a wish as this viewer really did, once there is something to be judged by it."""
        if not self._shifts or not state.focus or state.has_spoken("user", "revise"):
            return None
        wish = self._shifts.pop(0)
        if state.informed.get(wish.slot) == wish.value:
            return None
        return self._build(
            "revise", state, inform={wish.slot: (wish.value, None)}, evidence=wish.evidence, cause="changed their mind"
        )

    def _answer_conflict(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Give the wish up that was asked about, where its hardness and the distance allow it."""
        slot = next(iter(last.request), "")
        verdict = next((v for v in state.list_misses(last.entity) if v.slot == slot), None)
        if verdict is None:
            return self._go_on(state, rng)
        if verdict.can_be_given_up and not self.storyline.firm:
            return self._build(
                "revise",
                state,
                key="concede.slot",
                inform={slot: (verdict.value, verdict.unit)},
                evidence=verdict.evidence,
                verdict=verdict,
                cause=f"{slot} {verdict.kind}, a {verdict.hardness} wish",
            )
        if not state.has_spoken("user", "insist"):
            wish = state.held_wishes[slot]
            return self._build(
                "insist",
                state,
                inform={slot: (wish.value, None)},
                evidence=wish.evidence,
                verdict=verdict,
                cause=f"a {verdict.hardness} wish",
            )
        return self._leave(verdict.kind, state, verdict)

    def _answer_upsell(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Take the better thing where nothing told of it misses a wish, else stay with the one agreed on."""
        before = next((t.entity for t in reversed(state.turns) if t.entity and t.entity != last.entity), "")
        price = state.pack.price_slot
        stretched = price in state.held_wishes and any(v.slot == price for v in state.list_misses(last.entity))
        if before and (state.list_misses(last.entity) or stretched or rng.random() < 0.5):
            return self._build("decline", state, key="decline_upsell", entity=before, cause="the first is enough")
        return self._build("accept", state, key="accept_upsell", entity=last.entity, cause="better and in reach")

    # Booking

    def _answer_proposal(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        misses = state.list_misses(state.focus)
        if misses:
            return self._weigh(state, state.turns[-1], rng) or self._defer(state, rng)
        if self.storyline.outcome == "deferral":
            return self._defer(state, rng)
        if self.storyline.outcome == "hand_over":
            return self._build("ask_person", state, cause="wants a person")
        left = self._left_wishes(state)
        if left and self.storyline.outcome == "success" and not self.storyline.booking:
            return self._inform("inform", left[:1], state, cause="a wish of the persona")
        if not self.storyline.booking:
            return self._defer(state, rng)
        inform: dict[str, Value] = {slot: (value, None) for slot, value in self.storyline.booking.items()}
        return self._build(
            "book",
            state,
            entity=state.focus,
            inform=inform,
            evidence=self.storyline.booking_evidence,
            cause="an offer that misses no wish",
        )

    def _answer_refusal(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Take what the agent offers instead, or leave where no other day will do."""
        day, time = self._find_booking_slots(state)
        offered = {slot: value for slot, value in last.tell.items() if slot in (day, time)}
        if not offered or (self.storyline.day_is_fixed and day in offered):
            return self._leave("day" if state.has_spoken("user", "book") else "unheld", state)
        inform: dict[str, Value] = {slot: (value, None) for slot, value in self.storyline.booking.items()}
        inform |= {slot: (value, None) for slot, value in offered.items()}
        return self._build(
            "book", state, key="rebook", entity=state.focus, inform=inform, cause="the other time will do"
        )

    def _find_booking_slots(self, state: DialogueState) -> tuple[str, str]:
        kinds = {state.pack.slots[slot].type: slot for slot in state.pack.list_slots(booking=True)}
        return kinds.get("date", ""), kinds.get("time", "")

    def _defer(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        """Put the decision off for the storyline's reason; have the thing kept meanwhile, where that is planned."""
        reason = self.storyline.reason
        day, time = self._find_booking_slots(state)
        times: dict[str, Value] = {
            slot: (value, None) for slot, value in self.storyline.booking.items() if slot in (day, time)
        }
        asked = state.has_spoken("user", "ask_hold")
        if state.runner.wants("reservation_holding") and state.focus and times and not asked:
            if not state.list_misses(state.focus):
                return self._build(
                    "ask_hold",
                    state,
                    entity=state.focus,
                    inform=dict(times),
                    key="ask_hold",
                    cause=f"wants time: {reason}",
                )
        return self._build(
            "defer",
            state,
            key=f"want_time.{reason}",
            entity=state.focus,
            evidence=self.storyline.reason_evidence,
            cause=f"wants time: {reason}",
        )

    def _thank(self, state: DialogueState) -> TurnPlan:
        ends = {"confirm": "success", "hand_over": "hand_over"}
        last = state.last.act if state.last else ""
        return self._build("thank", state, key=f"thank.{ends.get(last, 'deferral')}", cause="it is settled")

    # Questions

    def _ask(self, state: DialogueState, rng: random.Random, *, named_only: bool = False) -> TurnPlan | None:
        for question in self._left_questions(state):
            plan = self._plan_question(question, state, rng)
            if plan is not None and (plan.entity or not named_only):
                return plan
        return None

    def _plan_question(self, question: Inquiry, state: DialogueState, rng: random.Random) -> TurnPlan | None:
        named = [name for name in question.entities if name in state.knowledge.entities]
        if question.entities and not named:
            return None  # a thing of another shop
        entity = state.focus or next(iter(named), "")
        if question.act in _AVOIDED and state.runner.avoids(_AVOIDED[question.act]):
            return None
        if question.act == "compare":
            return self._plan_comparison(question, named, entity, state)
        if question.act == "object" or (not question.asks and question.act == "ask"):
            return self._plan_open_question(question, named, entity, state)
        if not entity:
            return None
        slots = state.pack.slots
        asks = [
            slot
            for slot in question.asks
            if not slots[slot].booking
            and slots[slot].type != "entity"
            and not (state.runner.avoids("inventory_check") and slots[slot].stock)
        ]
        if question.act == "ask":
            asks = [slot for slot in asks if (entity, slot) not in state.told]
        if question.act == "negotiate":
            price = state.pack.price_slot
            if state.has_spoken("user", "negotiate") or (entity, price) not in state.told:
                return None
            return self._build(
                "negotiate",
                state,
                key="bargain",
                entity=entity,
                evidence=question.evidence,
                own_words=question.text,
                cause="a question of the persona",
            )
        if not asks:
            return None
        whole = len(asks) == len(question.asks) and len(asks) <= 2 and question.text
        fits = not named or entity in named
        plan = self._build(
            question.act,
            state,
            entity=entity,
            request=tuple(asks[:2]),
            evidence=question.evidence,
            own_words=question.text if whole and fits else "",
            cause="a question of the persona",
        )
        return self._add_need(plan, state, rng) if question.act == "ask" else plan

    def _add_need(self, plan: TurnPlan, state: DialogueState, rng: random.Random) -> TurnPlan:
        """Say with a question what is needed, where it was not said yet."""
        wish = state.held_wishes.get(plan.request[0]) if len(plan.request) == 1 else None
        if wish is None or wish.slot in state.informed or wish.changed_from or rng.random() >= GIVES_REASON:
            return plan
        move = Move("bridge", "need", slot=wish.slot, need=(wish.slot, wish.value), evidence=wish.evidence)
        return replace(
            plan,
            inform={wish.slot: (wish.value, None)},
            evidence=tuple(dict.fromkeys((*plan.evidence, *wish.evidence))),
            moves=(*plan.moves, move),
        )

    def _plan_open_question(
        self, question: Inquiry, named: Sequence[str], entity: str, state: DialogueState
    ) -> TurnPlan | None:
        """Ask what no slot holds, or say a worry of their own, in the persona's words: of what they named, or in general."""
        if named and entity not in named:
            if state.focus:
                return None
            entity = named[0]
        answered = state.answers.find(question.evidence, entity) is not None
        if not answered and self.storyline.outcome != "hand_over" and question.act == "ask":
            return None
        asks = tuple(slot for slot in question.asks[:1] if state.knowledge.get(entity, slot) is not None)
        if not question.text or (asks and state.has_objected(asks[0], entity)):
            return None
        return self._build(
            question.act,
            state,
            key="open",
            entity=entity,
            request=asks if question.act == "object" else (),
            evidence=question.evidence,
            own_words=question.text,
            cause="a question of the persona",
        )

    def _plan_comparison(
        self, question: Inquiry, named: Sequence[str], entity: str, state: DialogueState
    ) -> TurnPlan | None:
        others = [name for name in (*named, *state.offered) if name != entity and not state.is_gone(name)]
        if not entity or not others:
            return None
        return self._build(
            "compare",
            state,
            entity=entity,
            other=others[0],
            evidence=question.evidence,
            own_words=question.text if {entity, others[0]} == set(named) else "",
            cause="a question of the persona",
        )

    # Going on, and coming to an end

    def _go_on(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        if state.has_spoken("user", "accept"):
            return self._answer_proposal(state, rng)
        if state.has_spoken("agent", "refuse") or state.has_spoken("user", "defer"):
            return self._finish(state, rng)
        if not state.focus and self._left_wishes(state):
            plan = self._state_wishes(state)
            assert plan is not None
            return plan
        return self._bring_about(state, rng) or self._ask(state, rng) or self._finish(state, rng)

    def _bring_about(self, state: DialogueState, rng: random.Random) -> TurnPlan | None:
        """Return a turn for a behaviour that is planned and that nothing else will bring about, or None."""
        if not state.focus:
            return None
        stock = state.pack.stock_slot
        asked = sum(turn.act in ASKING for turn in state.goal_turns if turn.role == "user")
        known = stock and state.knowledge.get(state.focus, stock) and (state.focus, stock) not in state.told
        if asked >= 1 and stock and known and state.runner.wants("inventory_check"):
            return self._build("ask", state, entity=state.focus, request=(stock,), cause="wants it only if it is there")
        return None

    def _finish(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        outcome = self.storyline.outcome
        wishes = self._left_wishes(state)
        if wishes and state.has_spoken("user", "inform") < 3 and not state.has_spoken("user", "accept"):
            return self._inform("inform", wishes[:1], state, cause="a wish of the persona")
        if not state.focus and state.knowledge.entities and not state.has_spoken("user", "ask_offer"):
            return self._build("ask_offer", state, cause="wants to hear what there is")
        if state.focus and state.is_gone(state.focus):
            gone = Verdict("gone", state.focus, state.pack.stock_slot or "", "")
            return self._ask_for_another(state, gone) or self._leave("gone", state, gone)
        if outcome == "hand_over" and not state.has_spoken("agent", "hand_over"):
            return self._ask_unknown(state, rng) or self._build("ask_person", state, cause="wants a person")
        if outcome == "deferral" and not state.has_spoken("user", "defer"):
            return self._defer(state, rng)
        if not state.focus:
            return self._build("thank", state, key="thank.drop_out", cause="nothing to choose from")
        if state.focus in state.offered:
            return self._build("accept", state, entity=state.focus, cause="an offer that misses no wish")
        if not state.has_spoken("user", "acknowledge"):
            return self._build("acknowledge", state, key="acknowledge", entity=state.focus, cause="knows enough")
        return self._defer(state, rng)

    def _ask_unknown(self, state: DialogueState, rng: random.Random) -> TurnPlan | None:
        """Ask what the knowledge base lacks: only a colleague can tell it."""
        if not state.focus:
            return None
        slots = [
            name
            for name, slot in state.pack.slots.items()
            if slot.ask.get(state.language)
            and not (slot.booking or slot.stock)
            and slot.type != "entity"
            and state.knowledge.get(state.focus, name) is None
        ]
        own = [slot for slot in slots if any(slot in question.asks for question in self.persona.primary_inquiries)]
        asked = {slot for turn in state.goal_turns for slot in turn.request}
        free = [slot for slot in own or slots if slot not in asked]
        if not free:
            return None
        return self._build("ask", state, entity=state.focus, request=(rng.choice(free),), cause="not on any page")

    # Reactions

    def _react(self, plan: TurnPlan, state: DialogueState, last: Turn, rng: random.Random) -> tuple[Move, ...]:
        """Return how the user takes what was just said, before going on; nothing where the act itself is the reaction."""
        if plan.act in ("leave", "thank", "silence", "decline") or plan.key in ("rebook",):
            return ()
        draw = rng.random()
        if last.act == "request":
            return (Move("react", "react.request"),) if plan.act == "inform" and draw < LEADS_IN else ()
        if last.act in ("no_answer", "refuse"):
            return (Move("react", "react.unknown"),) if last.act == "no_answer" and draw < REACTS else ()
        if last.act not in _REACTED:
            return ()
        verdicts = state.judge(last)
        if plan.act in ("object", "negotiate", "revise", "ask_offer") and plan.verdict is not None:
            kind = plan.verdict.kind
            gone = kind == "gone"
            if plan.act != "revise" and (gone or draw < 0.35):
                return (Move("react", f"react.{kind}", slot=plan.verdict.slot, verdict=plan.verdict),)
            return ()
        if any(verdict.kind == "gone" for verdict in verdicts):
            return (Move("react", "react.gone"),)
        if last.act in ("handle_objection", "negotiate"):
            open_miss = bool(state.list_misses(state.focus))
            key = "react.unmoved" if open_miss or plan.act in ("defer", "leave") else "react.answered"
            return (Move("react", key),) if draw < REACTS else ()
        strong = next((v for v in verdicts if v.kind == "better"), None) or next(
            (v for v in verdicts if v.kind == "fits"), None
        )
        if strong is not None and not any(v.misses for v in verdicts):
            if draw >= REACTS:
                return ()
            if plan.act == "acknowledge":
                return ()
            return (Move("react", f"react.{strong.kind}", slot=strong.slot, verdict=strong),)
        if any(v.misses for v in verdicts):
            return ()
        if last.act in ("recommend", "upsell"):
            return (Move("react", "react.offer"),) if draw < REACTS else ()
        if plan.act == "acknowledge":
            return ()
        return (Move("react", "react.neutral"),) if draw < ACKNOWLEDGES else ()

    def _build(
        self,
        act: str,
        state: DialogueState,
        *,
        key: str = "",
        entity: str = "",
        other: str = "",
        inform: dict[str, Value] | None = None,
        request: tuple[str, ...] = (),
        evidence: tuple[str, ...] = (),
        own_words: str = "",
        verdict: Verdict | None = None,
        cause: str = "",
    ) -> TurnPlan:
        return TurnPlan(
            role="user",
            act=act,
            stage=USER_STAGES.get(act, state.runner.stage),
            key=key,
            entity=entity,
            other=other,
            inform=inform or {},
            request=request,
            evidence=evidence,
            own_words=own_words,
            verdict=verdict,
            cause=cause,
        )


def keep_first(plan: TurnPlan) -> TurnPlan:
    """Return a plan with the first of several wishes or questions; the rest is said another time."""
    if plan.act in ("inform", "ask_offer") and len(plan.inform) > 1:
        first: Iterable[str] = list(plan.inform)[:1]
        return replace(plan, inform={slot: plan.inform[slot] for slot in first}, own_words="")
    if plan.act == "ask" and len(plan.request) > 1:
        return replace(plan, request=plan.request[:1], own_words="")
    return plan


def _is_asked(question: Inquiry, turn: Turn) -> bool:
    """Tell whether a turn of the user has asked a question already."""
    if question.asks and turn.request:
        return set(question.asks) <= set(turn.request)
    return turn.act == question.act and bool(set(question.evidence) & set(turn.evidence))

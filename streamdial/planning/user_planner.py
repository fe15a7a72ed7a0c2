"""The planned user: what a persona does next follows from what was told, and what that is worth to it."""

from __future__ import annotations

import random
from dataclasses import replace

from streamdial.personas.verdicts import Verdict
from streamdial.planning.bookings import find_booking_slots, fit_party
from streamdial.planning.moves import Move, TurnPlan, Value
from streamdial.planning.questions import ASKING, build_user_plan, plan_next_question, plan_person, plan_unknown
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline
from streamdial.planning.user_moves import PRAISES, bridge_as_user, react_as_user
from streamdial.planning.wishes import list_left_wishes, plan_shift, state_wishes
from streamdial.records import Turn, UserPersona
from streamdial.slots import DONT_CARE

AT_ONCE = 2
"""Wishes stated at once behind the first."""


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

    def plan(self, state: DialogueState) -> TurnPlan | None:
        """Return what the user does next, or None where the user has left."""
        rng = random.Random(f"{self.storyline.seed}/user/{len(state.turns)}")
        last = state.last
        if last is None:
            return self._open(state, rng)
        if last.act == "close":
            return None
        if len(state.turns) == state.goal_start:
            plan = self._state_wishes(state) or plan_next_question(self.storyline, state, rng)
            plan = plan or self._finish(state, rng)
            return replace(plan, moves=(Move("react", "next_need"), *plan.moves))
        return self.finish_turn(self._answer(state, last, rng), state, last, rng)

    def finish_turn(self, plan: TurnPlan, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Add how the user takes what was said, and what a question comes from."""
        before = react_as_user(plan, state, last, rng)
        # Nobody praises behind a doubt that stays.
        praised = plan.act == "accept" and any(move.key in (*PRAISES, "react.lacks") for move in before)
        after = () if plan.moves or praised else bridge_as_user(plan, state, rng)
        if any(move.key == "react.sum_up" for move in after):
            before = tuple(move for move in before if move.key != "react.informed")
        return replace(plan, moves=tuple(dict.fromkeys((*before, *plan.moves, *after))))

    # The turns

    def _open(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        opening = self.storyline.opening
        if opening == "ask" and (plan := plan_next_question(self.storyline, state, rng, named_only=True)):
            return plan
        if opening in ("state", "ask_offer") and (plan := self._state_wishes(state, offer=opening == "ask_offer")):
            return plan
        return build_user_plan("greet", state, cause="comes in")

    def _state_wishes(self, state: DialogueState, *, offer: bool = False) -> TurnPlan | None:
        wishes = list_left_wishes(self.storyline, state)
        if not wishes:
            return None
        first = not state.stated_wishes
        taken = wishes[: self.storyline.first if first else AT_ONCE]
        return state_wishes("ask_offer" if offer else "inform", taken, state, cause="a wish of the persona")

    def _answer(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        if last.act == "request" or (last.act == "follow_up" and last.request):
            return self._answer_request(state, last, rng)
        if last.act in ("confirm", "hand_over", "hold"):
            return self._thank(state)
        if last.act == "refuse":
            return self._answer_refusal(state, last)
        if last.act == "no_answer" and self.storyline.outcome == "drop_out" and len(state.goal_turns) > 5:
            return self._leave("unknown", state)
        if last.act == "explain_conflict":
            return self._answer_conflict(state, last, rng)
        if last.act == "propose":
            return self._answer_proposal(state, rng)
        if last.act == "upsell" and state.turns[-2].act == "acknowledge":
            return self._answer_upsell(state, last, rng)
        if last.act == "greet":
            return self._begin(state, rng)
        return self._weigh(state, last, rng) or self._go_on(state, rng)

    def _begin(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        offer = rng.random() < 0.4
        states = list_left_wishes(self.storyline, state) and rng.random() < 0.6
        asks = None if states else plan_next_question(self.storyline, state, rng, named_only=True)
        return asks or self._state_wishes(state, offer=offer) or self._go_on(state, rng)

    def _answer_request(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        requested = list(last.request)
        if all(state.pack.slots[slot].booking for slot in requested):
            return self._answer_proposal(state, rng)
        known = [wish for wish in list_left_wishes(self.storyline, state) if wish.slot in requested]
        if not known:
            free: dict[str, Value] = {slot: (DONT_CARE, None) for slot in requested if slot not in state.informed}
            if not free:
                return self._go_on(state, rng)
            return build_user_plan("no_preference", state, inform=free, cause="no wish about it")
        more = [wish for wish in list_left_wishes(self.storyline, state) if wish not in known]
        if more and rng.random() < 0.25:
            known.append(more[0])
        return state_wishes("inform", known, state, cause="was asked")

    # Weighing what was told

    def _weigh(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan | None:
        """Return what follows from what was told: a doubt, a concession, another question, a goodbye; None for none."""
        gone = next((v for v in state.judge(last) if v.kind == "gone" and v.entity == last.entity), None)
        if gone is not None and not last.other:
            return self._ask_for_another(state, gone) or self._leave("gone", state, gone)
        if shift := plan_shift(state):
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
            return self._defer(state)
        if "act:recover_count" in last.moves:
            return self._leave(worst.kind, state, worst)  # that was the largest there is
        return self._ask_for_another(state, worst) or self._leave(worst.kind, state, worst)

    def _object(self, verdict: Verdict, state: DialogueState, rng: random.Random) -> TurnPlan:
        wants = state.runner.wants("negotiation")
        may = (
            verdict.is_bargain and not state.runner.avoids("negotiation") and not state.has_spoken("user", "negotiate")
        )
        if may and (wants or rng.random() < 0.3):
            return self._bargain(verdict, state)
        inform = self._state_unstated(verdict, state)
        return build_user_plan(
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
        return build_user_plan(
            "negotiate",
            state,
            key="bargain",
            entity=verdict.entity,
            evidence=verdict.evidence,
            verdict=verdict,
            cause=f"{verdict.slot} {verdict.kind}, near the bound",
        )

    def _concede(self, verdict: Verdict, state: DialogueState) -> TurnPlan:
        return build_user_plan(
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
        return build_user_plan(
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
        return build_user_plan(
            "leave",
            state,
            key=f"leave.{kind}",
            entity=verdict.entity if verdict else state.focus,
            evidence=verdict.evidence if verdict else (),
            verdict=verdict,
            cause=f"{slot} {kind}".strip(),
        )

    def _answer_conflict(self, state: DialogueState, last: Turn, rng: random.Random) -> TurnPlan:
        """Give the wish up that was asked about, where its hardness and the distance allow it."""
        slot = next(iter(last.request), "")
        verdict = next((v for v in state.list_misses(last.entity) if v.slot == slot), None)
        if verdict is None:
            return self._go_on(state, rng)
        if verdict.can_be_given_up and not self.storyline.firm:
            return build_user_plan(
                "revise",
                state,
                key="concede.slot",
                inform={slot: (verdict.value, verdict.unit)},
                evidence=verdict.evidence,
                verdict=verdict,
                cause=f"{slot} {verdict.kind}, a {verdict.hardness} wish",
            )
        wish = state.held_wishes[slot]
        refused = {turn.entity for turn in state.goal_turns if turn.role == "user" and turn.act == "object"}
        left = (name for name in state.knowledge.entities if name not in refused and not state.world.is_gone(name))
        # Who insists where nothing is left that has it only hears the same again.
        another = any(state.knowledge.satisfies(name, slot, wish.value, wish.unit) for name in left)
        if another and not state.has_spoken("user", "insist"):
            return build_user_plan(
                "insist",
                state,
                inform={slot: (wish.value, wish.unit)},
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
        if before and (state.list_misses(last.entity) or stretched or rng.random() < 0.7):
            return build_user_plan("decline", state, key="decline_upsell", entity=before, cause="the first is enough")
        return build_user_plan("accept", state, key="accept_upsell", entity=last.entity, cause="better and in reach")

    # Booking

    def _answer_proposal(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        misses = state.list_misses(state.focus)
        if misses:
            return self._weigh(state, state.turns[-1], rng) or self._defer(state)
        before = self._bring_about(state) or plan_next_question(self.storyline, state, rng)
        if before and len(state.turns) > 1 and state.turns[-2].act == "revise":
            return before  # who has just given way still wants to know the rest
        if self.storyline.outcome == "deferral":
            return self._defer(state)
        if self.storyline.outcome == "hand_over":
            return plan_person(state)
        left = list_left_wishes(self.storyline, state)
        if left and self.storyline.outcome == "success" and not self.storyline.booking:
            return state_wishes("inform", left[:1], state, cause="a wish of the persona")
        if not self.storyline.booking:
            return self._defer(state)
        inform: dict[str, Value] = {
            slot: (fit_party(slot, value, state), None) for slot, value in self.storyline.booking.items()
        }
        return build_user_plan(
            "book",
            state,
            entity=state.focus,
            inform=inform,
            evidence=self.storyline.booking_evidence,
            cause="an offer that misses no wish",
        )

    def _answer_refusal(self, state: DialogueState, last: Turn) -> TurnPlan:
        """Take what the agent offers instead, or leave where no other day will do."""
        day, time = find_booking_slots(state.pack)
        offered = {slot: value for slot, value in last.tell.items() if slot in (day, time)}
        if not offered or (self.storyline.day_is_fixed and day in offered):
            return self._leave("day" if state.has_spoken("user", "book") else "unheld", state)
        inform: dict[str, Value] = {slot: (value, None) for slot, value in offered.items()}
        return build_user_plan(
            "book", state, key="rebook", entity=state.focus, inform=inform, cause="the other time will do"
        )

    def _defer(self, state: DialogueState) -> TurnPlan:
        """Put the decision off for the storyline's reason; have the thing kept meanwhile, where that is planned."""
        reason = self.storyline.reason
        day, time = find_booking_slots(state.pack)
        times: dict[str, Value] = {
            slot: (value, None) for slot, value in self.storyline.booking.items() if slot in (day, time)
        }
        may = times and state.focus and not state.has_spoken("user", "ask_hold")
        if may and state.runner.wants("reservation_holding") and not state.list_misses(state.focus):
            return build_user_plan(
                "ask_hold",
                state,
                entity=state.focus,
                inform=dict(times),
                key="ask_hold",
                cause=f"wants time: {reason}",
            )
        return build_user_plan(
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
        return build_user_plan("thank", state, key=f"thank.{ends.get(last, 'deferral')}", cause="it is settled")

    # Going on, and coming to an end

    def _go_on(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        if state.has_spoken("user", "accept"):
            return self._answer_proposal(state, rng)
        if state.has_spoken("agent", "refuse") or state.has_spoken("user", "defer"):
            return self._finish(state, rng)
        return (
            self._state_left(state, rng)
            or self._bring_about(state)
            or plan_next_question(self.storyline, state, rng)
            or self._finish(state, rng)
        )

    def _state_left(self, state: DialogueState, rng: random.Random) -> TurnPlan | None:
        """State the wishes that were not stated yet, before anything is asked; with a question that says them all."""
        left = {wish.slot for wish in list_left_wishes(self.storyline, state)}
        if not left:
            return None
        question = plan_next_question(self.storyline, state, rng) if state.focus else None
        return question if question and left <= question.inform.keys() else self._state_wishes(state)

    def _bring_about(self, state: DialogueState) -> TurnPlan | None:
        """Return a turn for a behaviour that is planned and that nothing else will bring about, or None."""
        if not state.focus:
            return None
        stock = state.pack.stock_slot
        asked = sum(turn.act in ASKING for turn in state.goal_turns if turn.role == "user")
        known = stock and state.knowledge.get(state.focus, stock) and (state.focus, stock) not in state.told
        if asked >= 1 and stock and known and state.runner.wants("inventory_check"):
            return build_user_plan(
                "ask", state, entity=state.focus, request=(stock,), cause="wants it only if it is there"
            )
        return None

    def _finish(self, state: DialogueState, rng: random.Random) -> TurnPlan:
        outcome = self.storyline.outcome
        if not state.focus and state.knowledge.entities and not state.has_spoken("user", "ask_offer"):
            return build_user_plan("ask_offer", state, cause="wants to hear what there is")
        if state.focus and state.is_gone(state.focus):
            gone = Verdict("gone", state.focus, state.pack.stock_slot or "", "")
            return self._ask_for_another(state, gone) or self._leave("gone", state, gone)
        if outcome == "hand_over" and not state.has_spoken("agent", "hand_over"):
            return plan_unknown(state, rng) or plan_person(state)
        if outcome == "deferral" and not state.has_spoken("user", "defer"):
            return self._defer(state)
        if not state.focus:
            return build_user_plan("thank", state, key="thank.drop_out", cause="nothing to choose from")
        if state.runner.wants("upselling") and not state.has_spoken("user", "acknowledge"):
            # Something better is named to who likes a thing and has not decided, never afterwards.
            return build_user_plan("acknowledge", state, key="acknowledge", entity=state.focus, cause="likes it so far")
        if state.focus in state.offered:
            return build_user_plan("accept", state, entity=state.focus, cause="an offer that misses no wish")
        if not state.has_spoken("user", "acknowledge"):
            return build_user_plan("acknowledge", state, key="acknowledge", entity=state.focus, cause="knows enough")
        return self._defer(state)

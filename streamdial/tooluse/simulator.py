"""The user simulator: knows its wishes, not tools or rubrics; behaves as people do and stops by its own rule."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.phrases import join_clauses
from streamdial.planning import OWN_WORDS, Move
from streamdial.policies import HumanRates, HumanRules, Policy, load_human_rules, swap_words, unpolish
from streamdial.records import BORROWED_WORDS, Language, UserStyle
from streamdial.slots import DONT_CARE, SlotReader
from streamdial.tooluse.obeying import has_parted, obey_acts
from streamdial.tooluse.plans import OPENINGS
from streamdial.tooluse.records import Act, Mode, TaskWish, ToolTurn, accumulate_acts
from streamdial.tooluse.talk_view import Advise
from streamdial.tooluse.user_reactions import UserReactions
from streamdial.tooluse.user_state import Progress, UserState
from streamdial.tooluse.wording import Wording

FEW_DETAILS = 0.3
"""How often a user of small steps who is asked for two details of a booking gives one."""
_OPENING = {kind: act for act, kind in OPENINGS.items()}


class UserPlan(NamedTuple):
    """What a user does next, before it is worded.

    Attributes:
        acts: What is done.
        prefixes: Keys of what is said before: `thanks`, `next`, `again`, `hurry`.
        rules: Human rules that acted.
        moves: How the user takes what was just told.
        lead: A reaction in the words of a file of rules.
        swaps: Words this user says otherwise.
    """

    acts: tuple[Act, ...]
    prefixes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    lead: str = ""
    swaps: Mapping[str, str] = MappingProxyType({})


class UserPolicy(Policy[[Sequence[ToolTurn]], ToolTurn | None], Protocol):
    """Whoever wants something: a policy that is shown the turns and says one."""

    def list_taken(self) -> tuple[str, ...]:
        """Return the ids of the tasks the user takes up."""
        ...

    def has_open(self, turns: Sequence[ToolTurn]) -> bool:
        """Tell whether there is something left the user wants."""
        ...


class UserSimulator:
    """A user with several wishes.

    What it does next follows from the dialogue so far, the seed and the number of the turn, so that a dialogue cut
    anywhere and continued goes on as it did.

    Args:
        wishes: What it wants, in order; each after what it depends on.
        base: Ids of the wishes it comes with. In the mode `user-oriented` each of the others is taken up by the rule
            `additions`; in `task-oriented` none is, and everything is said at once.
        pack: The domain pack.
        schema: Schema of what is sold: language, units, and which of a booking's details is the day.
        wording: Words its acts.
        rules: How it behaves; switched off in the mode `task-oriented`.
        mode: `user-oriented` or `task-oriented`.
        seed: Seed of the dialogue.
        style: How a persona of this language types; None for good form.
        advise: Asks the strategies of the user's side; None where there are none.
        reader: Reads back a line with words of the user's own in it; None for nobody with any.
    """

    def __init__(
        self,
        wishes: Sequence[TaskWish],
        base: Sequence[str],
        pack: DomainPack,
        schema: DomainSchema,
        wording: Wording,
        *,
        rules: HumanRules | None = None,
        mode: Mode = "user-oriented",
        seed: int = 0,
        style: UserStyle | None = None,
        advise: Advise | None = None,
        reader: SlotReader | None = None,
    ) -> None:
        self._advise = advise
        self._reader = reader
        self._mode = mode
        self._seed = seed
        self._rules = rules or load_human_rules()
        self._rates = self._rules.rates if mode == "user-oriented" else HumanRates()
        self._pack = pack
        self._wording = wording
        self._schema = schema
        self._language: Language = schema.language
        self._style = style
        self._wishes = self._take_up(wishes, set(base))
        self._reactions = UserReactions(
            self._wishes, self._rules, self._rates, pack, schema, oriented=mode == "user-oriented"
        )

    def list_taken(self) -> tuple[str, ...]:
        """Return the ids of the tasks it takes up, in order."""
        return tuple(wish.id for wish in self._wishes)

    def has_open(self, turns: Sequence[ToolTurn]) -> bool:
        """Tell whether there is a wish that is neither met nor given up."""
        mind = self.read(turns)
        return any(not mind.is_done(wish) for wish in self._wishes)

    @property
    def wishes(self) -> tuple[TaskWish, ...]:
        """What it wants, in order: the tasks it takes up."""
        return self._wishes

    @property
    def oriented(self) -> bool:
        """Whether it says what it wants bit by bit, as people do."""
        return self._mode == "user-oriented"

    @staticmethod
    def name_opening(wish: TaskWish) -> str:
        """Return the act a wish is taken up with."""
        return _OPENING[wish.kind]

    def read(self, turns: Sequence[ToolTurn]) -> UserState:
        """Return how far each wish has come in some turns."""
        return UserState(self._wishes, self._rules.patience, turns)

    def choose_first(self, wish: TaskWish) -> dict[str, str]:
        """Return the values it states first and gives up later: second thoughts, and what cannot be had."""
        drawn = self._pick_first(wish, list(wish.wishes)) | (wish.tries if self.oriented else {})
        return {slot: value for slot, value in drawn.items() if value != wish.wishes.get(slot)}

    async def speak(self, turns: Sequence[ToolTurn]) -> ToolTurn | None:
        """Return the next turn, or None where it has left: nothing is open and the agent has said goodbye."""
        plan = self.plan(turns)
        if plan is None:
            return None
        words = await self._wording.word("user", plan.acts, turns, prefixes=plan.prefixes, moves=plan.moves)
        text = join_clauses([plan.lead, words.text], self._language) if plan.lead else words.text
        rules = plan.rules
        if plan.swaps and self._reader is not None:
            swapped = swap_words(text, plan.swaps, self._reader, lambda line: True)
            rules = (*plan.rules, OWN_WORDS) if swapped != text else plan.rules
            text = swapped
        if self._style is not None and words.realisation not in BORROWED_WORDS:
            names = tuple(name for act in plan.acts for name in (act.entity, act.other))
            text = unpolish(text, self._style, self._language, self._draw(turns, "manner"), keep=names)
        turn = ToolTurn(
            turn_id=len(turns),
            role="user",
            utterance=text,
            acts=plan.acts,
            rules=rules,
            evidence=words.evidence,
            realisation=words.realisation,
        )
        return turn.model_copy(update={"state": accumulate_acts((*turns, turn))})

    def plan(self, turns: Sequence[ToolTurn]) -> UserPlan | None:
        """Return what it does next, or None where it has left."""
        directive = self._advise(turns) if self._advise is not None else None
        if directive is not None and directive.leave and turns:
            return None if has_parted(turns) else UserPlan((Act(act="thank"),))
        mind = self.read(turns)
        rng = self._draw(turns, "user")
        open_wishes = [wish for wish in self._wishes if not mind.is_done(wish)]
        if not open_wishes:
            closed = bool(turns) and any(act.act == "close" for act in turns[-1].acts)
            return None if closed else UserPlan((Act(act="thank"),), moves=self._reactions.take_bad_news(turns, mind))
        if self._mode == "task-oriented" and not any(mind.progress[wish.id].opened for wish in open_wishes):
            return UserPlan(tuple(act for wish in open_wishes for act in self._state_all(wish, mind)))
        wish = open_wishes[0]
        rules: list[str] = []
        prefixes, moves, lead = self._reactions.react(turns, mind, wish, rng, rules)
        small = "impatience" not in rules and rng.random() < self._rates.small_steps
        act = self._plan_wish(wish, mind, rng, small, rules)
        if small and len(act.inform) + len(act.request) == 1 < len(wish.wishes) + len(wish.asks):
            rules.append("small_steps")
        leads = bool(moves) and moves[0].key == "react.request"
        # "Oh right, the price doesn't matter" is no answer that was nearly forgotten.
        if act.slip or (leads and (act.act != "inform" or DONT_CARE in act.inform.values())):
            moves = ()
        if act.act == "revise" and moves and moves[0].slot in act.inform:
            moves = ()  # what was said before was met
        if act.other and not any(act.other in (one.entity, one.other) for turn in turns for one in turn.acts):
            prefixes = [*prefixes, "another"]
        acts = obey_acts((act,), directive, {**wish.wishes, **wish.first})
        swaps = directive.swaps if directive is not None else {}
        return UserPlan(acts, tuple(prefixes), tuple(rules), moves, lead, swaps)

    def _take_up(self, wishes: Sequence[TaskWish], base: set[str]) -> tuple[TaskWish, ...]:
        taken: dict[str, TaskWish] = {}
        for wish in wishes:
            depends = not wish.after or wish.after in taken
            # What is found to be booked is taken up with the booking, not for its own sake.
            drawn_for = wish.after if wish.kind == "book" and wish.after not in base else wish.id
            drawn = random.Random(f"{self._seed}:{drawn_for}").random() < self._rates.additions
            if wish.id in base or (depends and drawn):
                taken[wish.id] = wish
        return tuple(taken.values())

    def _draw(self, turns: Sequence[ToolTurn], what: str) -> random.Random:
        return random.Random(f"{self._seed}:{len(turns)}:{what}")

    def _state_all(self, wish: TaskWish, mind: UserState) -> list[Act]:
        """Return all there is to say of a wish, as the baseline does."""
        act = self._open(wish, mind)
        return [act.model_copy(update={"inform": wish.wishes, "request": wish.asks})]

    def _open(self, wish: TaskWish, mind: UserState) -> Act:
        return Act(act=_OPENING[wish.kind], task=wish.id, entity=mind.find_entity(wish), other=wish.other)

    def _plan_wish(self, wish: TaskWish, mind: UserState, rng: random.Random, small: bool, rules: list[str]) -> Act:
        progress = mind.progress[wish.id]
        opening = self._open(wish, mind)
        if wish.kind == "find":
            return self._search(wish, progress, rng, small, rules)
        if wish.kind == "details":
            left = [slot for slot in wish.asks if slot not in progress.answered]
            return opening.model_copy(update={"request": tuple(left[:1] if small else left)})
        if wish.kind in ("book", "hold"):
            return self._reserve(wish, opening, mind, rng, small, rules)
        if wish.kind == "cancel" and progress.asked_back:
            return Act(act="affirm", task=wish.id)
        if wish.kind == "change":
            return opening.model_copy(update={"inform": self._choose_values(wish, progress)})
        return opening.model_copy(update={"inform": wish.wishes, "request": wish.asks})

    def _search(self, wish: TaskWish, progress: Progress, rng: random.Random, small: bool, rules: list[str]) -> Act:
        oriented = self.oriented
        if not progress.opened and (rng.random() < self._rates.vague_first or (oriented and len(wish.wishes) < 2)):
            rules.append("vague_first")
            return Act(act="ask_offer", task=wish.id)
        asked = [slot for slot in progress.requested if slot in wish.wishes]
        if progress.requested and not asked:
            return Act(act="inform", task=wish.id, inform=dict.fromkeys(progress.requested, DONT_CARE))
        if progress.down:
            return Act(
                act="inform", task=wish.id, inform=progress.said or self._pick_first(wish, list(wish.wishes)[:1])
            )
        unsaid = [slot for slot in wish.wishes if slot not in progress.said]
        changed = [slot for slot in progress.said if progress.said[slot] != wish.wishes.get(slot)]
        if changed and not asked and progress.offered and (not unsaid or rng.random() < 0.5):
            rules.append("second_thoughts")
            return Act(act="revise", task=wish.id, inform={slot: wish.wishes[slot] for slot in changed[:1]})
        slots = asked or unsaid or changed
        if not progress.opened and oriented:
            slots = slots[:-1]  # nobody says all they want in one go
        act = "ask_offer" if not progress.opened else "inform"
        # Wishes that come one by one behind each offer could have been said before the first.
        few = small and not progress.offered
        return Act(act=act, task=wish.id, inform=self._pick_first(wish, slots[:1] if few else slots))

    def _pick_first(self, wish: TaskWish, slots: Sequence[str]) -> dict[str, str]:
        """Return the values wishes are first stated with: by the rule of second thoughts another one than the last."""
        values = {slot: wish.wishes[slot] for slot in slots}
        for slot in slots:
            rate = self._rates.second_thoughts
            if slot in wish.first and random.Random(f"{self._seed}:{wish.id}:{slot}").random() < rate:
                values[slot] = wish.first[slot]
        return values

    def _reserve(
        self, wish: TaskWish, opening: Act, mind: UserState, rng: random.Random, small: bool, rules: list[str]
    ) -> Act:
        progress = mind.progress[wish.id]
        day = self._schema.day
        known = {told for entity, told in mind.full if entity == opening.entity}
        values = self._choose_values(wish, progress, known)
        changed = [slot for slot in progress.said if progress.said[slot] != values.get(slot, progress.said[slot])]
        if changed and progress.refused & set(progress.said.values()):
            # What was asked for cannot be had, and something else will do.
            return Act(act="inform", task=wish.id, inform={slot: values[slot] for slot in changed})
        if progress.waitlist:
            return Act(act="ask_waitlist", task=wish.id, entity=opening.entity, inform={})
        unsaid = [slot for slot in values if slot not in progress.said]
        if not progress.opened:
            if mind.compared:
                return opening  # which of the two it is comes first
            # Who has asked about a day says that it is this one, and does not get it wrong.
            meant = values.get(day) in mind.asked_days or bool(known)
            count = max(rng.choice([0, 1]), int(meant)) if small else len(unsaid)
            act = opening.model_copy(update={"inform": {slot: values[slot] for slot in unsaid[:count]}})
            return act if meant or wish.kind == "hold" else self._slip(wish, act, unsaid[:count], values, rng, rules)
        asked = [slot for slot in progress.requested if slot in values]
        slots = asked or unsaid or list(values)
        name = opening.act if progress.down or not asked else "inform"
        act = opening if name == opening.act else Act(act=name, task=wish.id)
        few = small and not progress.down and rng.random() < FEW_DETAILS
        return self._slip(wish, act, slots[:1] if few else slots, values, rng, rules)

    def _choose_values(self, wish: TaskWish, progress: Progress, known: Iterable[str] = ()) -> dict[str, str]:
        """Return the values a booking is asked for with: those it would rather have, until it is told better."""
        gone = progress.refused | set(known)
        tries = {slot: value for slot, value in wish.tries.items() if value not in gone}
        return {**wish.wishes, **(tries if self.oriented else {})}

    def _slip(
        self,
        wish: TaskWish,
        act: Act,
        slots: Sequence[str],
        values: Mapping[str, str],
        rng: random.Random,
        rules: list[str],
    ) -> Act:
        """Return an act with some values; of one with another value in mind, that is said and put right at once."""
        wrong = {slot: wish.first[slot] for slot in slots if slot in wish.first and wish.first[slot] != values[slot]}
        slip = wrong if wrong and rng.random() < self._rates.corrections else {}
        if slip:
            rules.append("corrections")
        return act.model_copy(update={"inform": {slot: values[slot] for slot in slots}, "slip": slip})

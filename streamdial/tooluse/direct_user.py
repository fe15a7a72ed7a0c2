"""The direct user of dialogues with tools: a strong model decides acts and words; code keeps it to what it wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from pydantic import BaseModel, ConfigDict

from streamdial.claims import find_misstep
from streamdial.dialogues.backgrounds import describe_manner
from streamdial.dialogues.direct_labels import SlotValue
from streamdial.dialogues.guided_prompts import list_user_lines
from streamdial.dialogues.messages import alternate, number_call, write_history
from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.errors import ModelError
from streamdial.models import UNUSABLE, ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.prompts import render_prompt
from streamdial.records import UserPersona
from streamdial.slots import DONT_CARE, SlotReader, format_value
from streamdial.strategies import Directive, find_unmet
from streamdial.text import fold_text, tokenize
from streamdial.tooluse.claims import says_name, says_value
from streamdial.tooluse.grounding import Refused
from streamdial.tooluse.records import Act, TaskWish, ToolTurn, accumulate_acts
from streamdial.tooluse.replies import tidy_text
from streamdial.tooluse.simulator import UserSimulator
from streamdial.tooluse.talk_view import Advise, list_act_slots
from streamdial.tooluse.user_state import Progress, UserState

MAX_TOKENS = 400
MAX_ACTS = 3
"""Acts of one turn."""


class WantedAct(BaseModel):
    """An act of a user as the model hands it over."""

    model_config = ConfigDict(extra="ignore")
    act: str
    task: str = ""
    inform: list[SlotValue] = []
    request: list[str] = []


class UserReply(BaseModel):
    """A user's turn as the model answers it."""

    model_config = ConfigDict(extra="ignore")
    utterance: str
    acts: list[WantedAct]


class DirectToolUser:
    """A user played by a strong model, which is told what it wants and never what the tools are.

    Code knows which wish is open and which acts take it on, and reads every turn back: wishes the user does not have,
    values the words do not bear out, names nobody has said and a goodbye with open wishes are refused with the reason.
    Where that does not help the simulator speaks. It stops by the simulator's rule.

    Args:
        model: The model.
        simulator: The simulated user of the same tasks: keeps them, and speaks where the model gives nothing usable.
        schema: Schema of what is sold.
        pack: The domain pack.
        reader: Reads values and names out of texts.
        persona: Who it is; None for nobody in particular.
        checks: Counted into: what was wrong, by name.
        reasks: How often a turn that was refused is asked for again.
        seed: Seed of the dialogue.
        advise: Asks the strategies of the user's side; None where there are none.
    """

    def __init__(
        self,
        model: ChatModel,
        simulator: UserSimulator,
        schema: DomainSchema,
        pack: DomainPack,
        reader: SlotReader,
        *,
        persona: UserPersona | None = None,
        checks: Counter[str] | None = None,
        reasks: int = 2,
        seed: int = 0,
        advise: Advise | None = None,
    ) -> None:
        self.model = model
        self.schema = schema
        self.pack = pack
        self.reader = reader
        self.checks = checks if checks is not None else Counter()
        self.simulator = simulator
        self._reasks = reasks
        self._seed = seed
        self._advise = advise
        self._system = ChatMessage(role="system", content=self._write_system(persona))

    def list_taken(self) -> tuple[str, ...]:
        """Return the ids of the tasks it takes up, in order."""
        return self.simulator.list_taken()

    def has_open(self, turns: Sequence[ToolTurn]) -> bool:
        """Tell whether there is a wish that is neither met nor given up."""
        return self.simulator.has_open(turns)

    async def speak(self, turns: Sequence[ToolTurn]) -> ToolTurn | None:
        """Return the next turn, or None where it has left.

        Raises:
            ModelError: If a call of the model fails for another reason than an unusable answer.
        """
        if self.simulator.plan(turns) is None:
            return None
        directive = self._advise(turns) if self._advise is not None else None
        choices = _Choices(self, self.simulator.read(turns), turns, directive)
        shown = write_history(turns, "user", self.schema.language)
        refused, reason = "", ""
        for attempt in range(1 + self._reasks):
            final = choices.write_prompt(refused, reason)
            messages = alternate((self._system, *shown, ChatMessage(role="user", content=final)))
            request = ChatRequest(
                messages=messages,
                max_tokens=MAX_TOKENS,
                temperature=0.8,
                seed=number_call(self._seed, len(turns), attempt),
                purpose="user_turn",
            )
            try:
                answer, _ = await complete_structured(self.model, request, UserReply)
                return choices.read(answer)
            except ModelError as error:
                if error.kind not in UNUSABLE:
                    raise
                self.checks[error.kind] += 1
                break
            except Refused as error:
                refused, reason = answer.utterance, str(error)
                self.checks[reason.partition(":")[0]] += 1
        return await self.simulator.speak(turns)

    def _write_system(self, persona: UserPersona | None) -> str:
        language = self.schema.language
        own = persona if persona is not None and persona.language == language else None
        return render_prompt(
            "tooluse_user",
            language,
            domain=self.pack.names[language],
            wishes=[self._describe_wish(wish) for wish in self.simulator.wishes],
            patient=self.simulator.oriented,
            lines=list_user_lines(own) if own is not None else [],
            manner=describe_manner(own, language) if own is not None else (),
            days=self.schema.days,
        )

    def _describe_wish(self, wish: TaskWish) -> dict[str, Any]:
        first = self.simulator.choose_first(wish)
        return {
            "id": wish.id,
            "kind": wish.kind,
            "after": wish.after,
            "entity": wish.entity,
            "other": wish.other,
            "values": [
                {
                    "slot": slot,
                    "name": self.pack.slots[slot].names[self.schema.language],
                    "bound": self.pack.slots[slot].constraint or "",
                    "value": self._write(slot, value),
                    "written": value,
                    "first": self._write(slot, first[slot]) if slot in first else "",
                }
                for slot, value in wish.wishes.items()
            ],
            "asks": self.pack.name_slots(wish.asks, self.schema.language),
            "ask_slots": wish.asks,
        }

    def _write(self, slot: str, value: str) -> str:
        return format_value(self.pack, slot, value, self.schema.language)


class _Choices:
    """What a user may do in one turn, and the turn a model makes of it."""

    def __init__(
        self, user: DirectToolUser, known: UserState, turns: Sequence[ToolTurn], directive: Directive | None
    ) -> None:
        self._user = user
        self._known = known
        self._turns = turns
        self._directive = directive
        self._open = {wish.id: wish for wish in user.simulator.wishes if not known.is_done(wish)}
        # What depends on something comes after it.
        self._ready = {name: wish for name, wish in self._open.items() if wish.after not in self._open}
        self._allowed = {name: self._list_acts(wish) for name, wish in self._ready.items()}

    def _list_acts(self, wish: TaskWish) -> tuple[str, ...]:
        progress = self._known.progress[wish.id]
        opening = UserSimulator.name_opening(wish)
        if not progress.opened:
            return (opening,)
        if wish.kind == "find":
            return ("inform", "revise", opening)
        if wish.kind in ("book", "hold", "change"):
            return ("inform", opening, *(("ask_waitlist",) if progress.waitlist else ()))
        return ("affirm",) if wish.kind == "cancel" and progress.asked_back else (opening,)

    def write_prompt(self, refused: str, reason: str) -> str:
        """Return what stands behind the dialogue: what is open, what may be done, and why the last try was refused."""
        pack, language = self._user.pack, self._user.schema.language
        leaves = self._directive is not None and self._directive.leave
        return render_prompt(
            "tooluse_user_turn",
            language,
            open=[
                {
                    "id": name,
                    "acts": self._allowed[name],
                    "unsaid": pack.name_slots(self._list_unsaid(wish), language),
                    "asked": pack.name_slots(self._known.progress[name].requested, language),
                }
                for name, wish in self._ready.items()
                if not leaves
            ],
            opening=not self._turns,
            directive=self._describe_directive(),
            refused=refused,
            reason=reason,
        )

    def _list_unsaid(self, wish: TaskWish) -> list[str]:
        progress = self._known.progress[wish.id]
        unsaid = [slot for slot, value in wish.wishes.items() if progress.said.get(slot) != value]
        return unsaid + [slot for slot in wish.asks if slot not in progress.answered]

    def _describe_directive(self) -> dict[str, Any] | None:
        if self._directive is None:
            return None
        pack, language = self._user.pack, self._user.schema.language
        return {
            "note": self._directive.note,
            "say": pack.name_slots(self._directive.say, language),
            "withhold": pack.name_slots(self._directive.withhold, language),
        }

    def read(self, reply: UserReply) -> ToolTurn:
        """Return the turn of a reply.

        Raises:
            Refused: If a check fails.
        """
        spoken = tidy_text(reply.utterance)
        text = fold_text(spoken)
        said = [tokenize(turn.utterance) for turn in self._turns if turn.role == "user"]
        names = self._user.reader.entities
        if wrong := find_misstep("user", text, self._user.schema.language, names, said, has_spoken=bool(said)):
            raise Refused(str(wrong))
        if not reply.acts or len(reply.acts) > MAX_ACTS:
            raise Refused(f"no_act: say in acts what the utterance does, {MAX_ACTS} at most")
        acts = tuple(self._add_slip(self._read_act(one), text) for one in reply.acts)
        self._check_words(text, acts)
        if self._directive is not None:
            broken = find_unmet(self._directive, [act.act for act in acts], list_act_slots(acts))
            if broken:
                raise Refused(f"directive: {', '.join(broken)}")
        turn = ToolTurn(
            turn_id=len(self._turns),
            role="user",
            utterance=spoken,
            acts=acts,
            rules=tuple(self._list_rules(acts)),
            realisation="direct",
        )
        return turn.model_copy(update={"state": accumulate_acts((*self._turns, turn))})

    def _read_act(self, one: WantedAct) -> Act:
        if one.act == "thank":
            if self._open and not (self._directive is not None and self._directive.leave):
                raise Refused(f"open_wish: you still want {', '.join(self._ready)}")
            return Act(act="thank")
        wish = self._ready.get(one.task)
        if wish is None:
            told = ", ".join(self._ready) or "nothing: thank and go"
            raise Refused(f"unknown_wish: {one.task!r} is no wish that is open now; open: {told}")
        if one.act not in self._allowed[wish.id]:
            raise Refused(f"unknown_act: for {wish.id} you may {', '.join(self._allowed[wish.id])}, not {one.act!r}")
        opening = one.act == UserSimulator.name_opening(wish)
        return Act(
            act=one.act,
            task=wish.id,
            entity=self._known.find_entity(wish) if opening or one.act == "ask_waitlist" else "",
            other=wish.other if opening else "",
            inform={item.slot: self._read_value(item, wish) for item in one.inform},
            request=tuple(self._read_question(slot, wish) for slot in one.request),
        )

    def _add_slip(self, act: Act, text: str) -> Act:
        """Return an act with the values said by mistake beside the right ones: "Tuesday - no, Wednesday"."""
        wish = self._ready.get(act.task)
        if wish is None:
            return act
        said = self._known.progress[wish.id].said.values()
        wrong = {slot: wish.first[slot] for slot, value in act.inform.items() if wish.first.get(slot, value) != value}
        heard = {s: v for s, v in wrong.items() if v not in said and says_value(text, s, v, self._user.reader)}
        return act.model_copy(update={"slip": heard}) if heard else act

    def _read_value(self, item: SlotValue, wish: TaskWish) -> str:
        progress = self._known.progress[wish.id]
        if item.slot not in wish.wishes:
            if item.slot in progress.requested:
                return DONT_CARE
            raise Refused(f"unknown_value: you have no wish for {item.slot!r}")
        options = [values[item.slot] for values in (wish.wishes, wish.first, wish.tries) if item.slot in values]
        found = next((value for value in options if fold_text(item.value) == fold_text(value)), None)
        read = {mention.value for mention in self._user.reader.find_values(item.value) if mention.slot == item.slot}
        found = found or next((value for value in options if value in read), None)
        if found is None:
            raise Refused(f"unknown_value: your {item.slot} is {options[0]!r}, not {item.value!r}")
        return found

    def _read_question(self, slot: str, wish: TaskWish) -> str:
        if slot not in wish.asks:
            raise Refused(f"unknown_question: you want to know {', '.join(wish.asks) or 'nothing'}, not {slot!r}")
        return slot

    def _check_words(self, text: str, acts: Sequence[Act]) -> None:
        """Refuse words that lack what the acts state, or hold what they do not.

        Raises:
            Refused: With what is lacking or too much.
        """
        reader = self._user.reader
        stated = [(slot, value) for act in acts for slot, value in act.inform.items() if value != DONT_CARE]
        for slot, value in stated:
            if not says_value(text, slot, value, reader):
                raise Refused(f"unsaid_value: the words do not say that {slot} is {value!r}")
        told = {pair for turn in self._turns for act in turn.acts for pair in _list_pairs(act)}
        told |= {pair for act in acts for pair in act.slip.items()}
        asked = {self._user.pack.entity_slot, *(slot for act in acts for slot in act.request)}
        values = {value for _, value in (*stated, *told)}
        for mention in reader.find_values(text):
            known = mention.slot in asked or mention.value in values
            if not known and mention.value not in _list_differences(mention.slot, told):
                raise Refused(f"unstated_value: {mention.slot} {mention.value!r} stands in the words, not in acts")
        named = {name for turn in self._turns for act in turn.acts for name in (act.entity, act.other)}
        named |= {name for wish in self._open.values() for name in (wish.entity, wish.other)}
        for name in reader.find_entities(text):
            if name not in named:
                raise Refused(f"unknown_name: nobody has spoken of {name!r}")
        compared = next((act for act in acts if act.other), None)
        if compared is not None:
            # What the dialogue is about need not be named again.
            focus = next((act.entity for turn in reversed(self._turns) for act in turn.acts if act.entity), "")
            names = [name for name in (compared.entity, compared.other) if name != focus]
            if not all(says_name(text, name) for name in names):
                raise Refused(f"unsaid_name: name {' and '.join(map(repr, names))}")

    def _list_rules(self, acts: Sequence[Act]) -> Iterator[str]:
        """Yield the human rules a turn shows, as the simulator calls them."""
        for act in acts:
            wish = self._open.get(act.task)
            if wish is None:
                continue
            progress: Progress = self._known.progress[act.task]
            said = len(act.inform) + len(act.request)
            if act.act == "ask_offer" and not act.inform:
                yield "vague_first"
            elif said == 1 < len(wish.wishes) + len(wish.asks):
                yield "small_steps"
            if act.slip:
                yield "corrections"
            if any(slot in progress.said and progress.said[slot] != value for slot, value in act.inform.items()):
                yield "second_thoughts"


def _list_pairs(act: Act) -> Iterator[tuple[str, str]]:
    for values in (act.inform, act.tell, act.tell_other, act.slip):
        yield from values.items()


def _list_differences(slot: str, told: Iterable[tuple[str, str]]) -> set[str]:
    """Return the differences of the numbers a slot was said to have: "so $10 over"."""
    numbers = [float(value) for name, value in told if name == slot and value.replace(".", "", 1).isdigit()]
    return {f"{abs(left - right):g}" for left, right in combinations(numbers, 2)}

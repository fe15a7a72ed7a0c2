"""The direct agent with tools: a strong model decides calls, acts and words; code executes and checks them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from streamdial.domains import DomainPack
from streamdial.environment.matching import write_cell
from streamdial.environment.schema import Column, DomainSchema
from streamdial.environment.tools import REPLY, Toolbox, ToolSide
from streamdial.errors import ConfigurationError, ModelError
from streamdial.ids import dump_canonical_json
from streamdial.models import UNUSABLE, ChatMessage, ChatModel, ChatReply, ChatRequest, FunctionCall
from streamdial.models.structured import describe_validation_error, read_json
from streamdial.privacy import mask_personal_data
from streamdial.prompts import render_prompt
from streamdial.records import AgentPersona
from streamdial.slots import SlotReader
from streamdial.strategies import Directive, find_unmet
from streamdial.tooluse.agent import AgentPolicy, Caller, Speech
from streamdial.tooluse.attribution import Attribution
from streamdial.tooluse.claims import SUCCESSES
from streamdial.tooluse.dialogue_view import DialogueView
from streamdial.tooluse.grounding import Refused, ReplyCheck
from streamdial.tooluse.messages import THOUGHT, build_prompt
from streamdial.tooluse.planned_agent import PlannedAgent
from streamdial.tooluse.records import Act, Step, ToolTurn
from streamdial.tooluse.replies import NEEDS, Reply, add_thought, describe_reply, name_function, tidy_text
from streamdial.tooluse.talk_view import Advise, list_act_slots
from streamdial.tooluse.thoughts import Thoughts
from streamdial.tooluse.wording import PhraseWording

MAX_CALLS = 8
"""Calls of one turn, those with broken arguments included."""
MAX_TOKENS = 800


class DirectToolAgent:
    """An agent played by a strong model.

    It is offered the tools, and `reply` to speak by. What it wants to say is checked (see `ReplyCheck`): it is told
    what is wrong and asked again, and where that does not help the fallback speaks. A write it has made in the turn
    is told of then, so that nothing is done twice or left unsaid.

    Args:
        model: The model; it must know function calls.
        toolbox: The tools that act on the database.
        schema: The schema they work on.
        pack: The domain pack.
        reader: Reads values and names out of texts; knows the names of all that is sold.
        tools: All tools of the dialogue, where there are more than the toolbox's: simulated and external ones, too.
        persona: Who the account is; None for nobody in particular.
        fallback: Speaks where the model gives nothing usable; the planned agent by default.
        checks: Counted into: what was wrong, by name.
        reasks: How often a reply that was refused is asked for again in one turn.
        seed: Seed of the dialogue.
        advise: Asks the strategies of the agent's side; None where there are none.

    Raises:
        ConfigurationError: If a tool is called `reply`.
    """

    def __init__(
        self,
        model: ChatModel,
        toolbox: Toolbox,
        schema: DomainSchema,
        pack: DomainPack,
        reader: SlotReader,
        *,
        tools: ToolSide | None = None,
        persona: AgentPersona | None = None,
        fallback: AgentPolicy | None = None,
        checks: Counter[str] | None = None,
        reasks: int = 2,
        seed: int = 0,
        advise: Advise | None = None,
    ) -> None:
        self.advise = advise
        self.model = model
        self.toolbox = toolbox
        self.schema = schema
        self.checks = checks if checks is not None else Counter()
        self.reasks = reasks
        self.check = ReplyCheck(toolbox, reader, schema)
        self.functions = tuple(add_thought(tool, schema.language) for tool in (tools or toolbox).describe())
        if any(name_function(function) == REPLY for function in self.functions):
            raise ConfigurationError(f"a tool is called {REPLY!r}, by which the agent speaks.", fix="rename the tool")
        self.offered = (*self.functions, describe_reply(schema))
        self._phrases = PhraseWording(schema, pack, number=seed, reader=reader)
        self._fallback = fallback or PlannedAgent(toolbox, schema, pack, wording=self._phrases, seed=seed, number=seed)
        self._seed = seed
        self._history: tuple[list[ToolTurn], list[ChatMessage]] = ([], [])
        self._system = ChatMessage(role="system", content=_write_system(schema, pack, persona))

    async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
        """Return what is said next; the last turn must be the user's.

        Raises:
            ModelError: If a call of the model fails for another reason than an unusable answer.
        """
        turn = _Turn(self, turns, call)
        while turn.refused <= self.reasks:
            try:
                answer = await self.model.complete(self._build_request(turns, turn))
            except ModelError as error:
                if error.kind not in UNUSABLE:
                    raise
                self.checks[error.kind] += 1
                break
            if (speech := await turn.take(answer)) is not None:
                return speech
        done = self._tell_writes(turns, turn.steps)
        return done or await self._fallback.speak(turns, turn.call_once)

    def write_history(self, turns: Sequence[ToolTurn]) -> list[ChatMessage]:
        """Return the dialogue as messages; what was written before is not written anew."""
        known, messages = self._history
        if list(turns[: len(known)]) != known:
            known, messages = [], []
        messages = [*messages, *build_prompt(turns[len(known) :])]
        self._history = (list(turns), messages)
        return list(messages)

    def _build_request(self, turns: Sequence[ToolTurn], turn: _Turn) -> ChatRequest:
        return ChatRequest(
            messages=(self._system, *turn.messages),
            max_tokens=MAX_TOKENS,
            seed=self._seed % 100_000 * 1000 + len(turns) + turn.refused,
            tools=self.offered,
            tool_choice="required",
            purpose="agent_turn",
        )

    def _tell_writes(self, turns: Sequence[ToolTurn], steps: Sequence[Step]) -> Speech | None:
        """Return what is to be said of the writes of a turn, in words of the inventory; None where there are none."""
        acts = [act for step in steps if (act := self._describe_write(step)) is not None]
        if not acts:
            return None
        view = DialogueView(turns, f"{self._seed}", self._seed)
        text = self._phrases.join([self._phrases.word_act("agent", act, view, beside=acts) for act in acts])
        thought = Thoughts(self._phrases, self._seed).explain("say_done", acts[0], {}, len(turns))
        return Speech(text, tuple(acts), thought)

    def _describe_write(self, step: Step) -> Act | None:
        tool = self.toolbox.get(step.call.name)
        name = next((act for act, purpose in SUCCESSES.items() if tool is not None and purpose == tool.purpose), None)
        if name is None or not step.result.rows:
            return None
        row = step.result.rows[0]
        slots = {"confirm_change": tuple(step.call.arguments), "confirm_cancel": ()}.get(name, tuple(row))
        booking = {column.name for column in self.schema.booking}
        return Act(
            act=name,
            task=step.task,
            entity=str(row[self.schema.entity]),
            tell={slot: write_cell(row[slot]) for slot in slots if slot in booking and slot in row},
            reference=str(next(row[key] for key in ("booking_id", "hold_id", "waitlist_id") if key in row)),
        )


class _Asked(NamedTuple):
    """A call of the model's with its arguments read; None where they are no JSON object."""

    name: str
    arguments: dict[str, JsonValue] | None
    broken: str = ""


@dataclass
class _Turn:
    """One turn of the agent while it is made.

    Attributes:
        agent: Whose turn it is.
        turns: The dialogue so far.
        call: Makes a call.
        steps: Calls made so far.
        messages: The dialogue, the calls of this turn and what was wrong with them.
        refused: How often the model was told to speak again.
        tried: Calls the model has asked for.
    """

    agent: DirectToolAgent
    turns: Sequence[ToolTurn]
    call: Caller
    steps: list[Step] = field(default_factory=list)
    messages: list[ChatMessage] = field(default_factory=list)
    refused: int = 0
    tried: int = 0

    def __post_init__(self) -> None:
        self.messages = self.agent.write_history(self.turns)
        self.directive = self.agent.advise(self.turns) if self.agent.advise is not None else None
        if self.directive is not None:
            self.messages[-1] = _add_directive(self.messages[-1], self.directive, self.agent.schema)
        self.attribution = Attribution(self.turns, self.agent.schema)

    async def take(self, answer: ChatReply) -> Speech | None:
        """Make the calls of an answer; return its reply where it has one that passes."""
        asked = [_read_call(call, cut_off=answer.finish_reason == "length") for call in answer.tool_calls]
        if not asked:
            # Shown to the model as the call it should have been, so that the dialogue stays one of calls.
            self._refuse(_Asked(REPLY, {"utterance": answer.text}), f"no_call: speak by calling {REPLY}")
            return None
        calls = [one for one in asked if one.name != REPLY]
        for one in calls:
            await self._make(one, answer.text)
        if not calls:
            return self._read_reply(asked[0], answer)
        for one in asked:
            if one.name == REPLY:
                self.agent.checks["early_reply"] += 1
                self._answer(one, "early_reply: the results were not there yet; read them, then reply")
        return None

    async def call_once(self, name: str, arguments: Mapping[str, JsonValue], reasoning: str, task: str) -> Step:
        """Make a call, unless it was made in this turn for the same task and succeeded: its result is known."""
        for step in self.steps:
            same = (step.call.name, step.call.arguments, step.task) == (name, dict(arguments), task)
            if same and step.result.failure is None and step.result.fault is None:
                return step
        return await self.call(name, arguments, reasoning, task)

    async def _make(self, one: _Asked, beside: str) -> None:
        """Make a call, and add it to the messages with its result."""
        self.tried += 1
        if self.tried > MAX_CALLS:
            self._refuse(one, f"too_many_calls: {MAX_CALLS} calls a turn are enough; call {REPLY}")
            return
        if one.arguments is None:
            self.agent.checks["broken_arguments"] += 1
            self._answer(one, f"broken_arguments: no JSON object: {one.broken[:200]}")
            return
        arguments = dict(one.arguments)
        tool = self.agent.toolbox.get(one.name)
        own = tool is not None and any(parameter.name == THOUGHT for parameter in tool.parameters)
        thought = beside if own else str(arguments.pop(THOUGHT, "") or beside)
        task = self.attribution.find_for_call(tool.purpose if tool is not None else "other", arguments)
        step = await self.call(one.name, arguments, _clean_thought(thought), task)
        if step.result.failure is not None and step.result.failure.kind in ("unknown_tool", "invalid_arguments"):
            self.agent.checks[step.result.failure.kind] += 1
        self.steps.append(step)
        self.messages += build_prompt((), [step])

    def _read_reply(self, one: _Asked, answer: ChatReply) -> Speech | None:
        try:
            if one.arguments is None:
                kind = "truncated" if answer.finish_reason == "length" else "malformed"
                raise Refused(f"{kind}: the arguments are no JSON object")
            reply = Reply.model_validate(one.arguments)
            text, acts = self.agent.check.read(reply, self.turns, self.steps)
            if broken := _find_broken(self.directive, acts):
                raise Refused(f"directive: {', '.join(broken)}")
        except ValidationError as error:
            self._refuse(one, f"malformed: {describe_validation_error(error)}")
        except Refused as error:
            self._refuse(one, str(error))
        else:
            return Speech(text, acts, _clean_thought(reply.reasoning or answer.text), "direct")
        return None

    def _refuse(self, one: _Asked, reason: str) -> None:
        self.refused += 1
        self.agent.checks[reason.partition(":")[0]] += 1
        self._answer(one, reason)

    def _answer(self, one: _Asked, reason: str) -> None:
        """Show the model a call of its own and why it came to nothing.

        Arguments that are no JSON object are shown as an empty one: endpoints read them again and fail on them.
        """
        identity = f"refused_{len(self.turns)}_{len(self.messages)}"
        function = FunctionCall(id=identity, name=one.name, arguments=dump_canonical_json(one.arguments or {}))
        kind, _, message = reason.partition(": ")
        content = dump_canonical_json({"error": kind, "message": message})
        self.messages.append(ChatMessage(role="assistant", content="", tool_calls=(function,)))
        self.messages.append(ChatMessage(role="tool", content=content, tool_call_id=identity))


def _add_directive(message: ChatMessage, directive: Directive, schema: DomainSchema) -> ChatMessage:
    """Return the last message with what strategies want of the answer, behind what the user said."""
    told = render_prompt("tooluse_directive", schema.language, directive=directive)
    return message.model_copy(update={"content": f"{message.content}\n\n{told}"})


def _find_broken(directive: Directive | None, acts: Sequence[Act]) -> tuple[str, ...]:
    return find_unmet(directive, [act.act for act in acts], list_act_slots(acts)) if directive is not None else ()


def _read_call(call: FunctionCall, *, cut_off: bool) -> _Asked:
    """Return a call with its arguments, repaired like all JSON of models unless they were cut off.

    What does not end with the object may have been cut off as well, and a number with it: 22 of 220.
    """
    whole = not cut_off and call.arguments.rstrip("`;, \n\t").endswith("}")
    try:
        arguments = read_json(call.arguments or "{}", repair=whole)
        # Some models write the object into a text of JSON.
        arguments = read_json(arguments) if isinstance(arguments, str) and arguments else arguments
    except ValueError:
        return _Asked(call.name, None, call.arguments)
    return _Asked(call.name, arguments if isinstance(arguments, dict) else None, call.arguments)


def _clean_thought(text: str) -> str:
    return mask_personal_data(tidy_text(text), keep_public_addresses=True)


def _write_system(schema: DomainSchema, pack: DomainPack, persona: AgentPersona | None) -> str:
    language = schema.language

    def write(column: Column) -> str:
        name = f"{column.name} ({pack.slots[column.name].names[language]}"
        return f"{name}, {column.unit})" if column.unit else f"{name})"

    return render_prompt(
        "tooluse_agent",
        language,
        domain=pack.names[language],
        persona=persona,
        acts=NEEDS,
        slots=[write(column) for column in schema.columns],
        booking=[write(column) for column in schema.booking],
        days=schema.days,
        reply=REPLY,
    )

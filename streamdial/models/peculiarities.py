"""What endpoints do in ways of their own: what they refuse and how they say it, in tables; what is learnt of one.

The client for OpenAI-compatible endpoints and litellm share it. What an endpoint refuses by name is renamed or left
out, asked again once, and so for the rest of the run; each thing learnt is told once. The wordings are those of OpenAI,
Azure, vLLM, SGLang, llama.cpp, Ollama, Groq, Mistral, DeepSeek, DashScope, Zhipu, Anthropic and OpenRouter, as their
users report them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson

from streamdial.errors import ModelError
from streamdial.models._protocols import ChatReply, ChatRequest
from streamdial.models.failures import HEAD, LONGEST_WAIT

logger = logging.getLogger("streamdial.progress")

Options = dict[str, Any]
"""Parameters of a call in the OpenAI format, messages included."""

THINKING_ROOM = 4096
"""Tokens allowed beside the answer to a model that thinks before it speaks."""


_REFUSED = re.compile(
    r"unsupported|not (?:be )?support|n.t support|unrecogni[sz]ed|unknown|unexpected|extra.?(?:inputs|forbidden|fields)"
    r"|not (?:permitted|allowed|valid|available)|invalid|deprecated|should be|must be|only the default"
)
_FORMAT = re.compile(
    r"response.?format|json.?schema|json.?object|json.?mode|structured.?output|grammar|guided|invalid schema"
    r"|output_config"
)
_CHOICE = re.compile(r"tool.?choice|tool-call-parser")
_STREAM = re.compile(r"only supports? stream|stream mode|enable.{0,20}stream|stream.{0,30}(?:required|must|true)")
_FUNCTIONS = re.compile(
    r"tool.?choice|tool-call-parser|(?:tools?|function.?call\w*|tool use)\b.{0,40}\bnot (?:be )?support"
    r"|n[o']t support.{0,40}\b(?:tools?|function)|support tool use"
)


class Peculiarity(NamedTuple):
    """Something an endpoint refuses, and what is sent instead.

    Attributes:
        name: What it is called among what was learnt.
        told: What is told of it, once.
        concerns: Tells whether a refusal, in lower case, of such a call is about it.
        change: Changes the parameters of a call; takes the figure the refusal named, 0 where it names none.
    """

    name: str
    told: str
    concerns: Callable[[str, Options], bool]
    change: Callable[[Options, int], object]


def _names(parameter: str) -> Callable[[str, Options], bool]:
    """Return a test for refusals of a parameter by its name."""
    word = re.compile(rf"\b{parameter}\b")

    def concerns(said: str, sent: Options) -> bool:
        return parameter in sent and word.search(said) is not None and _REFUSED.search(said) is not None

    return concerns


def _asks_format(kind: str) -> Callable[[str, Options], bool]:
    def concerns(said: str, sent: Options) -> bool:
        return (sent.get("response_format") or {}).get("type") == kind and _FORMAT.search(said) is not None

    return concerns


def _chooses(choice: str) -> Callable[[str, Options], bool]:
    def concerns(said: str, sent: Options) -> bool:
        return sent.get("tool_choice") == choice and _CHOICE.search(said) is not None

    return concerns


_ROOM = ("max_tokens", "max_completion_tokens")
_MOST = re.compile(
    r"(?:at most|up to|less than or equal to|<=|maximum (?:value )?(?:is|of)|range of \w+ is \[\d+, ?) ?(\d+)"
)


def _find_room(said: str) -> int:
    """Return the largest answer a refusal allows, in tokens; 0 where it is about something else."""
    found = _MOST.search(said)
    return int(found[1]) if found and any(name in said for name in _ROOM) and "context" not in said else 0


def _limit_room(options: Options, most: int) -> None:
    for name in _ROOM:
        if name in options:
            options[name] = min(options[name], most)


def _rename_room(options: Options, _: int) -> None:
    if "max_tokens" in options:
        options["max_completion_tokens"] = options.pop("max_tokens")


def _leave_out(*names: str) -> Callable[[Options, int], None]:
    def change(options: Options, _: int) -> None:
        for name in names:
            options.pop(name, None)

    return change


def _ask_for_object(options: Options, _: int) -> None:
    asked = options.get("response_format")
    if asked and asked["type"] == "json_schema":
        _show_schema(options, asked["json_schema"]["schema"])
        options["response_format"] = {"type": "json_object"}


def _ask_in_words(options: Options, _: int) -> None:
    asked = options.pop("response_format", None)
    if asked and asked["type"] == "json_schema":
        _show_schema(options, asked["json_schema"]["schema"])


def _show_schema(options: Options, schema: Mapping[str, Any]) -> None:
    """Say in the prompt what the endpoint does not enforce; JSON mode also wants the word JSON in it."""
    *before, last = options["messages"]
    told = f"Answer with one JSON object that fits this JSON schema, and nothing else:\n{orjson.dumps(schema).decode()}"
    options["messages"] = [*before, {**last, "content": f"{last['content'] or ''}\n\n{told}"}]


def _choose_freely(options: Options, _: int) -> None:
    if options.get("tool_choice") == "required":
        options["tool_choice"] = "auto"


def _stream(options: Options, _: int) -> None:
    options["stream"] = True


def _join_system(options: Options, _: int) -> None:
    """Put what the system message says at the beginning of the first message."""
    first, *rest = options["messages"]
    if first["role"] == "system" and rest:
        told = f"{first['content']}\n\n{rest[0]['content'] or ''}"
        options["messages"] = [{**rest[0], "content": told}, *rest[1:]]


def _leave_room_for_thoughts(options: Options, _: int) -> None:
    """Leave room to think in, and cut the answer later: a stop sequence would stop the thinking."""
    for name in _ROOM:
        if name in options:
            options[name] += THINKING_ROOM
    options.pop("stop", None)


def _never(_: str, __: Options) -> bool:
    return False


THINKS = "thinks"
PECULIARITIES: tuple[Peculiarity, ...] = (
    Peculiarity(
        THINKS,
        f"thinks before it speaks: it gets {THINKING_ROOM:,} tokens more, and its thoughts are left out",
        _never,  # learnt from answers
        _leave_room_for_thoughts,
    ),
    Peculiarity(
        "stream",
        "only streams: answers are streamed",
        lambda said, sent: "stream" not in sent and _STREAM.search(said) is not None,
        _stream,
    ),
    Peculiarity(
        "max_completion_tokens",
        "does not take max_tokens: max_completion_tokens is sent",
        lambda said, sent: "max_tokens" in sent and "max_completion_tokens" in said,
        _rename_room,
    ),
    Peculiarity(
        "room",
        "allows shorter answers than asked for: fewer tokens are asked for",
        lambda said, sent: any(sent.get(name, 0) > (_find_room(said) or 1 << 60) for name in _ROOM),
        _limit_room,
    ),
    Peculiarity("max_tokens", "does not take max_tokens: it is left out", _names("max_tokens"), _leave_out(*_ROOM)),
    Peculiarity("temperature", "takes no temperature: none is sent", _names("temperature"), _leave_out("temperature")),
    Peculiarity("seed", "takes no seed: none is sent", _names("seed"), _leave_out("seed")),
    Peculiarity("stop", "takes no stop sequences: answers are cut here", _names("stop"), _leave_out("stop")),
    Peculiarity(
        "json_schema",
        "refuses the JSON schema: JSON mode is asked for, with the schema in the prompt",
        _asks_format("json_schema"),
        _ask_for_object,
    ),
    Peculiarity(
        "json_object",
        "refuses JSON mode: JSON is asked for in the prompt",
        _asks_format("json_object"),
        _ask_in_words,
    ),
    Peculiarity(
        "required_tool",
        "refuses tool_choice required: auto is sent, and an answer without a call is asked for again",
        _chooses("required"),
        _choose_freely,
    ),
    Peculiarity("tool_choice", "refuses tool_choice: it is left out", _chooses("auto"), _leave_out("tool_choice")),
    Peculiarity(
        "system",
        "has no system role: its text goes into the first message",
        lambda said, sent: re.search(r"system role|role.{0,10}system", said) is not None
        and len(sent["messages"]) > 1
        and sent["messages"][0]["role"] == "system"
        and _REFUSED.search(said) is not None,
        _join_system,
    ),
)  # fmt: skip
"""In the order in which they are tried and applied."""
NOTES: Mapping[str, str] = {
    "usage": "tells no token counts: they are estimated from the texts, for budgets too",
    "functions": "refuses function calls: code speaks instead. Start it with them (vLLM: --enable-auto-tool-choice and "
    "--tool-call-parser), or name another model",
    "retry_after": "asks to wait longer than {0:g} s: it is tried again sooner, and given up after the usual tries",
}
"""What is told once beside it."""


class EndpointHabits:
    """What was learnt of one endpoint in this run.

    Args:
        model_id: Name of the model in what is told.

    Attributes:
        learnt: Names of peculiarities and notes, in the order in which they were learnt, each with the figure that was
            named, else 0.
    """

    def __init__(self, model_id: str) -> None:
        self.learnt: dict[str, int] = {}
        self._model_id = model_id

    def adjust(self, options: Options) -> Options:
        """Return the parameters of a call as the endpoint takes them."""
        adjusted = dict(options)
        for one in PECULIARITIES:
            if one.name in self.learnt:
                one.change(adjusted, self.learnt[one.name])
        return adjusted

    def learn_refusal(self, said: str, sent: Options) -> bool:
        """Learn from a refusal; return whether asking again in another way makes sense.

        Args:
            said: Message, code and parameter of the error.
            sent: Parameters of the refused call.
        """
        head = said[:HEAD].lower()
        for one in PECULIARITIES:
            if one.concerns(head, sent):
                # Another call may have learnt it meanwhile, so that this one was sent before.
                self._keep(one.name, one.told, _find_room(head) if one.name == "room" else 0)
                return True
        return False

    def learn_thinking(self, finish: str, text: str, thoughts: str) -> bool:
        """Learn that the model thinks first from an answer of thoughts and nothing else; return whether that is new."""
        cut_off = finish == "length" or not text.strip()
        if THINKS in self.learnt or not thoughts or not cut_off:
            return False
        self._keep(THINKS, next(one.told for one in PECULIARITIES if one.name == THINKS))
        return True

    def note(self, name: str, *figures: float) -> None:
        """Tell of something in `NOTES`, once."""
        self._keep(name, NOTES[name].format(*figures))

    def describe(self) -> list[str]:
        """Return what was learnt, a sentence each."""
        told = {one.name: one.told for one in PECULIARITIES} | dict(NOTES)
        return [told[name] for name in self.learnt]

    def _keep(self, name: str, told: str, figure: int = 0) -> None:
        if name not in self.learnt:
            logger.info("%s %s", self._model_id, told)
        self.learnt[name] = min(self.learnt.get(name) or figure, figure)


Ask = Callable[[ChatRequest, Options], Awaitable[ChatReply | None]]


async def ask_until_taken(ask: Ask, request: ChatRequest, options: Options, habits: EndpointHabits) -> ChatReply:
    """Ask in the way an endpoint takes, learning from its refusals.

    Args:
        ask: Asks once; returns None where something was learnt from the answer.
        request: What is asked.
        options: Its parameters in the OpenAI format.
        habits: What was learnt of the endpoint.

    Raises:
        ModelError: What the call failed with in the end; of kind `functions` where the endpoint knows none.
    """
    for _ in range(len(PECULIARITIES) + 1):
        sent = habits.adjust(options)
        try:
            reply = await ask(request, sent)
        except ModelError as error:
            if error.kind not in ("request", "server") or not habits.learn_refusal(error.said, sent):
                raise _explain(error, sent, habits) from error
        else:
            if reply is not None:
                return reply
    raise AssertionError("unreachable: nothing is learnt twice")


def _explain(error: ModelError, sent: Options, habits: EndpointHabits) -> ModelError:
    if (error.retry_after or 0) > LONGEST_WAIT:
        habits.note("retry_after", LONGEST_WAIT)
    if error.kind in ("request", "server") and sent.get("tools") and _FUNCTIONS.search(error.said[:HEAD].lower()):
        habits.note("functions")
        return ModelError(error.what, transient=False, kind="functions", said=error.said)
    return error

"""The baseline of one prompt a dialogue: a model writes it whole, from persona and facts, and its turns are read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streamdial.dialogues.checks import clean_wording
from streamdial.dialogues.guided_prompts import describe_knowledge, describe_wishes
from streamdial.dialogues.person import read_turn
from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.models import ChatMessage, ChatModel, ChatRequest
from streamdial.planning import DialogueState
from streamdial.privacy import mask_personal_data
from streamdial.prompts import render_prompt
from streamdial.records import Role, Turn
from streamdial.slots import SlotReader

MAX_TOKENS = 2_000
MAX_THINGS = 20
"""Things on sale that the prompt tells of."""
TURNS = (12, 20)
"""How long the dialogue is to be."""
_LINE = re.compile(
    r"^[\s*#>-]*(?:\d+[.)]\s*)?[\s*]*(?P<role>customer|user|adviser|advisor|agent|顾客|客户|用户|顾问|客服)[\s*]*[:：][\s*]*(?P<text>.*)$",
    re.IGNORECASE,
)
_USERS = ("customer", "user", "顾客", "客户", "用户")


class OnePrompt:
    """A side of a dialogue that a model has written whole, in one call: it says its next line.

    What most data sets of this kind are made by; a baseline, with nothing checked and no turn asked again.

    Args:
        role: Whose side.
        model: The model; both sides share its answer, which is asked for at the dialogue's start.
        reader: Reads act and slots of a line.
    """

    def __init__(self, role: Role, model: ChatModel, reader: SlotReader) -> None:
        self._role: Role = role
        self._model = model
        self._reader = reader

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the next line as a turn, personal data masked; None where the dialogue is over.

        Raises:
            ModelError: If the call failed for good.
        """
        if state.written is None:
            state.written = await self._write(state)
        number = len(state.turns)
        if number >= len(state.written) or state.written[number][0] != self._role:
            return None
        text = mask_personal_data(state.written[number][1])
        return read_turn(self._role, text, state, self._reader).model_copy(update={"realisation": "direct"})

    async def _write(self, state: DialogueState) -> tuple[tuple[Role, str], ...]:
        pack, language = state.pack, state.language
        asked = render_prompt(
            "one_prompt",
            language,
            domain=pack.names[language],
            objective=state.user.objective.text,
            wishes=describe_wishes(state.user, pack, language),
            questions=[inquiry.text for inquiry in state.user.primary_inquiries if inquiry.text],
            identity=state.agent.identity.text,
            knowledge=describe_knowledge(state.knowledge, state.knowledge.entities[:MAX_THINGS], language),
            least=TURNS[0],
            most=TURNS[1],
        )
        request = ChatRequest(
            messages=(ChatMessage(role="user", content=asked),),
            max_tokens=MAX_TOKENS,
            seed=state.seed,
            purpose="one_prompt",
        )
        reply = await self._model.complete(request)
        lines = tuple(read_lines(reply.text))
        if reply.finish_reason != "stop" and lines:
            lines = lines[:-1]  # the last line was cut off
        if not lines:
            state.count_failure("one_prompt_unusable")
        return lines


def read_lines(text: str) -> Iterator[tuple[Role, str]]:
    """Yield (role, line) of a dialogue a model wrote, the user first, roles in turn.

    Lines of one role in a row are one; what stands before the user's first line, and what has no role, is left out.
    """
    held: tuple[Role, str] | None = None
    for found in map(_LINE.match, text.splitlines()):
        said = clean_wording(found["text"]) if found else ""
        if found is None or not said:
            continue
        role: Role = "user" if found["role"].lower() in _USERS else "agent"
        if held is None and role == "agent":
            continue
        if held is not None and held[0] == role:
            held = (role, f"{held[1]} {said}")
            continue
        if held is not None:
            yield held
        held = (role, said)
    if held is not None:
        yield held


def build_one_prompt(parts: PolicyParts) -> OnePrompt:
    """Return either side of the baseline.

    Raises:
        ConfigurationError: If there is no model.
    """
    return OnePrompt(parts.role, parts.require_model(), parts.reader)

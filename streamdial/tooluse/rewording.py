"""A model words what was decided: one sentence at a time, checked, with the template as the last resort."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

from streamdial.counts import Counts
from streamdial.dialogues import LineBank
from streamdial.dialogues.checks import check_wording, clean_wording
from streamdial.dialogues.drift import find_drift
from streamdial.dialogues.realising import build_examples
from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatModel, ChatRequest
from streamdial.prompts import render_prompt
from streamdial.records import Role
from streamdial.slots import DONT_CARE, SlotReader
from streamdial.tooluse.records import Act
from streamdial.tooluse.wording import TemplateWording

REWORDED: dict[Role, tuple[str, ...]] = {
    "user": ("inform", "ask_offer", "ask", "book"),
    "agent": ("recommend", "answer", "request"),
}
"""Acts a model may word. What was written to the database, what is full and who changes what is said by templates: a
small model's rewording turns it round."""
MAX_TOKENS = 60


class ModelWording:
    """Words acts with a model, by the prompts and checks of the planned realisation in `streamdial.dialogues`.

    Args:
        templates: What is reworded, and what is said where no rewording passes.
        model: The model.
        reader: Knows the names of everything the account sells.
        bank: Compares a sentence with its rewording.
        counts: Gets `asked`, `kept` and drops by the check that failed.
        reasks: How often the model is asked again.
    """

    def __init__(
        self,
        templates: TemplateWording,
        model: ChatModel,
        reader: SlotReader,
        bank: LineBank,
        counts: Counts,
        *,
        reasks: int = 1,
    ) -> None:
        self._templates = templates
        self._model = model
        self._reader = reader
        self._bank = bank
        self._counts = counts
        self._reasks = reasks

    async def word(
        self, role: Role, acts: Sequence[Act], prefixes: Sequence[str], rng: random.Random, said: Collection[str]
    ) -> str:
        """Return the words of a turn, see `TemplateWording.word`.

        Raises:
            ModelError: If a call itself fails.
        """
        sentences = list(prefixes)
        for act in acts:
            base = self._templates.word_act(role, act, rng, said)
            seed = rng.randrange(2**31)
            plain = act.act not in REWORDED[role] or act.slip or act.reference or DONT_CARE in act.inform.values()
            sentences.append(base if plain else await self._reword(role, act, base, seed, said) or base)
        return self._templates.join(sentences)

    async def _reword(self, role: Role, act: Act, base: str, seed: int, said: Collection[str]) -> str:
        """Return other words for a sentence, or none where no rewording passes."""
        plan = self._templates.build_plan(role, act)
        language = self._templates.language
        self._counts.asked += 1
        refused = ""
        for attempt in range(1 + self._reasks):
            line = render_prompt("reword_line", language, role=role, line=base, refused=refused)
            request = ChatRequest(
                messages=(*build_examples(language), ChatMessage(role="user", content=line)),
                max_tokens=MAX_TOKENS,
                seed=seed + attempt,
                stop=("\n",),
                purpose=f"{role}_turn",
            )
            try:
                reply = await self._model.complete(request)
            except ModelError as error:
                if error.kind not in ("empty", "malformed"):
                    raise
                self._counts.drop(error.kind)
                continue
            text = clean_wording(reply.text)
            failed = check_wording(
                text, plan, pack=self._templates.pack, language=language, reader=self._reader, earlier=said
            ) or await find_drift(base, text, plan, "", self._reader, self._bank)
            if failed is None:
                self._counts.kept += 1
                return text
            self._counts.drop(failed)
            refused = text
        return ""

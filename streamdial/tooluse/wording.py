"""From acts to words: sentences of the domain pack, and of this package for acts the packs have none for."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple, Protocol

import yaml
from pydantic import Field

from streamdial.dialogues import TurnPlan
from streamdial.dialogues.templates import fill_sentence
from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.records import FrozenModel, Language, Realisation, Role
from streamdial.slots import DONT_CARE, format_value, join_phrases
from streamdial.text import set_chinese_punctuation
from streamdial.tooluse.records import Act

OWN = ("confirm", "ask_hold", "hold", "revise")
"""Acts whose sentences in the packs speak of an appointment, or of giving way; they have their own here."""


class Words(FrozenModel):
    """Sentences of one language."""

    user: dict[str, tuple[str, ...]]
    agent: dict[str, tuple[str, ...]]
    reference: str
    slip: tuple[str, ...] = Field(min_length=1)
    hurry: tuple[str, ...]
    thanks: tuple[str, ...]
    next: tuple[str, ...]
    reasoning: dict[str, str]

    def get(self, role: Role, act: str) -> tuple[str, ...]:
        """Return the sentences of an act."""
        return (self.user if role == "user" else self.agent).get(act, ())


@cache
def load_words(language: Language) -> Words:
    """Return the sentences of a language that come with the package."""
    text = resources.files("streamdial.tooluse").joinpath("_words.yaml").read_text(encoding="utf-8")
    return Words.model_validate(yaml.safe_load(text)[language])


class Worded(NamedTuple):
    """The words of a turn.

    Attributes:
        text: The words.
        realisation: How they came about; of several sentences the first that is no template.
        evidence: Ids of the signals and seed turns they were taken from.
    """

    text: str
    realisation: Realisation = "template"
    evidence: tuple[str, ...] = ()


class Wording(Protocol):
    """Turns what user or agent have decided to do into words."""

    async def word(
        self,
        role: Role,
        acts: Sequence[Act],
        prefixes: Sequence[str],
        rng: random.Random,
        said: Collection[str],
        last: str = "",
    ) -> Worded:
        """Return the words of a turn that does these acts."""
        ...


class TemplateWording:
    """Words acts with templates alone.

    Args:
        schema: Gives the units of the values.
        pack: The domain pack.
    """

    def __init__(self, schema: DomainSchema, pack: DomainPack) -> None:
        self.schema = schema
        self.pack = pack
        self.language: Language = schema.language
        self._words = load_words(schema.language)
        self._packed = pack.templates[schema.language]
        self._units = {column.name: column.unit for column in (*schema.columns, *schema.booking)}

    async def word(
        self,
        role: Role,
        acts: Sequence[Act],
        prefixes: Sequence[str],
        rng: random.Random,
        said: Collection[str],
        last: str = "",
    ) -> Worded:
        """Return the words of a turn: the prefixes, then a sentence per act.

        Args:
            role: Who speaks.
            acts: What the turn does, in order.
            prefixes: Reactions and the like, said first.
            rng: Chooses among sentences.
            said: What was said before; a sentence that was not is preferred.
            last: What the other role has just said; nothing in an opening.
        """
        return Worded(self.join([*prefixes, *(self.word_act(role, act, rng, said) for act in acts)]))

    def join(self, sentences: Sequence[str]) -> str:
        """Return sentences as one turn, as the language writes it."""
        text = (" " if self.language == "en" else "").join(sentence for sentence in sentences if sentence)
        return set_chinese_punctuation(text) if self.language == "zh" else text

    def word_act(self, role: Role, act: Act, rng: random.Random, said: Collection[str] = ()) -> str:
        """Return the sentence of one act."""
        sentences = self._find_sentences(role, act)
        plan = self.build_plan(role, act)
        filled = [self._fill(act, plan, sentence) for sentence in sentences]
        text = rng.choice([line for line in filled if not any(line in earlier for earlier in said)] or filled)
        if act.slip:
            wrong = join_phrases(
                (format_value(self.pack, slot, value, self.language) for slot, value in act.slip.items()),
                self.language,
            )
            text = rng.choice(self._words.slip).replace("{wrong}", wrong) + text
        if act.reference and role == "agent" and act.act != "confirm_cancel":
            text += self._words.reference.replace("{reference}", act.reference)
        return text

    def count_sentences(self, role: Role, act: Act) -> int:
        """Return how many sentences there are for an act."""
        return len(self._find_sentences(role, act))

    def explain(self, thought: str, act: Act) -> str:
        """Return a line of the agent's reasoning: `search`, `book`, `retry`, ... filled with an act's values."""
        return self._fill(act, self.build_plan("agent", act), self._words.reasoning[thought])

    def _find_sentences(self, role: Role, act: Act) -> tuple[str, ...]:
        name = act.act
        if name == "inform" and act.inform and all(value == DONT_CARE for value in act.inform.values()):
            name = "no_preference"
        if name == "inform" and act.inform and all(self.pack.slots[slot].booking for slot in act.inform):
            name = "inform_booking"
        if name == "request" and all(self.pack.slots[slot].booking for slot in act.request):
            name = "request_booking"
        if name in ("book", "ask_hold") and not act.inform:
            name = f"{name}_bare"
        if name in ("recommend", "recover") and not act.tell:
            name = f"{name}_bare"
        if name == "ask_offer" and not act.inform:
            name = "ask_offer_bare"
        if name in ("ask", "ask_hold") and not act.entity:
            name = "ask_bare" if name == "ask" else "ask_hold_it"
        own = self._words.get(role, name)
        packed = self._packed.get(role, name)
        return (own or packed) if name in OWN else (packed or own)

    def _fill(self, act: Act, plan: TurnPlan, sentence: str) -> str:
        day = next(iter({**act.inform, **act.tell}.values()), "")
        for name, text in (("{day}", day), ("{reference}", act.reference)):
            sentence = sentence.replace(name, text.replace("{", "(").replace("}", ")"))
        return fill_sentence(sentence, plan, self.pack, self.language)

    def build_plan(self, role: Role, act: Act) -> TurnPlan:
        """Return an act as the plan of a turn of its own: what its words must state, with units."""
        return TurnPlan(
            role=role,
            act=act.act,
            stage="",
            entity=act.entity,
            other=act.other,
            inform=self._add_units(act.inform),
            request=act.request,
            tell=self._add_units(act.tell),
            tell_other=self._add_units(act.tell_other),
        )

    def _add_units(self, values: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
        return {slot: (value, self._units.get(slot)) for slot, value in values.items()}

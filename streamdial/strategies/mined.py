"""What strategies mine of a recording: dialogues its viewers and its account really had, in other terms than SSI's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.records import REQUESTED, AgentResponse, Language, Message, QAPair, SeedDialogue, Turn, UserQuestion
from streamdial.slots import SlotReader

if TYPE_CHECKING:
    from streamdial.signals import SignalSet
    from streamdial.signals.sentences import Sentence


OWN_LINES = "own_lines."
"""How moves of a mined line begin that name a question of its writer: by it all lines of a viewer are found."""


@dataclass(frozen=True)
class MinedRecording:
    """One recording after SSI.

    Attributes:
        id: Its id.
        language: Its language.
        pack: The vertical.
        signals: What SSI found.
        sentences: What was said, corrected, in order of time.
        embedder: Compares texts.
        iterate_messages: Yields chat and comments as they were written, masked; they may be many.
    """

    id: str
    language: Language
    pack: DomainPack
    signals: SignalSet
    sentences: Sequence[Sentence]
    embedder: Embedder
    iterate_messages: Callable[[], Iterator[Message]]

    @cached_property
    def questions(self) -> Mapping[str, UserQuestion]:
        """What viewers asked, by id."""
        return {question.id: question for question in self.signals.questions}

    @cached_property
    def responses(self) -> Mapping[str, AgentResponse]:
        """What the account answered, by id."""
        return {response.id: response for response in self.signals.responses}

    @cached_property
    def _strategies(self) -> Mapping[str, str]:
        return {use.response_id: use.strategy for use in self.signals.strategies}

    @cached_property
    def reader(self) -> SlotReader:
        """Reads values, and the names of what is sold."""
        return SlotReader(self.pack, self.language, self.signals.names)

    def build_seed(self, origin: str, turns: Sequence[Turn], *key: object) -> SeedDialogue:
        """Return a dialogue that a strategy found.

        Args:
            origin: The strategy's name.
            turns: Its turns.
            key: What its id is made of; what its turns rest on by default.
        """
        return SeedDialogue(
            id=make_id("mined", origin, self.id, *(key or ([turn.evidence for turn in turns],))),
            domain=self.pack.id,
            language=self.language,
            origin=origin,
            turns=tuple(turns),
        )

    def find_act(self, response: AgentResponse) -> str:
        """Return the act of a response, as its strategy has it; `answer` where it follows none of the pack."""
        known = self.pack.strategies.get(self._strategies.get(response.id, ""))
        return known.act if known else "answer"

    def build_exchange(self, pair: QAPair, number: int) -> tuple[Turn, Turn]:
        """Return a pair as two turns, the first with this number; each names its signal first among its evidence."""
        question, response = self.questions[pair.question_id], self.responses[pair.response_id]
        named = self._strategies.get(response.id, "")
        known = self.pack.strategies.get(named)
        entity, other = (*question.entities, "", "")[:2]
        asked = Turn(
            turn_id=number,
            role="user",
            utterance=question.text,
            act=question.act,
            inform=question.slots,
            request=dict.fromkeys(question.asks, REQUESTED),
            entity=entity,
            other=other,
            evidence=(question.id,),
        )
        told = Turn(
            turn_id=number + 1,
            role="agent",
            utterance=response.text,
            act=self.find_act(response),
            stage=known.stage if known else "",
            strategy=named if known else "",
            tell=response.tells,
            entity=next(iter(response.entities), ""),
            evidence=(response.id, pair.id),
        )
        return asked, told


def write_sentence(text: str, language: Language) -> str:
    """Return a line of chat as a sentence: with a capital and an end."""
    ending = "。" if language == "zh" else "."
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence[-1] in ".!?~。！？～" else f"{sentence}{ending}"


@dataclass(frozen=True)
class Mined:
    """What a strategy mined of a recording.

    Attributes:
        seeds: Dialogues. Each turn names the signal it was first among its evidence; a user of them is made out of
            each, and what was said before a viewer's line is known from them.
        refused: Ids of pairs that are none after all, each with the reason.
        notes: What is to be told of it.
    """

    seeds: tuple[SeedDialogue, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

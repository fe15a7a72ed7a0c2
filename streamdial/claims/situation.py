"""The situation something is said in: who speaks, about what, and what both sides know by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.planning import DialogueState
from streamdial.records import AgentPersona, Language, Role
from streamdial.slots import DONT_CARE, find_numbers
from streamdial.text import blank_names, find_phrase, fold_text


@dataclass(frozen=True)
class Situation:
    """What an utterance is judged against.

    Attributes:
        role: Who speaks.
        focus: The thing the talk is about; empty where it is about none yet.
        wishes: What the customer wishes for, by slot, as the persona has it.
        stated: What the customer has stated so far, by slot.
        said: What was said so far, in order: role and words.
        asked: Slots the other side asked for in its last turn.
        promises: Texts of what the account promises beside its knowledge base.
        known: More texts the speaker knows figures from: a customer's own questions.
    """

    role: Role
    language: Language
    knowledge: Knowledge
    focus: str = ""
    wishes: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, str] = field(default_factory=dict)
    said: tuple[tuple[Role, str], ...] = ()
    asked: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def pack(self) -> DomainPack:
        """The domain pack."""
        return self.knowledge.pack

    @cached_property
    def heard(self) -> frozenset[float]:
        """The figures the customer has named so far."""
        return list_figures(text for role, text in self.said if role == "user")

    @cached_property
    def told(self) -> frozenset[float]:
        """The figures the expert has named so far."""
        return list_figures(text for role, text in self.said if role == "agent")

    @cached_property
    def own(self) -> frozenset[float]:
        """The figures of a customer's wishes, statements and questions."""
        return list_figures((*self.wishes.values(), *self.stated.values(), *self.known))

    @property
    def last(self) -> str:
        """What the other side said last, empty where it has said nothing."""
        return self.said[-1][1] if self.said and self.said[-1][0] != self.role else ""

    @property
    def has_spoken(self) -> bool:
        """Whether the speaker has said something before."""
        return any(role == self.role for role, _ in self.said)


def list_figures(texts: Iterable[str]) -> frozenset[float]:
    """Return the numbers some texts state."""
    return frozenset().union(*map(_find_figures, texts))


@lru_cache(maxsize=4096)
def _find_figures(text: str) -> frozenset[float]:
    return frozenset(number.value for number in find_numbers(text))


_fold_text = lru_cache(maxsize=4096)(fold_text)
"""Each turn of a dialogue is looked at again before every turn that follows it."""


def list_promises(agent: AgentPersona, knowledge: Knowledge) -> tuple[str, ...]:
    """Return what an account promises beside its knowledge base.

    A promise about one thing with a figure that is not known of it was misheard, or two sentences run into one: it is
    left out.
    """
    return _list_borne_out(tuple(boundary.text for boundary in agent.service_boundaries), knowledge)


@lru_cache(maxsize=64)
def _list_borne_out(promises: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(promise for promise in promises if _is_borne_out(promise, knowledge))


def _is_borne_out(promise: str, knowledge: Knowledge) -> bool:
    lower = promise.lower()
    named = [name for name in knowledge.entities if find_phrase(lower, name.lower()) is not None]
    if len(named) != 1:
        return True
    rows = [row for row in knowledge.rows if row.entity in ("", named[0])]
    known = list_figures(text for row in rows for text in (row.value, row.text))
    # A small number in words is an idiom, and a name may hold figures.
    figures = find_numbers(blank_names(promise, named))
    return all(number.value in known for number in figures if promise[number.start].isdigit())


def describe_situation(state: DialogueState, role: Role) -> Situation:
    """Return the situation of a dialogue's next turn.

    Args:
        state: The dialogue so far.
        role: Who is about to speak.
    """
    last = state.last
    stated = {slot: value for slot, value in state.informed.items() if value}
    return Situation(
        role=role,
        language=state.language,
        knowledge=state.knowledge,
        focus=state.focus,
        wishes={wish.slot: wish.value for wish in state.wishes if wish.value != DONT_CARE},
        stated=stated,
        said=tuple((turn.role, _fold_text(turn.utterance)) for turn in state.turns),
        asked=tuple(last.request) if last is not None and last.role != role else (),
        promises=list_promises(state.agent, state.knowledge),
        known=tuple(inquiry.text for inquiry in state.user.primary_inquiries),
    )

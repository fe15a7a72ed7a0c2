"""Dialogues of public sets on their way to seed dialogues: acts, states and slots in one form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from streamdial.corpora._terms import load_terms
from streamdial.planning import USER_STAGES
from streamdial.records import REQUESTED, Language, Outcome, Role, SeedDialogue, Turn

_SERVICE_NUMBER = re.compile(r"_\d+$")
AGENT_STAGES = {
    "greet": "opening",
    "request": "needs_mining",
    "recommend": "recommendation",
    "recover": "recommendation",
    "answer": "clarification",
    "propose": "appointment",
    "confirm": "appointment",
    "close": "closing",
}


@dataclass(frozen=True)
class CorpusAct:
    """One annotated act: its name in the corpus, what it is about, and what it says."""

    act: str
    domain: str = ""
    slot: str = ""
    value: str = ""

    @property
    def name(self) -> str:
        """Slot with its domain, `hotel-area`; empty for an act about no slot."""
        return f"{self.domain}-{self.slot}" if self.slot else ""


@dataclass(frozen=True)
class CorpusTurn:
    """One turn: who says what, its acts, and the corpus' own state after it (user turns; None where it gives none)."""

    role: Role
    utterance: str
    acts: tuple[CorpusAct, ...] = ()
    state: Mapping[str, str] | None = None


@dataclass
class CorpusDialogue:
    """One dialogue as a corpus has it."""

    id: str
    language: Language
    turns: list[CorpusTurn] = field(default_factory=list)
    title: str = ""


@lru_cache(maxsize=1)
def _list_acts() -> dict[Role, list[tuple[str, str]]]:
    terms = load_terms("corpora")
    roles: tuple[tuple[Role, str], ...] = (("user", "user_acts"), ("agent", "agent_acts"))
    return {role: [(act, name) for act, names in terms[table].items() for name in names] for role, table in roles}


def split_slot(name: str) -> tuple[str, str]:
    """Return (domain, slot) of a corpus' slot name: (`Hotels`, `place_name`) of `Hotels_4-place_name`."""
    domain, _, slot = name.partition("-")
    return _SERVICE_NUMBER.sub("", domain), slot


def is_name(slot: str) -> bool:
    """Tell whether a slot holds the name of what is talked about."""
    return slot in load_terms("corpora")["name_slots"]


def find_pack(domain: str) -> str | None:
    """Return the pack a corpus' domain belongs to, or None."""
    known: Mapping[str, Any] | None = load_terms("corpora")["domains"].get(domain)
    return str(known["pack"]) if known else None


def make_seed(talk: CorpusDialogue) -> SeedDialogue:
    """Return a dialogue as a seed dialogue with the corpus' own slot names.

    A user turn informs what the corpus' state has after it and had not before, so that the union of what was informed
    is that state; a slot that a corpus takes back is informed with an empty value. A turn without an act that is known
    has none, unless it informs: a guessed act would make it an example of something it is not. The domain is that of
    the pack most of its turns belong to, else the corpus' own name of it.
    """
    known: dict[str, str] = {}
    entity = ""
    turns = []
    domains: dict[str, int] = {}
    for number, turn in enumerate(talk.turns):
        inform: dict[str, str] = {}
        if turn.role == "user" and turn.state is not None:
            inform = {name: value for name, value in turn.state.items() if known.get(name) != value}
            inform |= {name: "" for name, value in known.items() if value and name not in turn.state}
            known |= inform
        request, tell = {}, {}
        for act in turn.acts:
            if not act.name:
                continue
            if "request" in act.act.lower():
                request[act.name] = REQUESTED
            elif turn.role == "agent" and act.value:
                tell[act.name] = act.value
                entity = act.value if is_name(act.slot) else entity
        act_name = _name_act(turn, inform)
        stages = USER_STAGES if turn.role == "user" else AGENT_STAGES
        turns.append(
            Turn(
                turn_id=number,
                role=turn.role,
                utterance=turn.utterance,
                act=act_name,
                stage=stages.get(act_name, ""),
                inform=inform,
                request=request,
                tell=tell,
                entity=entity if tell else "",
            )
        )
        for domain in {split_slot(name)[0] for name in (*inform, *request, *tell)}:
            domains[domain] = domains.get(domain, 0) + 1
    return SeedDialogue(
        id=talk.id,
        domain=_choose_domain(domains),
        language=talk.language,
        title=talk.title,
        outcome=_tell_outcome(turns),
        turns=tuple(turns),
    )


def _choose_domain(domains: Mapping[str, int]) -> str:
    packs: dict[str, int] = {}
    for domain, count in domains.items():
        if pack := find_pack(domain):
            packs[pack] = packs.get(pack, 0) + count
    counted = packs or domains
    return max(sorted(counted), key=lambda name: counted[name]) if counted else "unknown"


def _tell_outcome(turns: Sequence[Turn]) -> Outcome:
    """Return how a dialogue ended: without anything told or fixed it is a drop-out."""
    acts = {turn.act for turn in turns if turn.role == "agent"}
    return "success" if acts & {"confirm", "recommend", "answer"} else "drop_out"


def _name_act(turn: CorpusTurn, inform: Mapping[str, str]) -> str:
    said = {act.act.lower() for act in turn.acts}
    for act in turn.acts:
        if is_name(act.slot):
            said.add(f"{act.act.lower()}-name")
    if (
        turn.role == "user"
        and said >= {"request-name"}
        and not any(act.act.lower() == "request" and not is_name(act.slot) for act in turn.acts)
    ):
        said.discard("request")  # who asks for a name asks for an offer
    found = next((act for act, name in _list_acts()[turn.role] if name in said), None)
    return found or ("inform" if inform else "")

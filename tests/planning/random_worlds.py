"""Random small accounts, customers and dialogues of the planners, for property tests."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from hypothesis import strategies as st

from streamdial.blueprints import BehaviourPlan, BlueprintRunner, induce_blueprint
from streamdial.blueprints.behaviours import BEHAVIOURS
from streamdial.domains import DomainPack, load_pack, load_seeds
from streamdial.environment.world import World
from streamdial.personas import Knowledge
from streamdial.planning import AgentPlanner, Beat, DialogueState, UserPlanner, draw_storyline, simulate
from streamdial.planning.storylines import Lent
from streamdial.records import (
    AgentPersona,
    AgentStyle,
    Blueprint,
    Constraint,
    Hardness,
    Inquiry,
    KnowledgeRow,
    Language,
    Observed,
    Outcome,
    Provenance,
    UserPersona,
    UserStyle,
    Utterance,
)

MAX_TURNS = 60
NAMES = ("Aster", "Calder", "Model 7", "Dune")
OUTCOMES: tuple[Outcome, ...] = ("success", "deferral", "drop_out", "hand_over")
HARDNESS: tuple[Hardness, ...] = ("must", "prefer", "flexible")
PACKS = ("automotive", "restaurant")
NUMBERS = {"price": (100, 900), "range": (200, 700), "seats": (2, 8), "people": (2, 8)}
HOURS = ("10:00-20:00", "11:00-15:00, closed on Monday", "12:00-22:00, closed on Sunday", "9:00-12:00")
DAYS = ("Monday", "Saturday", "Sunday", "this Friday", "next week", "tomorrow")
TIMES = ("9 am", "2 pm", "7:30 pm", "11 pm", "noon", "after work")


@dataclass(frozen=True, repr=False)
class Case:
    """Everything one dialogue of the planners depends on."""

    pack: DomainPack
    knowledge: Knowledge
    user: UserPersona
    outcome: Outcome
    behaviours: BehaviourPlan
    seed: int
    lent: Lent

    def __repr__(self) -> str:
        rows = {(row.entity, row.slot): row.value for row in self.knowledge.rows}
        wishes = [(wish.slot, wish.value, wish.hardness) for wish in self.user.constraints]
        asks = [(q.act, q.asks, q.entities) for q in self.user.primary_inquiries]
        return f"{self.pack.id} {rows} {wishes} {asks} {self.outcome} {self.behaviours} seed {self.seed} {self.lent}"

    @property
    def world(self) -> World:
        return World(self.knowledge, "en")

    def open_state(self) -> DialogueState:
        """The dialogue before its first turn."""
        agent, blueprint = induce_once(self.pack.id)
        path = next(path.name for path in blueprint.paths if path.outcome == self.outcome)
        return DialogueState(
            pack=self.pack,
            language="en",
            user=self.user,
            agent=agent,
            knowledge=self.knowledge,
            blueprint=blueprint,
            runner=BlueprintRunner(blueprint, path, self.pack, self.behaviours),
            rng=random.Random(self.seed),
            seed=self.seed,
        )

    def play(self) -> tuple[DialogueState, tuple[Beat, ...]]:
        """One storyline, followed to its end: the dialogue there and its steps."""
        state = self.open_state()
        mines = "requirement_mining" in self.behaviours.planned
        drawn = draw_storyline(self.user, self.world, self.outcome, str(self.seed), lent=self.lent, mines=mines)
        state.storyline = drawn
        agent = AgentPlanner(max_requests=drawn.mines, seed=drawn.seed)
        beats = simulate(state, UserPlanner(self.user, drawn), agent, max_turns=MAX_TURNS)
        return state, beats


def share(domain: str, language: Language = "en") -> dict[str, object]:
    return {"domain": domain, "language": language, "provenance": Provenance(source_id="s", derived_from=("q",))}


@lru_cache(maxsize=4)
def induce_once(domain: str) -> tuple[AgentPersona, Blueprint]:
    persona = AgentPersona.model_validate(
        {
            "id": f"agent-{domain}",
            "account": "orchard",
            "identity": Observed(text="a small business", evidence=("p",)),
            "style": AgentStyle(description="plain", sample_lines=()),
            "service_boundaries": (),
            **share(domain),
        }
    )
    seeds = load_seeds(load_pack(domain), "en")
    pack = load_pack(domain)
    return persona, induce_blueprint(persona, pack, strategies=(), questions={}, responses={}, pairs=(), seeds=seeds)


def draw_value(draw: st.DrawFn, pack: DomainPack, slot: str) -> str:
    schema = pack.slots[slot]
    if schema.values:
        return draw(st.sampled_from(list(schema.values)))
    if slot in NUMBERS:
        low, high = NUMBERS[slot]
        return str(draw(st.integers(low, high)))
    return "as written"


def build_row(pack: DomainPack, entity: str, slot: str, value: str) -> KnowledgeRow:
    schema = pack.slots[slot]
    number = float(value) if value.isdigit() else None
    unit = "USD" if schema.type == "money" else next(iter(schema.units), None)
    return KnowledgeRow.model_validate(
        {
            "id": f"k-{entity}-{slot}",
            "entity": entity,
            "slot": slot,
            "value": value,
            "number": number,
            "unit": unit if number is not None else None,
            "text": value,
            **share(pack.id),
        }
    )


@st.composite
def draw_cases(draw: st.DrawFn) -> Case:
    """An account with up to four things, a customer with up to four wishes, and how it is to end."""
    pack = load_pack(draw(st.sampled_from(PACKS)))
    told = [
        name
        for name, slot in pack.slots.items()
        if (slot.values and (slot.constraint or slot.stock)) or name in (*NUMBERS, "warranty", "dishes")
    ]
    rows = [
        build_row(pack, name, slot, draw_value(draw, pack, slot))
        for name in NAMES[: draw(st.integers(1, 4))]
        for slot in told
        if slot == pack.price_slot or draw(st.booleans()) or pack.slots[slot].stock
    ]
    if "opening_hours" in pack.slots and draw(st.booleans()):
        rows.append(build_row(pack, "", "opening_hours", draw(st.sampled_from(HOURS))))
    wished = [name for name in told if pack.slots[name].constraint]
    wishes = [
        Constraint(
            slot=slot, value=draw_value(draw, pack, slot), hardness=draw(st.sampled_from(HARDNESS)), evidence=("q",)
        )
        for slot in draw(st.lists(st.sampled_from(wished), max_size=4, unique=True))
    ]
    kinds = {pack.slots[slot].type: slot for slot in pack.list_slots(booking=True)}
    times = {kinds["date"]: draw(st.sampled_from(("", *DAYS))), kinds["time"]: draw(st.sampled_from(("", *TIMES)))}
    booked = [Constraint(slot=slot, value=value, evidence=("q",)) for slot, value in times.items() if value]
    lends = draw(st.booleans())
    inquiries = [
        Inquiry(
            text=f"words of question {number}",
            act=draw(st.sampled_from(("ask", "ask", "compare", "object", "negotiate"))),
            asks=tuple(draw(st.lists(st.sampled_from(told), max_size=2, unique=True))),
            entities=tuple(draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))),
            evidence=(f"q{number}",),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    user = UserPersona.model_validate(
        {
            "id": "user",
            "objective": Observed(text="something nice", evidence=("q",)),
            "constraints": (*wishes, *(() if lends else booked)),
            "primary_inquiries": tuple(inquiries),
            "potential_utterances": tuple(Utterance(text=f"line {n}", origin="own", evidence=("q",)) for n in range(5)),
            "style": UserStyle(mean_length=5, sample_lines=()),
            **share(pack.id),
        }
    )
    planned = frozenset(draw(st.sets(st.sampled_from(BEHAVIOURS), max_size=2)))
    avoided = frozenset(draw(st.sets(st.sampled_from(BEHAVIOURS), max_size=3))) - planned
    return Case(
        pack=pack,
        knowledge=Knowledge(rows, pack),
        user=user,
        outcome=draw(st.sampled_from(OUTCOMES)),
        behaviours=BehaviourPlan(planned, avoided),
        seed=draw(st.integers(0, 10_000)),
        lent=Lent(bookings=tuple(booked) if lends else ()),
    )

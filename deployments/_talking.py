"""`streamdial talk`: a dialogue at the terminal between a person and a persona of a run."""

from __future__ import annotations

import random
from pathlib import Path

import typer

from streamdial.blueprints import BlueprintRunner
from streamdial.dialogues import DialogueState, LineBank, Person, UserPolicy, collect_lines, run_dialogue
from streamdial.dialogues.agenda import Agenda
from streamdial.dialogues.agent_planner import AgentPlanner
from streamdial.dialogues.planned_policies import PlannedAgent, PlannedUser
from streamdial.dialogues.realising import Realiser
from streamdial.domains import load_pack, load_seeds
from streamdial.errors import ConfigurationError
from streamdial.models import build_chat_model, build_embedder
from streamdial.personas import Knowledge
from streamdial.pipeline import open_records
from streamdial.records import AgentPersona, Blueprint, Turn, UserPersona
from streamdial.slots import SlotReader

SIDES = ("user", "agent")
MAX_TURNS = 60


def _show(turn: Turn) -> None:
    typer.echo(f"{'customer' if turn.role == 'user' else 'expert'}: {turn.utterance}")


class _Shown:
    """A policy whose turns are shown as they are said."""

    def __init__(self, side: UserPolicy) -> None:
        self._side = side

    async def speak(self, state: DialogueState) -> Turn | None:
        turn = await self._side.speak(state)
        if turn is not None:
            _show(turn)
        return turn


async def hold_dialogue(folder: Path, *, side: str, model: str | None, seed: int, domain: str | None) -> None:
    """Let a person talk to a persona of a run, until one of them leaves.

    Args:
        folder: The run.
        side: The person's role, `user` or `agent`.
        model: Words the other role; real lines and templates by default.
        seed: Draws the personas.
        domain: Path of the domain pack, where it was a file of the person's own.

    Raises:
        ConfigurationError: If there is no such role, or the run has nobody to talk to.
    """
    if side not in SIDES:
        raise ConfigurationError(f"--as {side!r} is no side.", fix=f"write one of {', '.join(SIDES)}")
    with open_records(folder, None) as (store, known):
        users, agents = store.get("personas", UserPersona), store.get("personas", AgentPersona)
        blueprints = {blueprint.account: blueprint for blueprint in store.get("blueprints", Blueprint)}
    pack, draw = load_pack(domain or known), random.Random(seed)
    met = [agent for agent in agents if agent.account in blueprints]
    if not users or not met:
        raise ConfigurationError(f"{folder} has no personas with a blueprint.", fix="let the run finish first")
    agent = draw.choice(met)
    user = draw.choice([person for person in users if person.language == agent.language] or users)
    blueprint, language = blueprints[agent.account], agent.language
    knowledge = Knowledge(agent.knowledge, pack)
    reader = SlotReader(pack, language, knowledge.entities)
    bank = LineBank(collect_lines(reader, seeds=load_seeds(pack.id, language)), build_embedder("use-multilingual"))
    chosen = build_chat_model(model).model if model else None
    realiser = Realiser(bank, reader, chosen)
    state = DialogueState(
        pack=pack,
        language=language,
        user=user,
        agent=agent,
        knowledge=knowledge,
        blueprint=blueprint,
        runner=BlueprintRunner(blueprint, blueprint.paths[0].name, pack),
        rng=draw,
        seed=seed,
    )
    person = Person("user" if side == "user" else "agent", reader, _read_line)
    typer.echo(f"You are the {'customer' if side == 'user' else 'expert'}. An empty line ends the talk.")
    typer.echo(f"The expert: {agent.identity.text}" if side == "user" else f"The customer wants: {user.objective.text}")
    sides: dict[str, UserPolicy] = {
        "user": _Shown(PlannedUser(Agenda(user, (), max_inquiries=5), realiser)),
        "agent": _Shown(PlannedAgent(AgentPlanner(max_requests=2), realiser)),
        side: person,
    }
    _, reason = await run_dialogue(state, sides["user"], sides["agent"], max_turns=MAX_TURNS)
    typer.echo(f"({reason.replace('_', ' ')}; what was understood: {state.informed or 'nothing'})")
    if chosen is not None:
        await chosen.aclose()


def _read_line(_: DialogueState) -> str | None:
    try:
        return input("you: ")
    except EOFError:
        return None

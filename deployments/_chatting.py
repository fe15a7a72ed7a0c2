"""`streamdial chat`: a dialogue at the terminal between a person and a persona of a run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Literal

import typer

from streamdial.deployments._people import MAX_TURNS, NO_MATCH, RunPeople
from streamdial.dialogues import DialogueState, GenerationOptions
from streamdial.errors import ConfigurationError
from streamdial.models import ModelRuntime, build_chat_model
from streamdial.pipeline import LoadedRun
from streamdial.records import Dialogue, Turn

SIDES = ("user", "agent")


async def hold_dialogue(
    folder: Path,
    *,
    side: str,
    model: str | None,
    seed: int,
    domain: str | None,
    continued: str = "",
    after: int | None = None,
) -> None:
    """Let a person talk to a persona of a run until one of them leaves.

    Args:
        folder: The run.
        side: The person's role, `user` or `agent`.
        model: Words the other role; real lines and templates by default.
        seed: Draws the personas.
        domain: Path of the domain pack, where it was a file of the person's own.
        continued: Id, or how it begins, of a dialogue of the run that is continued.
        after: Turns of it that are kept; half of them by default.

    Raises:
        ConfigurationError: If there is no such role or dialogue, or the run has nobody to talk to.
    """
    if side not in SIDES:
        raise ConfigurationError(f"--as {side!r} is no side.", fix=f"write one of {', '.join(SIDES)}")
    role: Literal["user", "agent"] = "user" if side == "user" else "agent"
    people, draw = RunPeople.read(folder, domain), random.Random(seed)
    agent, blueprint = draw.choice(people.pairs)
    users = list(people.users.values())
    user = draw.choice([user for user in users if user.language == agent.language] or users)
    path, history = blueprint.paths[0].name, tuple[Turn, ...]()
    if continued:
        begun = _find_dialogue(folder, domain, continued)
        user = people.users[begun.user_persona_id]
        agent, blueprint = people.find_agent(begun)
        path, history = begun.path, begun.turns[: len(begun.turns) // 2 if after is None else after]
    chosen = ModelRuntime(build_chat_model(model).model) if model else None

    def show_other(turn: Turn) -> None:
        if turn.role != role:
            _show(turn)

    person = {role: "person"}
    maker = people.build_maker(
        agent,
        blueprint,
        agent.language,
        chosen,
        options=GenerationOptions(
            max_turns=MAX_TURNS, user_policy=person.get("user", ""), agent_policy=person.get("agent", "")
        ),
        ask=_read_line,
        listen=show_other,
    )
    typer.echo(f"You are the {'customer' if role == 'user' else 'agent'}. An empty line ends the dialogue.")
    typer.echo(f"The agent: {agent.identity.text}" if role == "user" else f"The customer wants: {user.objective.text}")
    for turn in history:
        _show(turn)
    made, _ = await maker.make(user, path=path, seed=seed, record_id="", match=NO_MATCH, history=history)
    state = ", ".join(f"{slot}={value}" for turn in made.turns for slot, value in turn.inform.items())
    typer.echo(f"({made.stop_reason.replace('_', ' ')}; what was understood: {state or 'nothing'})")
    if chosen is not None:
        await chosen.aclose()


def _find_dialogue(folder: Path, domain: str | None, continued: str) -> Dialogue:
    found = [d for d in LoadedRun(folder, domain=domain).all_dialogues if d.id.startswith(continued)]
    if len(found) != 1:
        raise ConfigurationError(
            f"{len(found)} dialogues of {folder} have an id that begins with {continued!r}.", fix="give one id"
        )
    return found[0]


def _show(turn: Turn) -> None:
    typer.echo(f"{'customer' if turn.role == 'user' else 'agent'}: {turn.utterance}")


def _read_line(_: DialogueState) -> str | None:
    try:
        return input("you: ")
    except EOFError:
        return None

"""`streamdial continue`: dialogues of a run go on anew from a turn of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from streamdial.deployments._people import RunPeople
from streamdial.dialogues import DialogueMaker, GenerationOptions
from streamdial.errors import ConfigurationError
from streamdial.files import write_atomically
from streamdial.ids import make_id
from streamdial.models import ModelRuntime, build_chat_model
from streamdial.pipeline import LoadedRun
from streamdial.records import Dialogue, Language, Lineage
from streamdial.strategies import AdvisingStrategy, open_strategy


async def continue_dialogues(
    folder: Path,
    out: Path,
    *,
    count: int,
    after: int | None,
    seed: int,
    strategies: Sequence[str] = (),
    model: str | None = None,
    api_base: str | None = None,
    domain: str | None = None,
) -> None:
    """Write dialogues that begin as those of a run do and go on otherwise, each with its parent's id.

    Args:
        folder: The run.
        out: JSON lines file of dialogues.
        count: Dialogues taken, in the run's order; all where there are fewer.
        after: Turns that are kept; half of each by default. Of one that is shorter all but its last are.
        seed: Decides how they go on.
        strategies: Names of strategies that advise on the new turns.
        model: Words the new turns; real lines and the inventory by default.
        api_base: Address of its endpoint.
        domain: Path of the domain pack, where it was a file of one's own.

    Raises:
        ConfigurationError: If the run has no dialogues, or there is no strategy of a name.
    """
    opened = [open_strategy(name) for name in strategies]
    if idle := [one.NAME for one in opened if not isinstance(one, AdvisingStrategy)]:
        raise ConfigurationError(
            f"strategy {idle[0]} says nothing about single turns.", fix="give one of the kind user or agent"
        )
    run, people = LoadedRun(folder, domain=domain), RunPeople.read(folder, domain)
    # Users of derived dialogues are in the data set alone, where the filter kept one.
    users = {**people.users, **run.dataset.users}
    begun = [dialogue for dialogue in run.all_dialogues if dialogue.user_persona_id in users][:count]
    if not begun:
        raise ConfigurationError(f"{folder} holds no dialogues.", fix="let the run finish first")
    chosen = ModelRuntime(build_chat_model(model, api_base=api_base).model) if model else None
    options = GenerationOptions(realisation="guided" if chosen else "planned", max_turns=40)
    made: list[Dialogue] = []
    makers: dict[tuple[str, str, Language], DialogueMaker] = {}
    lost: Counter[str] = Counter()
    for number, dialogue in enumerate(begun):
        history = dialogue.turns[: min(len(dialogue.turns) // 2 if after is None else after, len(dialogue.turns) - 1)]
        agent, blueprint = people.find_agent(dialogue)
        key = (agent.id, blueprint.id, dialogue.language)
        if key not in makers:
            makers[key] = people.build_maker(agent, blueprint, dialogue.language, chosen, options=options)
        one, fault = await makers[key].make(
            users[dialogue.user_persona_id],
            path=dialogue.path,
            seed=seed + number,
            record_id=make_id("continued", dialogue.id, len(history), seed, [one.NAME for one in opened]),
            match=dialogue.match,
            number=number,
            history=history,
            strategies=opened,
        )
        if fault is not None:
            lost[fault] += 1
            continue
        parent = Lineage(kind="derive", name="continue", parents=(dialogue.id,), options={"after": len(history)})
        made.append(one.model_copy(update={"lineage": (parent, *one.lineage)}))
    write_atomically(out, "".join(f"{one.model_dump_json()}\n" for one in made))
    if chosen is not None:
        await chosen.aclose()
    told = ", ".join(f"{reason.replace('_', ' ')} {number}" for reason, number in lost.most_common())
    typer.echo(f"written: {out}: {len(made)} dialogues of {len(begun)}{f'; dropped: {told}' if told else ''}")

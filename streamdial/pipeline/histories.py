"""Histories: dialogues of a base run that are continued with tools, and the turns they may be cut after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from streamdial.counts import Counts
from streamdial.pipeline.run import Run
from streamdial.records import Dialogue, Language, Turn

ENDING = ("thank", "close", "confirm", "hold")
"""Acts before which a dialogue is cut: goodbye is said, or something stands that no database of ours knows of."""
ASKING = ("request", "propose")
"""Acts of an agent after which its customer answers, and does not begin with something else."""


def list_histories(
    run: Run,
    shards: Iterable[str],
    experts: Mapping[tuple[str, str], Language],
    users: Mapping[str, Any],
    counts: Counts,
) -> list[dict[str, Any]]:
    """Return the dialogues that can be continued, each with the numbers of the turns after which it can.

    Args:
        run: The run.
        shards: Names of the base run's shards in this run's folder.
        experts: (agent persona, blueprint) ids of the agents that have a database, to its language.
        users: The user personas by id.
        counts: Gets `asked`, `made`, `kept` and the drops `other_people` (the agent has no database, or the user does
            not speak its language), `other_language` (of the words) and `no_cut` (no turn of the agent to go on from).
    """
    found = []
    for shard in shards:
        for number, line in enumerate(run.files.read_lines(shard)):
            dialogue = Dialogue.model_validate(line)
            counts.asked += 1
            counts.made += 1
            pair = (dialogue.agent_persona_id, dialogue.blueprint_id)
            cuts = _list_cuts(dialogue.turns)
            if pair not in experts or dialogue.user_persona_id not in users:
                counts.drop("other_people")
            elif dialogue.language != experts[pair]:
                counts.drop("other_language")
            elif not cuts:
                counts.drop("no_cut")
            else:
                counts.kept += 1
                found.append(
                    {
                        "user": dialogue.user_persona_id,
                        "agent": pair[0],
                        "blueprint": pair[1],
                        "match": dialogue.match.model_dump(),
                        "history": [shard, number, dialogue.id],
                        "cuts": cuts,
                    }
                )
    return found


def _list_cuts(turns: tuple[Turn, ...]) -> list[int]:
    stop = next((number for number, turn in enumerate(turns) if turn.act in ENDING), len(turns))
    return [number for number, turn in enumerate(turns[:stop], 1) if turn.role == "agent" and turn.act not in ASKING]


def read_history(run: Run, entry: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Return the turns an assignment continues; none where it begins anew."""
    if entry["history"] is None:
        return ()
    shard, number, identity = entry["history"]
    key = ("history", shard)
    if key not in run.shared:
        run.shared[key] = list(run.files.read_lines(shard))
    dialogue = Dialogue.model_validate(run.shared[key][number])
    assert dialogue.id == identity
    return dialogue.turns[: entry["cut"]]

"""Results of steps kept in the folder of a run, for runs without Prefect: no step is done twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter

from streamdial.files import write_atomically
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.pipeline.blueprints import make_blueprint
from streamdial.pipeline.dialogues import assign_run, make_shard
from streamdial.pipeline.given_agents import load_given_agents
from streamdial.pipeline.personas import make_agent_persona, make_user_personas
from streamdial.pipeline.run import Run
from streamdial.pipeline.signals import ingest_recording
from streamdial.pipeline.tool_accounts import load_base, make_table_account
from streamdial.pipeline.tool_dialogues import assign_tool_run, make_environment, make_tool_shard

Answer = TypeVar("Answer")
KEPT: tuple[Callable[..., Any], ...] = (
    ingest_recording,
    make_user_personas,
    make_agent_persona,
    make_blueprint,
    load_given_agents,
    assign_run,
    make_shard,
    make_table_account,
    load_base,
    make_environment,
    assign_tool_run,
    make_tool_shard,
)
"""Steps whose result stays valid while run, store and arguments are the same."""


async def keep_answer(step: Callable[..., Awaitable[Answer]], run: Run[Any], /, *given: Any) -> Answer:  # noqa: ANN401
    """Carry out a step of a run, or return its earlier result."""
    if step not in KEPT:
        return await step(run, *given)
    adapter: TypeAdapter[Answer] = TypeAdapter(get_type_hints(step)["return"])
    decisive = [step.__name__, run.store_mark, run.workspace.fingerprint, run.settings.scale.storage, *given]
    path = run.workspace.root / "cache" / "steps" / f"{hash_text(dump_canonical_json(decisive))[:24]}.json"
    if path.is_file():
        return adapter.validate_json(path.read_bytes())
    answer = await step(run, *given)
    write_atomically(path, adapter.dump_json(answer).decode())
    return answer

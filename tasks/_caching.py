"""When a task's result can be used again, and which failures are worth another try."""

from __future__ import annotations

from typing import Any

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext

from streamdial.errors import ModelError, StoreError, StreamDialError
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.pipeline import BaseSettings, Run, RunSettings, open_run

UNKEYED = ("settings", "broker")
"""Arguments that are no part of a key: settings stand in the fingerprint, and who allows calls decides no answer."""


def compute_cache_key(context: TaskRunContext, arguments: dict[str, Any]) -> str | None:
    """Return what decides a task's result: the task and its version, the run's folder and fingerprint, its arguments.

    The Prefect run is no part of it, so a killed or repeated run takes up where it was. A new folder has a new
    instance id, and a new or another store a new mark: results that speak of records that are gone are never used.
    """
    run = _open(arguments)
    return _hash_arguments(context, arguments, run, run.store_mark)


def compute_shard_key(context: TaskRunContext, arguments: dict[str, Any]) -> str | None:
    """Return what decides a shard: as `compute_cache_key`, without the store, which a shard does not read."""
    return _hash_arguments(context, arguments, _open(arguments), "")


def _open(arguments: dict[str, Any]) -> Run:
    settings = arguments["settings"]
    return open_run(settings if isinstance(settings, BaseSettings) else RunSettings.model_validate(settings))


def _hash_arguments(context: TaskRunContext, arguments: dict[str, Any], run: Run, mark: str) -> str:
    workspace, place = run.workspace, run.settings.scale.storage
    others = {name: value for name, value in sorted(arguments.items()) if name not in UNKEYED}
    body = [context.task.task_key, context.task.version, workspace.instance, mark, workspace.fingerprint, place, others]
    return hash_text(dump_canonical_json(body))


async def is_worth_retrying(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Tell whether a failure may pass by itself; wrong settings and unreadable sources do not."""
    try:
        await state.aresult()
    except (ModelError, StoreError) as error:
        return error.transient
    except StreamDialError:
        return False
    except Exception:
        return True
    return False


RETRIED: dict[str, Any] = {
    "retries": 3,
    "retry_delay_seconds": [2, 10, 30],
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_worth_retrying,
}
"""For tasks whose answer is files that take seconds to write: they are written anew, so that they are really there."""
CACHED: dict[str, Any] = {**RETRIED, "persist_result": True, "cache_key_fn": compute_cache_key}
CACHED_SHARD: dict[str, Any] = {**CACHED, "cache_key_fn": compute_shard_key}

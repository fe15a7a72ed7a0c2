"""The flow `reap`: finds runs whose process is gone and starts them again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventOrder, EventResourceFilter
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry, Cancelled, Crashed

HEARTBEAT = "prefect.flow-run.heartbeat"
TAG = "streamdial"
_ALIVE = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_PAGE = 200


@flow(name="reap")
async def reap(
    silent_seconds: float = 750.0,
    settled_seconds: float = 30.0,
    crashed_seconds: float = 3600.0,
    max_starts: int = 5,
) -> dict[str, list[str]]:
    """Look for runs of our deployments that died, and start them again: they take up where they were.

    A worker that sees the process of a run die says so: `Crashed`. A machine that is gone leaves its runs `Running` or
    `Pending` for ever; one that lives sends a heartbeat, every 180 s unless `PREFECT_FLOWS_HEARTBEAT_FREQUENCY` says
    otherwise.

    Args:
        silent_seconds: A run that has sent nothing for so long is taken for dead: at least four heartbeats.
        settled_seconds: A run that crashed less long ago waits: its worker tells of a crash twice within some seconds,
            and the second time would end what was started again.
        crashed_seconds: A run that crashed longer ago is left alone.
        max_starts: A run that was started so often and died each time stays crashed, for people to look at.

    Returns:
        Names of the runs that were started again (`started`), ended as cancelled (`cancelled`), given up (`given_up`).
    """
    logger = get_run_logger()
    told: dict[str, list[str]] = {"started": [], "cancelled": [], "given_up": []}
    now = datetime.now(UTC)
    async with get_client() as client:
        for run in await _list_runs(client, [*_ALIVE, StateType.CRASHED]):
            crashed = run.state_type is StateType.CRASHED
            quiet = (now - await _find_last_sign(client, run)).total_seconds()
            is_due = settled_seconds < quiet < crashed_seconds if crashed else quiet > silent_seconds
            if str(run.id) == str(flow_run.id) or not is_due:
                continue
            message = "its process died" if crashed else f"silent for more than {silent_seconds:.0f} s"
            await _end_children(client, run.id, message)
            if run.state_type is StateType.CANCELLING:
                await client.set_flow_run_state(run.id, Cancelled(message=message))
                told["cancelled"].append(run.name)
                continue
            if not crashed:
                await client.set_flow_run_state(run.id, Crashed(message=message))
            if run.run_count >= max_starts:
                told["given_up"].append(run.name)
                continue
            await client.set_flow_run_state(run.id, AwaitingRetry(message=message, scheduled_time=now))
            told["started"].append(run.name)
    for what, names in told.items():
        for name in names:
            logger.warning("%s: %s", what.replace("_", " "), name)
    return told


async def _list_runs(client: PrefectClient, states: list[StateType]) -> list[FlowRun]:
    """Return the runs of our deployments in these states, the oldest first."""
    found: list[FlowRun] = []
    while True:
        page = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states))),
            deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])),
            sort=FlowRunSort.START_TIME_ASC,
            limit=_PAGE,
            offset=len(found),
        )
        found += page
        if len(page) < _PAGE:
            return found


async def _find_last_sign(client: PrefectClient, run: FlowRun) -> datetime:
    """Return when a run last said something: its last heartbeat or its last change of state."""
    since = datetime.now(UTC) - timedelta(days=1)
    events = await client.read_events(
        EventFilter(
            occurred=EventOccurredFilter(since=since),
            event=EventNameFilter(name=[HEARTBEAT]),
            resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
            order=EventOrder.DESC,
        ),
        limit=1,
    )
    signs = [datetime.fromisoformat(str(event.occurred)) for event in events.events]
    if run.state is not None:
        signs.append(datetime.fromisoformat(str(run.state.timestamp)))
    return max(signs, default=since)


async def _end_children(client: PrefectClient, run_id: UUID, message: str) -> None:
    """Mark the sub-flows of a dead run as crashed; its next start makes new ones."""
    children = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run_id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_ALIVE)),
        )
    )
    # A run a deployment started, by `poll` for instance, lives by itself.
    for child in (child for child in children if child.deployment_id is None):
        await client.set_flow_run_state(child.id, Crashed(message=message))

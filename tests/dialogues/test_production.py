"""Many dialogues side by side: what fails harms no other, what a budget forbids is left."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.dialogues import Tally, produce
from streamdial.errors import ModelError, StoreError


async def run(
    faults: dict[int, Exception], count: int = 8, open_at_once: int = 3
) -> tuple[Tally, list[int], list[tuple[int, str]]]:
    made: list[int] = []
    failed: list[tuple[int, str]] = []
    tally = Tally(whole=count)

    async def make(job: int) -> None:
        await asyncio.sleep(0)
        if job in faults:
            raise faults[job]
        made.append(job)

    await produce(
        range(count), make, lambda job, kind, _: failed.append((job, kind)), tally=tally, open_at_once=open_at_once
    )
    return tally, sorted(made), failed


def broken(kind: str) -> ModelError:
    return ModelError("no", transient=False, kind=kind)


@given(st.dictionaries(st.integers(0, 7), st.sampled_from(["server", "bug"])), st.integers(1, 10))
def test_every_dialogue_is_made_or_failed_and_none_twice(faults: dict[int, str], open_at_once: int) -> None:
    given_faults = {job: KeyError("x") if kind == "bug" else broken(kind) for job, kind in faults.items()}
    tally, made, failed = asyncio.run(run(given_faults, open_at_once=open_at_once))
    assert made == [job for job in range(8) if job not in faults]
    assert {job for job, _ in failed} == set(faults)
    assert (tally.done, tally.failed, tally.running, tally.left) == (8 - len(faults), len(faults), 0, 0)


async def test_a_fault_of_ours_is_told_as_one() -> None:
    _, _, failed = await run({2: KeyError("slot"), 3: broken("server")})
    assert sorted(failed) == [(2, "error"), (3, "server")]


async def test_after_a_used_up_budget_nothing_new_is_begun_and_the_rest_is_left() -> None:
    tally, made, failed = await run({3: broken("budget")}, open_at_once=1)
    assert (made, failed) == ([0, 1, 2], [])
    assert (tally.done, tally.left, tally.failed) == (3, 5, 0)


async def test_a_full_disk_stops_everything() -> None:
    with pytest.raises(StoreError, match="disk"):
        await run({1: StoreError("the disk is full")})


async def test_no_more_are_open_than_allowed() -> None:
    inside, most = 0, 0

    async def make(_: int) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1

    await produce(range(50), make, lambda *_: None, tally=Tally(whole=50), open_at_once=7)
    assert most == 7

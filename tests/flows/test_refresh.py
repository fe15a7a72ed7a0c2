"""K brought up to date: the real flow and store, pages that change on disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamdial.flows import refresh_knowledge, stream
from streamdial.models import CachedEmbedder, ModelChoice
from streamdial.pipeline import RunSettings, close_run, open_run
from streamdial.records import AgentPersona, KnowledgeRow
from streamdial.testing import EchoChatModel, HashingEmbedder
from tests.conftest import ROOT

pytestmark = pytest.mark.prefect
ROOM = "望湖大床房"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSettings:
    model = EchoChatModel()
    monkeypatch.setattr("streamdial.pipeline.run.build_chat_model", lambda *_, **__: ModelChoice(model, "planned", 4))
    monkeypatch.setattr(
        "streamdial.pipeline.run.build_embedder", lambda _, path: CachedEmbedder(HashingEmbedder(256), path)
    )
    shutil.copytree(ROOT / "examples" / "hotel_live_zh", tmp_path / "source")
    return RunSettings(
        domain="hotel",
        sources=(str(tmp_path / "source"),),
        screen_text="off",
        out=str(tmp_path / "run"),
        dialogues=4,
        min_turns=2,
        mode="reworded",
    )


@pytest.fixture
def _server(prefect_server: str) -> Iterator[None]:
    yield


def change_price(settings: RunSettings, before: str, after: str) -> None:
    for page in (Path(settings.sources.paths[0]) / "pages").glob("*.html"):
        page.write_text(page.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


async def read_prices(settings: RunSettings) -> tuple[dict[str, bool], set[str]]:
    """Return the room's prices in the store and whether each holds, and what agent personas say of it."""
    run = open_run(settings)
    rows = [row for row in run.store.get("knowledge", KnowledgeRow) if (row.entity, row.slot) == (ROOM, "price")]
    personas = run.store.get("personas", AgentPersona)
    told = {row.value for one in personas for row in one.knowledge if (row.entity, row.slot) == (ROOM, "price")}
    await close_run(settings)
    return {row.value: row.replaced_by is None for row in rows}, told


async def test_a_changed_page_replaces_the_fact_and_keeps_the_old_one(settings: RunSettings, _server: None) -> None:
    await stream(settings)
    before, told = await read_prices(settings)
    (price,) = [value for value, holds in before.items() if holds]
    assert told == {price}

    change_price(settings, price, "777")
    refreshed = await refresh_knowledge(settings)
    (changes,) = refreshed["changes"].values()
    assert any(f"{ROOM}, price: {price} until" in change and change.endswith("now 777") for change in changes)
    after, _ = await read_prices(settings)
    assert after["777"] is True
    assert after[price] is False

    # Nothing changed since: nothing is told, and what holds still holds.
    again = await refresh_knowledge(settings)
    assert [change for told in again["changes"].values() for change in told] == []
    assert (await read_prices(settings))[0] == after

    # The next run is built on the new K, also where a second change comes on the same day.
    change_price(settings, "777", "888")
    summary = await stream(settings.replace(refresh=True))
    assert "knowledge refreshed" in {report["phase"] for report in summary["counts"]}
    prices, told = await read_prices(settings)
    assert [value for value, holds in prices.items() if holds] == ["888"]
    assert "888" in told


async def test_a_fact_that_vanished_from_its_page_is_kept_and_no_longer_told(
    settings: RunSettings, _server: None
) -> None:
    await stream(settings)
    # The cell is left empty; the page's other facts are still there, and nobody ever said this one.
    change_price(settings, "34平米", "")
    refreshed = await refresh_knowledge(settings)
    (changes,) = refreshed["changes"].values()
    assert changes == ["听松双床房, room_area: 34 no longer stands on its page"]
    run = open_run(settings)
    rows = run.store.get("knowledge", KnowledgeRow, conditions={"entity": "听松双床房", "slot": "room_area"})
    await close_run(settings)
    assert [(row.value, row.holds) for row in rows] == [("34", False)]

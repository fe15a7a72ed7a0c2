from __future__ import annotations

from collections.abc import Callable

import pytest

from streamdial.domains import DomainPack, load_pack
from streamdial.models import CachedEmbedder
from streamdial.records import Message, Page, Table
from streamdial.slots import SlotReader
from streamdial.testing import HashingEmbedder


@pytest.fixture
def pack() -> DomainPack:
    return load_pack("automotive")


@pytest.fixture
def reader(pack: DomainPack) -> SlotReader:
    return SlotReader(pack, "en", ["Meridian", "Cascade", "Horizon"])


@pytest.fixture
def embedder() -> CachedEmbedder:
    return CachedEmbedder(HashingEmbedder(256))


@pytest.fixture
def page() -> Page:
    table = Table(
        header=("Model", "Price", "Range", "Seats"),
        rows=(("Meridian", "$46,900", "540 km", "7"), ("Horizon", "$36,800", "620 km", "5")),
    )
    return Page(id="page", source_id="page", url="models.html", title="Models", text="Models", tables=(table,))


@pytest.fixture
def make_message() -> Callable[..., Message]:
    def make(text: str, time: float | None = 0.0, *, author: str = "u_1", by_host: bool = False, n: int = 0) -> Message:
        return Message(id=f"m{n}-{text}-{time}", source_id="s", text=text, time=time, author=author, by_host=by_host)

    return make

"""A pack is drafted from the material of an example, without any pack of its vertical."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.domains import DomainPack, check_pack, load_pack
from streamdial.errors import ConfigurationError
from streamdial.verticals import Material, PackDraft, draft_pack, preview_pack, read_material, write_draft
from streamdial.verticals.drafting import make_id
from streamdial.verticals.words import list_words, score_words
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def hotels() -> Material:
    return read_material([ROOT / "examples" / "hotel_live_zh"])


@pytest.fixture(scope="module")
def drafted(hotels: Material) -> PackDraft:
    return draft_pack("stays", hotels)


@pytest.fixture(scope="module")
def pack(drafted: PackDraft, tmp_path_factory: pytest.TempPathFactory) -> DomainPack:
    path = tmp_path_factory.mktemp("packs") / "stays.yaml"
    path.write_text(write_draft(drafted), encoding="utf-8")
    assert [fault for fault in check_pack(str(path)) if fault.severity == "error"] == []
    return load_pack(str(path))


def test_slots_have_the_types_units_and_values_of_the_tables(pack: DomainPack) -> None:
    types = {slot.names["zh"]: slot.type for slot in pack.slots.values()}
    assert types["床型"] == types["早餐"] == types["宠物"] == "category"
    assert (types["可住人数"], types["面积"], types["设施"]) == ("count", "quantity", "text")
    beds = next(slot for slot in pack.slots.values() if slot.names["zh"] == "床型")
    assert set(beds.values) == {"大床", "双床", "亲子床"}


def test_headers_of_one_attribute_are_one_slot_and_stock_is_the_inherited_one(pack: DomainPack) -> None:
    assert [name for name, slot in pack.slots.items() if slot.type == "money"] == ["price"]
    stock = pack.slots["availability"]
    assert stock.values["sold_out"]["zh"][0] == "已订满"
    assert "房态" in stock.headers["zh"]


def test_what_nobody_speaks_of_is_not_inherited(pack: DomainPack) -> None:
    assert {"warranty", "delivery", "payment"}.isdisjoint(pack.slots)
    assert {"visit_date", "visit_time", "address"} <= set(pack.slots)


def test_every_word_of_a_draft_stands_in_the_material_or_the_service_pack(drafted: PackDraft, hotels: Material) -> None:
    said = "\n".join([*hotels.told, *(m.text for m in hotels.messages), *(str(t) for t in hotels.tables)]).lower()
    assert all(topic in said for topic in drafted.body["topics"])
    assert drafted.things == ("静谷大床房", "望湖大床房", "听松双床房", "童趣亲子房", "鹭鸣湖景套房")


def test_the_preview_shows_lines_as_they_are_read_and_why_others_are_dropped(
    pack: DomainPack, hotels: Material, drafted: PackDraft
) -> None:
    preview = preview_pack(pack, hotels, unsure=drafted.unsure)
    assert preview.things == drafted.things
    assert len(preview.facts) >= 70
    assert any(decision.act == "ask" and "price" in decision.asks for _, decision in preview.read)
    assert all(decision.reason for _, decision in preview.dropped)
    told = str(preview)
    assert "lines are dropped, 20 of them:" in told
    assert "5 things: 静谷大床房" in told
    assert "is more of it better?" in told


def test_names_that_are_spoken_of_stand_in_where_no_table_names_what_is_sold(tmp_path: Path) -> None:
    source = ROOT / "examples" / "cameras_live"
    for name in ("transcript.json", "chat.xml"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    drafted = draft_pack("cameras", read_material([tmp_path]))
    assert {"Merrow Pro", "Tern", "Curlew Retro"} <= {name.removesuffix(" 500") for name in drafted.things}
    assert drafted.body["lexicon"] == list(drafted.things)
    assert "names that are spoken of: " in drafted.unsure[0]


def test_ids_are_latin_letters_whatever_the_name() -> None:
    assert make_id("Battery life") == "battery_life"
    assert make_id("香味") == "xiang_wei"
    assert make_id("WiFi / 无线") == "wifi_wu_xian"


def test_general_words_name_no_vertical() -> None:
    assert "lens" in list(list_words("what is the lens on it", "en"))
    scores = score_words(["is the shutter quiet", "shutter sound please", "what a good day"], "en")
    assert scores["shutter"] > 0
    assert "good" not in scores


def test_material_without_a_table_and_without_a_viewer_drafts_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><body><p>We sell boats, come by.</p></body></html>", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="neither a table nor a line of a viewer"):
        read_material([tmp_path])

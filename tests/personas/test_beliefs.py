from __future__ import annotations

from streamdial.domains import load_pack
from streamdial.personas import Knowledge
from streamdial.personas.beliefs import list_heard, list_known, list_unknown
from streamdial.records import KnowledgeRow, Provenance
from tests.personas.test_constraints import write

PACK = load_pack("automotive")


def test_things_named_facts_told_and_values_taken_for_granted_are_known() -> None:
    named = write("price of the Meridian?", "ask")
    told = write("page says 380 km for the Cascade", "object")
    granted = write("46900 dollars for the Meridian is a lot", "object")
    known = {fact.text: fact.evidence for fact in list_known([named, told, granted], PACK, "en")}
    assert known == {
        "has heard of the Meridian": (named.id, granted.id),
        "has heard of the Cascade": (told.id,),
        "page says 380 km for the Cascade": (told.id,),
        "takes for granted of the Meridian: price $46,900": (granted.id,),
    }


def test_what_is_asked_is_not_known_and_a_wish_is_neither() -> None:
    asked, wish = write("望湖大床房含早吗", "ask", "zh"), write("要含早餐", language="zh")
    hotel = load_pack("hotel")
    assert [fact.text for fact in list_unknown([asked, wish], hotel, "zh")] == ["望湖大床房的早餐"]
    assert [fact.text for fact in list_known([asked, wish], hotel, "zh")] == ["知道望湖大床房"]


def test_what_a_viewer_told_of_the_thing_asked_about_is_known_with_its_row() -> None:
    told = KnowledgeRow(
        id="k1",
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="s", derived_from=("m1",)),
        entity="Meridian",
        slot="testimony 1",
        value="ours is quiet on gravel",
        text="ours is quiet on gravel",
        confidence=0.6,
    )
    known = [Knowledge([told], PACK)]
    (heard,) = list_heard([write("price of the Meridian?", "ask")], known, "en")
    assert (heard.text, heard.evidence) == ("has read of another viewer: ours is quiet on gravel", ("k1",))
    assert not list_heard([write("price of the Cascade?", "ask")], known, "en")

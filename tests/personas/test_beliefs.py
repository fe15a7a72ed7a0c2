from __future__ import annotations

from streamdial.domains import load_pack
from streamdial.personas.beliefs import list_known, list_unknown
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

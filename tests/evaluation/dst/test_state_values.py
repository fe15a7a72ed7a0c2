import pytest

from streamdial.domains import load_pack
from streamdial.evaluation.dst.values import normalise_by_pack, normalise_multiwoz, normalise_value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Four", "4"),
        ("  New  York ", "new york"),
        ("half past 4 in the evening", "16:30"),
        ("quarter to 8 pm", "19:45"),
        ("evening 4:45", "16:45"),
        ("2 pm", "14:00"),
        ("12 am", "00:00"),
        ("12:30 pm", "12:30"),
        ("7", "7"),
        ("2nd of March", "mar 2"),
        ("March 2nd", "mar 2"),
        ("the 8th", "day 8"),
        ("8th of this month", "day 8"),
        ("100 - 150元", "100-150元"),
        ("４．５分以上", "4.5分以上"),
        ("二十万", "200000"),
        ("不限", "dontcare"),
        ("Don't care", "dontcare"),
        ("hotel one", "hotel one"),
    ],
)
def test_values_have_one_plain_form(value: str, plain: str) -> None:
    assert normalise_value("slot", value) == plain


@pytest.mark.parametrize(
    ("slot", "value", "same"),
    [
        # Expected values follow from the published rules of the evaluator (Nekvinda & Dusek 2021).
        ("restaurant-name", "Nando's", "nandos"),
        ("hotel-name", "lime house", "limehouse"),
        ("hotel-name", "Alpha & Omega", "alpha and omega"),
        ("attraction-name", "christs", "christ's college"),
        ("taxi-destination", "cafe uno", "caffe uno"),
        ("restaurant-food", "sea food", "seafood"),
        ("attraction-type", "night club", "nightclub"),
        ("hotel-parking", "free", "yes"),
        ("hotel-parking", "no", "no"),
        ("train-arriveby", "9:15", "09:15"),
        ("train-leaveat", "after 14:00", "14:00"),
        ("train-leaveat", "1:30 pm", "13:30"),
        ("train-leaveat", "5 p.m.", "17:00"),
        ("train-leaveat", "1545", "15:45"),
        ("train-leaveat", "noon", "12:00"),
        ("hotel-area", "Centre", "centre"),
    ],
)
def test_values_of_multiwoz_are_what_its_evaluator_takes_them_for(slot: str, value: str, same: str) -> None:
    assert normalise_multiwoz(slot, value) == same


def test_half_past_noon_is_not_past_midnight() -> None:
    assert normalise_multiwoz("train-leaveat", "12:30 pm") == "12:30"


def test_a_pack_reads_values_by_its_schema_and_leaves_what_does_not_fit() -> None:
    normalise = normalise_by_pack(load_pack("hotel"), "en")
    assert normalise("nights", "three nights") == "3"
    assert normalise("parking", "free") == "free"
    assert normalise("price", "under $120") == "120"
    assert normalise("hotel_name", "The Five Pines") == "the five pines"
    assert normalise("no_such_slot", "Four") == "4"
    assert normalise("nights", "a while") == "a while"

from __future__ import annotations

from streamdial.records import Page
from streamdial.signals import collect_facts
from streamdial.signals.consistency import check_against_facts
from streamdial.slots import SlotReader


def test_a_figure_that_contradicts_the_page_is_not_told(reader: SlotReader, page: Page) -> None:
    facts = collect_facts([page], reader.pack, "en")
    mentions = [m for m in reader.find_values("the Meridian is $26,900 with 7 seats") if m.slot != "model"]
    checked = check_against_facts(mentions, ["Meridian"], facts)
    assert checked.tells == {"seats": "7"}
    assert [(c.before, c.after, c.reason) for c in checked.corrections] == [("$26,900", "", "inconsistent")]


def test_two_per_cent_off_is_the_same_figure(reader: SlotReader, page: Page) -> None:
    facts = collect_facts([page], reader.pack, "en")
    mentions = [m for m in reader.find_values("about $47,000") if m.slot != "model"]
    assert check_against_facts(mentions, ["Meridian"], facts).tells == {"price": "47000"}

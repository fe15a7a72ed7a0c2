"""Which comment a reply of the account answers."""

from __future__ import annotations

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.records import Message
from streamdial.signals.responses import extract_replies
from streamdial.slots import SlotReader


def comment(name: str, author: str, text: str, **more: object) -> Message:
    return Message.model_validate(
        {"id": name, "source_id": "s", "text": text, "author": author, "kind": "comment", "time": None, **more}
    )


def list_parents(reply: Message) -> tuple[str, ...]:
    asked = [comment("m1", "a", "is breakfast included?"), comment("m2", "b", "any room on Friday?", parent="m1")]
    reader = SlotReader(load_pack("hotel"), "en")
    (response,) = extract_replies([*asked, reply], reader, Counts("responses"), source_id="s")
    return response.provenance.derived_from[1:]


def test_a_reply_that_mentions_another_viewer_does_not_answer_the_comment_above() -> None:
    said = {"by_host": True, "parent": "m1"}
    assert list_parents(comment("m3", "host", "[USER] two rooms are free on Friday", mention="b", **said)) == ()
    assert list_parents(comment("m3", "host", "[USER] yes, it is included", mention="a", **said)) == ("m1",)
    assert list_parents(comment("m3", "host", "yes, breakfast is included", **said)) == ("m1",)

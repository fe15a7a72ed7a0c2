from __future__ import annotations

from collections.abc import Sequence

from streamdial.counts import Counts
from streamdial.models import CachedEmbedder
from streamdial.records import AgentResponse, Message, Provenance, QAPair, UserQuestion
from streamdial.signals.questions import ToldLine
from streamdial.signals.threads import VIEWER_RANK, ThreadPlace, follow_threads, pair_threads


def comment(name: str, author: str, text: str, parent: str | None = None, mention: str | None = None) -> Message:
    return Message(id=name, source_id="s", text=text, author=author, kind="comment", parent=parent, mention=mention)


def pair(
    messages: Sequence[Message], asked: Sequence[str], host: Sequence[str], embedder: CachedEmbedder
) -> tuple[list[QAPair], Counts]:
    counts, by_id = Counts("pairs of threads"), {message.id: message for message in messages}
    shared = {"domain": "automotive", "language": "en"}
    questions = [
        UserQuestion(
            id=f"q {name}", provenance=Provenance(source_id="s", derived_from=(name,)), text=by_id[name].text,
            raw_text=by_id[name].text, asker=by_id[name].author, act="ask", **shared,
        )
        for name in asked
    ]  # fmt: skip
    replies = [
        AgentResponse(
            id=f"r {name}", provenance=Provenance(source_id="s", derived_from=(name,)), text=by_id[name].text,
            raw_text=by_id[name].text, channel="reply", **shared,
        )
        for name in host
    ]  # fmt: skip
    advice = [
        ToldLine(message.id, message.text, None, message.author, message.parent, 0.9)
        for message in messages
        if message.id not in (*asked, *host)
    ]
    places: dict[str, ThreadPlace] = {}
    assert list(follow_threads(messages, places)) == list(messages)
    found = list(pair_threads(questions, replies, advice, places, embedder, counts))
    return found, counts


def test_the_account_stands_before_viewers_whoever_came_first(embedder: CachedEmbedder) -> None:
    messages = [
        comment("1", "anna", "does it fit a 48V charger?"),
        comment("2", "ben", "yes it does", parent="1"),
        comment("3", "host", "it fits any 48V charger", parent="1"),
    ]
    (found,), _ = pair(messages, ["1"], ["3"], embedder)
    assert (found.response_id, found.answerer, found.score.total) == ("r 3", None, 1.0)


def test_a_viewers_answer_has_a_lesser_rank_and_keeps_its_author(embedder: CachedEmbedder) -> None:
    messages = [comment("1", "anna", "does it fit?"), comment("2", "ben", "yes it does", parent="1")]
    (found,), counts = pair(messages, ["1"], [], embedder)
    assert (found.answerer, found.score.total, found.score.time) == ("ben", VIEWER_RANK, 1.0)
    assert found.provenance.derived_from[-1] == "2"
    assert (counts.asked, counts.kept) == (1, 1)


def test_in_a_flat_thread_the_one_who_is_mentioned_is_answered(embedder: CachedEmbedder) -> None:
    messages = [
        comment("1", "anna", "my review of it"),
        comment("2", "ben", "how heavy is it?", parent="1"),
        comment("3", "cleo", "how long does it charge?", parent="1"),
        comment("4", "dan", "13 kilos", parent="1", mention="ben"),
        comment("5", "anna", "six hours", parent="1", mention="cleo"),
    ]
    found, _ = pair(messages, ["2", "3"], [], embedder)
    assert [(each.question, each.answer) for each in found] == [
        ("how heavy is it?", "13 kilos"),
        ("how long does it charge?", "six hours"),
    ]


def test_what_follows_without_a_name_must_be_alike(embedder: CachedEmbedder) -> None:
    thread = [comment("1", "anna", "my review"), comment("2", "ben", "which charger fits it?", parent="1")]
    alike = comment("3", "dan", "the 48V charger fits it", parent="1")
    (found,), _ = pair([*thread, alike], ["2"], [], embedder)
    assert found.score.time == 0.5
    found_none, counts = pair([*thread, comment("3", "dan", "lovely sunset", parent="1")], ["2"], [], embedder)
    assert (found_none, counts.dropped) == ([], {"no_answer_in_thread": 1})


def test_nobody_answers_themselves_or_in_another_thread_or_before(embedder: CachedEmbedder) -> None:
    messages = [
        comment("0", "dan", "it fits"),
        comment("1", "anna", "does it fit?"),
        comment("2", "anna", "it fits, I found out", parent="1"),
        comment("3", "ben", "it fits", parent="0"),
    ]
    assert pair(messages, ["1"], [], embedder)[0] == []

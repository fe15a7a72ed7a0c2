from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from time import perf_counter

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import Message
from streamdial.signals.denoising import denoise_messages
from streamdial.signals.echoes import WINDOW_TEXTS, EchoWindow

Make = Callable[..., Message]


def test_politeness_and_particles_make_no_other_question(pack: DomainPack, make_message: Make) -> None:
    texts = ["horizon price?", "Horizon price??", "hey horizon price pls", "主播多少钱啊", "多少钱"]
    messages = [make_message(text, author=f"u_{n}", n=n) for n, text in enumerate(texts)]
    counts, echoes = Counts("chat"), Counter[str]()
    kept = [clean.message for clean in denoise_messages(messages, pack, counts, echoes=echoes)]
    assert kept == [messages[0], messages[3]]
    assert counts.dropped == {"echo": 3}
    assert echoes == {messages[0].id: 2, messages[3].id: 1}


def test_the_fifth_viewer_within_half_a_minute_is_a_wave_and_no_more_demand(
    pack: DomainPack, make_message: Make
) -> None:
    messages = [make_message("is the trunk big", float(n), author=f"u_{n}") for n in range(8)]
    counts, echoes = Counts("chat"), Counter[str]()
    assert len(list(denoise_messages(messages, pack, counts, echoes=echoes))) == 1
    assert counts.dropped == {"echo": 3, "spam_wave": 4}
    assert echoes == {messages[0].id: 3}


def test_one_viewer_who_says_it_again_is_a_repeat(pack: DomainPack, make_message: Make) -> None:
    messages = [
        make_message("is the trunk big", time, author=author) for time, author in ((0, "a"), (5, "b"), (9, "b"))
    ]
    counts = Counts("chat")
    list(denoise_messages(messages, pack, counts))
    assert counts.dropped == {"echo": 1, "repeat": 1}


def test_after_two_minutes_the_question_is_a_new_one(pack: DomainPack, make_message: Make) -> None:
    messages = [make_message("is the trunk big", time, author=f"u_{time}") for time in (0, 100, 130)]
    kept = [clean.message.time for clean in denoise_messages(messages, pack, Counts("chat"))]
    assert kept == [0, 130]


def test_one_word_more_is_a_near_duplicate_and_one_exchanged_is_not(make_message: Make) -> None:
    first = "can you tell me how long the delivery of the white one takes"
    window = EchoWindow()
    assert window.find_echo(make_message("m", author="a"), first) is None
    # 13 words and 12 pairs; one more word at the end shares 25 of 27 features: 0.93.
    longer = window.find_echo(make_message("m", author="b"), first + " now")
    assert longer is not None
    assert longer[0] == "echo"
    # One word exchanged shares 22 of 28: 0.79.
    assert window.find_echo(make_message("m", author="c"), first.replace("white", "black")) is None
    seats = "we need a car for 5 people and two big dogs please tell me which one"
    assert window.find_echo(make_message("m", author="d"), seats) is None
    assert window.find_echo(make_message("m", author="e"), seats + " 2024") is None


def test_the_same_reply_in_another_thread_stays(make_message: Make) -> None:
    window = EchoWindow()
    one, other = (make_message("how much", author=a).model_copy(update={"parent": a}) for a in ("a", "b"))
    assert window.find_echo(one, "how much") is None
    assert window.find_echo(other, "how much") is None


def test_each_thread_has_its_echoes_and_a_viewer_repeats_in_any(make_message: Make) -> None:
    window = EchoWindow()

    def find(author: str, thread: str, n: int) -> str | None:
        reply = make_message("how much", None, author=author, n=n).model_copy(update={"parent": thread})
        echo = window.find_echo(reply, "how much")
        return echo[0] if echo else None

    assert find("one", "a", 0) is None
    assert [find("two", "b", n) for n in range(1, 5)] == [None, "repeat", "repeat", "repeat"]
    assert find("three", "b", 5) == "echo"
    assert find("three", "a", 6) == "repeat"
    assert find("four", "a", 7) == "echo"


def test_memory_is_bounded_by_the_window(make_message: Make) -> None:
    window = EchoWindow()
    for n in range(WINDOW_TEXTS + 500):
        window.find_echo(make_message("m", float(n), n=n), f"question number {n} about the very long way home")
    assert len(window._entries) == WINDOW_TEXTS
    assert sum(map(len, window._postings.values())) == sum(len(entry.prefix) for entry in window._entries.values())


def test_double_the_messages_take_about_double_the_time(pack: DomainPack, make_message: Make) -> None:
    def measure(count: int) -> float:
        def generate() -> Iterator[Message]:
            for n in range(count):
                yield make_message(
                    f"can you tell me about {n % 3000} of the cars in your showroom", n / 20, author=str(n)
                )

        start = perf_counter()
        list(denoise_messages(generate(), pack, Counts("chat")))
        return perf_counter() - start

    measure(500)
    assert measure(8000) < 4 * measure(4000)

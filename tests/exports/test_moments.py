from __future__ import annotations

import pytest

from streamdial.exports.moments import build_moment_template, link_moment


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abc&t=3723s"),
        ("https://www.youtube.com/watch?t=5&v=abc", "https://www.youtube.com/watch?v=abc&t=3723s"),
        ("https://youtu.be/abc", "https://youtu.be/abc?t=3723s"),
        ("https://www.bilibili.com/video/BV1?p=2", "https://www.bilibili.com/video/BV1?p=2&t=3723"),
        ("https://www.twitch.tv/videos/1", "https://www.twitch.tv/videos/1?t=1h2m3s"),
        ("https://example.org/stream.mp4", "https://example.org/stream.mp4#t=3723"),
        ("https://example.org/a%7Bseconds%7D", "https://example.org/a%7Bseconds%7D#t=3723"),
        ("https://example.org/page#part", "https://example.org/page#part"),
        ("https://notyoutube.com/x", "https://notyoutube.com/x#t=3723"),
        ("models.html", "models.html"),
    ],
)
def test_a_link_opens_a_recording_at_its_second(url: str, link: str) -> None:
    assert link_moment(url, 3723.9) == link


def test_without_a_second_the_page_is_linked() -> None:
    assert link_moment("https://youtu.be/abc", None) == "https://youtu.be/abc"
    assert link_moment("https://youtu.be/abc", 0.0) == "https://youtu.be/abc?t=0s"


def test_a_template_says_where_the_second_goes() -> None:
    assert build_moment_template("https://www.twitch.tv/videos/1") == "https://www.twitch.tv/videos/1?t={clock}"

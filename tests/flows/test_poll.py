from __future__ import annotations

import os
from pathlib import Path

from flows.poll import find_new_recordings


def record(feed: Path, name: str, text: str, age: float, now: float) -> None:
    folder = feed / name
    folder.mkdir(exist_ok=True)
    file = folder / "chat.xml"
    file.write_text(text)
    os.utime(file, (now - age, now - age))


def test_only_settled_recordings_that_are_new_or_changed_are_taken(tmp_path: Path) -> None:
    now = 1_000_000.0
    record(tmp_path, "done", "a", 120, now)
    record(tmp_path, "growing", "b", 5, now)
    (tmp_path / "empty").mkdir()
    first = find_new_recordings(tmp_path, {}, now=now, settled=60)
    assert list(first) == ["done"]
    assert find_new_recordings(tmp_path, first, now=now, settled=60) == {}
    record(tmp_path, "done", "changed", 90, now)
    assert list(find_new_recordings(tmp_path, first, now=now, settled=60)) == ["done"]
    assert set(find_new_recordings(tmp_path, first, now=now + 100, settled=60)) == {"done", "growing"}

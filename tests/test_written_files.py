"""Files are there whole or not at all; a run's are for its owner, a data set's for everybody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streamdial.errors import StoreError
from streamdial.files import read_json, read_lines, write_atomically, write_bytes, write_json, write_lines, write_pieces

VALUE = {"rooms": ["大床房", 1e-7]}


@pytest.mark.parametrize(
    ("published", "mode", "text"),
    [
        (False, 0o600, '{\n "rooms": [\n  "大床房",\n  1e-07\n ]\n}\n'),
        (True, 0o644, '{\n  "rooms": [\n    "大床房",\n    1e-7\n  ]\n}\n'),
    ],
)
def test_json_of_a_run_and_of_a_data_set(published: bool, mode: int, text: str, tmp_path: Path) -> None:
    path = write_json(tmp_path / "deep" / "file.json", VALUE, published=published)
    assert path.read_text("utf-8") == text
    assert path.stat().st_mode & 0o777 == mode
    assert read_json(path) == VALUE
    assert list(path.parent.iterdir()) == [path]


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert list(read_lines(write_lines(tmp_path / "lines", iter([VALUE, 1]), published=True))) == [VALUE, 1]


@pytest.mark.parametrize("write", [write_atomically, write_bytes, write_json, write_lines, write_pieces])
def test_a_place_that_cannot_be_written_is_told(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        write(tmp_path / "file" / "below", b"" if write is write_bytes else "")

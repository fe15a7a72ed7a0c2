import threading

import pytest

from streamdial.deployments._progress import tell_progress


def test_what_is_waited_for_is_told_until_it_is_done() -> None:
    lines: list[str] = []
    again = threading.Event()

    def tell(line: str) -> None:
        lines.append(line)
        if "still starting" in line:
            again.set()

    with tell_progress("[1/4] PostgreSQL", tell, every=0.01):
        assert lines == ["[1/4] PostgreSQL ..."]
        assert again.wait(60)
    assert lines[-1].startswith("[1/4] PostgreSQL: done in ")


def test_what_failed_is_not_told_as_done() -> None:
    lines: list[str] = []
    with pytest.raises(RuntimeError, match="did not answer"), tell_progress("Redis", lines.append):
        raise RuntimeError("Redis did not answer")
    assert lines == ["Redis ..."]

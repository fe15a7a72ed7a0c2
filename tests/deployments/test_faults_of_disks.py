"""What befalls a disk is told in one line with what to do, wherever it was met."""

from __future__ import annotations

import errno
import os

import pytest

from streamdial.deployments import cli


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_fault_of_the_disk_is_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: list[str]) -> None:
        raise OSError(number, os.strerror(number), "/runs/a/lock")

    monkeypatch.setattr(cli, "lead_to_options", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: /runs/a/lock: {os.strerror(number)}. To fix: ")


def test_another_fault_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: list[str]) -> None:
        raise FileNotFoundError(errno.ENOENT, "no such file")

    monkeypatch.setattr(cli, "lead_to_options", fail)
    with pytest.raises(FileNotFoundError):
        cli.main()

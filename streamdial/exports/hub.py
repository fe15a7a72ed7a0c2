"""Pushes a data set to a hub of data sets."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from streamdial.errors import ConfigurationError, MissingExtraError, StreamDialError
from streamdial.exports.formats.tool_forms import UNVERIFIED
from streamdial.privacy import find_personal_data

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
"""Environment variables that may hold the token; it is taken from nowhere else."""
_HASH = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")
"""Ids and hashes, whose digits may look like somebody's number."""
_NEEDED = ("README.md", "dialogues.parquet", "chat")


class HubApi(Protocol):
    """What of huggingface_hub's `HfApi` is used."""

    def create_repo(self, repo_id: str, **options: Any) -> Any:  # noqa: ANN401
        """Make a repository."""
        ...

    def upload_folder(self, **options: Any) -> Any:  # noqa: ANN401
        """Upload a folder as one commit."""
        ...


def push_data_set(
    folder: Path, repository: str, *, private: bool = True, allow_personal: bool = False, api: HubApi | None = None
) -> str:
    """Upload the exported data set of a run as one commit; what the repository had and the folder has not is removed.

    Args:
        folder: Folder of the run, or its `dataset` folder.
        repository: `owner/name` on the hub; made where it is missing.
        private: Whether a new repository can be seen by its owners alone.
        allow_personal: Upload although lines still look as if they held personal data.
        api: The hub; huggingface_hub with the token from the environment by default.

    Returns:
        Address of the data set, as the hub gives it.

    Raises:
        ConfigurationError: If the folder holds no data set, a line still looks personal, or no token is given.
        MissingExtraError: If huggingface_hub is not installed.
        StreamDialError: If the hub refuses.
    """
    target = folder / "dataset" if (folder / "dataset").is_dir() else folder
    missing = [name for name in _NEEDED if not (target / name).exists()]
    if missing:
        raise ConfigurationError(
            f"{folder} holds no exported data set ({', '.join(missing)} missing).", fix="run or export it first"
        )
    owner, _, name = repository.partition("/")
    if not owner or not name or "/" in name:
        raise ConfigurationError(f"{repository!r} is no repository.", fix="name it as owner/name")
    if not allow_personal:
        _check_personal(target)
    hub = api or _open_hub()
    try:
        made = hub.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        hub.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=str(target),
            commit_message="Data set made by streamdial",
            delete_patterns="*",
        )
    except Exception as error:  # the hub's client raises errors of several libraries
        told = str(error).strip() or type(error).__name__
        raise StreamDialError(
            f"the hub refused {repository}: {told.splitlines()[0]}", fix="check token, name and network"
        ) from error
    return str(made)


def _open_hub() -> HubApi:
    token = next((value for key in TOKENS if (value := os.environ.get(key))), None)
    if not token:
        raise ConfigurationError(
            "no token of the hub is given.", fix=f"set {TOKENS[0]} in the environment; it is read from nowhere else"
        )
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise MissingExtraError("huggingface_hub", "hub", "pushing a data set") from error
    api: Any = HfApi(token=token)  # its overloads fit no Protocol
    hub: HubApi = api
    return hub


def _check_personal(target: Path) -> None:
    """Refuse what masking by pattern would still change; the address of a shop is public."""
    kinds: Counter[str] = Counter()
    for text in _list_texts(target):
        kinds.update({span.kind for span in find_personal_data(text, keep_public_addresses=True)})
    if kinds:
        told = ", ".join(f"{kind.lower().replace('_', ' ')} {count}" for kind, count in kinds.most_common())
        raise ConfigurationError(
            f"texts of the data set still look as if they held personal data ({told}).",
            fix="look at them, then push with --allow-personal",
        )


def _list_texts(target: Path) -> Iterator[str]:
    for path in sorted((target / "chat").glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield from (message["content"] for message in json.loads(line)["messages"])
    evidence = target / "evidence.parquet"
    if evidence.is_file():
        yield from pl.read_parquet(evidence, columns=["text"])["text"]
    yield from dict.fromkeys(text for text in _list_tool_texts(target / "tools") if not _HASH.fullmatch(text))


def _list_tool_texts(folder: Path) -> Iterator[str]:
    """Yield all texts of dialogues with tools, of their environments and of the benchmarks' formats."""
    for path in (folder / "dialogues.jsonl", folder / UNVERIFIED, *sorted(folder.glob("bfcl_*.jsonl"))):
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                for line in file:
                    yield from _list_strings(json.loads(line))
    for path in (*sorted(folder.glob("worlds/*.json")), *sorted(folder.glob("tau2/*/*.json"))):
        yield from _list_strings(json.loads(path.read_text(encoding="utf-8")))
    for path in sorted(folder.glob("tau2/*/*.md")):
        yield from path.read_text(encoding="utf-8").splitlines()


def _list_strings(value: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from _list_strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _list_strings(part)

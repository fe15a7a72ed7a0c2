"""Sentences compared by hashed tokens in place of the encoder, whose time is another matter than the engine's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "hashing"


def use_hashing() -> None:
    """Compare sentences by hashed tokens in this process and in those it starts, which import `sitecustomize`."""
    import streamdial.models
    from streamdial.models import CachedEmbedder
    from streamdial.testing import HashingEmbedder

    def build(_: str, path: Path | None = None) -> CachedEmbedder:
        return CachedEmbedder(HashingEmbedder(256), path)

    streamdial.models.build_embedder = build
    if run := sys.modules.get("streamdial.pipeline.run"):
        run.build_embedder = build  # type: ignore[attr-defined]
    os.environ["PYTHONPATH"] = list_paths()


def list_paths() -> str:
    """Return the path on which a process finds `sitecustomize`, and this package."""
    return os.pathsep.join((str(FOLDER), str(FOLDER.parent.parent)))

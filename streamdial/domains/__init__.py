"""Domain packs: one YAML file per vertical."""

from streamdial.domains._loading import list_domains, load_pack
from streamdial.domains._pack import (
    ActTemplates,
    DomainPack,
    Retrieval,
    Screening,
    Slot,
    StageTemplate,
    Strategy,
)
from streamdial.domains._seeds import load_seeds

__all__ = [
    "ActTemplates",
    "DomainPack",
    "Retrieval",
    "Screening",
    "Slot",
    "StageTemplate",
    "Strategy",
    "list_domains",
    "load_pack",
    "load_seeds",
]

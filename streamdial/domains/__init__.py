"""Domain packs: one YAML file per vertical."""

from streamdial.domains._loading import get_shared, list_domains, load_base, load_pack
from streamdial.domains._pack import (
    ActTemplates,
    DomainPack,
    Retrieval,
    Screening,
    Slot,
    SlotType,
    StageTemplate,
    Strategy,
)
from streamdial.domains._seeds import load_seeds
from streamdial.domains.checking import Fault, check_pack
from streamdial.domains.schema import write_schema

__all__ = [
    "ActTemplates",
    "DomainPack",
    "Fault",
    "Retrieval",
    "Screening",
    "Slot",
    "SlotType",
    "StageTemplate",
    "Strategy",
    "check_pack",
    "get_shared",
    "list_domains",
    "load_base",
    "load_pack",
    "load_seeds",
    "write_schema",
]

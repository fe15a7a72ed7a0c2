"""Domain packs: one YAML file per vertical."""

from streamdial.domains._loading import get_shared, list_domains, load_base, load_pack
from streamdial.domains._pack import (
    LANGUAGES,
    ActTemplates,
    DomainPack,
    Retrieval,
    Screening,
    Slot,
    SlotType,
    StageTemplate,
    Strategy,
)
from streamdial.domains._seeds import find_seeds, load_seeds
from streamdial.domains.checking import Fault, check_pack
from streamdial.domains.keeping import keep_pack, open_pack
from streamdial.domains.schema import write_schema

__all__ = [
    "LANGUAGES",
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
    "find_seeds",
    "get_shared",
    "keep_pack",
    "list_domains",
    "load_base",
    "load_pack",
    "load_seeds",
    "open_pack",
    "write_schema",
]

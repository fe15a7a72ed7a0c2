"""Drafts domain packs: what stands in the material of a vertical nobody has written a pack for."""

from streamdial.verticals.attributes import Attribute, Inventory, read_attributes
from streamdial.verticals.drafting import PackDraft, draft_pack
from streamdial.verticals.material import Material, read_material
from streamdial.verticals.previewing import Preview, preview_pack
from streamdial.verticals.refining import refine_draft
from streamdial.verticals.writing import write_draft

__all__ = [
    "Attribute",
    "Inventory",
    "Material",
    "PackDraft",
    "Preview",
    "draft_pack",
    "preview_pack",
    "read_attributes",
    "read_material",
    "refine_draft",
    "write_draft",
]

"""The tools every domain has, with the names and descriptions of this package."""

from __future__ import annotations

from functools import cache
from importlib import resources

from streamdial.domains import DomainPack
from streamdial.environment import templates
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Tool
from streamdial.files import load_yaml


@cache
def _load_texts() -> templates.Texts:
    # The fingerprint of a run hashes the texts of this package, so they stay in it.
    text = resources.files("streamdial.tooluse").joinpath("_tools.yaml").read_text(encoding="utf-8")
    texts: templates.Texts = load_yaml(text)
    return texts


def build_tools(schema: DomainSchema, pack: DomainPack) -> tuple[Tool, ...]:
    """Return the tools of a domain, see `build_template_tools`.

    Args:
        schema: The schema of the database they are for.
        pack: The domain pack; gives the names of the slots.
    """
    return templates.build_template_tools(schema, pack, _load_texts())


def list_template_names(entity: str) -> tuple[str, ...]:
    """Return the names of the tools of `build_tools` over a table of entities called so."""
    return templates.list_template_names(entity, _load_texts())

"""The JSON Schema of packs takes what the models take, and refuses a misspelt key."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml
from jsonschema import Draft202012Validator

from streamdial.domains import list_domains, write_schema
from tests.domains.test_inheritance import COSMETICS, PACKS


@pytest.mark.parametrize("domain", [*list_domains(), "_service"])
def test_the_packs_of_the_package_fit(domain: str) -> None:
    text = resources.files("streamdial.domains").joinpath(f"{domain}.yaml").read_text(encoding="utf-8")
    body = {"id": domain, "names": {"en": domain}} | yaml.safe_load(text)
    assert [error.message for error in Draft202012Validator(write_schema()).iter_errors(body)] == []


@pytest.mark.parametrize("pack", sorted(path.name for path in PACKS.glob("[!l]*.yaml")))
def test_short_packs_fit(pack: str) -> None:
    body = yaml.safe_load((PACKS / pack).read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(write_schema()).iter_errors(body)] == []


def test_a_misspelt_key_and_an_unknown_type_do_not() -> None:
    text = COSMETICS.replace("topics:", "topcis:").replace("type: entity", "type: thing")
    errors = Draft202012Validator(write_schema()).iter_errors(yaml.safe_load(text))
    assert sorted(".".join(map(str, error.absolute_path)) for error in errors) == ["", "slots.item"]


def test_every_key_is_described() -> None:
    schema = write_schema()
    for name in ("Slot", "Screening", "Strategy", "StageTemplate", "ActTemplates"):
        for key, field in schema["$defs"][name]["properties"].items():
            assert field.get("description"), f"{name}.{key}"

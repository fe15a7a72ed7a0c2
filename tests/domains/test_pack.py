from pathlib import Path

import pytest
import yaml

from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.errors import ConfigurationError

LANGUAGES = {"en", "zh"}


def test_the_package_brings_three_domains() -> None:
    assert list_domains() == ("automotive", "hotel", "restaurant")


@pytest.mark.parametrize(
    ("domain", "entity", "prefix", "wishes"),
    [
        ("automotive", "model", "car", {"price", "body_type", "energy", "seats", "range"}),
        ("hotel", "room", "hotel", {"price", "guests", "bed_type", "breakfast"}),
        ("restaurant", "set_menu", "restaurant", {"price", "people", "cuisine", "spice"}),
    ],
)
def test_a_pack_loads_with_its_entity_and_wishes(domain: str, entity: str, prefix: str, wishes: set[str]) -> None:
    pack = load_pack(domain)
    assert (pack.id, pack.entity_slot, pack.release_name) == (domain, entity, prefix)
    assert set(pack.list_slots(mined=True)) == wishes
    assert not wishes & set(pack.list_slots(booking=True))


@pytest.mark.parametrize("domain", list_domains())
def test_every_slot_speaks_both_languages(domain: str) -> None:
    for name, slot in load_pack(domain).slots.items():
        assert set(slot.names) == LANGUAGES, name
        assert set(slot.ask) == LANGUAGES, name
        if not slot.booking:
            assert set(slot.headers) == LANGUAGES, name
        for value, spellings in slot.values.items():
            assert set(spellings) == LANGUAGES, f"{name}={value}"
            assert all(spellings.values()), f"{name}={value}"


@pytest.mark.parametrize("domain", list_domains())
def test_no_spelling_means_two_values_of_a_slot(domain: str) -> None:
    for name, slot in load_pack(domain).slots.items():
        spellings = [word.lower() for texts in slot.values.values() for words in texts.values() for word in set(words)]
        # MPV is written the same in both languages of one value.
        per_value = [{word.lower() for words in texts.values() for word in words} for texts in slot.values.values()]
        assert len(set(spellings)) == sum(map(len, per_value)), name


@pytest.mark.parametrize("domain", list_domains())
def test_every_strategy_has_three_prototypes_a_language(domain: str) -> None:
    pack = load_pack(domain)
    assert len(pack.strategies) >= 11
    for name, strategy in pack.strategies.items():
        assert set(strategy.names) == set(strategy.prototypes) == LANGUAGES, name
        assert all(len(lines) >= 3 for lines in strategy.prototypes.values()), name


@pytest.mark.parametrize("domain", list_domains())
def test_every_pack_can_word_every_act(domain: str) -> None:
    templates = load_pack(domain).templates
    assert set(templates) == LANGUAGES
    assert set(templates["en"].user) == set(templates["zh"].user)
    assert set(templates["en"].agent) == set(templates["zh"].agent)
    assert all(lines for each in templates.values() for lines in [*each.user.values(), *each.agent.values()])


def test_a_packs_own_entries_replace_the_common_ones_by_key() -> None:
    hotel = load_pack("hotel")
    assert "room" in hotel.templates["en"].get("user", "accept")[1]
    assert hotel.templates["en"].get("user", "defer")[0] == "I'd like to think about it and get back to you."
    assert hotel.templates["en"].get("user", "sing") == ()


def test_an_unknown_domain_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"'boats' is not known; there are automotive, hotel, restaurant"):
        load_pack("boats")


def test_an_unknown_slot_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"slot 'wings' is not in the automotive pack; it has model, price"):
        load_pack("automotive").get_slot("wings")


def write_pack(folder: Path, **changes: object) -> str:
    """Write a small pack that is whole but for the changes; return its path."""
    body: dict[str, object] = {
        "id": "boats",
        "names": {"en": "Boats", "zh": "船"},
        "release_name": "boat",
        "entity_slot": "boat",
        "screening": {"keywords": {"en": ["boat"], "zh": ["船"]}},
        "slots": {"boat": {"type": "entity", "names": {"en": "boat", "zh": "船"}}},
        "strategies": {},
    }
    path = folder / "boats.yaml"
    path.write_text(yaml.safe_dump({**body, **changes}, allow_unicode=True), encoding="utf-8")
    return str(path)


def test_a_pack_of_ones_own_is_loaded_from_its_path(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path))
    assert isinstance(pack, DomainPack)
    assert pack.currency == {"en": "USD", "zh": "CNY"}
    assert pack.stages["closing"].terminal


def test_a_strategy_of_an_unknown_stage_is_refused(tmp_path: Path) -> None:
    strategy = {"stage": "launch", "act": "greet", "names": {"en": "Launch"}, "prototypes": {"en": ["Off we go"]}}
    with pytest.raises(ConfigurationError, match=r"boats\.yaml.*strategy 'push' names stage 'launch'"):
        load_pack(write_pack(tmp_path, strategies={"push": strategy}))


def test_an_entity_slot_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"entity_slot 'ship' must name a slot of type entity"):
        load_pack(write_pack(tmp_path, entity_slot="ship"))


def test_a_misspelt_key_is_refused_with_its_place(tmp_path: Path) -> None:
    slots = {"boat": {"type": "entity", "names": {"en": "boat"}, "colour": "red"}}
    with pytest.raises(ConfigurationError, match=r"slots\.boat\.colour"):
        load_pack(write_pack(tmp_path, slots=slots))


def test_a_file_without_a_mapping_or_without_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "boats.yml"
    path.write_text("- just\n- a list\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="holds no mapping"):
        load_pack(str(path))
    broken = tmp_path / "broken.yml"
    broken.write_text("id: [unclosed\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not valid YAML"):
        load_pack(str(broken))

"""One registry for everything that can be added."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamdial import plugins
from streamdial.domains import list_domains, load_pack
from streamdial.errors import ConfigurationError
from streamdial.plugins import KINDS, Kind, describe_foreign, get_plugin, list_plugins, register


class Noted:
    section = "Own"

    def measure(self) -> str:
        return "measured"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plugins, "_registered", {})
    yield
    plugins._scan_entry_points.cache_clear()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, points: str, code: str = "", name: str = "mine") -> None:
    """Lay a distribution with entry points on the search path, as pip does."""
    (folder / f"{name}_code.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[streamdial]\n{points}\n", encoding="utf-8")
    if str(folder) not in sys.path:
        monkeypatch.syspath_prepend(str(folder))
    plugins._scan_entry_points.cache_clear()


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_with_the_package_can_be_loaded_and_is_not_foreign(kind: Kind) -> None:
    for plugin in list_plugins(kind):
        assert get_plugin(kind, plugin.name) is plugin.load()
    assert describe_foreign() == {}


def test_nothing_is_imported_until_it_is_used() -> None:
    code = (
        "import sys, streamdial.plugins as p\n"
        "for kind in set(p.KINDS) - set(p._LISTED): p.list_plugins(kind)\n"
        "print(*sorted(m for m in sys.modules if m.startswith('streamdial')))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["streamdial", "streamdial._version", "streamdial.errors", "streamdial.plugins"]


def test_a_class_is_registered_by_decorator_and_made_when_it_is_used() -> None:
    register("metric", "noted")(Noted)
    assert get_plugin("metric", "noted").measure() == "measured"
    assert get_plugin("metric", "noted") is get_plugin("metric", "noted")
    assert describe_foreign() == {"metric.noted": "0"}
    assert describe_foreign(["reader"]) == {}


def test_a_cell_run_again_replaces_what_it_registered() -> None:
    register("user_policy", "mine")(int)
    register("user_policy", "mine", version="2")(float)
    assert get_plugin("user_policy", "mine") is float
    assert describe_foreign() == {"user_policy.mine": "2"}


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigurationError, match=r"no strategy 'hiden_context'.*did you mean 'hidden_context'"):
        get_plugin("strategy", "hiden_context")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'readers' is no kind"):
        register("readers", "x")  # type: ignore[arg-type]


def test_what_is_not_of_its_kinds_form_is_refused_when_it_is_used() -> None:
    register("reader", "broken")(object())
    with pytest.raises(ConfigurationError, match=r"reader\.broken is no reader: it has no gives and no endings"):
        get_plugin("reader", "broken")


def test_a_pack_that_is_not_there_is_named(tmp_path: Path) -> None:
    register("domain", "gone")(tmp_path / "gone.yaml")
    with pytest.raises(ConfigurationError, match=r"gone\.yaml"):
        load_pack("gone")
    register("domain", "gone")("gone.yaml")
    with pytest.raises(ConfigurationError, match=r"domain\.gone is no domain: it has no read_text"):
        load_pack("gone")


def test_others_come_after_the_packages_own_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = [plugin.name for plugin in list_plugins("metric")]
    register("metric", "m")(Noted)
    install(tmp_path, monkeypatch, "metric.z = mine_code:Noted\nmetric.a = mine_code:Noted\nreader.r = mine_code:x")
    assert [plugin.name for plugin in list_plugins("metric")] == [*own, "a", "m", "z"]
    assert describe_foreign() == {"reader.r": "1.5", "metric.a": "1.5", "metric.m": "0", "metric.z": "1.5"}


def test_an_installed_plugin_that_cannot_be_imported_names_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "strategy.x = mine_code:x\nstrategy.y = mine_code:y", "import not_there")
    assert [plugin.name for plugin in list_plugins("strategy") if plugin.origin == "mine"] == ["x", "y"]
    with pytest.raises(ConfigurationError, match=r"strategy\.x of mine 1\.5 cannot be imported.*upgrade mine"):
        get_plugin("strategy", "x")


@pytest.mark.parametrize("point", ["reader = mine_code:x", "redaer.x = mine_code:x", "reader. = mine_code:x"])
def test_an_entry_point_without_a_kind_names_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    install(tmp_path, monkeypatch, point)
    with pytest.raises(ConfigurationError, match=r"of mine names no plugin.*uninstall mine"):
        list_plugins("strategy")


def test_a_name_that_is_taken_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "strategy.x = mine_code:x", "x = 1")
    with pytest.raises(ConfigurationError, match=r"strategy\.x comes with mine already"):
        register("strategy", "x")
    install(tmp_path, monkeypatch, "strategy.x = other_code:x", name="other")
    with pytest.raises(ConfigurationError, match=r"strategy\.x comes twice, with (mine and other|other and mine)"):
        get_plugin("strategy", "x")


def test_a_package_of_packs_names_them_by_their_id_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "boats.yaml").write_text("id: boats\n", encoding="utf-8")
    code = "from pathlib import Path\nBOATS = Path(__file__).parent / 'boats.yaml'"
    install(tmp_path, monkeypatch, "strategy.x = mine_code:BOATS\n[streamdial.domains]\nboats = mine_code:BOATS", code)
    assert list_domains()[-1] == "boats"
    assert get_plugin("domain", "boats").name == "boats.yaml"

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError
from streamdial.strategies import Directive, StrategyChoice, find_unmet, merge_directives, open_strategy, read_choices
from streamdial.strategies.choices import check_choices


def test_a_strategy_is_read_from_a_word_of_the_command_line() -> None:
    assert StrategyChoice.model_validate("skeleton") == StrategyChoice(name="skeleton")
    assert StrategyChoice.model_validate("skeleton=0.25") == StrategyChoice(name="skeleton", share=0.25)
    assert [str(StrategyChoice(name="a")), str(StrategyChoice(name="a", share=0.25))] == ["a", "a=0.25"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.95, 1.0])
def test_a_strategy_has_its_share_of_any_run(share: float) -> None:
    choice = StrategyChoice(name="x", share=share)
    drawn = [choice.is_drawn(number, 7) for number in range(200)]
    assert sum(drawn) == pytest.approx(200 * share, abs=1)
    assert drawn[:50] == [choice.is_drawn(number, 7) for number in range(50)]


def test_two_strategies_of_one_share_are_drawn_apart() -> None:
    one, other = (StrategyChoice(name=name, share=0.5) for name in ("one", "other"))
    both = sum(one.is_drawn(number, 7) and other.is_drawn(number, 7) for number in range(200))
    assert 30 < both < 70


def test_strategies_are_read_from_a_file_with_their_options(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("- skeleton\n- {name: hidden_context, share: 0.5, options: {turns: 3}}\n", encoding="utf-8")
    first, second = read_choices(file)
    assert (first.name, second.options) == ("skeleton", {"turns": 3})
    assert open_strategy(second.name, second.options).options.turns == 3
    file.write_text("skeleton: 1", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="holds no list"):
        read_choices(file)


def test_what_is_wrong_with_a_strategy_is_told_with_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match=r"no strategy 'skeletton'.*did you mean 'skeleton'"):
        open_strategy("skeletton")
    with pytest.raises(ConfigurationError, match=r"hidden_context: turn: Extra inputs.*its options are turns"):
        open_strategy("hidden_context", {"turn": 3})
    with pytest.raises(ConfigurationError, match="skeleton is chosen twice"):
        check_choices([StrategyChoice(name="skeleton")] * 2)


def test_what_one_strategy_forbids_no_other_can_want() -> None:
    one = Directive(prefer=("ask", "greet"), say=("price", "view"), by=("one",))
    other = Directive(forbid=("ask",), withhold=("price",), note="Stay vague.", by=("other",))
    merged = merge_directives([one, other, Directive(by=("silent",))])
    assert merged == Directive(
        prefer=("greet",),
        forbid=("ask",),
        say=("view",),
        withhold=("price",),
        note="Stay vague.",
        by=("one", "other"),
    )
    assert find_unmet(merged, ["ask"], ["price"]) == ("forbid:ask", "withhold:price", "say:view")
    assert merge_directives([Directive(by=("silent",))]) is None

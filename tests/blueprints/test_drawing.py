from __future__ import annotations

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from streamdial.blueprints import draw_mermaid, draw_svg
from streamdial.records import Transition
from tests.blueprints.blueprint_material import PACK, make_blueprint

SVG = "{http://www.w3.org/2000/svg}"
BLUEPRINT = make_blueprint(
    transitions=[
        Transition(source="opening", target="closing", trigger="thank", count=2, outcome="drop_out"),
        Transition(source="clarification", target="opening", trigger="greet"),
    ]
)


def test_mermaid_names_stages_steps_triggers_and_ends() -> None:
    assert draw_mermaid(BLUEPRINT, PACK) == (
        "flowchart TD\n"
        '    s0["opening"]\n'
        '    s1["clarification"]\n'
        '    s2(["closing"])\n'
        "    s0 --> s1\n"
        "    s1 --> s2\n"
        '    s0 -->|"thank"| s2\n'
        '    s1 -->|"greet"| s0\n'
    )


def test_the_picture_has_a_box_a_stage_an_arrow_a_step_and_the_path_over_the_rest() -> None:
    tree = ElementTree.fromstring(draw_svg(BLUEPRINT, PACK, path=BLUEPRINT.paths[0]))
    arrows = [path for path in tree.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(list(tree.iter(f"{SVG}rect"))) == 3
    assert len(arrows) == 4
    assert sum(path.get("class") == "taken" for path in arrows) == 2
    assert [text.text for text in tree.iter(f"{SVG}text")] == ["thank", "greet", "opening", "clarification", "closing"]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_titles_from_outside_never_become_syntax(title: str) -> None:
    plan = make_blueprint()
    named = plan.model_copy(
        update={"title": title, "stages": (plan.stages[0].model_copy(update={"title": title}), *plan.stages[1:])}
    )
    tree = ElementTree.fromstring(draw_svg(named, PACK))
    assert len(list(tree.iter(f"{SVG}rect"))) == 3
    lines = draw_mermaid(named, PACK).splitlines()
    assert len(lines) == 6
    assert lines[1].startswith('    s0["') and lines[1].endswith('"]')
    assert '"' not in lines[1][8:-2]


def test_a_long_title_takes_two_lines_and_is_then_cut() -> None:
    plan = make_blueprint()
    long = plan.stages[0].model_copy(update={"title": "Find out what the customer really wants and what it may cost"})
    tree = ElementTree.fromstring(draw_svg(plan.model_copy(update={"stages": (long, *plan.stages[1:])}), PACK))
    texts = [text.text for text in tree.iter(f"{SVG}text")]
    assert len(texts) == 4
    assert texts[0] == "Find out what the" and (texts[1] or "").endswith("…")

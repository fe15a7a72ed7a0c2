from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.exports.readable import add_evidence, clean_line, render_persona, shorten_id
from streamdial.exports.readable_blueprint import render_blueprint
from streamdial.records import Conflict, Constraint, Demand, Language, Observed, Provenance
from tests.exports.conftest import make_agent, make_given_blueprint, make_row, make_user

PACK = load_pack("automotive")
QUESTION = "6238f470-05b8-5f5d-a2fc-7aae829b9906"


def test_a_user_persona_reads_in_its_language_with_evidence_behind_each_line() -> None:
    user = make_user("u1").model_copy(
        update={
            "constraints": (
                Constraint(
                    slot="price",
                    value="40000",
                    hardness="must",
                    evidence=(QUESTION,),
                    changed_from=(Observed(text="35000", evidence=("q0",)),),
                ),
            ),
            "conflicts": (Conflict(kind="nothing_fits", text="nothing has it", slots=("price",), evidence=("q1",)),),
            "demand": Demand(viewers=3, evidence=("q1",)),
        }
    )
    text = render_persona(user, PACK)
    assert text.startswith("# User persona u1\n\n## Objective\n- Find a car with seven seats  [q1]\n")
    assert "- price: at most $40,000 (must); before: $35,000  [6238f470, q0]" in text
    assert "- how far does it go? (Asks, range)  [q1]" in text
    assert "- nothing meets all wishes: nothing has it  [q1]" in text
    assert "- 3 viewers  [q1]" in text
    assert "- a (own words)  [q1]" in text


@pytest.mark.parametrize(("language", "title"), [("en", "Where sources disagree"), ("zh", "来源说法不一")])
def test_an_agent_persona_shows_k_and_where_sources_disagree(language: Language, title: str) -> None:
    other = make_row("k9", "price", "45000", language).model_copy(
        update={"replaced_by": "k1", "provenance": Provenance(source_id="other", url="offers.html")}
    )
    agent = make_agent("a1", language).model_copy(update={"other_versions": (other,)})
    text = render_persona(agent, PACK)
    assert f"## {title}" in text
    assert "offers.html" in text
    assert "[k1, k9]" in text
    name = {"en": "range", "zh": "续航"}[language]
    assert f"Meridian: {name} 540" in text


def test_what_was_not_seen_has_no_section() -> None:
    text = render_persona(make_user("u1"), PACK)
    assert "## Knows" not in text
    assert "## Conflicts" not in text


def test_evidence_is_cut_short() -> None:
    assert add_evidence("x", ("a", "b", "c", "d", "e")) == "x  [a, b, c +2]"
    assert shorten_id("automotive-en-01#12") == "automotive-en-01#12"


def test_a_given_plan_reads_with_its_own_words_and_without_counts() -> None:
    text = render_blueprint(make_given_blueprint("g1"), PACK)
    assert "- Price talk → " in text
    assert ": name the price; calm; for families" in text
    assert "- Success (Success): Questions → Closing (ask → price → end)" in text
    # What was filled in has no evidence, and nothing of a given plan was counted.
    assert text.endswith("- Questions → Closing  [p1#/a]\n")
    induced = make_given_blueprint("g1").model_copy(update={"origin": "induced"})
    assert "- Closing → Questions × 1" in render_blueprint(induced, PACK)


def test_mined_text_cannot_steer_the_terminal() -> None:
    nasty = "seven\x1b[2J seats\n# heading\r\nnext\u2028last\u202e\ttab\ud800\x9b1m"
    assert clean_line(nasty) == "seven[2J seats # heading next last tab1m"
    assert clean_line("7座，5米  [q1] 👩‍👧") == "7座，5米  [q1] 👩‍👧"
    user = make_user(f"u\x1b{nasty}").model_copy(update={"objective": Observed(text=nasty, evidence=("q1",))})
    plan = make_given_blueprint("g1").model_copy(update={"title": nasty})
    for text in (render_persona(user, PACK), render_blueprint(plan, PACK)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert sum(line.startswith("# ") for line in text.splitlines()) == 1
        text.encode()

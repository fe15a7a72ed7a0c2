from __future__ import annotations

import json

import pytest

from streamdial.blueprints import draft_blueprint
from streamdial.counts import Counts
from streamdial.errors import ModelError
from streamdial.records import Blueprint
from streamdial.testing import ScriptedChatModel
from tests.blueprints.blueprint_material import PACK, PERSONA, SEED, induce, observe


def write_draft(**changes: object) -> str:
    stages = ("opening", "clarification", "closing")
    draft = {
        "stages": [{"name": name, "goal": "g", "key_result": "k"} for name in stages],
        "nodes": [{"signal": "ask", "meaning": "m", "stage": "clarification"}],
        "scenarios": [{"situation": "ask:price", "strategy": "product_answer", "selling_point": "p"}],
        "paths": [
            {"name": "main", "outcome": "success", "through": ["clarification", "clarification"]},
            {"name": "later", "outcome": "deferral", "through": ["clarification"]},
        ],
    }
    return json.dumps({**draft, **changes})


async def draft(model: ScriptedChatModel) -> tuple[Blueprint, Counts]:
    counts = Counts("blueprints")
    made = await draft_blueprint(
        model, induce(), PERSONA, PACK, strategies=[observe("r1", "product_answer")], seeds=[SEED], counts=counts
    )
    return made, counts


async def test_a_sound_draft_is_taken_with_the_evidence_of_what_it_rests_on() -> None:
    made, counts = await draft(ScriptedChatModel([write_draft()], model_id="strong"))
    assert (made.origin, made.provenance.model_id) == ("drafted", "strong")
    scenario = made.scenarios[0]
    assert (scenario.evidence, scenario.wording, scenario.act) == (("q1-r1", "s-r1"), "It is $38,900.", "answer")
    assert made.stages[1].evidence == ("seed-1#1", "s-r1", "s-r2")
    assert made.paths[0].stages == ("opening", "clarification", "closing")
    assert made.nodes[0].evidence == ("seed-1#1", "s-r1")
    assert {(step.source, step.target) for step in made.transitions} == {("opening", "clarification")}
    assert made.provenance.prompt_hash
    assert (counts.asked, counts.made, counts.kept, dict(counts.dropped)) == (1, 1, 1, {})


async def test_a_draft_that_fails_its_checks_is_sent_back_with_them() -> None:
    paths = [{"name": str(n), "outcome": "success", "through": ["clarification", "negotiation"]} for n in range(2)]
    bad = write_draft(paths=paths)
    model = ScriptedChatModel([bad, write_draft()])
    made, counts = await draft(model)
    assert made.origin == "drafted"
    first, again = (request.messages[-1].content for request in model.requests)
    assert again.startswith(first)  # the prompt comes first, so that it is in the endpoint's cache
    assert "path '0' names the stage 'negotiation', which does not exist" in again
    assert (counts.made, counts.kept, counts.dropped["draft_failed_checks"]) == (2, 1, 1)


async def test_two_drafts_that_fail_leave_the_induced_blueprint() -> None:
    bad = write_draft(nodes=[{"signal": "ask", "meaning": "m", "stage": "appointment"}])
    made, counts = await draft(ScriptedChatModel([bad, bad]))
    assert made == induce()
    assert (counts.kept, counts.dropped["draft_failed_checks"]) == (1, 2)
    assert "the induced blueprint stands in for the draft" in counts.notes


@pytest.mark.parametrize(
    "replies",
    [["I cannot do that", "really not"], [ModelError("down", transient=False, kind="server")]],
)
async def test_answers_that_are_no_draft_leave_the_induced_blueprint(replies: list[str | Exception]) -> None:
    made, counts = await draft(ScriptedChatModel(replies))
    assert made.origin == "induced"
    assert (counts.kept, counts.dropped["draft_unusable"]) == (1, 1)


async def test_a_name_that_does_not_exist_is_no_draft_at_all() -> None:
    """The schema an endpoint is given knows the names, so this is a malformed answer, asked for once more."""
    bad = write_draft(nodes=[{"signal": "ask", "meaning": "m", "stage": "flying"}])
    model = ScriptedChatModel([bad, write_draft()])
    made, _ = await draft(model)
    assert made.origin == "drafted"
    assert "nodes.0.stage" in model.requests[1].messages[-1].content

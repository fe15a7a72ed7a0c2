from __future__ import annotations

from streamdial.domains import load_pack
from streamdial.personas import build_agent_persona
from streamdial.records import AccountMetadata, AgentResponse, DialogueStrategy, KnowledgeRow, Observed, Provenance

AT = Provenance(source_id="rec")
ACCOUNT = AccountMetadata(
    id="account",
    domain="automotive",
    language="en",
    provenance=AT,
    account="a1",
    name="Silverleaf Motors",
    bio="family cars",
    certification="Authorised dealer",
    location="Riverton",
    services=("test drives",),
    boundaries=("test drives", "Riverton"),
)


def respond(name: str, text: str) -> AgentResponse:
    return AgentResponse(id=name, domain="automotive", language="en", provenance=AT, text=text, raw_text=text)


def test_the_persona_rests_on_metadata_answers_and_knowledge() -> None:
    responses = [respond("r1", "The warranty is 8 years."), respond("r2", "Come by for a drive?")]
    strategies = [
        DialogueStrategy(
            id=f"s{i}",
            domain="automotive",
            language="en",
            provenance=AT,
            response_id=f"r{i}",
            text="",
            strategy=name,
            stage="clarification",
            confidence=0.9,
        )
        for i, name in enumerate(["product_answer", "product_answer", "closing"])
    ]
    row = KnowledgeRow(
        id="k", domain="automotive", language="en", provenance=AT, entity="Meridian", slot="seats", value="7", text="7"
    )
    persona = build_agent_persona(ACCOUNT, responses, strategies, [row], load_pack("automotive"))
    assert persona.identity.text == "Silverleaf Motors, family cars, Riverton"
    assert persona.certification is not None
    assert persona.certification.text == "Authorised dealer"
    assert [promise.evidence for promise in persona.commitments] == [("r1",)]
    assert [(use.strategy, use.count, use.share, use.evidence) for use in persona.strategies] == [
        ("product_answer", 2, 0.6667, ("s0", "s1")),
        ("closing", 1, 0.3333, ("s2",)),
    ]
    assert [boundary.text for boundary in persona.service_boundaries] == ["test drives", "Riverton", "Sells Meridian"]
    assert persona.style.evidence == ("r1", "r2")
    assert "50%" in persona.style.description
    assert persona.knowledge == (row,)


def test_what_the_profile_does_not_show_is_absent() -> None:
    bare = ACCOUNT.model_copy(update={"certification": "", "boundaries": (), "location": "", "bio": ""})
    persona = build_agent_persona(bare, [], [], [], load_pack("automotive"))
    assert persona.certification is None
    assert persona.service_boundaries == ()
    assert persona.style.sample_lines == ()
    assert persona.standing is None


def test_who_vouches_for_the_account_is_told_with_its_evidence() -> None:
    persona = build_agent_persona(
        ACCOUNT.model_copy(update={"standing": "certified"}), [], [], [], load_pack("automotive")
    )
    assert persona.standing == Observed(text="certified", evidence=("account",))


def test_rows_that_no_longer_hold_are_kept_beside_k() -> None:
    row = KnowledgeRow(
        id="k", domain="automotive", language="en", provenance=AT, entity="Meridian", slot="seats", value="7", text="7"
    )
    old = row.model_copy(update={"id": "old", "value": "6", "replaced_by": "k"})
    persona = build_agent_persona(ACCOUNT, [], [], [row, old], load_pack("automotive"))
    assert persona.knowledge == (row,)
    assert persona.other_versions == (old,)

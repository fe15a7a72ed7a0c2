"""StreamDial's assistant profiles: free-form bodies in, agent personas out, and back."""

from __future__ import annotations

import re
from typing import Any

from pydantic import JsonValue

from streamdial.corpora._knowledge import KnowledgeReader
from streamdial.corpora._scope import read_scope_rows
from streamdial.corpora._terms import find_field
from streamdial.corpora.free_form import (
    Path,
    Placer,
    is_absent,
    split_spans,
    walk_leaves,
    write_document,
    write_pointer,
)
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import StreamDialError
from streamdial.ids import make_id
from streamdial.records import AgentPersona, AgentStyle, Language, Observed, Provenance
from streamdial.text import measure_cjk_share

_SAYING = ("identity", "boundaries", "commitments")
"""Fields whose plain text may say what is sold, where, and on which terms."""
_LISTED = re.compile(r"\s*[;；\n]\s*")


def guess_language(body: JsonValue) -> Language:
    """Return the language a document is written in: zh where a tenth of its letters are Chinese."""
    text = "".join(value for _, value in walk_leaves(body) if isinstance(value, str))
    return "zh" if measure_cjk_share(text) > 0.1 else "en"


def read_profile(
    body: JsonValue, *, profile_id: str, pack: DomainPack, counts: Counts, file: str | None = None
) -> AgentPersona:
    """Return the agent persona a published profile describes; what it says was not shown stays absent.

    Every statement's evidence is the place it stands at, `car_stream_12#/服务承诺`. An identity that is not shown is an
    empty text at the place that says so. Where each place went is in `layout`; `write_profile` writes the body back.

    Knowledge is what the profile's rows say. Where they give no row of a slot the pack knows, what its business scope,
    commitments and lists of names say plainly is taken: names and kinds of what is sold, where it is, terms that hold
    for all. Each row has the characters of the text it quotes.

    Args:
        body: The profile: an object, as published.
        profile_id: Its id in the file.
        pack: The domain pack; decides which headers of the knowledge become slots.
        counts: Gets notes on what had no field.
        file: Name of the file it stands in, for the provenance of its rows.

    Raises:
        StreamDialError: If the body is no object.
    """
    if not isinstance(body, dict) or not body:
        raise StreamDialError(f"the profile {profile_id} is no object with fields.", fix="give the body of `profile`")
    language = guess_language(body)
    placer = Placer(body)
    reader = _ProfileReader(placer, profile_id)
    knowledge = KnowledgeReader(placer, profile_id, pack, language, file)
    plain: list[tuple[str, Path, str]] = []
    for path, value in placer.leaves.items():
        field = find_field("profile", str(path[0]))
        if field == "knowledge":
            knowledge.add(path)
        elif field and isinstance(value, str) and (field == "identity" or not is_absent(value)):
            reader.add(field, path, value)
            if field in _SAYING and not is_absent(value):
                plain.append((field, path, value))
    rows = knowledge.read()
    if not any(row.slot in pack.slots for row in rows):
        plain += [("names", path, value) for path, value in knowledge.list_named()]
        rows += read_scope_rows(plain, profile_id, pack, language, file)
    layout = placer.make_layout()
    if unknown := sorted({key for key in body if find_field("profile", key) is None}):
        counts.note(f"{profile_id}: no field for {', '.join(unknown)}; kept as it is")
    return AgentPersona(
        id=make_id("agent_persona", pack.id, profile_id, body),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=profile_id, derived_from=(profile_id,)),
        account=profile_id,
        identity=reader.make_identity(),
        certification=reader.certification,
        style=AgentStyle(
            description=reader.style,
            sample_lines=tuple(reader.lines),
            evidence=(*reader.line_evidence, *reader.style_evidence),
        ),
        service_boundaries=tuple(reader.boundaries),
        commitments=tuple(reader.commitments),
        knowledge=tuple(rows),
        layout=layout,
    )


def write_profile(persona: AgentPersona) -> dict[str, Any]:
    """Return the body of a profile out of the fields of a persona that was read from one.

    Raises:
        StreamDialError: If the persona has no layout: it was not read from a profile.
    """
    if persona.layout is None:
        raise StreamDialError(f"the persona {persona.id} was not read from a profile.", fix="export it instead")
    body = write_document(persona.model_dump(mode="json", exclude={"layout"}), persona.layout)
    assert isinstance(body, dict)
    return body


class _ProfileReader:
    """Takes the leaves outside the knowledge into the persona's fields."""

    def __init__(self, placer: Placer, profile_id: str) -> None:
        self._placer = placer
        self._profile_id = profile_id
        self._identity: list[tuple[str, str]] = []
        self._silent = ""
        self.certification: Observed | None = None
        self.style = ""
        self.lines: list[str] = []
        self.style_evidence: list[str] = []
        self.line_evidence: list[str] = []
        self.boundaries: list[Observed] = []
        self.commitments: list[Observed] = []

    def add(self, field: str, path: Path, text: str) -> None:
        """Put a leaf into a field: lists grow, single texts take further leaves as further lines."""
        place = f"{self._profile_id}#{write_pointer(path)}"
        if field in ("boundaries", "commitments"):
            listed = self.boundaries if field == "boundaries" else self.commitments
            name = "service_boundaries" if field == "boundaries" else "commitments"
            for span in split_spans(text, _LISTED):
                self._placer.place(path, f"/{name}/{len(listed)}/text", span)
                listed.append(Observed(text=span.text, evidence=(place,)))
        elif field == "lines" or (field == "style" and self.style):
            self._placer.place(path, f"/style/sample_lines/{len(self.lines)}")
            self.lines.append(text)
            self.line_evidence.append(place)
        elif field == "style":
            self._placer.place(path, "/style/description")
            self.style = text
            self.style_evidence.append(place)
        elif is_absent(text):
            self._silent = self._silent or place
        elif "\n" not in text:
            self._add_line(field, path, text, place)

    def _add_line(self, field: str, path: Path, text: str, place: str) -> None:
        if field == "identity":
            self._placer.place(path, f"/identity/text#{len(self._identity)}")
            self._identity.append((text, place))
        elif self.certification is None:
            self._placer.place(path, "/certification/text#0")
            self.certification = Observed(text=text, evidence=(place,))
        else:
            known = self.certification
            self._placer.place(path, f"/certification/text#{known.text.count(chr(10)) + 1}")
            self.certification = Observed(text=f"{known.text}\n{text}", evidence=(*known.evidence, place))

    def make_identity(self) -> Observed:
        """Return the identity; an empty one, at the place that says that it is not shown, where there is none."""
        if self._identity:
            return Observed(
                text="\n".join(text for text, _ in self._identity),
                evidence=tuple(place for _, place in self._identity),
            )
        return Observed(text="", evidence=(self._silent or self._profile_id,))

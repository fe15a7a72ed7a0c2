"""The short texts of a user persona, worded by a strong model; facts stay what was observed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.personas.utterances import MIN_UTTERANCES
from streamdial.prompts import hash_prompt, render_prompt
from streamdial.records import Observed, UserPersona, Utterance
from streamdial.slots import find_numbers, has_unread_figures
from streamdial.text import detect_language, fold_text


class PersonaWording(BaseModel):
    """What the model is asked for."""

    model_config = ConfigDict(extra="forbid")

    objective: str = Field(min_length=1)
    potential_utterances: list[str] = Field(min_length=MIN_UTTERANCES)


async def word_persona(model: ChatModel, persona: UserPersona, pack: DomainPack, counts: Counts) -> UserPersona:
    """Return a persona with objective and potential utterances in a model's words.

    A text with a figure that was not observed, or in another language, is left out and counted (`invented_number`,
    `other_language`); where too few utterances are left the observed ones fill up. A model that gives nothing usable
    leaves the persona as it is (`wording_unusable`). All other fields, and all evidence, stay as observed.

    Args:
        model: A model that can write structured answers.
        persona: A persona built from observed questions.
        pack: The domain pack.
        counts: Gets the drops.
    """
    language = persona.language
    prompt = render_prompt("persona", language, persona=persona, domain=pack.names[language])
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=700, temperature=0.7, purpose="persona"
    )
    wording = await try_structured(model, request, PersonaWording)
    if wording is None:
        counts.drop("wording_unusable")
        return persona
    objective = _accept(wording.objective, persona, counts) or persona.objective.text
    accepted = [text for text in (_accept(line, persona, counts) for line in wording.potential_utterances) if text]
    worded = [Utterance(text=text, origin="worded", evidence=persona.objective.evidence) for text in accepted]
    lines = {line.text: line for line in (*persona.potential_utterances, *worded)}
    order = dict.fromkeys([*accepted, *(line.text for line in persona.potential_utterances)])
    utterances = tuple(lines[text] for text in order)[: max(8, len(worded))]
    return persona.model_copy(
        update={
            "id": make_id("user_persona", persona.id, model.model_id, objective, list(order)),
            "objective": Observed(text=objective, evidence=persona.objective.evidence),
            "potential_utterances": utterances,
            "provenance": persona.provenance.model_copy(
                update={"prompt_hash": hash_prompt("persona", language), "model_id": model.model_id}
            ),
        }
    )


def _accept(text: str, persona: UserPersona, counts: Counts) -> str | None:
    folded = fold_text(text)
    observed = [inquiry.text for inquiry in persona.primary_inquiries]
    observed += [fact.text for fact in persona.basic_information]
    observed += [constraint.value for constraint in persona.constraints]
    known = {number.value for told in observed for number in find_numbers(told)}
    invented = any(number.value not in known and number.value > 2 for number in find_numbers(folded))
    if invented or has_unread_figures(folded):
        counts.drop("invented_number")
        return None
    if detect_language(folded) != persona.language:
        counts.drop("other_language")
        return None
    return folded or None

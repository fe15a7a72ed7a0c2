"""APS: user and agent personas from what was observed, and the agent's knowledge base."""

from streamdial.personas.agents import build_agent_persona
from streamdial.personas.knowledge import (
    Dispute,
    Knowledge,
    Match,
    extract_knowledge,
    mark_vanished,
    settle_versions,
    word_row,
)
from streamdial.personas.prose_facts import ProseFact, ProseReader
from streamdial.personas.prose_model import propose_rows
from streamdial.personas.queries import fulfils, parse_query
from streamdial.personas.rows import build_row
from streamdial.personas.statements import is_statement, is_testimony, word_testimony
from streamdial.personas.users import build_user_personas, word_bound
from streamdial.personas.wording import PersonaWording, word_persona

__all__ = [
    "Dispute",
    "Knowledge",
    "Match",
    "PersonaWording",
    "ProseFact",
    "ProseReader",
    "build_agent_persona",
    "build_row",
    "build_user_personas",
    "extract_knowledge",
    "fulfils",
    "is_statement",
    "is_testimony",
    "mark_vanished",
    "parse_query",
    "propose_rows",
    "settle_versions",
    "word_bound",
    "word_persona",
    "word_row",
    "word_testimony",
]

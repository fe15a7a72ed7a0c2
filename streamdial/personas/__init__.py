"""APS: personas that were observed, and what the agent knows."""

from streamdial.personas.agents import build_agent_persona
from streamdial.personas.knowledge import Knowledge, extract_knowledge, settle_versions
from streamdial.personas.users import build_user_personas
from streamdial.personas.wording import PersonaWording, word_persona

__all__ = [
    "Knowledge",
    "PersonaWording",
    "build_agent_persona",
    "build_user_personas",
    "extract_knowledge",
    "settle_versions",
    "word_persona",
]

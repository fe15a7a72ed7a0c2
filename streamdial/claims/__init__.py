"""Claims: what an utterance labels and states, read by code and held against what its speaker can know."""

from streamdial.claims.faults import Fault
from streamdial.claims.manner import MAX_LENGTH, find_confusion, find_misstep, leaves_role
from streamdial.claims.reading import ClaimReader, Reading
from streamdial.claims.situation import Situation, describe_situation, list_promises

__all__ = [
    "MAX_LENGTH",
    "ClaimReader",
    "Fault",
    "Reading",
    "Situation",
    "describe_situation",
    "find_confusion",
    "find_misstep",
    "leaves_role",
    "list_promises",
]

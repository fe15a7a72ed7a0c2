"""The fakes this project ships: scripted chat, speech and embedding models, and a mock endpoint with faults."""

from streamdial.testing.endpoint import Fault, Faults, MockEndpoint
from streamdial.testing.fakes import (
    EchoChatModel,
    GuidedFault,
    HashingEmbedder,
    ObedientModel,
    ScriptedChatModel,
    ScriptedTranscriber,
    read_quoted_line,
)
from streamdial.testing.peculiarities import PECULIARITIES

__all__ = [
    "PECULIARITIES",
    "EchoChatModel",
    "Fault",
    "Faults",
    "GuidedFault",
    "HashingEmbedder",
    "MockEndpoint",
    "ObedientModel",
    "ScriptedChatModel",
    "ScriptedTranscriber",
    "read_quoted_line",
]

"""SSI: five kinds of signal from speech, chat, comments, pages and profiles."""

from streamdial.signals.denoising import denoise_messages
from streamdial.signals.extraction import (
    SignalSet,
    build_reader,
    collect_facts,
    collect_signals,
    extract_signals,
    prepare_recording,
)
from streamdial.signals.pairing import PairingOptions, pair_questions
from streamdial.signals.screening import Decision, Screen, screen_recording
from streamdial.signals.settling import settle_kinds, settle_strategies, settle_uncertain_spans
from streamdial.signals.shown_things import is_said_meanwhile
from streamdial.signals.things import Thing, find_things, name_cards

__all__ = [
    "Decision",
    "PairingOptions",
    "Screen",
    "SignalSet",
    "Thing",
    "build_reader",
    "collect_facts",
    "collect_signals",
    "denoise_messages",
    "extract_signals",
    "find_things",
    "is_said_meanwhile",
    "name_cards",
    "pair_questions",
    "prepare_recording",
    "screen_recording",
    "settle_kinds",
    "settle_strategies",
    "settle_uncertain_spans",
]

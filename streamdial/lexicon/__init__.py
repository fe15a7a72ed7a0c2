"""Lexicons of millions of names and terms: compiled once, memory-mapped, searched exactly, by sound and by spelling."""

from streamdial.lexicon.building import build_lexicon, compile_lexicon
from streamdial.lexicon.compiled import Lexicon, LexiconMatch, open_lexicon
from streamdial.lexicon.entries import ENTRY_KINDS, EntryKind, LexiconEntry, read_entries
from streamdial.lexicon.sounds import code_metaphone, fold_characters, join_letters, read_syllables, spell_sounds
from streamdial.lexicon.wordhood import cut_words, get_usage, is_ordinary

__all__ = [
    "ENTRY_KINDS",
    "EntryKind",
    "Lexicon",
    "LexiconEntry",
    "LexiconMatch",
    "build_lexicon",
    "code_metaphone",
    "compile_lexicon",
    "cut_words",
    "fold_characters",
    "get_usage",
    "is_ordinary",
    "join_letters",
    "open_lexicon",
    "read_entries",
    "read_syllables",
    "spell_sounds",
]

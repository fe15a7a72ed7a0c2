"""The inventory of phrases: wordings by move, slot, verdict and language, written once for each vertical."""

from streamdial.phrases.composing import join_clauses, join_predicates, join_turn
from streamdial.phrases.inventory import Inventory, Phrase, load_inventory
from streamdial.phrases.naming import name_possessive, name_thing

__all__ = [
    "Inventory",
    "Phrase",
    "join_clauses",
    "join_predicates",
    "join_turn",
    "load_inventory",
    "name_possessive",
    "name_thing",
]

"""The data card: what is in a data set, how it came about and how to make it again; for people and for machines."""

from streamdial.exports.card.croissant import write_croissant
from streamdial.exports.card.data_card import render_card, write_data_card

__all__ = ["render_card", "write_croissant", "write_data_card"]

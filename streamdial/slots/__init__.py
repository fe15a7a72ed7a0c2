"""Slot values: found in texts, normalised and written, by the domain pack's schema."""

from streamdial.slots.cells import choose_bound, parse_value, read_cell
from streamdial.slots.clocks import CLOCK
from streamdial.slots.currencies import CODES as CURRENCY_CODES
from streamdial.slots.figures import NumberStyle, learn_number_style
from streamdial.slots.numbers import (
    NumberMention,
    format_number,
    list_readings,
    parse_chinese_number,
    parse_english_number,
    spell_number_pattern,
)
from streamdial.slots.purposes import PRICE_PARTS, measures_much
from streamdial.slots.quantities import Quantity, find_numbers, has_unread_figures, read_quantities
from streamdial.slots.reader import SlotMention, SlotReader
from streamdial.slots.refusals import Refusal
from streamdial.slots.short_names import find_aliases
from streamdial.slots.tables import (
    EVERYTHING,
    Fact,
    Facts,
    learn_table_style,
    list_entities,
    match_header,
    read_table,
)
from streamdial.slots.wording import (
    DONT_CARE,
    format_booking,
    format_money,
    format_value,
    join_phrases,
    split_parts,
    states_parts,
)

__all__ = [
    "CLOCK",
    "CURRENCY_CODES",
    "DONT_CARE",
    "EVERYTHING",
    "PRICE_PARTS",
    "Fact",
    "Facts",
    "NumberMention",
    "NumberStyle",
    "Quantity",
    "Refusal",
    "SlotMention",
    "SlotReader",
    "choose_bound",
    "find_aliases",
    "find_numbers",
    "format_booking",
    "format_money",
    "format_number",
    "format_value",
    "has_unread_figures",
    "join_phrases",
    "learn_number_style",
    "learn_table_style",
    "list_entities",
    "list_readings",
    "match_header",
    "measures_much",
    "parse_chinese_number",
    "parse_english_number",
    "parse_value",
    "read_cell",
    "read_quantities",
    "read_table",
    "spell_number_pattern",
    "split_parts",
    "states_parts",
]

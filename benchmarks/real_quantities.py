"""Quantities as people write them: how many of two tables of written forms are read right, whole or not at all.

Run from the checkout: `python -m benchmarks.real_quantities` prints the figures and each form that is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamdial.domains import load_pack
from streamdial.slots import Quantity, SlotReader, format_number, learn_number_style, read_cell, read_quantities

DATA = Path(__file__).parent.parent / "tests" / "data" / "slots"
FORMS = DATA / "quantities.jsonl"
"""One form a line: text, language, context (other text of its document), right (quantities), refused (a reason)."""
AMOUNTS = DATA / "amounts.jsonl"
"""One message or cell a line: text, language, domain, right (slot to value); of a cell its slot, right or refused."""


def read_forms(path: Path = FORMS) -> list[dict[str, Any]]:
    """Return a table of written forms, by default that of quantities."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judge_form(form: dict[str, Any]) -> tuple[bool, int, str]:
    """Return whether a form is read right, how many of the values read are wrong, and what was read."""
    style = learn_number_style([form["context"]]) if "context" in form else None
    quantities, refusals = read_quantities(form["text"], language=form["language"], style=style)
    read = [_write(quantity) for quantity in quantities]
    wrong = sum(one not in form["right"] for one in read)
    reasons = {refusal.reason for refusal in refusals}
    right = read == form["right"] and (form.get("refused") in reasons if "refused" in form else not reasons)
    return right, wrong, f"{read} {sorted(reasons)}"


def judge_amount(form: dict[str, Any]) -> tuple[bool, int, str]:
    """Return whether a message or a cell gives a pack's slots what it says of them, how many wrong values, and what."""
    pack, right = load_pack(form["domain"]), form.get("right", {})
    if "cell" in form:
        parsed = read_cell(pack, pack.slots[form["cell"]], form["text"], form["language"])
        told = parsed if isinstance(parsed, str) else parsed[0]
        good = told == (form["refused"] if "refused" in form else format_number(right))
        return good, int(not good and not isinstance(parsed, str)), told
    numeric = {name for name, slot in pack.slots.items() if slot.type in ("money", "quantity", "count")}
    mentions = SlotReader(pack, form["language"]).find_values(form["text"])
    read = [(mention.slot, mention.value) for mention in mentions if mention.slot in numeric]
    return sorted(read) == sorted(right.items()), sum(right.get(slot) != value for slot, value in read), str(read)


def _write(quantity: Quantity) -> dict[str, Any]:
    found: dict[str, Any] = {"low": quantity.low, "high": quantity.high}
    if quantity.currency:
        found["currency"] = quantity.currency
    if quantity.unit:
        found["unit"] = quantity.unit
    return found


def measure_quantities() -> dict[str, float]:
    """Return the share of written forms that are read right, and how many wrong values were read in all of them."""
    judged = [judge_form(form) for form in read_forms()]
    amounts = [judge_amount(form) for form in read_forms(AMOUNTS)]
    return {
        "quantity_forms": float(len(judged)),
        "quantity_forms_right": sum(right for right, _, _ in judged) / len(judged),
        "quantity_values_wrong": float(sum(wrong for _, wrong, _ in judged)),
        "amount_forms": float(len(amounts)),
        "amount_forms_right": sum(right for right, _, _ in amounts) / len(amounts),
        "amount_values_wrong": float(sum(wrong for _, wrong, _ in amounts)),
    }


if __name__ == "__main__":
    for path, judge in ((FORMS, judge_form), (AMOUNTS, judge_amount)):
        for form in read_forms(path):
            right, _, told = judge(form)
            if not right:
                wanted = f"{form.get('right', '')} {form.get('refused', '')}"
                print(f"{form['language']} {form.get('cell', '')} {form['text']!r}: {told}, right: {wanted}")
    for name, value in measure_quantities().items():
        print(f"{name} {value:g}")

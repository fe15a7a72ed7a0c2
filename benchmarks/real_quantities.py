"""Quantities as people write them: how many of a table of written forms are read right, whole or not at all.

Run from the checkout: `python -m benchmarks.real_quantities` prints the figures and each form that is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamdial.slots import Quantity, learn_number_style, read_quantities

FORMS = Path(__file__).parent.parent / "tests" / "data" / "slots" / "quantities.jsonl"
"""One form a line: text, language, context (other text of its document), right (quantities), refused (a reason)."""


def read_forms() -> list[dict[str, Any]]:
    """Return the table of written forms."""
    return [json.loads(line) for line in FORMS.read_text(encoding="utf-8").splitlines()]


def judge_form(form: dict[str, Any]) -> tuple[bool, int, str]:
    """Return whether a form is read right, how many of the values read are wrong, and what was read."""
    style = learn_number_style([form["context"]]) if "context" in form else None
    quantities, refusals = read_quantities(form["text"], language=form["language"], style=style)
    read = [_write(quantity) for quantity in quantities]
    wrong = sum(one not in form["right"] for one in read)
    reasons = {refusal.reason for refusal in refusals}
    right = read == form["right"] and (form.get("refused") in reasons if "refused" in form else not reasons)
    return right, wrong, f"{read} {sorted(reasons)}"


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
    return {
        "quantity_forms": float(len(judged)),
        "quantity_forms_right": sum(right for right, _, _ in judged) / len(judged),
        "quantity_values_wrong": float(sum(wrong for _, wrong, _ in judged)),
    }


if __name__ == "__main__":
    for form in read_forms():
        right, _, told = judge_form(form)
        if not right:
            print(f"{form['language']} {form['text']!r}: {told}, right: {form['right']} {form.get('refused', '')}")
    for name, value in measure_quantities().items():
        print(f"{name} {value:g}")

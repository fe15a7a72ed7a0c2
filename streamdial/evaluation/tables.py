"""An evaluation as a table for people."""

from __future__ import annotations

from streamdial.evaluation.comparison import Evaluation, Row, group_rows
from streamdial.evaluation.metrics.intervals import Statistic


def name_statistic(figure: Statistic) -> str:
    """Return what a figure is called: `distinct 2 (zh)`."""
    name = figure.name.replace("_", " ")
    return f"{name} ({figure.language})" if figure.language else name


def format_value(figure: Statistic) -> str:
    """Return a value with its interval: `0.41 [0.38, 0.44]`; n/a where there is none."""
    if figure.value is None:
        return "n/a"
    told = format_number(figure.value)
    if figure.low is None or figure.high is None:
        return told
    return f"{told} [{format_number(figure.low)}, {format_number(figure.high)}]"


def format_number(value: float) -> str:
    """Return a number with three digits that count."""
    return (
        f"{value:,.0f}"
        if abs(value) >= 1000
        else f"{value:.1f}"
        if abs(value) >= 100
        else f"{value:.2f}"
        if abs(value) >= 10
        else f"{value:.3f}"
    )


def format_apart(row: Row) -> str:
    """Return whether two intervals are apart: yes, no, or nothing where that cannot be told."""
    return {True: "yes", False: "no", None: ""}[row.apart]


def format_remark(row: Row) -> str:
    """Return on what a figure rests, or why there is none."""
    own, other = row.own, row.other
    if other is None:
        return own.reason or own.basis
    if own.reason and other.reason:
        return own.reason if own.reason == other.reason else f"{own.reason} / {other.reason}"
    told = [(own.reason or own.basis), (other.reason or other.basis)]
    return told[0] if told[0] == told[1] else " / ".join(told)


def render_markdown(evaluation: Evaluation) -> str:
    """Return an evaluation as Markdown: a table a section, then what there is to say."""
    title = f"{evaluation.name} against {evaluation.other}" if evaluation.other else evaluation.name
    lines = [f"# Evaluation: {_escape(title)}", "", "Brackets are 95% intervals, resampled by dialogue."]
    if evaluation.other:
        lines[-1] += " What depends on size is measured on as much of each set. Apart: the intervals do not meet."
    for section, rows in group_rows(evaluation):
        pair = evaluation.other and any(row.other for row in rows)
        heads = [
            "measure",
            evaluation.name,
            *([evaluation.other, "apart"] if pair else []),
            "unit",
            "on what, or why not",
        ]
        lines += ["", f"## {_escape(section)}", "", _write_row(heads), _write_row(["---"] * len(heads))]
        for row in rows:
            cells = [name_statistic(row.own), format_value(row.own)]
            if pair:
                cells += [format_value(row.other) if row.other else "", format_apart(row)]
            lines.append(_write_row([*cells, row.own.unit, format_remark(row)]))
    if evaluation.notes:
        lines += ["", "## Notes", "", *(f"- {_escape(note)}" for note in evaluation.notes)]
    return "\n".join(lines) + "\n"


def _write_row(cells: list[str]) -> str:
    return "| " + " | ".join(_escape(cell) for cell in cells) + " |"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")

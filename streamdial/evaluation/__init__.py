"""Evaluation: measures of a set, judges, people and state trackers. What is not re-exported here is in its sub-room."""

from streamdial.evaluation.comparison import Evaluation, Row, evaluate, group_rows
from streamdial.evaluation.dialogues import Talk, TalkSet, collect_talks
from streamdial.evaluation.dst.material import TrackingOptions
from streamdial.evaluation.dst.protocol import Trial, list_cells
from streamdial.evaluation.dst.runner import Tracking, run_tracking
from streamdial.evaluation.judges.criteria import load_criteria
from streamdial.evaluation.judges.judging import Judging
from streamdial.evaluation.metrics.adherence import measure_adherence
from streamdial.evaluation.metrics.intervals import Figure
from streamdial.evaluation.reading import read_talks
from streamdial.evaluation.runner import EvaluationOptions, export_for_people, run_evaluation, write_evaluation
from streamdial.evaluation.sets import measure_set
from streamdial.evaluation.tables import format_apart, format_remark, format_value, name_figure, render_markdown

__all__ = [
    "Evaluation",
    "EvaluationOptions",
    "Figure",
    "Judging",
    "Row",
    "Talk",
    "TalkSet",
    "Tracking",
    "TrackingOptions",
    "Trial",
    "collect_talks",
    "evaluate",
    "export_for_people",
    "format_apart",
    "format_remark",
    "format_value",
    "group_rows",
    "list_cells",
    "load_criteria",
    "measure_adherence",
    "measure_set",
    "name_figure",
    "read_talks",
    "render_markdown",
    "run_evaluation",
    "run_tracking",
    "write_evaluation",
]

"""Evaluation: measures of a set, judges, people and state trackers. What is not re-exported here is in its sub-room."""

from streamdial.evaluation.comparison import Evaluation, Row, evaluate, group_rows
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue, collect_dialogues
from streamdial.evaluation.dst.material import TrackingOptions
from streamdial.evaluation.dst.protocol import Trial, list_cells
from streamdial.evaluation.dst.runner import Tracking, run_tracking
from streamdial.evaluation.judges.criteria import load_criteria
from streamdial.evaluation.judges.judging import Judging
from streamdial.evaluation.metrics.adherence import measure_adherence
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.metrics.metric import Measured, Metric
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.evaluation.runner import (
    EvaluationOptions,
    HumanEvalOptions,
    export_human_eval,
    run_evaluation,
    write_evaluation,
)
from streamdial.evaluation.sets import measure_set
from streamdial.evaluation.tables import format_apart, format_remark, format_value, name_statistic, render_markdown

__all__ = [
    "DialogueSet",
    "EvaluatedDialogue",
    "Evaluation",
    "EvaluationOptions",
    "HumanEvalOptions",
    "Judging",
    "Measured",
    "Metric",
    "Row",
    "Statistic",
    "Tracking",
    "TrackingOptions",
    "Trial",
    "collect_dialogues",
    "evaluate",
    "export_human_eval",
    "format_apart",
    "format_remark",
    "format_value",
    "group_rows",
    "list_cells",
    "load_criteria",
    "measure_adherence",
    "measure_set",
    "name_statistic",
    "read_dialogue_set",
    "render_markdown",
    "run_evaluation",
    "run_tracking",
    "write_evaluation",
]

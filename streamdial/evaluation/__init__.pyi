from .comparison import Evaluation, Row, evaluate, group_rows
from .dialogues import DialogueSet, EvaluatedDialogue, collect_dialogues
from .dst.material import TrackingOptions
from .dst.protocol import Trial, list_cells
from .dst.runner import Tracking, run_tracking
from .judges.criteria import load_criteria
from .judges.judging import Judging
from .metrics.adherence import measure_adherence
from .metrics.intervals import Statistic
from .metrics.metric import Measured, Metric
from .reading import read_dialogue_set
from .runner import (
    EvaluationOptions,
    HumanEvalOptions,
    export_human_eval,
    run_evaluation,
    write_evaluation,
)
from .sets import measure_set
from .tables import format_apart, format_remark, format_value, name_statistic, render_markdown

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

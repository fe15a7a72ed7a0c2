"""Evaluation: what a data set is worth, measured."""

from streamdial.evaluation.adherence import (
    Adherence,
    compare_order,
    list_places,
    measure_adherence,
    measure_set_adherence,
)
from streamdial.evaluation.agreement import compute_alpha, compute_correlation, compute_kappa
from streamdial.evaluation.anchored import list_anchored, report_drift
from streamdial.evaluation.answers import Answer, correlate_with_judges, read_answers, read_key, summarise_answers
from streamdial.evaluation.bleu import compute_self_bleu, measure_self_bleu
from streamdial.evaluation.comparison import Evaluation, Row, evaluate, group_rows
from streamdial.evaluation.coverage import measure_coverage
from streamdial.evaluation.criteria import DIMENSIONS, Criterion, get_criterion, load_criteria
from streamdial.evaluation.duplicates import find_nearest, measure_duplicates
from streamdial.evaluation.embeddings import SpokenVectors, embed_turns, measure_vendi
from streamdial.evaluation.fidelity import compute_frechet, find_covered, measure_fidelity
from streamdial.evaluation.grounding import Claim, KnowledgeIndex, find_support, list_claims, measure_grounding
from streamdial.evaluation.intervals import Figure, Ratio, measure_ratios, measure_spread
from streamdial.evaluation.judges import Judgement, Panel, ask_judge, ask_panel, name_family
from streamdial.evaluation.judging import Judged, Judging, judge_sets
from streamdial.evaluation.leakage import measure_personal_data, measure_shared_runs, measure_source_overlap
from streamdial.evaluation.manners import measure_manners
from streamdial.evaluation.metrics import Limits, Measured, Metric
from streamdial.evaluation.mtld import compute_mtld, measure_mtld
from streamdial.evaluation.ngrams import compute_adjusted_distinct, compute_distinct, compute_entropy, measure_ngrams
from streamdial.evaluation.people import Item, choose_items, write_items
from streamdial.evaluation.prompted_tracker import PromptedTracker, describe_slots, run_prompted_protocol
from streamdial.evaluation.protocol import Trial, list_cells, render_protocol, run_protocol
from streamdial.evaluation.questions import (
    Question,
    build_checklist,
    build_choice,
    build_rating,
    list_ratings,
    list_requirements,
)
from streamdial.evaluation.ratings import settle_choices, summarise_checklists, summarise_choices, summarise_ratings
from streamdial.evaluation.reading import read_talks
from streamdial.evaluation.recovery import Told, measure_recovery, read_annotation, read_wording
from streamdial.evaluation.running import EvaluationOptions, export_for_people, run_evaluation, write_evaluation
from streamdial.evaluation.sets import find_limits, find_pack, measure_nearness, measure_set
from streamdial.evaluation.state_baselines import LookupTracker, MajorityTracker
from streamdial.evaluation.state_sets import MadeSet, read_made, read_real
from streamdial.evaluation.state_values import normalise_by_pack, normalise_multiwoz, normalise_value
from streamdial.evaluation.states import (
    StateDialogue,
    StateTurn,
    list_schema,
    read_state_dialogues,
    rename_slots,
    split_dialogues,
)
from streamdial.evaluation.subsamples import draw_subsamples, embed_whole
from streamdial.evaluation.tables import format_apart, format_remark, format_value, name_figure, render_markdown
from streamdial.evaluation.talks import Talk, TalkSet, collect_talks
from streamdial.evaluation.tracker import LinearTracker, Tracker, TrackerOptions
from streamdial.evaluation.tracking import TrackingScores, list_slots, score_states
from streamdial.evaluation.tracking_material import TrackingOptions
from streamdial.evaluation.tracking_runs import Tracking, run_tracking
from streamdial.evaluation.vendi import compute_vendi

__all__ = [
    "DIMENSIONS",
    "Adherence",
    "Answer",
    "Claim",
    "Criterion",
    "Evaluation",
    "EvaluationOptions",
    "Figure",
    "Item",
    "Judged",
    "Judgement",
    "Judging",
    "KnowledgeIndex",
    "Limits",
    "LinearTracker",
    "LookupTracker",
    "MadeSet",
    "MajorityTracker",
    "Measured",
    "Metric",
    "Panel",
    "PromptedTracker",
    "Question",
    "Ratio",
    "Row",
    "SpokenVectors",
    "StateDialogue",
    "StateTurn",
    "Talk",
    "TalkSet",
    "Told",
    "Tracker",
    "TrackerOptions",
    "Tracking",
    "TrackingOptions",
    "TrackingScores",
    "Trial",
    "ask_judge",
    "ask_panel",
    "build_checklist",
    "build_choice",
    "build_rating",
    "choose_items",
    "collect_talks",
    "compare_order",
    "compute_adjusted_distinct",
    "compute_alpha",
    "compute_correlation",
    "compute_distinct",
    "compute_entropy",
    "compute_frechet",
    "compute_kappa",
    "compute_mtld",
    "compute_self_bleu",
    "compute_vendi",
    "correlate_with_judges",
    "describe_slots",
    "draw_subsamples",
    "embed_turns",
    "embed_whole",
    "evaluate",
    "export_for_people",
    "find_covered",
    "find_limits",
    "find_nearest",
    "find_pack",
    "find_support",
    "format_apart",
    "format_remark",
    "format_value",
    "get_criterion",
    "group_rows",
    "judge_sets",
    "list_anchored",
    "list_cells",
    "list_claims",
    "list_places",
    "list_ratings",
    "list_requirements",
    "list_schema",
    "list_slots",
    "load_criteria",
    "measure_adherence",
    "measure_coverage",
    "measure_duplicates",
    "measure_fidelity",
    "measure_grounding",
    "measure_manners",
    "measure_mtld",
    "measure_nearness",
    "measure_ngrams",
    "measure_personal_data",
    "measure_ratios",
    "measure_recovery",
    "measure_self_bleu",
    "measure_set",
    "measure_set_adherence",
    "measure_shared_runs",
    "measure_source_overlap",
    "measure_spread",
    "measure_vendi",
    "name_family",
    "name_figure",
    "normalise_by_pack",
    "normalise_multiwoz",
    "normalise_value",
    "read_annotation",
    "read_answers",
    "read_key",
    "read_made",
    "read_real",
    "read_state_dialogues",
    "read_talks",
    "read_wording",
    "rename_slots",
    "render_markdown",
    "render_protocol",
    "report_drift",
    "run_evaluation",
    "run_prompted_protocol",
    "run_protocol",
    "run_tracking",
    "score_states",
    "settle_choices",
    "split_dialogues",
    "summarise_answers",
    "summarise_checklists",
    "summarise_choices",
    "summarise_ratings",
    "write_evaluation",
    "write_items",
]

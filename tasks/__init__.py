"""Prefect tasks: one retryable, cached unit of work each, which does a step of `streamdial.pipeline`."""

from streamdial import defaults  # noqa: F401  (before Prefect is imported)
from streamdial.tasks.artifacts import show_counts, show_files, show_sample
from streamdial.tasks.evaluation import evaluate_set
from streamdial.tasks.steps import run_task

__all__ = ["evaluate_set", "run_task", "show_counts", "show_files", "show_sample"]

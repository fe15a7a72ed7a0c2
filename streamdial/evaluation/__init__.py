"""Evaluation: what a data set is worth, measured."""

from streamdial.evaluation.adherence import Adherence, compare_order, list_places, measure_adherence

__all__ = ["Adherence", "compare_order", "list_places", "measure_adherence"]

"""Evaluation: what a data set is worth, measured."""

from streamdial.evaluation.adherence import Adherence, list_places, measure_adherence

__all__ = ["Adherence", "list_places", "measure_adherence"]

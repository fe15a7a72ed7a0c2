"""Metrics of a set, one module each, and the intervals around them."""

"""Measures of a set, a module each, and the intervals around them."""

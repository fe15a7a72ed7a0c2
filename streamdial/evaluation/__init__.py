"""Evaluation: metrics of a set, judges, human evaluation and state tracking; further names are in the sub-packages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

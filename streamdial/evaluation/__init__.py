"""Evaluation: measures of a set, judges, people and state trackers. What is not re-exported here is in its sub-room."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

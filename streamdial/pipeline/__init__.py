"""The pipeline: settings, the folder of a run, its phases as plain functions, and one class to use them from Python."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

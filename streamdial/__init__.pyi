from ._version import __version__
from .pipeline import (
    FilteredDialogues,
    LoadedRun,
    Pipeline,
    RunSettings,
    ToolUseSettings,
    evaluate,
    evaluate_async,
    filter_dialogues,
    load_run,
)

__all__ = [
    "FilteredDialogues",
    "LoadedRun",
    "Pipeline",
    "RunSettings",
    "ToolUseSettings",
    "__version__",
    "evaluate",
    "evaluate_async",
    "filter_dialogues",
    "load_run",
]

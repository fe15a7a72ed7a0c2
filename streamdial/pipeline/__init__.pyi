from .ablating import AblationSettings, run_ablation
from .blueprints import make_blueprint
from .dead_letters import DeadLetters
from .dialogues import assign_run, make_shard
from .evaluating import evaluate, evaluate_async, track, track_async
from .exporting import DELIVERY, collect_data_set, export_shards
from .filtering import compare_partition_of, embed_shards, filter_shards
from .fingerprint import LEFT_OUT, collect_parts, compute_fingerprint, list_changed
from .finished import find_finished
from .generation_rules import GenerationRules, load_generation_rules
from .given_agents import load_given_agents
from .knowledge import refresh_account
from .loading import LoadedRun, open_records
from .manifest import read_manifest, write_manifest
from .material import take_stock
from .merging import MergedSet, merge_runs
from .personas import make_agent_persona, make_user_personas
from .pipeline import Pipeline
from .results import AgentPair
from .run import Run, close_run, open_run
from .settings import BaseSettings, RunSettings
from .shards import count_open
from .signals import ingest_recording, list_recordings
from .storage import Storage
from .tool_accounts import load_base, make_table_account
from .tool_dialogues import assign_tool_run, make_environment, make_tool_shard
from .tool_settings import ToolUseSettings
from .views import BuiltBlueprints, BuiltPersonas, FilteredDialogues, MadeDialogues, MinedSignals, filter_dialogues
from .workspace import Workspace

__all__ = [
    "DELIVERY",
    "LEFT_OUT",
    "AblationSettings",
    "AgentPair",
    "BaseSettings",
    "BuiltBlueprints",
    "BuiltPersonas",
    "DeadLetters",
    "FilteredDialogues",
    "GenerationRules",
    "LoadedRun",
    "MadeDialogues",
    "MergedSet",
    "MinedSignals",
    "Pipeline",
    "Run",
    "RunSettings",
    "Storage",
    "ToolUseSettings",
    "Workspace",
    "assign_run",
    "assign_tool_run",
    "close_run",
    "collect_data_set",
    "collect_parts",
    "compare_partition_of",
    "compute_fingerprint",
    "count_open",
    "embed_shards",
    "evaluate",
    "evaluate_async",
    "export_shards",
    "filter_dialogues",
    "filter_shards",
    "find_finished",
    "ingest_recording",
    "list_changed",
    "list_recordings",
    "load_base",
    "load_generation_rules",
    "load_given_agents",
    "make_agent_persona",
    "make_blueprint",
    "make_environment",
    "make_shard",
    "make_table_account",
    "make_tool_shard",
    "make_user_personas",
    "merge_runs",
    "open_records",
    "open_run",
    "read_manifest",
    "refresh_account",
    "run_ablation",
    "take_stock",
    "track",
    "track_async",
    "write_manifest",
]

"""Tasks: one retryable, cached unit of work each."""

from streamdial.tasks._resources import Run, close_run, open_run
from streamdial.tasks._shards import count_open
from streamdial.tasks.artifacts import show_counts, show_files, show_sample
from streamdial.tasks.blueprints import make_blueprint
from streamdial.tasks.corpora import load_given_experts
from streamdial.tasks.dialogues import make_shard, plan_dialogues
from streamdial.tasks.evaluation import evaluate_set
from streamdial.tasks.exporting import export_dataset
from streamdial.tasks.filtering import filter_shards, read_dialogues
from streamdial.tasks.ingestion import ingest_account, list_recordings
from streamdial.tasks.knowledge import mark_knowledge, refresh_knowledge_of
from streamdial.tasks.personas import make_agent_persona, make_user_personas
from streamdial.tasks.tool_origins import load_base, make_table_account
from streamdial.tasks.tool_use import make_tool_shard, make_world, plan_tool_dialogues

__all__ = [
    "Run",
    "close_run",
    "count_open",
    "evaluate_set",
    "export_dataset",
    "filter_shards",
    "ingest_account",
    "list_recordings",
    "load_base",
    "load_given_experts",
    "make_agent_persona",
    "make_blueprint",
    "make_shard",
    "make_table_account",
    "make_tool_shard",
    "make_user_personas",
    "make_world",
    "mark_knowledge",
    "open_run",
    "plan_dialogues",
    "plan_tool_dialogues",
    "read_dialogues",
    "refresh_knowledge_of",
    "show_counts",
    "show_files",
    "show_sample",
]

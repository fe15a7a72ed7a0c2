"""Published dialogue sets, read as our records and written back."""

from streamdial.corpora.comment_threads import THREADS, read_thread_dialogues
from streamdial.corpora.free_form import count_leaves
from streamdial.corpora.seeds import map_slots, open_corpus, read_seeds, recognise_corpus
from streamdial.corpora.streamdial_files import read_plans, read_profiles
from streamdial.corpora.streamdial_plans import read_plan, write_plan
from streamdial.corpora.streamdial_profiles import read_profile, write_profile

__all__ = [
    "THREADS",
    "count_leaves",
    "map_slots",
    "open_corpus",
    "read_plan",
    "read_plans",
    "read_profile",
    "read_profiles",
    "read_seeds",
    "read_thread_dialogues",
    "recognise_corpus",
    "write_plan",
    "write_profile",
]

"""Python imports this file at its start: workers of a benchmark and commands it runs compare by hashed tokens."""

from benchmarks.hashed_sentences import use_hashing

use_hashing()

"""Python imports this file at its start: workers of a benchmark and commands it runs compare by hashed tokens."""

from benchmarks.hashing import use_hashing

use_hashing()

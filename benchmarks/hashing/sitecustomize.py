"""Lets the worker processes of a benchmark compare sentences by hashed tokens: they import this file at their start."""

import streamdial.models
from streamdial.models import CachedEmbedder
from streamdial.testing import HashingEmbedder

streamdial.models.build_embedder = lambda _, path: CachedEmbedder(HashingEmbedder(256), path)

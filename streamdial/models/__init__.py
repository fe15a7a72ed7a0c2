"""Models behind Protocols: chat, embedding, speech, pictures. Heavy libraries are imported on first use, never here."""

from streamdial.models._protocols import (
    Box,
    ChatMessage,
    ChatModel,
    ChatReply,
    ChatRequest,
    Embedder,
    FunctionCall,
    Picture,
    PictureReader,
    Transcriber,
    Vectors,
)
from streamdial.models.batching import BatchingEmbedder
from streamdial.models.budget import Allowance, Budget, Cost, Phase, Price, find_phase
from streamdial.models.build import STRONG_MODES, GuidedBy, Mode, ModelChoice, build_chat_model, is_local
from streamdial.models.call_cache import CallCache
from streamdial.models.embedding import OFFLINE_EMBEDDER, CachedEmbedder, build_embedder
from streamdial.models.heard_parts import HeardSegment, mask_words
from streamdial.models.limits import AdaptiveLimiter, TokenBucket
from streamdial.models.picture_text import build_picture_reader, can_read_pictures
from streamdial.models.prices import choose_price, find_price
from streamdial.models.runtime import ModelRuntime, Usage
from streamdial.models.speech import Diarize, Engine, build_transcriber
from streamdial.models.structured import UNUSABLE, complete_structured, run_together, try_structured
from streamdial.models.transcript_guard import Decoding, find_made_up

__all__ = [
    "OFFLINE_EMBEDDER",
    "STRONG_MODES",
    "UNUSABLE",
    "AdaptiveLimiter",
    "Allowance",
    "BatchingEmbedder",
    "Box",
    "Budget",
    "CachedEmbedder",
    "CallCache",
    "ChatMessage",
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "Cost",
    "Decoding",
    "Diarize",
    "Embedder",
    "Engine",
    "FunctionCall",
    "GuidedBy",
    "HeardSegment",
    "Mode",
    "ModelChoice",
    "ModelRuntime",
    "Phase",
    "Picture",
    "PictureReader",
    "Price",
    "TokenBucket",
    "Transcriber",
    "Usage",
    "Vectors",
    "build_chat_model",
    "build_embedder",
    "build_picture_reader",
    "build_transcriber",
    "can_read_pictures",
    "choose_price",
    "complete_structured",
    "find_made_up",
    "find_phase",
    "find_price",
    "is_local",
    "mask_words",
    "run_together",
    "try_structured",
]

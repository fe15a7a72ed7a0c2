"""Readers: files and URLs to source records."""

from streamdial.sources.comments import read_comments
from streamdial.sources.danmaku import read_danmaku
from streamdial.sources.kinds import SourceKind, detect_kind
from streamdial.sources.livechat import read_live_chat
from streamdial.sources.page import read_page
from streamdial.sources.profile import read_profile
from streamdial.sources.recording import (
    Recording,
    RecordingFiles,
    detect_language,
    open_recordings,
    read_account,
    read_recording,
)
from streamdial.sources.speech import read_speech
from streamdial.sources.transcript import read_transcript

__all__ = [
    "Recording",
    "RecordingFiles",
    "SourceKind",
    "detect_kind",
    "detect_language",
    "open_recordings",
    "read_account",
    "read_comments",
    "read_danmaku",
    "read_live_chat",
    "read_page",
    "read_profile",
    "read_recording",
    "read_speech",
    "read_transcript",
]

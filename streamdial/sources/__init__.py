"""Readers: files and URLs to source records."""

from streamdial.sources._records import RecordMaker
from streamdial.sources.comments import read_comments
from streamdial.sources.danmaku import read_danmaku
from streamdial.sources.fetching import Fetched, NotModifiedError, Validators, fetch_page
from streamdial.sources.livechat import read_live_chat
from streamdial.sources.page import is_url, read_page
from streamdial.sources.profile import read_profile
from streamdial.sources.reader import GUESS, STRUCTURE, Gives, Head, ReadContext, Reader, detect_kind
from streamdial.sources.recording import Recording, detect_language, read_account, read_recording
from streamdial.sources.recording_files import WINDOW_FILE, RecordingFiles, open_recordings
from streamdial.sources.shown import make_caption_segments, make_card_pages
from streamdial.sources.speech import read_speech
from streamdial.sources.transcript import read_transcript

__all__ = [
    "GUESS",
    "STRUCTURE",
    "WINDOW_FILE",
    "Fetched",
    "Gives",
    "Head",
    "NotModifiedError",
    "ReadContext",
    "Reader",
    "RecordMaker",
    "Recording",
    "RecordingFiles",
    "Validators",
    "detect_kind",
    "detect_language",
    "fetch_page",
    "is_url",
    "make_caption_segments",
    "make_card_pages",
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

"""What stands on the screen: frames of a video to captions and cards, a picture to its text."""

from streamdial.screen.alignment import Aligned, align_captions
from streamdial.screen.frames import VideoInfo, may_have_sound, probe_video
from streamdial.screen.lines import Line
from streamdial.screen.reading import (
    ScreenMode,
    ScreenReading,
    ScreenText,
    ShownCard,
    open_picture,
    read_picture,
    read_screen,
)

__all__ = [
    "Aligned",
    "Line",
    "ScreenMode",
    "ScreenReading",
    "ScreenText",
    "ShownCard",
    "VideoInfo",
    "align_captions",
    "may_have_sound",
    "open_picture",
    "probe_video",
    "read_picture",
    "read_screen",
]

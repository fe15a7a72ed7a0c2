"""How fast a long recording is heard: its parts one by one with all threads, and side by side with one each.

    python -m benchmarks.speech --json speech.json

The speech of the English example, several times in a row, as one file; whisper-base by faster-whisper. Both ways are
run in turn, twice; what they hear is compared word by word.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine, measure_peak
from streamdial.machine import count_cores
from streamdial.models.heard_parts import cut_sound
from streamdial.models.speech import FasterWhisperTranscriber

EXAMPLE = Path(__file__).parent.parent / "examples" / "automotive_live" / "speech.ogg"
TIMES = 3
"""How often the example stands in the file."""
ROUNDS = 2


def write_recording(path: Path) -> tuple[float, int]:
    """Write the recording and return its seconds and its parts."""
    from faster_whisper import decode_audio

    rate = FasterWhisperTranscriber.RATE
    sound = np.tile(decode_audio(str(EXAMPLE), sampling_rate=rate), TIMES)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound * 32767).astype(np.int16).tobytes())
    return len(sound) / rate, len(cut_sound(sound, rate))


def hear(path: Path, workers: int) -> tuple[float, list[str]]:
    """Return the seconds it takes with so many parts at once, and the words; loading the weights is not counted."""
    transcriber = FasterWhisperTranscriber("whisper-base")
    transcriber._load_model(workers)
    begun = time.monotonic()
    segments = transcriber.transcribe(path, language="en", source_id="speech")
    return time.monotonic() - begun, [word.text for segment in segments for word in segment.words]


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('faster-whisper', 'ctranslate2')}\n")
    took: dict[int, list[float]] = {1: [], count_cores(): []}
    heard: dict[int, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.wav"
        seconds, parts = write_recording(path)
        for _ in range(ROUNDS):
            for workers in took:
                spent, heard[workers] = hear(path, workers)
                took[workers].append(spent)
                print(f"{workers} at once: {spent:.1f} s for {seconds:.0f} s in {parts} parts", flush=True)
    one, side = (statistics.median(spent) for spent in took.values())
    figures: dict[str, Any] = {
        "seconds_of_sound": seconds,
        "parts": parts,
        "speed_up_of_parts": one / side,
        "times_real_time": seconds / side,
        "same_words": float(heard[1] == heard[count_cores()]),
        "peak_mib": measure_peak(),
    }
    for name, value in figures.items():
        print(f"{name}: {value:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

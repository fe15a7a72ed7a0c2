"""Ends a run that is interrupted or cannot go on: within seconds, in one line that says how to go on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

import psutil

from streamdial.errors import StreamDialError

Answer = TypeVar("Answer")
GRACE = 3.0
"""Seconds a run has to end by itself: a Prefect server is told, files are closed. What it finished is kept anyway."""
EVERY = 1.0
"""Seconds between two looks at what a run cannot do without."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NOBODY = 0
"""What is read where nobody waits for a signal any more."""


class Stopper:
    """Waits for Ctrl-C and SIGTERM while work is done, whatever the main thread is busy with.

    A second signal ends at once. Must be entered in the main thread.

    Args:
        told: What is printed when a signal comes.
        find_fault: Looked at every second: why the work cannot go on. It ends with that error then, as by a signal.
    """

    def __init__(self, told: str, find_fault: Callable[[], StreamDialError | None]) -> None:
        self._told = told
        self._find_fault = find_fault
        self.quiet: Callable[[], None] = _say_nothing
        """Called before the line is printed: takes away what is drawn on the terminal."""
        self._cancel: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._reader, self._writer = socket.socketpair()
        self._old: dict[int, Any] = {}
        self._thread = threading.Thread(target=self._watch, name="stopper", daemon=True)

    def __enter__(self) -> Stopper:
        """Take the signals over."""
        self._writer.setblocking(False)
        # Written to at once by the interpreter, also while the main thread is in code of C.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        # A signal that is ignored, as in the background of a script, stays ignored.
        heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._old = {number: signal.signal(number, _pass) for number in heard}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back; where one has come, the process ends here."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._writer.close()
        self._thread.join()
        self._reader.close()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Return what asynchronous work gives; it is cancelled when a signal comes."""

        async def watched() -> Answer:
            task = asyncio.current_task()
            assert task is not None
            self._cancel = asyncio.get_running_loop(), task
            return await work

        return asyncio.run(watched())

    def _watch(self) -> None:
        end = self._find_end()
        if end is None:
            return
        told, code = end
        # Nobody may read what is written any more: Ctrl-C ends a whole pipeline.
        with contextlib.suppress(OSError, ValueError):
            self.quiet()
            sys.stderr.write(f"{told}\n")
            sys.stderr.flush()
        # What libraries have to say of being cancelled is of no use to anybody.
        logging.disable(logging.CRITICAL)
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        if self._cancel is not None:
            loop, task = self._cancel
            with contextlib.suppress(RuntimeError):  # the loop has closed just now
                loop.call_soon_threadsafe(task.cancel)
                self._wait(GRACE)
        _end(code)

    def _find_end(self) -> tuple[str, int] | None:
        """Wait for a signal or a fault; return what to tell and the exit code, None where nobody waits any more."""
        while (number := self._wait(EVERY)) is None:
            if fault := self._find_fault():
                return f"Error: {fault}", fault.exit_code
        return None if number == _NOBODY else (self._told, 128 + number)

    def _wait(self, seconds: float) -> int | None:
        """Return the signal that comes, `_NOBODY` where nobody waits any more, None where the time is up."""
        self._reader.settimeout(seconds)
        try:
            while found := self._reader.recv(1):
                if found[0] in SIGNALS:
                    return found[0]
        except TimeoutError:
            return None
        return _NOBODY


def _say_nothing() -> None:
    """Do nothing: nothing is drawn."""


def _pass(number: int, frame: FrameType | None) -> None:
    """Do nothing: the thread that watches does."""


def _end(code: int) -> None:
    """End the process and all it started."""
    try:
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        sys.stdout.flush()
    finally:
        os._exit(code)

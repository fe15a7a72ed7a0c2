"""What reading may cost: a budget in CPU seconds by fixed prices, so that a video is read alike on every machine."""

from __future__ import annotations

SECONDS_PER_MEGAPIXEL = 0.42
"""CPU seconds the finding of lines took for a million pixels, measured; what a look may cost is counted by it."""
SECONDS_PER_LINE = 0.04
"""CPU seconds the reading of a line took."""
BUDGET = 0.4
"""CPU seconds that reading may cost for a second of video; what is saved may be spent later."""
_MOST_SAVED = 12.0


class Allowance:
    """What reading may cost, in CPU seconds by a fixed price, so that the same video is read alike on every machine.

    Args:
        rate: CPU seconds for a second of video.
    """

    def __init__(self, rate: float = BUDGET) -> None:
        self._rate = rate
        self._saved = _MOST_SAVED / 2

    def earn(self, seconds: float) -> None:
        """Add what so many seconds of video allow."""
        self._saved = min(self._saved + self._rate * seconds, _MOST_SAVED)

    def spend(self, cost: float, *, needed: bool = False) -> bool:
        """Take a cost out of what was saved; refused where nothing is left, unless it is needed: then it is owed."""
        if self._saved <= 0 and not needed:
            return False
        self._saved -= cost
        return True

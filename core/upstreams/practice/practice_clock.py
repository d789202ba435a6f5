"""The simulated present: real time, faster time, or time that the exchange itself moves on."""

from __future__ import annotations

from typing import Final

from core.model.errors import UserFacingError
from core.runtime.clock import Clock

AS_FAST_AS_POSSIBLE: Final = 0.0
MAXIMUM_SPEED: Final = 100.0
LONGEST_STEP: Final = 86_400.0


class PracticeClock:
    """Simulated Unix seconds = start + (real seconds since) x speed. At speed 1 it shows the real time.

    Speed 0 means as fast as possible: the clock stands until `move_to` is called. Simulated time never goes back, also
    when this computer's clock is set back.
    """

    def __init__(self, source: Clock, speed: float = 1.0, start: float | None = None) -> None:
        """Store. `start` is the simulated time at the first look, the real time when None."""
        self._source = source
        self._speed = _checked(speed)
        self._start = start
        self._real: float | None = None
        self._simulated = 0.0
        self._paused = False

    @property
    def is_paused(self) -> bool:
        """Whether time stands still until `resume`, but for steps."""
        return self._paused

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; 0 for as fast as possible."""
        return self._speed

    @property
    def moves_itself(self) -> bool:
        """Whether time passes without `move_to`."""
        return self._speed != AS_FAST_AS_POSSIBLE

    def set_speed(self, speed: float) -> None:
        """Go on from the present simulated time at another speed. Raises UserFacingError(bad_option)."""
        speed = _checked(speed)
        self.now()
        self._speed = speed

    def now(self) -> float:
        """Give the simulated present in Unix seconds."""
        real = self._source.now()
        if self._real is None:
            self._simulated = real if self._start is None else self._start
        elif real > self._real and not self._paused:
            self._simulated += (real - self._real) * self._speed
        self._real = real
        return self._simulated

    def pause(self) -> None:
        """Let time stand still; may be called twice."""
        self.now()
        self._paused = True

    def resume(self) -> None:
        """Let time pass again from the simulated present; may be called twice."""
        self.now()
        self._paused = False

    def step(self, seconds: float) -> float:
        """Move on by simulated seconds, paused or not; gives the new present. Raises UserFacingError(bad_option)."""
        if not 0 < seconds <= LONGEST_STEP:
            raise UserFacingError("bad_option", option="step", value=seconds, allowed=f"0 to {LONGEST_STEP:g}")
        self._simulated = self.now() + seconds
        return self._simulated

    def move_to(self, simulated: float) -> None:
        """Set the present of a clock that does not move itself; earlier times are ignored."""
        if not self.moves_itself:
            self._simulated = max(self.now(), simulated)


def _checked(speed: float) -> float:
    if not 0 <= speed <= MAXIMUM_SPEED:
        raise UserFacingError("bad_option", option="--speed", value=speed, allowed=f"0 to {MAXIMUM_SPEED:g}")
    return float(speed)

"""When orders are collected for an auction and when they are matched, by market.

Hong Kong: 9:00 to 9:20 with matching at a random moment of the two minutes after it, and eight minutes after the close
with matching in the two after those. Mainland China: 9:15 to 9:25 and 14:57 to 15:00. United States: the last two
minutes before the opening. Other markets match at the opening what nobody saw being collected.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from core.upstreams.practice.calendars import MarketGroup, Session

_USUAL_OPEN: Final = 570
_MAINLAND_CLOSE: Final = 900
_RANDOM_SECONDS: Final = 120


class AuctionTimes(NamedTuple):
    """Seconds from local midnight. Orders are collected from `begins`, all have come by `collected`."""

    begins: float
    collected: float
    matches: float


def opening_times(group: MarketGroup, sessions: tuple[Session, ...], dice: int) -> AuctionTimes:
    """Give the times of a day's opening auction; `dice` is the day's seed."""
    opening = sessions[0].open
    if group is MarketGroup.HK and opening == _USUAL_OPEN:
        return _minutes(540, 560, _random_seconds(dice))
    if group is MarketGroup.CN and opening == _USUAL_OPEN:
        return _minutes(555, 565, 0.0)
    if group is MarketGroup.US:
        return _minutes(opening - 2, opening, 0.0)
    return _minutes(opening, opening, 0.0)


def closing_times(group: MarketGroup, sessions: tuple[Session, ...], dice: int) -> AuctionTimes | None:
    """Give the times of a day's closing auction; None in a market without one."""
    close = sessions[-1].close
    if group is MarketGroup.HK:
        return _minutes(close, close + 8, _random_seconds(dice))
    if group is MarketGroup.CN and close == _MAINLAND_CLOSE:
        return _minutes(close - 3, close, 0.0)
    return None


def closing_window(group: MarketGroup, sessions: tuple[Session, ...]) -> tuple[int, int] | None:
    """Give from which minute a closing auction collects orders and by which it is over for sure; None without one."""
    times = closing_times(group, sessions, 0)
    if times is None:
        return None
    # What is matched at the beginning of a minute is over at its end.
    begins, collected = int(times.begins // 60), int(times.collected // 60)
    return begins, collected + (_RANDOM_SECONDS // 60 if group is MarketGroup.HK else 1)


def _minutes(begins: int, collected: int, later: float) -> AuctionTimes:
    return AuctionTimes(begins * 60.0, collected * 60.0, collected * 60.0 + later)


def _random_seconds(dice: int) -> float:
    """Draw a moment of the random matching period, in whole milliseconds."""
    return dice % (_RANDOM_SECONDS * 1_000) / 1_000

"""Daily price limits of mainland China: how far a price may move from the last close."""

from __future__ import annotations

from typing import Final

from core.model.security import SH, SZ, Security
from core.upstreams.practice.price_ticks import TickKind, next_down, next_up, round_to_tick

_PERCENT: Final = 10
# STAR Market and ChiNext names move twice as far. Names under special treatment (5 percent) are not told apart.
_WIDE_PERCENT: Final = 20
_WIDE: Final = {SH: ("688", "689"), SZ: ("300", "301", "302")}
_LIMITED_KINDS: Final = frozenset({TickKind.CN_STOCK, TickKind.CN_ETF})


def limit_percent(security: Security, kind: TickKind) -> int | None:
    """Give the limit in percent of the last close; None where there is none (other markets, indices)."""
    if kind not in _LIMITED_KINDS:
        return None
    return _WIDE_PERCENT if security.code.startswith(_WIDE.get(security.market, ())) else _PERCENT


def price_limits(security: Security, kind: TickKind, last_close: int) -> tuple[int, int] | None:
    """Give the lowest and highest legal price of a day in price units, both on ticks and at least a tick away."""
    percent = limit_percent(security, kind)
    if percent is None:
        return None
    low = round_to_tick(kind, (last_close * (100 - percent) + 50) // 100)
    high = round_to_tick(kind, (last_close * (100 + percent) + 50) // 100)
    return min(low, next_down(kind, last_close)), max(high, next_up(kind, last_close))

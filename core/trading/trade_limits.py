"""How often trade calls may come: n in 30 seconds, and for orders a least pause between two of them.

The numbers are those of the protocol catalogue; here is what they are counted by (documented: per account, a few per
user, queries only when they ask past the cache). Pure: the caller brings the time. Accounts are checked before.

The pause between two orders refuses who does not wait for answers. Who waits for each one cannot know how quick this
gateway is: that order is held back for the few milliseconds which the way to a broker takes anyway.
"""

from __future__ import annotations

import math
from collections import deque
from types import MappingProxyType
from typing import Final, NamedTuple

from core.api_messages.protocol_catalogue import PROTOCOLS
from core.model.errors import UserFacingError

WINDOW_SECONDS: Final = 30.0


class LimitRule(NamedTuple):
    """How a call is counted. `what` is an English source text, `pause` seconds between two calls.

    `counted_as` is the protocol whose window is shared; `per_user` counts all accounts together; `refresh_only`
    leaves answers from the cache uncounted.
    """

    what: str
    counted_as: int
    pause: float = 0.0
    per_user: bool = False
    refresh_only: bool = False


RULES: Final = MappingProxyType(
    {
        2005: LimitRule("Unlocking trade", 2005, per_user=True),
        2101: LimitRule("Asking for funds", 2101, refresh_only=True),
        2102: LimitRule("Asking for positions", 2102, refresh_only=True),
        2111: LimitRule("Asking for the largest quantity", 2111),
        2201: LimitRule("Asking for orders", 2201, refresh_only=True),
        2202: LimitRule("Placing orders", 2202, pause=0.02),
        2205: LimitRule("Changing orders", 2205, pause=0.04),
        2211: LimitRule("Asking for fills", 2211, refresh_only=True),
        2221: LimitRule("Asking for past orders", 2221),
        2222: LimitRule("Asking for past fills", 2222),
        2223: LimitRule("Asking for margin ratios", 2223, per_user=True),
        2225: LimitRule("Asking for fees", 2225),
        2226: LimitRule("Asking for cash flow", 2226),
        2227: LimitRule("Placing orders", 2202, pause=0.02),
    }
)


class TradeLimits:
    """One sliding window per account and kind of call; `unlimited` admits everything."""

    def __init__(self, *, unlimited: bool = False) -> None:
        self._unlimited = unlimited
        self._times: dict[tuple[int, int], deque[float]] = {}
        self._under_way: dict[tuple[int, int], int] = {}

    def admit(self, proto_id: int, account_id: int, now: float, *, refresh: bool = False) -> float:
        """Count one call and give the seconds to hold it back, or raise too_frequent or too_close.

        A refused call does not count. `refresh` says that it asks past the cache. `now` is monotonic seconds. Calls
        that keep a pause are to be reported with `finished`.
        """
        rule = RULES.get(proto_id)
        if rule is None or self._unlimited or (rule.refresh_only and not refresh):
            return 0.0
        limit = PROTOCOLS[rule.counted_as].limit
        key = _key(rule, account_id)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = deque(maxlen=limit)
        # Request 1 and request n + 1 must be more than 30 seconds apart.
        if len(times) == limit and now - times[0] <= WINDOW_SECONDS:
            wait = math.ceil(WINDOW_SECONDS - (now - times[0]) + 0.001)
            raise UserFacingError("too_frequent", name=rule.what, limit=limit, wait=wait)
        early = max(0.0, times[-1] + rule.pause - now) if times and rule.pause else 0.0
        if early and self._under_way.get(key):
            raise UserFacingError("too_close", name=rule.what, pause=f"{rule.pause:g}")
        times.append(now + early)
        if rule.pause:
            self._under_way[key] = self._under_way.get(key, 0) + 1
        return early

    def finished(self, proto_id: int, account_id: int) -> None:
        """An admitted order was answered."""
        rule = RULES[proto_id]
        if not self._unlimited:
            self._under_way[_key(rule, account_id)] -= 1


def _key(rule: LimitRule, account_id: int) -> tuple[int, int]:
    return rule.counted_as, 0 if rule.per_user else account_id

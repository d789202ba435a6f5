"""What can be subscribed and what is pushed: the words of the tick path.

A push carries its encoded body from the upstream to the last client, so it is encoded once however many hear it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol

from core.model.security import US, Security

# SubType numbers (Qot_Common.SubType).
SUB_QUOTE, SUB_ORDER_BOOK, SUB_TICKER, SUB_RT, SUB_BROKER, SUB_ORDER_BOOK_ODD = 1, 2, 4, 5, 14, 22

# SubType -> KLType (Qot_Common.KLType): the two enumerations number the same periods differently.
KLINE_TYPE_OF_SUB: Final[dict[int, int]] = {
    11: 1, 6: 2, 12: 3, 13: 4, 16: 5, 7: 6, 8: 7, 9: 8, 10: 9, 17: 10, 15: 11, 18: 12, 19: 13, 20: 14, 21: 15,
}  # fmt: skip
SUB_OF_KLINE_TYPE: Final[dict[int, int]] = {kline: sub for sub, kline in KLINE_TYPE_OF_SUB.items()}

# Names as official error texts write them.
SUB_NAMES: Final[dict[int, str]] = {
    1: "Basic", 2: "OrderBook", 4: "Ticker", 5: "RT", 14: "Broker", 22: "OddOrderBook",
    11: "KL_1Min", 17: "KL_3Min", 7: "KL_5Min", 18: "KL_10Min", 8: "KL_15Min", 9: "KL_30Min", 10: "KL_60Min",
    19: "KL_120Min", 20: "KL_180Min", 21: "KL_240Min", 6: "KL_Day", 12: "KL_Week", 13: "KL_Month", 15: "KL_Quarter",
    16: "KL_Year",
}  # fmt: skip

# Hours that a subscription covers (Common.Session): regular ones (NONE and RTH say the same), with pre-market and
# after-hours, and with the night too. A larger number holds everything a smaller one does.
REGULAR_HOURS, EXTENDED_HOURS, ALL_HOURS = 0, 2, 3
# Data types that are different in other hours; bars of more than an hour know regular hours only.
SESSION_SUB_TYPES: Final = frozenset({SUB_TICKER, SUB_RT, 11, 17, 7, 18, 8, 9, 10})

PUSH_QUOTE, PUSH_KLINE, PUSH_RT, PUSH_TICKER, PUSH_ORDER_BOOK, PUSH_BROKER = 3005, 3007, 3009, 3011, 3013, 3015


class SlowReceiverRule(Enum):
    """What happens to a push whose receiver reads too slowly."""

    LATEST_WINS = "latest wins"
    NEVER_DROP = "never dropped"


class Topic(NamedTuple):
    """One thing that can be subscribed: a security, a data type (SubType number) and the hours it covers.

    `session` is other than REGULAR_HOURS only where it makes a difference, see `with_session`.
    """

    security: Security
    sub_type: int
    session: int = REGULAR_HOURS

    @property
    def pair(self) -> Topic:
        """The topic without its hours: what quotas count."""
        return self._replace(session=REGULAR_HOURS) if self.session else self

    def with_session(self, session: int) -> Topic:
        """Give the topic for some hours; itself where other hours do not exist."""
        if self.sub_type not in SESSION_SUB_TYPES or self.security.market != US:
            session = REGULAR_HOURS
        return self if session == self.session else self._replace(session=session)


def push_id_of(sub_type: int) -> int:
    """Protocol id of the pushes of a data type. Raises KeyError for a number that is no SubType."""
    return _PUSH_IDS[sub_type]


_PUSH_IDS: Final[dict[int, int]] = {
    SUB_QUOTE: PUSH_QUOTE,
    SUB_ORDER_BOOK: PUSH_ORDER_BOOK,
    SUB_ORDER_BOOK_ODD: PUSH_ORDER_BOOK,
    SUB_TICKER: PUSH_TICKER,
    SUB_RT: PUSH_RT,
    SUB_BROKER: PUSH_BROKER,
    **dict.fromkeys(KLINE_TYPE_OF_SUB, PUSH_KLINE),
}


class Push(NamedTuple):
    """One piece of news: the topic it belongs to, its protocol id and the encoded protobuf Response.

    `topic` is None for news that belongs to no subscription (Notify).
    """

    topic: Topic | None
    proto_id: int
    body: bytes


class PushTarget(Protocol):
    """Somebody who wants pushes: one client connection. Offering never waits and never raises."""

    @property
    def connection_id(self) -> int:
        """The connID that InitConnect gave out."""

    @property
    def shares_frames(self) -> bool:
        """Whether its pushes are the same bytes as everybody's (no encryption, protobuf); fixed for its life."""

    @property
    def wants_notify(self) -> bool:
        """Whether InitConnect asked for system notices."""

    def offer(self, push: Push) -> None:
        """Queue one push for this target alone."""


@dataclass(slots=True, eq=False)
class TargetGroup:
    """The targets that hear exactly the same topics: news for them is joined once.

    `pending` collects pushes between two flushes, `delivered` counts pushes handed to each target since somebody
    last asked; both belong to the fan-out. `carrier_notes` is the carrier's own.
    """

    shared: tuple[PushTarget, ...]
    individual: tuple[PushTarget, ...]
    pending: list[Push] = field(default_factory=list)
    delivered: int = 0
    carrier_notes: Any = None


class PushCarrier(Protocol):
    """Brings bundles of pushes to their targets. Implemented where frames are known (core.servers)."""

    def carry(self, bundles: Sequence[tuple[TargetGroup, list[Push]]]) -> None:
        """Deliver each bundle's pushes, in order, to each target of its group. Never waits, never raises."""

    def congested(self) -> bool:
        """Whether some target reads too slowly right now; a source that can wait (replay) should."""

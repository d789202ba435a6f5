"""What the account may see of each product: subscriptions, depth of the order book, broker queues, BMP's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security
from core.model.topics import SUB_BROKER, SUB_TICKER, Topic

# QotRight numbers of the public schema.
BMP, LEVEL1, LEVEL2, FULL_BOOK, NO_RIGHT, LEVEL3 = 1, 2, 3, 4, 5, 6
# SecurityType numbers.
_INDEX, _OPTION, _FUTURE = 6, 8, 10
BMP_SNAPSHOT_CODES: Final = 20
_UNKNOWN_DEPTH: Final = 10
FULL_BOOKS: Final = 50  # securities whose full books may be subscribed at a time, broker queues among them
_WHOLE_BOOK: Final = 1_000  # more prices than a side ever has

# Field of GetUserInfo by market and kind of product; what is not named here has the market's stock field.
_STOCK_FIELDS: Final = {HK: "hkQotRight", US: "usQotRight", SH: "shQotRight", SZ: "szQotRight"}
_OTHER_FIELDS: Final = {
    (HK, _OPTION): "hkOptionQotRight",
    (HK, _FUTURE): "hkFutureQotRight",
    (US, _OPTION): "usOptionQotRight",
    (US, _FUTURE): "usFutureQotRight",
    (US, _INDEX): "usIndexQotRight",
}
# Prices of a side that each right shows.
_DEPTHS: Final = {
    "hkQotRight": {LEVEL1: 1, LEVEL2: 10, FULL_BOOK: _WHOLE_BOOK},
    "hkOptionQotRight": {LEVEL1: 1, LEVEL2: 10},
    "hkFutureQotRight": {LEVEL1: 1, LEVEL2: 10},
    "usQotRight": {LEVEL1: 1, LEVEL2: 60, LEVEL3: 60},
    "usOptionQotRight": {LEVEL1: 1, LEVEL2: 1},
    "usFutureQotRight": {LEVEL1: 1, LEVEL2: 40},
    "usIndexQotRight": {},
    "shQotRight": {},
    "szQotRight": {},
}
_CN_DEPTH: Final = 5
# Crypto pairs need no right.
_CRYPTO, _CRYPTO_DEPTH = 91, 40
DEFAULT_RIGHTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("hkQotRight", "hkOptionQotRight", "hkFutureQotRight", "usQotRight"), LEVEL2),
        **dict.fromkeys(("usOptionQotRight", "usIndexQotRight", "shQotRight", "szQotRight"), LEVEL1),
        "usFutureQotRight": LEVEL2,
    }
)


class QuoteRights:
    """The rights of one account; `rights` are QotRight numbers under GetUserInfo's field names."""

    def __init__(self, rights: Mapping[str, int] = DEFAULT_RIGHTS, full_books: int | None = FULL_BOOKS) -> None:
        """Store. A market that is not named (one that the API gives no right for) counts as Level 1.

        `full_books` says how many full books may be subscribed at a time, None for no limit.
        """
        self._rights = rights
        self._full_books = full_books

    def right(self, security: Security, security_type: int) -> int:
        """Give the QotRight number for a product."""
        return self._rights.get(_field(security, security_type), LEVEL1)

    def has_full_book(self, security: Security, security_type: int) -> bool:
        """Say whether the whole book and its orders may be seen."""
        return self.right(security, security_type) == FULL_BOOK

    def check_books(self, securities: Sequence[tuple[Security, int]]) -> None:
        """Raise UserFacingError(full_book_limit) when these (with their types) have too many full books."""
        count = sum(self.has_full_book(*security) for security in securities)
        if self._full_books is not None and count > self._full_books:
            raise UserFacingError("full_book_limit", count=count, limit=self._full_books)

    def depth(self, security: Security, security_type: int) -> int:
        """Give how many prices of a side may be seen; 0 for none."""
        right = self.right(security, security_type)
        if right in (NO_RIGHT, BMP):
            return 0
        if security.market in (SH, SZ):
            return _CN_DEPTH
        if security.market == _CRYPTO:
            return _CRYPTO_DEPTH
        return _DEPTHS.get(_field(security, security_type), {}).get(right, _UNKNOWN_DEPTH)

    def check_topic(self, topic: Topic, security_type: int) -> None:
        """Raise UserFacingError when the right is too low to subscribe."""
        security = topic.security
        right = self.right(security, security_type)
        if right in (NO_RIGHT, BMP):
            raise UserFacingError("no_subscription_right", code=security.code)
        if security.market != HK or right != LEVEL1:
            return
        if topic.sub_type == SUB_BROKER:
            raise UserFacingError("broker_queue_right", code=security.code)
        if topic.sub_type == SUB_TICKER and security_type in (_OPTION, _FUTURE):
            raise UserFacingError("no_subscription_right", code=security.code)

    def check_snapshot(self, securities: Sequence[tuple[Security, int]]) -> None:
        """Raise UserFacingError when a snapshot of these (with their types) is more than the rights allow."""
        by_field: dict[str, int] = {}
        for security, security_type in securities:
            right = self.right(security, security_type)
            if right == NO_RIGHT:
                raise UserFacingError("no_quote_right", code=security.label)
            if right == BMP:
                # Options and futures are counted together, apart from stocks.
                key = f"{security.market} {security_type in (_OPTION, _FUTURE)}"
                by_field[key] = by_field.get(key, 0) + 1
        for count in by_field.values():
            if count > BMP_SNAPSHOT_CODES:
                raise UserFacingError("bmp_snapshot", count=count, limit=BMP_SNAPSHOT_CODES)

    def check_filter(self, market: int) -> None:
        """Raise UserFacingError where a filter over a market needs more than BMP."""
        right = self._rights.get(_STOCK_FIELDS.get(market, ""), LEVEL1)
        if right in (NO_RIGHT, BMP):
            raise UserFacingError("filter_right")


def _field(security: Security, security_type: int) -> str:
    market = security.market
    return _OTHER_FIELDS.get((market, security_type)) or _STOCK_FIELDS.get(market, "")

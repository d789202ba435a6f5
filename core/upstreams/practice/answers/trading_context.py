"""What the answers to trade calls work with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

from core.model.errors import UserFacingError
from core.model.trading import TradingEnvironment
from core.model.translation import Translator

if TYPE_CHECKING:
    from core.upstreams.practice.broker.broker import PracticeBroker
    from core.upstreams.practice.exchange import Exchange

Choice = TypeVar("Choice", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class TradingContext:
    """The broker, its exchange, and the gateway's language.

    `strict_paper` refuses for simulated accounts what the official ones refuse.
    """

    broker: PracticeBroker
    exchange: Exchange
    translator: Translator
    strict_paper: bool = False

    def refuse_paper(self, header: Any, code: str) -> None:
        """Refuse with this message when simulated accounts are to be as strict as the official ones."""
        if self.strict_paper and header.trdEnv == TradingEnvironment.SIMULATE:
            raise UserFacingError(code)


def chosen(kind: type[Choice], field: str, number: int) -> Choice:
    """Give the member with this number. Raises UserFacingError(bad_field)."""
    try:
        return kind(number)
    except ValueError:
        raise UserFacingError("bad_field", field=field, value=number) from None


def finite(field: str, number: float) -> float:
    """Give back a number that is one. Raises UserFacingError(bad_field)."""
    if not math.isfinite(number):
        raise UserFacingError("bad_field", field=field, value=number)
    return number


def order_number(c2s: Any) -> int:
    """Read which order is meant: orderIDEx when it is there, else orderID. Raises UserFacingError(unknown_order)."""
    text = c2s.orderIDEx
    if not text:
        return int(c2s.orderID)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise UserFacingError("unknown_order", order=text[:40])
    return int(text)

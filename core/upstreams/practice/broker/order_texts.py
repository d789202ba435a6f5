"""What the time line of an order and its error say: English source texts, translated where they are shown."""

from __future__ import annotations

from typing import Final

ACCEPTED: Final = "Accepted from {client}."
WAITS_FOR_MARKET: Final = "Waits for the market to open."
WAITS_FOR_PRICE: Final = "Waits for the price {price}."
WAITS_FOR_LEGS: Final = "Waits until all legs can be had together."
SENT: Final = "Sent to the exchange."
IN_BOOK: Final = "In the order book."
IN_AUCTION: Final = "Waits for the auction."
FILLED: Final = "{quantity} filled at {price}."
TRIGGERED: Final = "Triggered at {price}."
CHANGED: Final = "Changed by {client}: {quantity} at {price}."
CANCELLED_BY: Final = "Cancelled by {client}."
DISABLED_BY: Final = "Taken out of the market by {client}."
ENABLED_BY: Final = "Put back into the market by {client}."
DELETED_BY: Final = "Hidden by {client}."
DAY_OVER: Final = "The trading day is over."
TIME_OVER: Final = "The last day of the order is over."
BOOKED_AGAIN: Final = "Booked again for {day}."
NOBODY_LEFT: Final = "Nobody was on the other side; the rest was cancelled."
REST_DROPPED: Final = "What was not filled at once was cancelled."
NOT_AT_PRICE: Final = "Nothing could be traded at exactly this price."
NOT_WHOLE: Final = "The whole quantity could not be had at once."
GIVEN_BACK: Final = "The exchange gave the order back."
RESUMED: Final = "Back in the market after a restart."
OUTCOME_UNKNOWN: Final = "The gateway stopped while the order was on its way; its outcome is not known."
SECURITY_GONE: Final = "This security is not traded any more."
NO_MONEY: Final = "Insufficient buying power."
NO_POSITION: Final = "The position does not suffice any more."
OUTSIDE_LIMITS: Final = "The price lies outside the day's limits."
REFUSED_LATE: Final = "Refused when it was sent to the exchange."
MARGIN_SHORT: Final = "The account fell below its maintenance margin."
ACCOUNT_RESET: Final = "The account was reset."
SETTLED_AT_EXPIRY: Final = "Settled at expiry."

TEXTS: Final = tuple(value for name, value in sorted(globals().items()) if name.isupper() and isinstance(value, str))
"""All of them, for whoever checks translations."""

LATE_ERRORS: Final = {
    "buying_power": NO_MONEY,
    "position_short": NO_POSITION,
    "no_position": NO_POSITION,
    "price_limits": OUTSIDE_LIMITS,
    "unknown_security": SECURITY_GONE,
    "contract_over": SECURITY_GONE,
}
"""Texts for refusals (codes of message_texts) that are found only after an order was accepted."""

"""Table 4: every message that a client or a person can be shown, by code.

A row is what happened (with the facts in braces) and what to do. Chinese sentences are in
resources/translations/zh-CN/messages.json, keyed by the English ones; where the official gateway has a well-known
text for the same situation, the Chinese sentence has its form, so that programs which look for it still find it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.translation import Translator


class MessageText(NamedTuple):
    """One row: the sentence and the advice, both English source texts; advice may be empty."""

    sentence: str
    advice: str = ""


MESSAGE_TEXTS: Final[dict[str, MessageText]] = {
    # requests
    "unknown_protocol": MessageText("Unknown protocol ID {proto_id}.", "Check that the SDK is a supported version."),
    "not_served": MessageText(
        "{name} ({proto_id}) is not available from the {upstream} source.",
        "{where}",
    ),
    "not_ready": MessageText(
        "The gateway is not ready: {state}.", "Wait until the sign-in is finished, then try again."
    ),
    "init_first": MessageText("InitConnect must be the first request on a connection."),
    "init_twice": MessageText("InitConnect was already done on this connection."),
    "bad_body": MessageText("The request could not be read: {reason}.", "Check the protocol format and the fields."),
    "bad_digest": MessageText(
        "The SHA-1 in the frame header does not match the body.", "It must be made over the body before encryption."
    ),
    "missing_field": MessageText("Required field {field} is missing."),
    "bad_field": MessageText("Field {field} has a value that is not allowed: {value}."),
    "too_frequent": MessageText(
        "{name}: high frequency, request failed. At most {limit} times in 30 seconds.", "Wait {wait} s."
    ),
    "too_many_items": MessageText("Too many items: {count}, at most {limit}."),
    "internal_error": MessageText(
        "Internal error while answering {name} ({serial}).", "The log of the gateway has the details."
    ),
    "upstream_timeout": MessageText("The source did not answer in time."),
    # connections
    "connections_full": MessageText(
        "All {limit} connections are in use, this one is refused.", "Close a client that is no longer needed."
    ),
    # securities and dates
    "unknown_security": MessageText("Unknown stock {code}.", "Check market and code, for example HK.00700 or US.AAPL."),
    "pending_listing": MessageText("{code} is not listed yet and has no quotes.", "GetIpoList says when it begins."),
    "wrong_market": MessageText(
        "Market {market} is not served here.", "Practice serves HK, US, SH, SZ, SG, JP, AU, MY, CA."
    ),
    "bad_date": MessageText("{value} is not a date or time.", "Write it as YYYY-MM-DD or YYYY-MM-DD HH:MM:SS."),
    "date_order": MessageText("The start {begin} lies after the end {end}."),
    "trading_days_range": MessageText(
        "Trading days are available from {earliest} to {latest}.", "Choose dates inside this range."
    ),
    "page_key": MessageText("The page key does not belong to this request.", "Start again without a page key."),
    # options, warrants and futures
    "no_options": MessageText("{code} has no options here.", "Choose one of the underlyings of the option table."),
    "expiry_span": MessageText(
        "The expiries span {days} days, at most {limit}.", "Ask for 30 days at a time, beginning today or later."
    ),
    "not_an_option": MessageText("{code} is not an option."),
    "not_a_future": MessageText("{code} is not a future."),
    "no_list_of_options": MessageText("Options of a whole market can not be listed.", "Ask for an option chain."),
    "bad_strategy": MessageText("These legs make no strategy: {reason}."),
    # subscriptions
    "empty_list": MessageText("The list {field} is empty."),
    "bad_sub_type": MessageText("Data type {value} can not be subscribed."),
    "option_period": MessageText(
        "{code} is an option; it has no K-lines of this period.", "Options have 1, 5, 15 and 60 minutes and days."
    ),
    "no_broker_queue": MessageText(
        "{code} has no broker queue.", "Only Hong Kong stocks, funds and warrants have one."
    ),
    "no_capital_flow": MessageText("{code} has no capital flow.", "It exists for stocks, funds and warrants."),
    "no_odd_lots": MessageText(
        "{code} has no odd-lot book.", "Only Hong Kong stocks and funds with board lots have one."
    ),
    "sub_quota": MessageText(
        "Insufficient subscription quota, used {used}/{total}.", "Unsubscribe what is no longer needed."
    ),
    "unsub_too_early": MessageText("{code} {type} was subscribed too recently, at least 1 minute is required."),
    "not_subscribed": MessageText("Subscribe to {type} data before requesting {what}."),
    "overnight_session": MessageText("The session OVERNIGHT is not supported for quotes."),
    "history_quota": MessageText(
        "Insufficient historical candlestick quota (used {used}/{total}). It is released after 30 days."
    ),
    "no_subscription_right": MessageText(
        "No right to subscribe {code}.",
        "Choose higher rights with --practice-rights.",
    ),
    "no_quote_right": MessageText(
        "No quote right for {code}.",
        "Choose higher rights with --practice-rights.",
    ),
    "broker_queue_right": MessageText(
        "{code}: the broker queue needs Level 2.",
        "Choose higher rights with --practice-rights.",
    ),
    "full_book_limit": MessageText(
        "{count} full order books: at most {limit} securities may have theirs or their broker queues subscribed.",
        "Unsubscribe others first, or use Level 2 rights.",
    ),
    "bmp_snapshot": MessageText(
        "Too many items: {count}, with BMP rights a snapshot has at most {limit}.",
        "Split the list, or use Level 1 rights.",
    ),
    "filter_right": MessageText(
        "Filters are not available with BMP rights.",
        "Choose higher rights with --practice-rights.",
    ),
    "unknown_watch_list": MessageText(
        "Unknown watchlists: {name}.",
        "List the groups with GetUserSecurityGroup.",
    ),
    "system_watch_list": MessageText(
        "The System grouping is not supported: {name}.",
        "Choose a custom group.",
    ),
    "too_many_reminders": MessageText(
        "{code} has too many price reminders of this type, at most {limit}.",
        "Delete one first.",
    ),
    "unknown_reminder": MessageText(
        "{code} has no price reminder {key}.",
        "List the reminders with GetPriceReminder.",
    ),
    "long_note": MessageText(
        "The note is too long, at most {limit} Chinese characters or three times as many letters."
    ),
    "reminder_value": MessageText(
        "The value {value} is not allowed for this type of price reminder, it must be at least {least}."
    ),
    "unknown_indicator": MessageText(
        "Unknown indicator {name}.",
        "Practice computes {known}, in MyLang.",
    ),
    "no_figure": MessageText(
        "The practice exchange has no figures for {field}.",
        "Leave the field out; nothing is invented here.",
    ),
    "filter_range": MessageText("The filter field needs to set the range."),
    "unknown_plate": MessageText(
        "Unknown plate {code}.",
        "List the plates with GetPlateSet.",
    ),
    "no_extended_hours": MessageText(
        "There is no trading outside regular hours to rank.",
        "Start practice with --clock exchange-hours; a market that never closes has no such hours.",
    ),
    "unknown_alert": MessageText(
        "There is no option event alert {key}.",
        "List the alerts with GetOptionEventAlert.",
    ),
    "alert_scope": MessageText("An option event alert needs exactly one of market, watch list and underlying."),
    # start and settings
    "port_in_use": MessageText(
        "Port {port} on {address} is in use by another program{holder}.", "Use {free_port}, or close that program."
    ),
    "address_unusable": MessageText("Address {address} cannot be listened on: {reason}.", "Use 127.0.0.1."),
    "profile_in_use": MessageText(
        "Profile {profile} is already open in another Gatehouse.", "Use that window, or start with --profile NAME."
    ),
    "source_not_available": MessageText(
        "{source} accounts come later.", "Choose Practice; it needs no account and no network."
    ),
    "bad_option": MessageText("{option}: {value} is not allowed.", "Allowed: {allowed}."),
    "csv_unreadable": MessageText(
        "The price file {file} could not be read: {reason}.",
        "It needs the columns date or time, open, high, low, close and volume.",
    ),
    "securities_unreadable": MessageText(
        "The securities file {file} could not be read: {reason}.",
        "It needs the header line of resources/practice/securities.csv.",
    ),
    "csv_no_symbol": MessageText(
        "No security is known for the symbol {symbol} of {file}.",
        "Say which security it is: --practice-symbol {symbol}=US.GOOG.",
    ),
    "schema_missing": MessageText("The compiled schema is missing.", "Run make schema."),
    "already_signed_in": MessageText("The gateway is already signed in.", "Sign out first."),
    "bad_key": MessageText(
        "The RSA key {file} cannot be used: {reason}.", "Choose a PEM private key of 1024 bits without a passphrase."
    ),
    "not_practice": MessageText("Only the practice market's time can be steered.", "Start practice first."),
    "journal_unreadable": MessageText(
        "The practice trading journal cannot be read: {reason}.",
        "Move practice-trading.sqlite3 out of the profile's data folder to begin anew, or restore a copy.",
    ),
    "journal_failed": MessageText(
        "The trading journal could not be written: {reason}. Whether this took effect is not known.",
        "Look at the order list before you send it again; free disk space if it is full.",
    ),
    "trading_unavailable": MessageText("This source has no accounts to trade with.", "Start practice first."),
    "unknown_connection": MessageText("There is no connection {connection_id}."),
}


def sentence(error: UserFacingError, translator: Translator) -> str:
    """What happened and what to do, in one line, in the translator's language."""
    row = MESSAGE_TEXTS[error.code]
    facts = {name: translator(value) if isinstance(value, str) else value for name, value in error.facts.items()}
    first = translator(row.sentence, **facts)
    if not row.advice:
        return first
    advice = translator(row.advice, **facts)
    return f"{first}{'' if translator.is_chinese else ' '}{advice}" if advice else first

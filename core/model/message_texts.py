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
    "market_closed": MessageText("{code} does not trade now.", "Place the order again when its market is open."),
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
    # orders
    "unknown_account": MessageText("Nonexisting account {account}.", "List the accounts with GetAccList."),
    "unknown_order": MessageText("There is no order {order} in this account.", "List the orders of the account."),
    "account_disabled": MessageText(
        "Account {account} is disabled; its history can still be read.", "Use the universal account."
    ),
    "account_market": MessageText(
        "Account {account} does not trade {code}.", "Choose an account with the right for this market."
    ),
    "crypto_orders": MessageText("Crypto can not be ordered here yet: amounts with decimals come later."),
    "not_tradable": MessageText("{code} can not be traded: it is an index or a plate."),
    "contract_over": MessageText("{code} has expired.", "Choose a contract that still trades."),
    "suspended_order": MessageText("{code} is suspended.", "Place the order when it trades again."),
    "order_type_listed_only": MessageText(
        "The order type {type} can not be placed by the API.", "It is shown in lists only."
    ),
    "order_type_paper": MessageText(
        "Paper trading does not support the order type {type}.",
        "Use a limit or a market order, or switch strict paper mode off.",
    ),
    "order_type_product": MessageText("{product} do not support the order type {type}."),
    "no_auction": MessageText(
        "{code} has no call auction here.",
        "Practice holds auctions of Hong Kong stocks and funds with the clock exchange-hours.",
    ),
    "remark_long": MessageText("The remark is longer than {limit} bytes in UTF-8."),
    "time_in_force_crypto": MessageText("The time in force IOC is for crypto market orders only."),
    "time_in_force_paper": MessageText(
        "Paper trading supports orders for the day only.", "Switch strict paper mode off to use other times in force."
    ),
    "time_in_force_day": MessageText("{product}: orders of the type {type} are for the day only."),
    "session_paper": MessageText(
        "Paper trading supports regular hours only.", "Switch strict paper mode off to use other sessions."
    ),
    "session_limit_only": MessageText("Outside regular hours only limit orders are taken, not the type {type}."),
    "session_time_in_force": MessageText("Outside regular hours orders are for the day or good till cancelled."),
    "auction_closed": MessageText(
        "Auction orders for {code} are not taken now.",
        "[They are taken before the opening and in the closing auction; the sessions are {sessions}, exchange time.]",
    ),
    "market_closed_orders": MessageText(
        "The market of {code} is closed and queues no orders.", "[The sessions are {sessions}, exchange time.]"
    ),
    "price_tick": MessageText(
        "The minimum tick size for this product is {tick}.",
        "Please enter an integer multiple of the minimum tick size before submitting.",
    ),
    "price_adjust": MessageText(
        "The price {price} is not on a tick of {tick}, and the adjustment allowed does not reach one.",
        "Allow a larger adjustment, or give a legal price.",
    ),
    "price_limits": MessageText("The price must lie between {low} and {high} today."),
    "price_far": MessageText("The price {price} is more than 40 percent away from the market at {last}."),
    "odd_lot": MessageText("The quantity {quantity} is not made of whole lots of {lot}.", "Order whole lots."),
    "odd_lot_star": MessageText(
        "The quantity {quantity} is too small: STAR Market orders buy at least {least} shares."
    ),
    "order_cap_quantity": MessageText(
        "The quantity {quantity} is larger than an order may be: at most {limit}.", "Split the order."
    ),
    "order_cap_amount": MessageText("The order is larger than {limit} {currency}.", "Split the order."),
    "expire_date": MessageText(
        "{value} is not a possible last day: orders last at most {days} days and do not end before they begin."
    ),
    "change_below_filled": MessageText(
        "The new quantity {quantity} must be more than the {filled} already filled.",
        "The quantity of a change is the new total.",
    ),
    "operation_market": MessageText("The operation {operation} does not exist for {product}."),
    "operation_paper": MessageText(
        "Paper trading does not support the operation {operation}.",
        "Orders can be changed and cancelled; switch strict paper mode off for more.",
    ),
    "operation_status": MessageText("The operation {operation} is not possible: the order is {status}."),
    "no_position": MessageText("There is no position in {code} to sell, and it can not be sold short in this account."),
    "position_short": MessageText(
        "The position in {code} does not suffice: {quantity} can be sold now.",
        "What open orders sell is held back; sell short in an order of its own.",
    ),
    "buy_back_first": MessageText(
        "The short position in {code} has {quantity} to buy back.",
        "Buy it back first, then buy more in an order of its own.",
    ),
    "short_pool": MessageText("At most {quantity} of {code} can be sold short today."),
    "buying_power": MessageText("Insufficient buying power: the order needs {needed} {currency}."),
    "cancel_all_paper": MessageText(
        "Paper trading does not support cancelling all orders.",
        "Cancel them one by one, or switch strict paper mode off.",
    ),
    "cancel_all_connect": MessageText("A-share orders can not be cancelled all at once.", "Cancel them one by one."),
    "journal_behind": MessageText(
        "The trading journal can not keep up; no new orders are taken for now.", "Try again in a moment."
    ),
    "combo_paper": MessageText(
        "Paper trading does not support combo orders.", "Switch strict paper mode off to place them."
    ),
    "combo_type": MessageText("Combo orders are limit or market orders, not of the type {type}."),
    "combo_legs": MessageText("A combo has 2 to {limit} legs, not {count}."),
    "combo_same_leg": MessageText(
        "The legs of a combo are different contracts.", "Change the quantities of one leg instead."
    ),
    "combo_underlying": MessageText("The legs of a combo are options on one underlying, and that underlying itself."),
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
    # trading
    "wrong_environment": MessageText(
        "Account {account} does not belong to trading environment {value} (0 simulated, 1 real)."
    ),
    "order_timeout": MessageText(
        "The source did not answer in time; whether this took effect is not known.",
        "Look at the order list before you send it again.",
    ),
    "trade_locked": MessageText("Trade is locked, please unlock trade first."),
    "everything_locked": MessageText(
        "All trading is locked in this gateway; the request was refused and nothing was sent.",
        "Whoever runs the gateway can take the lock off.",
    ),
    "lock_not_kept": MessageText(
        "All trading is locked, but that could not be written to {file}: {reason}.",
        "Make room or allow writing in the profile's folder, then switch again.",
    ),
    "paper_no_deals": MessageText("Simulated trade does not support deal list"),
    "paper_no_fees": MessageText("Simulated trade is not supported"),
    "paper_not_supported": MessageText("Simulated trade does not support this request."),
    "paper_no_cash_flow": MessageText("Paper trading does not support requesting cash flow data."),
    "cash_flow_date": MessageText("Cash flow can be asked for by {parameter} only."),
    "no_margin_ratio": MessageText(
        "{code} has no margin ratio.", "Stocks and funds of Hong Kong, US and A shares have."
    ),
    "unknown_firm": MessageText("No account of securities firm {firm} is here.", "Firms with accounts: {known}."),
    "packet_used": MessageText(
        "The packetID {connection_id}, {serial} was used before for another request; nothing was sent.",
        "Use a new serialNo for every order.",
    ),
    "too_close": MessageText("{name}: high frequency, request failed. Two requests must be at least {pause} s apart."),
    "wrong_trade_password": MessageText(
        "Wrong trade password.", "{left} more tries, then a pause of {minutes} minutes."
    ),
    "trade_password_pause": MessageText("Too many wrong trade passwords.", "Try again in {wait} s."),
    "unknown_connection": MessageText("There is no connection {connection_id}."),
    # console commands
    "unknown_command": MessageText("Unknown command {name}.", "Type help for the list of commands."),
    "unknown_command_near": MessageText("Unknown command {name}.", "Did you mean {nearest}?"),
    "no_command": MessageText("The line begins with no command.", "Type help for the list of commands."),
    "command_too_long": MessageText("The line is longer than {limit} characters."),
    "quote_open": MessageText(
        "A quotation mark is not closed, or text follows it without a space (character {position}).",
        'Write -name="value"; a quotation mark inside is written twice.',
    ),
    "stray_text": MessageText(
        "The text from character {position} on belongs to no parameter.",
        "Write -name=value, and values with spaces in quotation marks.",
    ),
    "unknown_parameter": MessageText("{command} has no parameter {name}.", "Type help {command}."),
    "unknown_parameter_near": MessageText("{command} has no parameter {name}.", "Did you mean {nearest}?"),
    "parameter_twice": MessageText("{name} is given twice."),
    "parameter_empty": MessageText("{name} has no value.", "Write {name}=value."),
    "parameter_missing": MessageText("{name} needs {missing}.", "Example: {example}"),
    "bad_parameter": MessageText("{name}: {value} is not allowed.", "Allowed: {allowed}."),
    "command_too_frequent": MessageText("Allowed {count} times in {seconds} s.", "Again in {wait} s."),
    "command_bug": MessageText("Internal error while running {name}.", "The log of the gateway has the details."),
}


def sentence(error: UserFacingError, translator: Translator) -> str:
    """What happened and what to do, in one line, in the translator's language."""
    row = MESSAGE_TEXTS[error.code]
    facts = {name: _shown(fact, translator) if isinstance(fact, str) else fact for name, fact in error.facts.items()}
    first = translator(row.sentence, **facts)
    if not row.advice:
        return first
    advice = translator(row.advice, **facts)
    return f"{first}{'' if translator.is_chinese else ' '}{advice}" if advice else first


def _shown(fact: str, translator: Translator) -> str:
    """A client's own text may be megabytes; a sentence repeats only its beginning."""
    return translator(fact) if len(fact) <= _LONGEST_FACT else f"{fact[:_LONGEST_FACT]}…"


_LONGEST_FACT: Final = 400

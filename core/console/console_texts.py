"""The sentences commands answer with: English source texts, Chinese in resources/translations/zh-CN/console.json."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from core.model.status import GatewayState

DONE: Final = "Done."
FAILED: Final = "Failed."

# help
HELP_HEAD: Final = "Commands, written NAME -parameter=value. help NAME tells more about one."
HELP_EXAMPLE: Final = "Example: {example}"
HELP_LIMIT: Final = "At most {count} times in {seconds} s."
HELP_OPTIONAL: Final = "optional"
HELP_ONE_OF: Final = "one of them is needed"

# status
STATE_LINE: Final = "State: {state}"
SOURCE_LINE: Final = "Source: {source}"
API_LINE: Final = "API: {endpoint}"
API_OFF: Final = "API: not listening"
CLIENTS_LINE: Final = "Clients: {count} of {limit}"
CLIENT_LINE: Final = "  {connection_id}  {client} from {peer}, {subscriptions} subscriptions"
MORE_CLIENTS: Final = "  and {count} more"
QUOTA_LINE: Final = "Subscription quota: {used} of {total} used. Historical K-lines: {history_used} of {history_total}"
ALL_LOCKED: Final = "Trading: everything is locked, every order is refused (unlock_gateway takes the lock off)"
NOT_LOCKED: Final = "Trading: lock everything is off"
FIRM_LOCKED: Final = "  {firm}: locked"
FIRM_UNLOCKED: Final = "  {firm}: unlocked by {who}"
ORDERS_LINE: Final = "Orders: {open} open, {today} placed today"
STATES: Final = MappingProxyType(
    {
        GatewayState.SIGNED_OUT: "Signed out",
        GatewayState.STARTING: "Starting",
        GatewayState.SIGNING_IN: "Signing in",
        GatewayState.LOADING: "Loading data",
        GatewayState.READY: "READY",
        GatewayState.READY_PRACTICE: "READY, practice",
        GatewayState.RECONNECTING: "Reconnecting",
        GatewayState.LOGIN_FAILED: "Sign-in failed",
        GatewayState.NOT_SERVING: "Not serving",
    }
)

# accounts
NO_ACCOUNTS: Final = "There are no accounts."
DISABLED: Final = "account disabled"

# what was done
LOCKED_ALL: Final = "Every order of every client is refused until unlock_gateway."
LOCKED_ALL_CANCELLED: Final = "Every order of every client is refused until unlock_gateway. Orders cancelled: {count}."
UNLOCKED_ALL: Final = "Orders are taken again; the trade locks of the firms are as they were."
FIRM_IS_LOCKED: Final = "Trading of {firm} is locked."
FIRM_IS_UNLOCKED: Final = "Trading of {firm} is unlocked for all clients."
ALL_FIRMS: Final = "all firms"
ORDER_CANCELLED: Final = "Order {order} was cancelled."
ORDERS_CANCELLED: Final = "Orders cancelled: {count}."
ACCOUNT_RESET: Final = "Practice account {account} begins anew with its opening balance."
CLIENT_CLOSED: Final = "Connection {connection_id} was closed."
ALL_CLIENTS_CLOSED: Final = "All connections were closed; the API goes on listening."
SPEED_SET: Final = "The practice market runs at {speed}."
SPEED_UNBOUND: Final = "The practice market runs as fast as possible."
PAUSED: Final = "The practice market stands still."
RESUMED: Final = "The practice market goes on."
STEPPED: Final = "The practice market moves on by {seconds} s."
EXITING: Final = "The gateway stops."

# standard input
TERMINAL_HINT: Final = "Commands are read from standard input; help lists them."

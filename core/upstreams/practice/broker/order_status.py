"""The life of an order as data: which status may follow which, and which operations are allowed when."""

from __future__ import annotations

from typing import Final

from core.model.errors import UserFacingError
from core.model.trading import ModifyOperation, OrderStatus, TradingEnvironment
from core.upstreams.practice.broker.order_products import Product

_S: Final = OrderStatus
_OP: Final = ModifyOperation

FIRST_STATUSES: Final = frozenset({_S.WAITING_SUBMIT, _S.SUBMITTING})
"""An order begins its life in one of these."""

FOLLOWING: Final[dict[OrderStatus, frozenset[OrderStatus]]] = {
    _S.WAITING_SUBMIT: frozenset({_S.SUBMITTING, _S.CANCELLED_ALL, _S.FAILED, _S.DISABLED}),
    _S.SUBMITTING: frozenset({_S.SUBMITTED, _S.FILLED_PART, _S.FILLED_ALL, _S.FAILED, _S.CANCELLED_ALL, _S.TIMEOUT}),
    _S.SUBMITTED: frozenset({_S.FILLED_PART, _S.FILLED_ALL, _S.CANCELLED_ALL, _S.DISABLED}),
    _S.FILLED_PART: frozenset({_S.FILLED_ALL, _S.CANCELLED_PART}),
    # Enabled again, an order that waits for its trigger or for the market waits on.
    _S.DISABLED: frozenset({_S.SUBMITTING, _S.WAITING_SUBMIT, _S.CANCELLED_ALL, _S.DELETED}),
    _S.CANCELLED_ALL: frozenset({_S.DELETED}),
    _S.FAILED: frozenset({_S.DELETED}),
    _S.FILLED_ALL: frozenset(),
    _S.CANCELLED_PART: frozenset(),
    _S.TIMEOUT: frozenset(),
    _S.DELETED: frozenset(),
}
"""Which status may follow which; the states that only old data of the official system has are not used."""

WORKING: Final = frozenset({_S.WAITING_SUBMIT, _S.SUBMITTING, _S.SUBMITTED, _S.FILLED_PART})
"""The order can still be filled without its owner doing anything."""

ALIVE: Final = WORKING | {_S.DISABLED}
"""The order is not at its end."""

_STATUSES: Final[dict[ModifyOperation, frozenset[OrderStatus]]] = {
    _OP.NORMAL: WORKING,
    _OP.CANCEL: WORKING | {_S.DISABLED},
    _OP.DISABLE: frozenset({_S.WAITING_SUBMIT, _S.SUBMITTED}),
    _OP.ENABLE: frozenset({_S.DISABLED}),
    _OP.DELETE: frozenset({_S.CANCELLED_ALL, _S.FAILED, _S.DISABLED}),
}
_ALL: Final = frozenset(ModifyOperation)
_CHANGE_AND_CANCEL: Final = frozenset({_OP.NORMAL, _OP.CANCEL})
_OPERATIONS: Final[dict[Product, frozenset[ModifyOperation]]] = {
    Product.HK_SECURITY: _ALL,
    Product.HK_OPTION: _ALL,
    Product.HK_FUTURE: _CHANGE_AND_CANCEL | {_OP.DELETE},
    Product.US_STOCK: _CHANGE_AND_CANCEL,
    Product.US_OPTION: _CHANGE_AND_CANCEL,
    Product.A_SHARE: frozenset({_OP.CANCEL}),
    Product.OTHER_STOCK: _CHANGE_AND_CANCEL,
}
OPERATION_NAMES: Final = {
    _OP.NORMAL: "change",
    _OP.CANCEL: "cancel",
    _OP.DISABLE: "disable",
    _OP.ENABLE: "enable",
    _OP.DELETE: "delete",
}
STATUS_NAMES: Final = {
    _S.WAITING_SUBMIT: "waiting",
    _S.SUBMITTING: "being submitted",
    _S.TIMEOUT: "of unknown outcome",
    _S.SUBMITTED: "submitted",
    _S.FILLED_PART: "partly filled",
    _S.FILLED_ALL: "filled",
    _S.CANCELLED_PART: "cancelled, partly filled",
    _S.CANCELLED_ALL: "cancelled",
    _S.FAILED: "failed",
    _S.DISABLED: "disabled",
    _S.DELETED: "deleted",
}


def may_follow(before: OrderStatus | None, after: OrderStatus) -> bool:
    """Say whether an order may go from one status to another; None is the moment before its life."""
    return after in (FIRST_STATUSES if before is None else FOLLOWING[before])


def operations(
    product: Product, environment: TradingEnvironment, *, strict_paper: bool = False
) -> frozenset[ModifyOperation]:
    """Give the operations that exist for a product; simulated accounts can always change and cancel."""
    if environment is TradingEnvironment.REAL:
        return _OPERATIONS[product]
    return _CHANGE_AND_CANCEL if strict_paper else _OPERATIONS[product] | _CHANGE_AND_CANCEL


def check_operation(
    operation: ModifyOperation,
    status: OrderStatus,
    product: Product,
    environment: TradingEnvironment,
    *,
    strict_paper: bool = False,
) -> None:
    """Raise UserFacingError(operation_market, operation_status) unless the operation is allowed now."""
    if operation not in operations(product, environment, strict_paper=strict_paper):
        if strict_paper and environment is TradingEnvironment.SIMULATE:
            raise UserFacingError("operation_paper", operation=OPERATION_NAMES[operation])
        raise UserFacingError("operation_market", operation=OPERATION_NAMES[operation], product=product.value)
    if status not in _STATUSES[operation]:
        raise UserFacingError(
            "operation_status", operation=OPERATION_NAMES[operation], status=STATUS_NAMES.get(status, status.name)
        )
